package hub_test

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/metrics"
)

// world is two nodes over one log, and what happens to them in a fuzz test.
type world struct {
	t      *testing.T
	bus    [2]*faulty
	hubs   [2]*hub.Hub
	people []*guest
	said   int
	acked  []string          // texts
	unsure map[string]string // text by key: refused for now
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
	w := &world{t: t, bus: [2]*faulty{first, {Memory: first.Peer(), sinks: map[string]bus.Sink{}}}, unsure: map[string]string{}}
	for i := range w.hubs {
		// The tail is as long as all that is said: what no node remembers is not promised to come back.
		o := hub.Options{TailMessages: 100, TailBytes: 1 << 20, Linger: time.Minute}
		w.hubs[i] = hub.New(w.bus[i], o, slog.New(slog.DiscardHandler), metrics.New())
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
func (w *world) say(node int) {
	w.said++
	text, key := fmt.Sprintf("<%d>", w.said), fmt.Sprint("k", w.said)
	if !w.publish(node, key, text) {
		w.unsure[key] = text
	}
}

func (w *world) publish(node int, key, text string) bool {
	m := w.people[node].member
	_, err := w.bus[node].Publish(w.t.Context(), "lobby", m.Head(), chat.Draft{Key: key, User: ann, Text: text})
	switch {
	case errors.Is(err, bus.ErrRewound):
		m.Heal()
		return false
	case err != nil:
		w.t.Fatal(err)
	}
	w.acked = append(w.acked, text)
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

var events = regexp.MustCompile(`"reset":|"message":{"room":"lobby","seq":(\d+),"id":"([^"]+)".*?"text":"([^"]+)"`)

// view returns what is on the screen: "seq id text" since the last reset.
func (p *person) view() (view []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.frames {
		for _, e := range events.FindAllStringSubmatch(string(f.Lines), -1) {
			if e[1] == "" {
				view = nil
				continue
			}
			view = append(view, strings.Join(e[1:], " "))
		}
	}
	return view
}

// act does one thing.
func (w *world) act(op byte) {
	node := int(op & 1)
	switch op >> 1 % 8 {
	case 0, 1:
		w.say(node)
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
		for key, text := range w.unsure {
			if w.publish(1, key, text) {
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
	var log []string
	times := map[string]int{}
	for i, m := range logged {
		if i > 0 && !m.Follows(logged[i-1].Position()) {
			w.t.Fatalf("message %d does not follow the one before it", m.Seq)
		}
		log = append(log, fmt.Sprint(m.Seq, " ", m.ID, " ", m.Text))
		times[m.Text]++
	}
	for _, text := range w.acked {
		if times[text] != 1 {
			w.t.Errorf("%s was acknowledged and is in the log %d times", text, times[text])
		}
	}
	for i, g := range w.people {
		view := g.view()
		atHead := len(view) > 0 || len(log) == 0 || g.since != nil && *g.since == logged[len(logged)-1].Position()
		if len(view) > len(log) || !slices.Equal(view, log[len(log)-len(view):]) || !atHead {
			w.t.Errorf("person %d on node %d is shown\n%q\nand the log is\n%q", i, g.node, view, log)
		}
	}
}

// Whatever happens in whatever order, in the end everybody is shown the log, and all that was
// acknowledged is in it, once.
func FuzzInTheEndEverybodyIsShownTheLog(f *testing.F) {
	f.Add([]byte("00000"))
	f.Add([]byte{0, 1, 0, 8, 1, 0, 14, 0, 1})          // a rewind, and both nodes go on
	f.Add([]byte{0, 0, 4, 1, 1, 8, 1, 5, 0, 14, 0})    // node 0 hears nothing, the log is rewound
	f.Add([]byte{0, 12, 0, 1, 0, 10, 1, 11, 12, 0, 6}) // slow readers and somebody new
	f.Add([]byte{6, 1, 8, 0, 14, 9, 1, 0, 7, 0})       // a node that can't read while the log is rewound
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
