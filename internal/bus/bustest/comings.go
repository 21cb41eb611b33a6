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
)

var errDeaf = errors.New("it is not told now")

// herald is told who comes and goes, unless it is deaf.
type herald struct {
	mu      sync.Mutex
	deaf    bool
	told    []bus.Coming
	dropped int
}

func listen(b bus.Bus, most int) *herald {
	h := &herald{}
	b.Announce(most, func(_ context.Context, comings []bus.Coming, dropped int) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.dropped += dropped
		if h.deaf {
			return errDeaf
		}
		h.told = append(h.told, comings...)
		return nil
	})
	return h
}

// take returns what the herald was told since the last time, such as "+Ann", sorted.
func (h *herald) take() (told []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.told {
		sign := "+"
		if c.Left {
			sign = "-"
		}
		told = append(told, sign+c.User.Name)
	}
	h.told = nil
	slices.Sort(told)
	return told
}

func (h *herald) wants(t *testing.T, want ...string) {
	t.Helper()
	if told := h.take(); !slices.Equal(told, want) {
		t.Fatalf("told %v, want %v", told, want)
	}
}

func announcesComings(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	atA, atB := listen(a, plenty), listen(b, plenty)
	start := time.Now().Add(-time.Minute)
	enter(t, a, "lease-a", "lobby", ann)
	enter(t, a, "lease-a", "lobby", ann) // tried again
	if len(atA.told) != 1 {
		t.Fatalf("told %+v", atA.told)
	}
	c := atA.told[0]
	if c.Room != "lobby" || c.User != ann || c.Left || len(c.ID) < 16 || c.Time.Before(start) || c.Time.After(start.Add(time.Hour)) {
		t.Fatalf("told %+v", c)
	}
	atA.wants(t, "+Ann")
	renamed := ann
	renamed.Name = "Anna"
	enter(t, b, "lease-b", "lobby", renamed, bob) // Ann is there already
	atB.wants(t, "+Bob")
	leave(t, a, "lease-a", "lobby", ann)
	leave(t, b, "lease-b", "lobby", renamed, bob)
	enter(t, a, "lease-a", "tea-room", bob)
	atA.wants(t, "+Bob")
	atB.wants(t, "-Anna", "-Bob")
	for _, room := range []string{chat.Direct(ann.ID, bob.ID), chat.Mailbox(ann.ID)} {
		enter(t, a, "lease-a", room, ann)
		leave(t, a, "lease-a", room, ann)
	}
	atA.wants(t)
}

func announcesComingsAgain(t *testing.T, make Factory) {
	a, _ := make(t, plenty)
	h := listen(a, plenty)
	h.deaf = true
	stays := []bus.Stays{{Room: "lobby", Entered: []chat.User{ann}}, {Room: "tea-room", Entered: []chat.User{bob}}}
	for range 2 {
		if err := a.Present(context.Background(), "lease-a", stays); !errors.Is(err, errDeaf) {
			t.Fatalf("what could not be announced: %v", err)
		}
	}
	if lobby, room := here(t, a, "lobby"), here(t, a, "tea-room"); lobby != "1: [Ann]" || room != "1: [Bob]" {
		t.Fatalf("here: %s and %s", lobby, room)
	}
	h.deaf = false
	if err := a.Present(context.Background(), "lease-a", stays); err != nil {
		t.Fatal(err)
	}
	h.wants(t, "+Ann", "+Bob")
	enter(t, a, "lease-a", "lobby", ann)
	h.wants(t)
}

// A node that dies may have said that somebody has come, or that the last one has left, and nothing more.
func announcesForTheDead(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	atA, atB := listen(a, plenty), listen(b, plenty)
	ctx := context.Background()
	enter(t, a, "lease-a", "tea-room", bob)
	atA.wants(t, "+Bob")
	atA.deaf = true
	for _, s := range []bus.Stays{
		{Room: "lobby", Entered: []chat.User{ann}},
		{Room: "tea-room", Left: []string{bob.ID}, Last: true},
	} {
		if err := a.Present(ctx, "lease-a", []bus.Stays{s}); !errors.Is(err, errDeaf) {
			t.Fatalf("what could not be announced: %v", err)
		}
	}
	atB.deaf = true
	if err := b.Reap(ctx, "lease-a"); !errors.Is(err, errDeaf) {
		t.Fatalf("what could not be announced: %v", err)
	}
	if got := here(t, b, "lobby"); got != "0: []" {
		t.Fatalf("here: %s", got)
	}
	atB.deaf = false
	if err := b.Reap(ctx, "lease-a"); err != nil {
		t.Fatal(err)
	}
	atB.wants(t, "+Ann", "-Ann", "-Bob")
	if err := b.Reap(ctx, "lease-a"); err != nil {
		t.Fatal(err)
	}
	atB.wants(t)
}

func boundsComings(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	atA, atB := listen(a, 3), listen(b, 3)
	atA.deaf = true
	for i := range 5 {
		u := chat.User{ID: fmt.Sprint("u-", i), Name: fmt.Sprint("Guest ", i)}
		if err := a.Present(context.Background(), "lease-a", []bus.Stays{{Room: "lobby", Entered: []chat.User{u}}}); !errors.Is(err, errDeaf) {
			t.Fatal(err)
		}
	}
	enter(t, b, "lease-b", "lobby")
	if told := atB.take(); len(told) != 3 || !slices.Contains(told, "+Guest 4") || atA.dropped != 2 {
		t.Fatalf("of five comings are kept %v, dropped are %d", told, atA.dropped)
	}
}

func announcesCrowds(t *testing.T, make Factory) {
	a, _ := make(t, plenty)
	h := listen(a, 1_000_000)
	var crowd []chat.User
	var come, gone []string
	for i := range 2*plenty + 1 {
		u := chat.User{ID: fmt.Sprint("u-", i), Name: fmt.Sprint("Guest ", i)}
		crowd, come, gone = append(crowd, u), append(come, "+"+u.Name), append(gone, "-"+u.Name)
	}
	slices.Sort(come)
	slices.Sort(gone)
	enter(t, a, "lease-a", "lobby", crowd...)
	if told := h.take(); !slices.Equal(told, come) { // too many to print
		t.Fatalf("of %d who came it was told of %d", len(come), len(told))
	}
	if err := a.Reap(context.Background(), "lease-a"); err != nil {
		t.Fatal(err)
	}
	if told := h.take(); !slices.Equal(told, gone) {
		t.Fatalf("of %d who left it was told of %d", len(gone), len(told))
	}
}

func announcesTogether(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	atA, atB := listen(a, plenty), listen(b, plenty)
	const each = 30
	var nodes sync.WaitGroup
	for _, node := range []struct {
		bus.Bus
		lease string
	}{{a, "lease-a"}, {b, "lease-b"}} {
		nodes.Go(func() {
			for i := range each {
				u := chat.User{ID: fmt.Sprint(node.lease, i), Name: fmt.Sprint(node.lease, i)}
				if err := node.Present(context.Background(), node.lease, []bus.Stays{{Room: "lobby", Entered: []chat.User{u}}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	nodes.Wait()
	ids, names := map[string]bool{}, map[string]bool{}
	for _, c := range append(slices.Clone(atA.told), atB.told...) {
		ids[c.ID], names[c.User.Name] = true, true
	}
	if len(ids) != 2*each || len(names) != 2*each {
		t.Fatalf("%d comings of %d users, want %d", len(ids), len(names), 2*each)
	}
}
