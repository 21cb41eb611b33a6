package bustest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/tests/testbed"
)

// Inbox is a sink that keeps what it is relayed.
type Inbox struct {
	mu       sync.Mutex
	messages []chat.Message
	signals  []chat.Signal
	resyncs  int
}

// Relay implements bus.Sink.
func (i *Inbox) Relay(m chat.Message) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.messages = append(i.messages, m)
}

// Signal implements bus.Sink.
func (i *Inbox) Signal(s chat.Signal) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.signals = append(i.signals, s)
}

// Signals returns the signals that were relayed so far.
func (i *Inbox) Signals() []chat.Signal {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.signals)
}

// Resync implements bus.Sink.
func (i *Inbox) Resync() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.resyncs++
}

// Resyncs returns how often the sink was told to read the log.
func (i *Inbox) Resyncs() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.resyncs
}

// Messages returns what was relayed so far.
func (i *Inbox) Messages() []chat.Message {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.messages)
}

// Wait waits for n messages and returns all.
func (i *Inbox) Wait(t testing.TB, n int) []chat.Message {
	t.Helper()
	testbed.Eventually(t, 10*time.Second, fmt.Sprint(n, " messages are relayed"), func() bool { return len(i.Messages()) >= n })
	return i.Messages()
}

func subscribe(t *testing.T, b bus.Bus, room string, sink bus.Sink) bus.Subscription {
	t.Helper()
	s, err := b.Subscribe(context.Background(), room, sink)
	if err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	return s
}

func relaysAtOnce(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	for i := range 50 {
		room, inbox := fmt.Sprint("room-", i), &Inbox{}
		subscribe(t, b, room, inbox)
		want := Say(t, a, room, ann, "right away")
		if got := inbox.Wait(t, 1); got[0].Position() != want.Position {
			t.Fatalf("relayed %+v, published %+v", got, want)
		}
	}
}

func relaysInOrder(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	onA, onB := &Inbox{}, &Inbox{}
	subscribe(t, a, "lobby", onA)
	subscribe(t, b, "lobby", onB)
	var wg sync.WaitGroup
	const speakers, each = 8, 25
	for i := range speakers {
		node := []bus.Bus{a, b}[i%2]
		wg.Go(func() {
			for n := range each {
				Say(t, node, "lobby", chat.User{ID: fmt.Sprint("u", i), Name: "U"}, fmt.Sprint(n))
			}
		})
	}
	wg.Wait()
	logged := after(t, a, "lobby", chat.Position{}, plenty)
	wantSeqs(t, logged, 1, speakers*each)
	for _, inbox := range []*Inbox{onA, onB} {
		if got := inbox.Wait(t, speakers*each); !slices.Equal(got, logged) {
			t.Fatal("what was relayed differs from the log")
		}
	}
	said := map[string]int{}
	for _, m := range logged {
		if m.Text != fmt.Sprint(said[m.User.ID]) {
			t.Fatalf("%s's message %s stands where %d should", m.User.ID, m.Text, said[m.User.ID])
		}
		said[m.User.ID]++
	}
}

func subscribesOnce(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	old, young := &Inbox{}, &Inbox{}
	s := subscribe(t, a, "lobby", old)
	if _, err := a.Subscribe(context.Background(), "lobby", young); !errors.Is(err, bus.ErrSubscribed) {
		t.Fatalf("a second subscription: %v", err)
	}
	s.Close()
	s.Close()
	second := subscribe(t, a, "lobby", young)
	s.Close() // must not end the other one
	Say(t, b, "lobby", ann, "hello")
	young.Wait(t, 1)
	if got := old.Messages(); len(got) != 0 {
		t.Fatalf("a closed subscription was relayed %+v", got)
	}
	second.Close()
	for range 20 { // subscribing and closing in quick succession ends in the last wish
		subscribe(t, a, "lobby", &Inbox{}).Close()
	}
	last := &Inbox{}
	subscribe(t, a, "lobby", last)
	Say(t, b, "lobby", ann, "still there?")
	testbed.Eventually(t, 10*time.Second, "the last subscription is relayed or told to resync", func() bool {
		return len(last.Messages()) > 0 || last.Resyncs() > 0
	})
}

func relaysSignals(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	onA, onB, elsewhere := &Inbox{}, &Inbox{}, &Inbox{}
	subscribe(t, a, "lobby", onA)
	subscribe(t, b, "lobby", onB)
	subscribe(t, b, "elsewhere", elsewhere)
	zoe := chat.User{ID: "u-zoe", Name: `Zoë "Z" 🎵`}
	if err := a.Signal(context.Background(), "lobby", chat.Signal{Typing: &zoe}); err != nil {
		t.Fatal(err)
	}
	for _, inbox := range []*Inbox{onA, onB} {
		testbed.Eventually(t, 10*time.Second, "the signal is relayed", func() bool { return len(inbox.Signals()) > 0 })
		if got := inbox.Signals(); len(got) != 1 || got[0].Typing == nil || *got[0].Typing != zoe {
			t.Fatalf("relayed %+v", got)
		}
	}
	if r := Say(t, a, "lobby", ann, "hello"); r.Seq != 1 {
		t.Fatalf("after a signal the first message is number %d", r.Seq)
	}
	Say(t, a, "elsewhere", ann, "hello")
	elsewhere.Wait(t, 1)
	if got := elsewhere.Signals(); len(got) != 0 {
		t.Fatalf("another room was relayed %+v", got)
	}
}
