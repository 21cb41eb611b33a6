package hub_test

import (
	"context"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"chorus/internal/bus"
	"chorus/internal/bus/bustest"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/metrics"
	"chorus/internal/wire"
)

var ann = chat.User{ID: "u-ann", Name: "Ann"}

// faulty is a memory bus whose relay and reads can be made to fail.
type faulty struct {
	*bus.Memory

	mu            sync.Mutex
	down          bool
	lose          func(chat.Message) bool
	hole          uint64 // the seq of a message that was deleted from the log
	subscriptions int
	reads         int
	sinks         map[string]bus.Sink
}

func newFaulty() *faulty {
	return &faulty{Memory: bus.NewMemory(bus.Options{Retention: 100}), sinks: map[string]bus.Sink{}}
}

func (f *faulty) set(down bool, lose func(chat.Message) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down, f.lose = down, lose
}

func (f *faulty) read() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	if f.down {
		return bus.ErrUnavailable
	}
	return nil
}

func (f *faulty) count() (subscriptions, reads int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.subscriptions, f.reads
}

func (f *faulty) After(ctx context.Context, room string, since chat.Position, limit int) ([]chat.Message, error) {
	if err := f.read(); err != nil {
		return nil, err
	}
	messages, err := f.Memory.After(ctx, room, since, limit)
	return f.without(messages), err
}

func (f *faulty) without(messages []chat.Message) []chat.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(messages, func(m chat.Message) bool { return m.Seq == f.hole })
}

func (f *faulty) Before(ctx context.Context, room string, pos *chat.Position, limit int) ([]chat.Message, error) {
	if err := f.read(); err != nil {
		return nil, err
	}
	messages, err := f.Memory.Before(ctx, room, pos, limit)
	return f.without(messages), err
}

func (f *faulty) At(ctx context.Context, room string, pos chat.Position) (chat.Message, error) {
	if err := f.read(); err != nil {
		return chat.Message{}, err
	}
	return f.Memory.At(ctx, room, pos)
}

func (f *faulty) Changes(ctx context.Context, room string, messages []chat.Message) (chat.Changes, error) {
	if err := f.read(); err != nil {
		return nil, err
	}
	return f.Memory.Changes(ctx, room, messages)
}

func (f *faulty) Sanctions(ctx context.Context, room string) ([]chat.Sanction, error) {
	if err := f.read(); err != nil {
		return nil, err
	}
	return f.Memory.Sanctions(ctx, room)
}

func (f *faulty) Subscribe(ctx context.Context, room string, sink bus.Sink) (bus.Subscription, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return nil, bus.ErrUnavailable
	}
	s, err := f.Memory.Subscribe(ctx, room, lossy{f, sink})
	if err == nil {
		f.subscriptions++
		f.sinks[room] = sink
	}
	return counted{f, s}, err
}

type lossy struct {
	f *faulty
	bus.Sink
}

func (l lossy) Relay(m chat.Message) {
	l.f.mu.Lock()
	lose := l.f.lose != nil && l.f.lose(m)
	l.f.mu.Unlock()
	if !lose {
		l.Sink.Relay(m)
	}
}

type counted struct {
	f *faulty
	bus.Subscription
}

func (c counted) Close() {
	c.f.mu.Lock()
	c.f.subscriptions--
	c.f.mu.Unlock()
	c.Subscription.Close()
}

// person is a receiver that keeps what it is offered while there is place.
type person struct {
	mu     sync.Mutex
	frames []*wire.Frame
	full   bool
	behind []*hub.Member
	// removed are the reasons for which memberships were ended.
	removed []string
}

func (p *person) Offer(f *wire.Frame) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.full {
		return false
	}
	p.frames = append(p.frames, f)
	return true
}

func (p *person) Behind(m *hub.Member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.behind = append(p.behind, m)
}

func (p *person) Removed(_ *hub.Member, why *wire.Removed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.removed = append(p.removed, strings.TrimSpace(string(why.Reason)+" "+why.Until))
}

func (p *person) setFull(full bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.full = full
}

var seqs = regexp.MustCompile(`"message":{"room":"lobby","seq":(\d+)`)

// shown returns the sequence numbers shown, and "reset" for resets.
func (p *person) shown() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var shown []string
	for _, f := range p.frames {
		if strings.HasPrefix(string(f.Lines), `{"reset":`) {
			shown = append(shown, "reset")
		}
		for _, seq := range seqs.FindAllSubmatch(f.Lines, -1) {
			shown = append(shown, string(seq[1]))
		}
	}
	return strings.Join(shown, " ")
}

func (p *person) takeBehind() []*hub.Member {
	p.mu.Lock()
	defer p.mu.Unlock()
	behind := p.behind
	p.behind = nil
	return behind
}

func newHub(t *testing.T, b bus.Bus) *hub.Hub {
	h := hub.New(b, hub.Options{TailMessages: 10, TailBytes: 1 << 20, Linger: time.Minute}, slog.New(slog.DiscardHandler), metrics.New(), nil)
	t.Cleanup(h.Close)
	return h
}

// join joins a room and catches up.
func join(t *testing.T, h *hub.Hub, p *person, since *chat.Position) *hub.Member {
	t.Helper()
	m, _, err := h.Join(t.Context(), "lobby", hub.Visit{Since: since, History: 50}, p)
	if err != nil {
		t.Fatal(err)
	}
	catchUp(t, m)
	return m
}

func catchUp(t *testing.T, m *hub.Member) {
	t.Helper()
	for range 1000 {
		switch progress, err := m.CatchUp(t.Context()); {
		case err != nil:
			t.Fatal(err)
		case progress == hub.Live:
			return
		}
	}
	t.Fatal("it never becomes live")
}

func say(t *testing.T, b bus.Bus, n int) (last chat.Position) {
	t.Helper()
	for range n {
		last = bustest.Say(t, b, "lobby", ann, "hello").Position
	}
	return last
}

func want(t *testing.T, p *person, shown string) {
	t.Helper()
	synctest.Wait()
	if got := p.shown(); got != shown {
		t.Fatalf("shown %q, want %q", got, shown)
	}
}
