//go:build !race

// The race detector makes everything deeper, and has pools forget things.

package session

import (
	"runtime"
	"runtime/metrics"
	"testing"

	"github.com/gorilla/websocket"
)

// A session waits in a goroutine that is just shallow enough for the smallest stack there is, 2 KiB. The next
// size would make each idle connection a third more expensive.
func TestAnIdleSessionHasTheSmallestStack(t *testing.T) {
	const sessions = 500
	group := newStage(t, 0).group
	connect := connector(t)
	before := stacks()
	for range sessions {
		client, conn, limits := connect()
		group.Start(conn, Client{Limits: limits})
		// Something is carried out, which needs more.
		if err := client.WriteMessage(websocket.TextMessage, []byte(`{"id":1,"ping":{}}`)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := client.ReadMessage(); err != nil {
			t.Fatal(err)
		}
	}
	if each := (stacks() - before) / sessions; each > 3<<10 {
		t.Errorf("a session has %d bytes of stack while it waits, not 2048", each)
	} else {
		t.Logf("a session has %d bytes of stack while it waits", each)
	}
}

// What is written to a thousand members must not be paid for a thousand times.
func TestACopyAllocatesNothing(t *testing.T) {
	const members, messages = 100, 200
	r := newStage(t, members)
	perMessage := testing.AllocsPerRun(messages, func() { r.say(t) })
	t.Logf("%.0f allocations for a message to %d members", perMessage, members)
	if perMessage > members/5 {
		t.Fatalf("%.0f allocations for a message to %d members: each copy costs some", perMessage, members)
	}
}

// stacks returns the bytes of all stacks that are in use. The garbage collector gives those back that are not.
func stacks() int64 {
	runtime.GC()
	runtime.GC()
	read := []metrics.Sample{{Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(read)
	return int64(read[0].Value.Uint64())
}
