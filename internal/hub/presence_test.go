package hub_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/metrics"
	"chorus/internal/wire"
)

const grace = 5 * time.Second

// town is some nodes over one bus, in fake time.
type town struct {
	t    *testing.T
	bus  *bus.Memory
	hubs []*hub.Hub
	deaf atomic.Bool // signals are lost
	dumb atomic.Bool // what is told of presence is done, but not answered
}

type deafBus struct {
	*bus.Memory
	deaf, dumb *atomic.Bool
}

func (b deafBus) Present(ctx context.Context, lease string, stays []bus.Stays) error {
	if err := b.Memory.Present(ctx, lease, stays); err != nil || !b.dumb.Load() {
		return err
	}
	return bus.ErrUnavailable
}

func (b deafBus) Subscribe(ctx context.Context, room string, sink bus.Sink) (bus.Subscription, error) {
	return b.Memory.Subscribe(ctx, room, deafSink{sink, b.deaf})
}

type deafSink struct {
	bus.Sink
	deaf *atomic.Bool
}

func (s deafSink) Signal(signal chat.Signal) {
	if !s.deaf.Load() {
		s.Sink.Signal(signal)
	}
}

// inTown runs a test over so many nodes. Of rooms with more than three people only the number is told.
func inTown(t *testing.T, nodes int, test func(*town)) {
	synctest.Test(t, func(t *testing.T) {
		w := &town{t: t, bus: bus.NewMemory(bus.Options{Retention: 100, RosterSize: 3})}
		for i := range nodes {
			b := w.bus
			if i > 0 {
				b = b.Peer()
			}
			w.hubs = append(w.hubs, hub.New(deafBus{b, &w.deaf, &w.dumb}, hub.Options{
				TailMessages: 10, TailBytes: 1 << 20, Linger: time.Minute, Presence: true, Grace: grace,
			}, slog.New(slog.DiscardHandler), metrics.New(), nil))
		}
		defer func() {
			for _, h := range w.hubs {
				h.Close()
			}
		}()
		test(w)
	})
}

// visitor is a session that asks to be told who is there.
type visitor struct {
	person
	town   *town
	member *hub.Member
	sees   map[string]string // names by id
	count  int
}

// enters joins the lobby on a node.
func (w *town) enters(node int, name string) *visitor {
	w.t.Helper()
	v := &visitor{town: w}
	m, _, err := w.hubs[node].Join(w.t.Context(), "lobby", hub.Visit{
		User: &chat.User{ID: "u-" + strings.ToLower(name[:3]), Name: name}, History: 10, Roster: true,
	}, v)
	if err != nil {
		w.t.Fatal(err)
	}
	v.member = m
	catchUp(w.t, m)
	return v
}

// settles waits until all has been told that has happened.
func (w *town) settles() {
	time.Sleep(3 * time.Second) // in fake time
	synctest.Wait()
}

// joins joins the lobby on a node, and waits until all know.
func (w *town) joins(node int, name string) *visitor {
	w.t.Helper()
	v := w.enters(node, name)
	w.settles()
	v.told() // who was there is not news
	return v
}

// told takes note of what the visitor was told since the last time, and returns it: "+" and "-" for who
// came and went, "=" for a new name, "[names]" or "[number]" for a roster.
func (v *visitor) told() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var told []string
	for _, f := range v.frames {
		var e wire.Event
		if json.Unmarshal(f.Lines, &e) == nil {
			told = append(told, v.take(e)...)
		}
	}
	v.frames = nil
	return strings.Join(told, " ")
}

func (v *visitor) take(e wire.Event) (told []string) {
	if r := e.Roster; r != nil {
		v.sees, v.count = map[string]string{}, r.Count
		for _, u := range r.Users {
			v.sees[u.ID] = u.Name
		}
		return []string{v.view()}
	}
	p := e.Presence
	if p == nil {
		return nil
	}
	v.count = p.Count
	for _, u := range p.Joined {
		v.sees[u.ID], told = u.Name, append(told, "+"+u.Name)
	}
	for _, u := range p.Changed {
		told, v.sees[u.ID] = append(told, v.sees[u.ID]+"="+u.Name), u.Name
	}
	for _, id := range p.Left {
		told = append(told, "-"+v.sees[id])
		delete(v.sees, id)
	}
	if told == nil {
		return []string{v.view()}
	}
	return told
}

func (v *visitor) view() string {
	if len(v.sees) != v.count {
		return fmt.Sprint("[", v.count, "]")
	}
	return fmt.Sprint(slices.Sorted(maps.Values(v.sees)))
}

// sees fails unless the visitor sees these people, and was told this since the last time.
func (w *town) sees(v *visitor, view, told string) {
	w.t.Helper()
	synctest.Wait()
	if got := v.told(); got != told || v.view() != view {
		w.t.Fatalf("told %q and sees %s, want %q and %s", got, v.view(), told, view)
	}
}

func TestComingAndGoingIsToldOnceWhateverTheNumberOfTabs(t *testing.T) {
	inTown(t, 3, func(w *town) {
		bob := w.joins(0, "bob")
		first, second, third := w.enters(1, "ann"), w.enters(2, "ann"), w.joins(2, "ann")
		w.sees(bob, "[ann bob]", "+ann")
		w.sees(third, "[ann bob]", "")
		first.member.Leave()
		second.member.Drop()
		time.Sleep(time.Minute)
		w.sees(bob, "[ann bob]", "")
		third.member.Leave()
		w.settles()
		w.sees(bob, "[bob]", "-ann")
	})
}

