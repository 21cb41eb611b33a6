package session

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"chorus/internal/bus"
	"chorus/internal/wire"
	"chorus/tests/testbed"
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
	t.Run("over what the system has", func(t *testing.T) { writeInParts(t, func(*socket) {}) })
	t.Run("over what only can wait", func(t *testing.T) { writeInParts(t, func(s *socket) { s.raw = nil }) })
}

func writeInParts(t *testing.T, over func(*socket)) {
	client, s := connected(t)
	parted := &parted{socket: s.transport.(*socket)}
	over(parted.socket)
	s.transport = parted
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
			s.push(wire.PingFrame) // so that the line stays by itself
		}
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
	for pings < rounds*len(lengths) || pongs < ownPings { // they are only looked at while a text is read
		s.push(lineOf(100))
		read()
	}
	if parted.parts.Load() == 0 {
		t.Error("nothing was written in parts")
	}
}

// Who says goodbye is told it back, but not in the middle of something else.
func TestTheGoodbyeComesAfterWhatIsBeingWritten(t *testing.T) {
	client, s := connected(t)
	s.start()
	const much = 16 << 20
	s.push(lineOf(much))
	testbed.Eventually(t, 10*time.Second, "it is being written", func() bool {
		s.queue.mu.Lock()
		defer s.queue.mu.Unlock()
		return s.queue.taken > 0
	})
	s.push(lineOf(much))
	bye := websocket.FormatCloseMessage(4321, "enough")
	if err := client.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	client.SetReadDeadline(time.Now().Add(time.Minute))
	testbed.Eventually(t, 10*time.Second, "it is heard, and the other one forgotten", func() bool {
		s.queue.mu.Lock()
		defer s.queue.mu.Unlock()
		return s.queue.reason != nil && len(s.queue.frames) == 0
	})
	if _, text, err := client.ReadMessage(); err != nil || len(text) != much {
		t.Errorf("%d bytes came, %v", len(text), err)
	}
	if _, text, err := client.ReadMessage(); !websocket.IsCloseError(err, 4321) {
		t.Errorf("%d bytes more came, %v", len(text), err)
	}
}

// A part of a frame can't be followed by anything.
func TestAfterAWriteThatHasFailedNoGoodbyeIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &torn{pipe: &pipe{}, closing: make(chan struct{})}
		s := newSession(bounded(t), Client{})
		s.transport = p
		s.push(lineOf(2000))
		s.queue.end(Kicked)
		go func() { s.transport.sayGoodbye(s.drainQueue()) }()
		synctest.Wait()
		close(p.closing)
		synctest.Wait()
		if !p.said || p.saidBefore {
			t.Errorf("a goodbye was tried: %v, and before the connection was closed: %v", p.said, p.saidBefore)
		}
	})
}

// What is forgotten then does not count as held any more.
func TestWhoIsGoneHoldsNoMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := bounded(t)
		blocked := make(chan struct{})
		s := newSession(g, Client{})
		s.transport = &pipe{blocked: blocked}
		s.push(lineOf(2000))
		synctest.Wait()
		s.push(lineOf(3000))
		s.queue.end(bye(websocket.CloseNormalClosure))
		go s.drainQueue()
		close(blocked)
		synctest.Wait()
		queues := g.node.Memory.Queues()
		if queues.Hold(queuesOf64MiB - 1); queues.Full() {
			t.Error("something is still held")
		}
		if queues.Hold(1); !queues.Full() {
			t.Error("less than nothing is held")
		}
	})
}

// A cut is for the write that waits: a client that moves just then goes on.
func TestWhoMovesAgainIsNotCutOff(t *testing.T) {
	client, s := connected(t)
	s.start()
	s.transport.cut()
	const much = 16 << 20
	s.push(lineOf(much))
	client.SetReadDeadline(time.Now().Add(time.Minute))
	if _, text, err := client.ReadMessage(); err != nil || len(text) != much {
		t.Errorf("%d bytes came, %v", len(text), err)
	}
}

func TestWhoMovesAgainOnAnEventStreamIsNotCutOff(t *testing.T) {
	to := new(answerTo)
	s := newEventStream("id", to)
	for _, cut := range []func(){func() {}, s.cut, func() { to.by = time.Now() }} {
		cut()
		if err := s.finish(lineOf(100).Framed, 0); err != nil {
			t.Error(err)
		}
	}
	to.during = s.cut
	if err := s.finish(lineOf(100).Framed, 0); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("who takes nothing is cut off with %v", err)
	}
}

func TestPlainTextIsTextsAndPings(t *testing.T) {
	said := &wire.Frame{Framed: wire.EventFrame(wire.Event{}).Framed, Texts: []string{"one", "two"}}
	silent := wire.EventFrame(wire.Event{})
	o := outgoing{frames: []*wire.Frame{said, wire.PingFrame, silent, said}}
	var got []string
	for o.next(true) {
		got = append(got, string(o.framed.Lines))
	}
	if want := []string{"one", "two", "", "one", "two"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// connected returns a client and its session, which is not started.
func connected(t *testing.T) (*websocket.Conn, *Session) {
	g := newQuietGroup(t, bus.NewMemory(bus.Options{Retention: 10}), nil)
	client, conn, limits := connector(t)()
	s := newSession(g, Client{Limits: limits})
	s.transport = newSocket(conn, s)
	g.add(s)
	return client, s
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

func (p *parted) finish(f wire.Framed, n int) error {
	p.parts.Add(1)
	return p.socket.finish(f, n)
}

// torn is a transport to which only a part can be written, and which takes a while to be closed.
type torn struct {
	*pipe
	closing          chan struct{}
	closed           bool
	said, saidBefore bool // a goodbye, before it was closed
}

func (*torn) try(wire.Framed) (n int, err error) { return 1, nil }
func (*torn) finish(wire.Framed, int) error      { return os.ErrDeadlineExceeded }
func (t *torn) sayGoodbye(Reason)                { t.said, t.saidBefore = true, !t.closed }

func (t *torn) Close() error {
	<-t.closing
	t.closed = true
	return nil
}

// answerTo is what an event stream is written to, by a time.
type answerTo struct {
	by     time.Time
	during func() // called while it is written, unless it is nil
}

func (a *answerTo) Write(b []byte) (int, error) {
	if a.during != nil {
		a.during()
	}
	if !a.by.IsZero() && !a.by.After(time.Now()) {
		return 0, os.ErrDeadlineExceeded
	}
	return len(b), nil
}

func (a *answerTo) SetWriteDeadline(by time.Time) error { a.by = by; return nil }
func (*answerTo) Flush() error                          { return nil }
func (*answerTo) Taken() (bytes uint64, more bool)      { return 0, false }
