package hub_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/metrics"
	"chorus/internal/wire"
	"chorus/tests/client"
)

// world is two nodes over one log, and what happens to them in a fuzz test.
type world struct {
	t      *testing.T
	bus    [2]*faulty
	hubs   [2]*hub.Hub
	people []*guest
	said   int
	acked  []string              // texts
	gone   map[string]bool       // texts of which it was acknowledged that they were deleted
	unsure map[string]chat.Draft // by key: refused for now
}

// guest is somebody on one of the nodes.
type guest struct {
	person
	node   int
	since  *chat.Position
	member *hub.Member
}

func newWorld(t *testing.T) *world {
	first := newFaulty()
	w := &world{gone: map[string]bool{}, t: t, bus: [2]*faulty{first, {Memory: first.Peer(), sinks: map[string]bus.Sink{}}}, unsure: map[string]chat.Draft{}}
	for i := range w.hubs {
		// The tail is as long as all that is said: what no node remembers is not promised to come back.
		o := hub.Options{TailMessages: 100, TailBytes: 1 << 20, Linger: time.Minute}
		w.hubs[i] = hub.New(w.bus[i], o, slog.New(slog.DiscardHandler), metrics.New(), nil)
		w.join(i, nil) // somebody is always there, so the nodes remember
	}
	return w
}

func (w *world) join(node int, since *chat.Position) {
	g := &guest{node: node, since: since}
	m, _, err := w.hubs[node].Join(w.t.Context(), "lobby", hub.Visit{Since: since, History: 50}, &g.person)
	if errors.Is(err, bus.ErrUnavailable) {
		return
	}
	if err != nil {
		w.t.Fatal(err)
	}
	g.member = m
	w.people = append(w.people, g)
	g.Behind(m)
}

// say publishes as a session does; what is refused for now is said again at the end.
func (w *world) say(node int, what byte) {
	w.said++
	d := w.draft(what)
	d.Key, d.User = fmt.Sprint("k", w.said), ann
	if !w.publish(node, d) {
		w.unsure[d.Key] = d
	}
}

// draft is a message, or says something about one that the log has.
func (w *world) draft(what byte) chat.Draft {
	text := fmt.Sprintf("<%d>", w.said)
	logged, err := w.bus[0].Memory.After(w.t.Context(), "lobby", chat.Position{}, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	logged = slices.DeleteFunc(logged, func(m chat.Message) bool { return m.Change != nil })
	if what == 0 || len(logged) == 0 {
		return chat.Draft{Text: text}
	}
	of := &logged[w.said*7%len(logged)]
	switch what % 5 {
	case 0:
		return chat.Draft{Text: text, Reply: &chat.Reply{Position: of.Position()}}
	case 1:
		return chat.Draft{Change: &chat.Change{Of: of.Position(), Kind: chat.Delete}}
	case 2:
		return chat.Draft{Change: &chat.Change{Of: of.Position(), Kind: chat.React, Emoji: "👍"}}
	case 3:
		return chat.Draft{Change: &chat.Change{Of: of.Position(), Kind: chat.Unreact, Emoji: "👍"}}
	}
	return chat.Draft{Text: text, Change: &chat.Change{Of: of.Position(), Kind: chat.Edit}}
}

// quote fills in what a reply answers, as a session does.
func (w *world) quote(r *chat.Reply) {
	log := w.bus[0].Memory
	of, err := log.At(w.t.Context(), "lobby", r.Position)
	if err != nil {
		return // the publish is refused
	}
	changes, err := log.Changes(w.t.Context(), "lobby", []chat.Message{of})
	if err != nil {
		w.t.Fatal(err)
	}
	r.Text = changes.Fold([]chat.Message{of})[0].Text
}

func (w *world) publish(node int, d chat.Draft) bool {
	m := w.people[node].member
	if d.Reply != nil {
		w.quote(d.Reply)
	}
	var target chat.Message
	if d.Change != nil {
		target, _ = w.bus[0].Memory.At(w.t.Context(), "lobby", d.Change.Of) // if there is one
	}
	_, err := w.bus[node].Publish(w.t.Context(), "lobby", m.Head(), d)
	switch {
	case errors.Is(err, bus.ErrRewound):
		m.Heal()
		return false
	case (d.Change != nil || d.Reply != nil) && (errors.Is(err, bus.ErrFork) || errors.Is(err, bus.ErrDeleted)):
		return true // refused for good
	case err != nil:
		w.t.Fatal(err)
	}
	switch {
	case d.Change == nil:
		w.acked = append(w.acked, d.Text)
	case d.Change.Kind == chat.Delete:
		w.gone[target.Text] = true
	}
	return true
}

// catchUp lets those who are behind go on.
func (w *world) catchUp() {
	for _, g := range w.people {
		for _, m := range g.takeBehind() {
			for progress := hub.Behind; progress != hub.Live; {
				var err error
				if progress, err = m.CatchUp(w.t.Context()); err != nil || g.isFull() {
					g.Behind(m)
					break
				}
			}
		}
	}
}

func (p *person) isFull() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.full
}

