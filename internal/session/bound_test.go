package session

import (
	"bytes"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"chorus/internal/auth"
	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/limit"
	"chorus/internal/memory"
	"chorus/internal/wire"
)

// pipe is a transport whose client takes all that is written, or nothing.
type pipe struct {
	transport
	blocked chan struct{} // closed when writing goes on
	more    bool          // is on its way to the client
	written bytes.Buffer
}

func (p *pipe) try(f wire.Framed) (n int, err error) {
	if p.blocked != nil {
		return 0, nil
	}
	return len(f.Bytes), p.finish(f, 0)
}

func (p *pipe) finish(f wire.Framed, n int) error {
	if p.blocked != nil {
		<-p.blocked
	}
	_, err := p.written.Write(f.Bytes[n:])
	return err
}

func (p *pipe) taken() (uint64, bool) { return 0, p.more }
func (p *pipe) Close() error          { return nil }

const queuesOf64MiB = 4 << 20

// bounded returns a group of a node that may have 64 MiB, with a message in the lobby.
func bounded(t *testing.T) *Group {
	runtime.GC() // what other tests have left is not in use; what lies in pools outlives one collection
	runtime.GC()
	b := bus.NewMemory(bus.Options{Retention: 10})
	g := newQuietGroup(t, b, memory.New(64<<20))
	t.Cleanup(synctest.Wait) // before it ends, until nothing is written any more
	if _, err := b.Publish(t.Context(), "lobby", chat.Position{}, chat.Draft{Key: "k", User: chat.User{ID: "eve", Name: "Eve"}, Text: "hello"}); err != nil {
		t.Fatal(err)
	}
	return g
}

// enter returns a session of Bob in the lobby, to be shown what was said there.
func enter(t *testing.T, g *Group, p *pipe) *Session {
	limits := limit.New(limit.Options{})
	t.Cleanup(limits.Close)
	own, err := limits.Open("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(g, Client{Limits: own})
	s.transport, s.user = p, &chat.User{ID: "bob", Name: "Bob"}
	m, _, err := g.node.Hub.Join(t.Context(), "lobby", hub.Visit{User: s.user, History: 50}, s)
	if err != nil {
		t.Fatal(err)
	}
	s.members = append(s.members, m)
	s.Behind(m)
	return s
}

func TestWhileOthersReadNothingWhoReadsIsShownTheRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := bounded(t)
		g.node.Memory.Queues().Hold(2 * queuesOf64MiB)
		reads, readsNothing := &pipe{}, &pipe{more: true}
		enter(t, g, reads)
		enter(t, g, readsNothing)
		time.Sleep(time.Second)
		synctest.Wait()
		if reads.written.Len() == 0 {
			t.Error("who reads was shown nothing")
		}
		if n := readsNothing.written.Len(); n > 0 {
			t.Errorf("who reads nothing was shown %d bytes more", n)
		}
		g.node.Memory.Queues().Hold(-2 * queuesOf64MiB)
		time.Sleep(time.Second)
		synctest.Wait()
		if readsNothing.written.Len() == 0 {
			t.Error("when there was memory again, nothing was shown")
		}
	})
}

func TestWhileQueuesAreFullWhoReadsNothingIsNotToldOfHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := bounded(t)
		p := &pipe{}
		s := enter(t, g, p)
		synctest.Wait()
		for _, step := range []struct {
			hold int
			more bool
			want error
		}{{0, true, nil}, {queuesOf64MiB, true, hub.ErrNoMemory}, {0, false, nil}} {
			g.node.Memory.Queues().Hold(step.hold)
			p.more = step.more
			if e, err := s.history(&wire.History{Room: "lobby", Limit: 10}); err != step.want || (err == nil) != (e.History != nil) {
				t.Errorf("with %d bytes held, more on its way %v: %v", step.hold, step.more, err)
			}
		}
	})
}

func TestWhatWaitsIsCountedOnceButForItsPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sessions = 100
		g := bounded(t)
		queues := g.node.Memory.Queues()
		blocked := make(chan struct{})
		f := lineOf(996) // and 4 bytes before it
		queues.Hold(queuesOf64MiB - 1000 - 16*sessions)
		for i := range sessions {
			if queues.Full() {
				t.Errorf("full after %d", i)
			}
			s := newSession(g, Client{})
			s.transport = &pipe{blocked: blocked}
			s.push(f)
		}
		if !queues.Full() {
			t.Error("not all is counted")
		}
		close(blocked)
		synctest.Wait()
		if queues.Hold(1000 + 16*sessions - 1); queues.Full() {
			t.Error("more is counted than waits")
		}
		if queues.Hold(1); !queues.Full() {
			t.Error("less is counted than waits")
		}
	})
}

func TestWhileRoomsRememberTooMuchAMessageMayBeRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := bounded(t)
		s := enter(t, g, &pipe{})
		s.rights = auth.Rights{Admin: true}
		const over = 8 << 20
		for _, step := range []struct {
			hold int
			want error
		}{{over, hub.ErrNoMemory}, {-over, nil}} {
			g.node.Memory.Tails().Hold(step.hold)
			if _, err := s.send(&wire.Send{Room: "lobby", Key: "key", Text: "hello"}); err != step.want {
				t.Errorf("%d bytes more: %v", step.hold, err)
			}
		}
	})
}
