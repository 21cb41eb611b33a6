//go:build !race

// The race detector makes everything deeper.

package session

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"chorus/internal/limit"
)

// A session waits in a goroutine that is just shallow enough for the smallest stack there is, 2 KiB. The next
// size would make each idle connection a third more expensive.
func TestAnIdleSessionHasTheSmallestStack(t *testing.T) {
	const sessions = 500
	group := newStage(t, 0).group
	limits := limit.New(limit.Options{})
	t.Cleanup(limits.Close)
	var upgrader websocket.Upgrader
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own, err := limits.Open("127.0.0.1")
		if err != nil {
			t.Error(err)
		}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
		}
		group.Start(conn, Client{Limits: own})
	}))
	t.Cleanup(server.Close)
	before := stacks()
	for range sessions {
		conn, response, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		t.Cleanup(func() { conn.Close() })
		// Something is carried out, which needs more.
		if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"id":1,"ping":{}}`)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := conn.ReadMessage(); err != nil {
			t.Fatal(err)
		}
	}
	if each := (stacks() - before) / sessions; each > 3<<10 {
		t.Errorf("a session has %d bytes of stack while it waits, not 2048", each)
	} else {
		t.Logf("a session has %d bytes of stack while it waits", each)
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
