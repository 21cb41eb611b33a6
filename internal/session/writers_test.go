package session

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"chorus/internal/wire"
)

func TestWhoHasToBeWaitedForHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := bounded(t)
		blocked := make(chan struct{})
		slow, quick := make([]*pipe, 10*g.writers.most), &pipe{}
		for i := range slow {
			slow[i] = &pipe{blocked: blocked}
			enter(t, g, slow[i])
		}
		enter(t, g, quick)
		synctest.Wait()
		if quick.written.Len() == 0 {
			t.Error("who reads was shown nothing")
		}
		close(blocked)
		synctest.Wait()
		for _, p := range slow {
			if p.written.Len() == 0 {
				t.Error("who reads again was shown nothing")
			}
		}
	})
}

// A client that reads nothing for a while is written to in parts, wherever the system had no place for more. Lengths
// are those at which the heads of frames change.
func TestWhatIsWrittenInPartsArrivesWhole(t *testing.T) {
	g := newQuietGroup(newStage(t, 0).bus, nil)
	t.Cleanup(func() { g.Shutdown(t.Context()); g.node.Hub.Close() })
	client, conn, limits := connector(t)()
	s := newSession(g, Client{Limits: limits})
	parted := &parted{socket: newSocket(conn, s)}
	s.transport = parted
	g.add(s)
	s.start()

	const rounds, ownPings = 200, 50
	lengths := []int{100, 125, 126, 1000, 65_535, 65_536, 100_000}
	for i := range ownPings {
		if err := client.WriteControl(websocket.PingMessage, fmt.Append(nil, i), time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	for range rounds {
		for _, n := range lengths {
			s.push(lineOf(n))
		}
		s.push(wire.PingFrame)
	}
	pings, pongs := 0, 0
	client.SetPingHandler(func(string) error { pings++; return nil })
	client.SetPongHandler(func(data string) error {
		if data != fmt.Sprint(pongs) {
			t.Errorf("pong %d has %q", pongs, data)
		}
		pongs++
		return nil
	})
	client.SetReadDeadline(time.Now().Add(time.Minute))
	read := func() (lengths []int) {
		_, text, err := client.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.SplitSeq(text, []byte("\n")) {
			lengths = append(lengths, len(line))
		}
		return lengths
	}
	var got []int
	for len(got) < rounds*len(lengths) {
		got = append(got, read()...)
	}
	if !slices.Equal(got, slices.Repeat(lengths, rounds)) {
		t.Error("the lines are not those that were written")
	}
	for pings < rounds || pongs < ownPings { // they are only looked at while a text is read
		s.push(lineOf(100))
		read()
	}
	if parted.parts.Load() == 0 {
		t.Error("nothing was written in parts")
	}
}

// lineOf returns a frame of a line that is so long.
func lineOf(n int) *wire.Frame {
	text := func(n int) *wire.Frame {
		return wire.EventFrame(wire.Event{Error: &wire.Error{Message: strings.Repeat("x", n)}})
	}
	return text(n - len(text(0).Lines))
}

// parted counts how often something was left to be written.
type parted struct {
	*socket
	parts atomic.Int32
}

func (p *parted) finish(left []byte) error {
	p.parts.Add(1)
	return p.socket.finish(left)
}