func TestWhoComesBackSoonHasNotBeenAway(t *testing.T) {
	inTown(t, 2, func(w *town) {
		bob, ann := w.joins(0, "bob"), w.joins(1, "ann")
		w.sees(bob, "[ann bob]", "+ann")
		ann.member.Drop()
		time.Sleep(grace - time.Second)
		ann = w.joins(0, "ann") // on another node
		time.Sleep(time.Minute)
		w.sees(bob, "[ann bob]", "")
		ann.member.Drop()
		time.Sleep(grace - time.Second)
		w.sees(bob, "[ann bob]", "")
		w.settles()
		w.sees(bob, "[bob]", "-ann")
	})
}

func TestWhoComesIsToldOfWhileSomebodyCountsAsPresentStill(t *testing.T) {
	inTown(t, 2, func(w *town) {
		bob, ann := w.joins(0, "bob"), w.joins(1, "ann")
		w.sees(bob, "[ann bob]", "+ann")
		ann.member.Drop()
		time.Sleep(time.Second)
		w.joins(1, "eve")
		w.sees(bob, "[ann bob eve]", "+eve")
		w.settles()
		w.sees(bob, "[bob eve]", "-ann")
	})
}

func TestUsersOfANodeThatDiedLeaveOnce(t *testing.T) {
	inTown(t, 3, func(w *town) {
		bob := w.joins(0, "bob")
		w.joins(1, "bob")
		w.joins(1, "ann")
		time.Sleep(20 * time.Second)
		w.sees(bob, "[ann bob]", "+ann")
		w.hubs[1].Close() // says nothing of its users
		time.Sleep(10 * time.Second)
		w.sees(bob, "[bob]", "-ann")
		time.Sleep(time.Minute)
		w.sees(bob, "[bob]", "")
	})
}

func TestComingsAndGoingsAreToldTogether(t *testing.T) {
	inTown(t, 1, func(w *town) {
		bob := w.joins(0, "bob")
		const seconds = 10
		for i := range 10 * seconds {
			w.enters(0, fmt.Sprint("guest-", i%2)).member.Leave()
			time.Sleep(100 * time.Millisecond)
		}
		bob.mu.Lock()
		defer bob.mu.Unlock()
		if n := len(bob.frames); n > seconds+1 {
			t.Fatalf("told %d times in %d seconds", n, seconds)
		}
	})
}

func TestOfACrowdOnlyTheNumberIsTold(t *testing.T) {
	inTown(t, 2, func(w *town) {
		bob := w.joins(0, "bob")
		w.joins(1, "ann")
		w.sees(bob, "[ann bob]", "+ann")
		eve, joe, sue := w.enters(1, "eve"), w.enters(1, "joe"), w.enters(1, "sue")
		w.settles()
		w.sees(bob, "[5]", "[5]")
		eve.member.Leave()
		w.settles()
		w.sees(bob, "[4]", "[4]")
		joe.member.Leave()
		w.settles()
		w.sees(bob, "[ann bob sue]", "[ann bob sue]")
		sue.member.Leave()
		w.settles()
		w.sees(bob, "[ann bob]", "-sue")
	})
}

func TestAVisitorWithoutPlaceIsToldWhenThereIsSome(t *testing.T) {
	inTown(t, 1, func(w *town) {
		bob, eve := w.joins(0, "bob"), w.joins(0, "eve")
		w.sees(bob, "[bob eve]", "+eve")
		bob.setFull(true)
		eve.member.Leave()
		w.joins(0, "ann")
		w.sees(bob, "[bob eve]", "")
		bob.setFull(false)
		w.settles()
		w.sees(bob, "[ann bob]", "[ann bob]")
	})
}

func TestARenamedUserHasNotBeenAway(t *testing.T) {
	inTown(t, 1, func(w *town) {
		bob, ann := w.joins(0, "bob"), w.joins(0, "ann")
		ann.member.Drop()
		w.joins(0, "anna")
		time.Sleep(time.Minute)
		w.sees(bob, "[anna bob]", "+ann ann=anna")
	})
}

// A database comes back without its memory: an old snapshot, or none.
func TestWhatTheDatabaseForgetsIsSaidAgain(t *testing.T) {
	inTown(t, 2, func(w *town) {
		bob, ann := w.joins(0, "bob"), w.joins(1, "ann")
		time.Sleep(20 * time.Second)
		w.bus.ForgetPresence()
		time.Sleep(time.Minute)
		if told := bob.told(); strings.Count(told, "+ann")-strings.Count(told, "-ann") != 1 {
			t.Fatalf("told %q", told)
		}
		w.sees(bob, "[ann bob]", "")
		ann.member.Leave()
		w.settles()
		w.sees(bob, "[bob]", "-ann")
	})
}

// An answer that was lost says nothing: who left, by what was asked, has to be said to be there again.
func TestWhoComesBackWhileNobodyAnswersIsThere(t *testing.T) {
	inTown(t, 1, func(w *town) {
		bob, ann := w.joins(0, "bob"), w.joins(0, "ann")
		w.sees(bob, "[ann bob]", "+ann")
		w.dumb.Store(true)
		ann.member.Leave()
		w.settles()
		w.sees(bob, "[bob]", "-ann")
		ann = w.enters(0, "ann")
		w.dumb.Store(false)
		w.settles()
		w.sees(bob, "[ann bob]", "+ann")
		ann.member.Leave()
		w.settles()
		w.sees(bob, "[bob]", "-ann")
	})
}

// A signal can be lost without a trace, and in a quiet room no other shows it.
func TestALostSignalIsFoundOut(t *testing.T) {
	inTown(t, 2, func(w *town) {
		bob := w.joins(0, "bob")
		w.deaf.Store(true)
		ann := w.joins(1, "ann")
		w.sees(bob, "[ann bob]", "+ann")
		w.deaf.Store(false)
		ann.member.Leave()
		w.settles()
		w.sees(bob, "[bob]", "-ann")
	})
}