// view returns what was sent since the last reset.
func (p *person) view(t *testing.T) (view []client.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.frames {
		for line := range bytes.SplitSeq(f.Lines, []byte("\n")) {
			var e client.Event
			if err := json.Unmarshal(line, &e); err != nil {
				t.Fatal(err)
			}
			switch {
			case e.Reset != nil:
				view = nil
			case e.Message != nil:
				view = append(view, *e.Message)
			}
		}
	}
	return view
}

// act does one thing.
func (w *world) act(op byte) {
	node := int(op & 1)
	switch op >> 1 % 8 {
	case 0, 1:
		w.say(node, op>>4)
	case 2: // node 0 misses what is said from now on, until it is told otherwise
		w.bus[0].set(false, func(chat.Message) bool { return op&1 == 0 })
	case 3: // node 1 can't read the log, or can again
		w.bus[1].set(op&1 == 0, nil)
	case 4:
		at := w.people[node].member.Head()
		w.bus[0].Rewind("lobby", at.Seq-min(at.Seq, 3))
	case 5: // somebody comes, or comes back from the other node
		if last := w.people[len(w.people)-1]; last.node != node {
			at := last.member.Head()
			w.join(node, &at)
		} else {
			w.join(node, nil)
		}
	case 6:
		g := w.people[len(w.people)-1]
		g.setFull(!g.isFull())
	case 7:
		time.Sleep(700 * time.Millisecond)
	}
	synctest.Wait()
	w.catchUp()
}

// calm lets everything be mended, and what was not acknowledged be said again.
func (w *world) calm() {
	for i := range w.bus {
		w.bus[i].set(false, nil)
	}
	for _, g := range w.people {
		g.setFull(false)
	}
	for range 20 {
		time.Sleep(time.Second)
		for key, d := range w.unsure {
			if w.publish(1, d) {
				delete(w.unsure, key)
			}
		}
		synctest.Wait()
		w.catchUp()
	}
}

func (w *world) check() {
	w.t.Helper()
	logged, err := w.bus[0].After(w.t.Context(), "lobby", chat.Position{}, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	frame := wire.MessagesFrame(logged)
	log := (&person{frames: []*wire.Frame{frame}[:min(len(logged), 1)]}).view(w.t)
	times := map[string]int{}
	for i, m := range logged {
		if i > 0 && !m.Follows(logged[i-1].Position()) {
			w.t.Fatalf("message %d does not follow the one before it", m.Seq)
		}
		if m.Change == nil {
			times[m.Text]++
		}
	}
	for _, text := range w.acked {
		if times[text] != 1 && !(w.gone[text] && times[text] == 0) {
			w.t.Errorf("%s was acknowledged and is in the log %d times", text, times[text])
		}
	}
	shown := client.Fold(log)
	for i, g := range w.people {
		view := g.view(w.t)
		atHead := len(view) > 0 || len(log) == 0 || g.since != nil && *g.since == logged[len(logged)-1].Position()
		part := log[len(log)-min(len(view), len(log)):]
		if len(view) > len(log) || !slices.EqualFunc(view, part, samePosition) || !atHead {
			w.t.Errorf("person %d on node %d is sent\n%+v\nand the log is\n%+v", i, g.node, view, log)
			continue
		}
		// Whatever was folded when they got it, what they see in the end is the same.
		if got := client.Fold(view); !reflect.DeepEqual(got, shown[len(shown)-len(got):]) && len(got) > 0 {
			w.t.Errorf("person %d on node %d sees\n%+v\nand the log says\n%+v", i, g.node, got, shown)
		}
	}
}

func samePosition(a, b client.Message) bool { return a.Seq == b.Seq && a.ID == b.ID }

// Whatever happens in whatever order, in the end everybody is shown the log, and all that was
// acknowledged is in it, once.
func FuzzInTheEndEverybodyIsShownTheLog(f *testing.F) {
	f.Add([]byte("00000"))
	f.Add([]byte{0, 1, 0, 8, 1, 0, 14, 0, 1})                              // a rewind, and both nodes go on
	f.Add([]byte{0, 0, 4, 1, 1, 8, 1, 5, 0, 14, 0})                        // node 0 hears nothing, the log is rewound
	f.Add([]byte{0, 12, 0, 1, 0, 10, 1, 11, 12, 0, 6})                     // slow readers and somebody new
	f.Add([]byte{6, 1, 8, 0, 14, 9, 1, 0, 7, 0})                           // a node that can't read while the log is rewound
	f.Add([]byte{0, 0, 0, 65, 80, 33, 96, 64, 17, 10, 65, 0, 5, 64})       // changes, and somebody comes
	f.Add([]byte{0, 0, 64, 4, 81, 8, 65, 33, 14, 0, 9, 16, 7, 64, 10, 14}) // changes, and the log is rewound
	// A node gets messages that it can't look at yet, because it can't read the log, and before it can
	// they are lost.
	f.Add([]byte("~{\xc1\xc2X\xa8\x05~\x7f\xbdq$\xac\x06\x99\xaeX\x83\x18=\x98fH\x13QB\x11800"))
	f.Fuzz(func(t *testing.T, ops []byte) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			for _, op := range ops[:min(len(ops), 40)] {
				w.act(op)
			}
			w.calm()
			w.check()
			for _, h := range w.hubs {
				h.Close()
			}
		})
	})
}
