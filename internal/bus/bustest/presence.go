package bustest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/tests/testbed"
)

func enter(t *testing.T, b bus.Bus, lease, room string, users ...chat.User) {
	t.Helper()
	if err := b.Present(context.Background(), lease, []bus.Stays{{Room: room, Entered: users}}); err != nil {
		t.Fatal(err)
	}
}

func leave(t *testing.T, b bus.Bus, lease, room string, users ...chat.User) {
	t.Helper()
	s := bus.Stays{Room: room}
	for _, u := range users {
		s.Left = append(s.Left, u.ID)
	}
	if err := b.Present(context.Background(), lease, []bus.Stays{s}); err != nil {
		t.Fatal(err)
	}
}

// here returns who is in a room, as "count: names".
func here(t *testing.T, b bus.Bus, room string) string {
	t.Helper()
	r, err := b.Roster(context.Background(), room)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, u := range r.Users {
		names = append(names, u.Name)
	}
	slices.Sort(names)
	return fmt.Sprint(r.Count, ": ", names)
}

// Steps waits for n changes of the roster and returns all.
func (i *Inbox) steps(t *testing.T, n int) (steps []chat.Presence) {
	t.Helper()
	testbed.Eventually(t, 10*time.Second, fmt.Sprint(n, " changes of the roster are signalled"), func() bool {
		steps = nil
		for _, s := range i.Signals() {
			if s.Presence != nil {
				steps = append(steps, *s.Presence)
			}
		}
		return len(steps) >= n
	})
	return steps
}

func presentOnce(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	var inbox Inbox
	subscribe(t, b, "lobby", &inbox)
	enter(t, a, "lease-a", "lobby", ann)
	enter(t, b, "lease-b", "lobby", ann, bob)
	enter(t, b, "lease-b", "lobby", ann, bob) // tried again
	if got := here(t, a, "lobby"); got != "2: [Ann Bob]" {
		t.Fatalf("here: %s", got)
	}
	leave(t, a, "lease-a", "lobby", ann)
	leave(t, a, "lease-a", "lobby", ann, bob) // what is not there can't leave
	if got := here(t, b, "lobby"); got != "2: [Ann Bob]" {
		t.Fatalf("here: %s", got)
	}
	leave(t, b, "lease-b", "lobby", ann)
	leave(t, b, "lease-b", "lobby", bob)
	if got := here(t, b, "lobby"); got != "0: []" {
		t.Fatalf("here: %s", got)
	}
	enter(t, a, "lease-a", "elsewhere", ann)
	enter(t, a, "lease-a", "lobby", ann)
	steps := inbox.steps(t, 5)
	var told []string
	for _, s := range steps {
		for _, u := range s.Joined {
			told = append(told, "+"+u.ID)
		}
		for _, id := range s.Left {
			told = append(told, "-"+id)
		}
	}
	if want := []string{"+" + ann.ID, "+" + bob.ID, "-" + ann.ID, "-" + bob.ID, "+" + ann.ID}; !slices.Equal(told, want) {
		t.Fatalf("told %v, want %v", told, want)
	}
}

func chainsRosters(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	var inbox Inbox
	subscribe(t, b, "lobby", &inbox)
	enter(t, a, "lease-a", "lobby", ann)
	renamed := ann
	renamed.Name = "Anna"
	enter(t, b, "lease-b", "lobby", renamed)
	if got := here(t, a, "lobby"); got != "1: [Anna]" {
		t.Fatalf("here: %s", got)
	}
	enter(t, a, "lease-a", "lobby", bob)
	roster, err := b.Roster(context.Background(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	steps := inbox.steps(t, 3)
	prev := ""
	for i, s := range steps {
		if s.Prev != prev || s.ID == prev {
			t.Fatalf("step %d leads from %q to %q, after %q", i, s.Prev, s.ID, prev)
		}
		prev = s.ID
	}
	if len(steps[1].Changed) != 1 || steps[1].Changed[0] != renamed || len(steps[1].Joined) != 0 {
		t.Fatalf("a new name: %+v", steps[1])
	}
	ids, err := a.RosterIDs(context.Background(), []string{"lobby", "nowhere"})
	if err != nil || ids["lobby"] != prev || ids["nowhere"] != "" || len(ids) != 2 || roster.ID != prev {
		t.Fatalf("ids %v, %v, the roster's %q, want %q", ids, err, roster.ID, prev)
	}
	leave(t, a, "lease-a", "lobby", ann, bob)
	leave(t, b, "lease-b", "lobby", ann)
	if last := inbox.steps(t, 5)[4]; last.ID != "" || last.Count != 0 {
		t.Fatalf("an empty room: %+v", last)
	}
}

func reaps(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	ctx := context.Background()
	beat := func(b bus.Bus, lease string) bus.Leases {
		t.Helper()
		l, err := b.Beat(ctx, lease)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if l := beat(a, "lease-a"); !l.Lapsed || len(l.Dead) != 0 {
		t.Fatalf("a new lease: %+v", l)
	}
	if l := beat(a, "lease-a"); l.Lapsed {
		t.Fatal("a lease lapsed at once")
	}
	var inbox Inbox
	subscribe(t, b, "lobby", &inbox)
	enter(t, a, "lease-a", "lobby", ann, bob)
	enter(t, b, "lease-b", "lobby", bob)
	// a beats no more.
	testbed.Eventually(t, bus.LeaseLife+10*time.Second, "a's lease runs out", func() bool {
		l := beat(b, "lease-b")
		return slices.Equal(l.Dead, []string{"lease-a"})
	})
	for _, node := range []bus.Bus{b, a, b} {
		if err := node.Reap(ctx, "lease-a"); err != nil {
			t.Fatal(err)
		}
	}
	if got := here(t, a, "lobby"); got != "1: [Bob]" {
		t.Fatalf("here: %s", got)
	}
	if l := beat(b, "lease-b"); l.Lapsed || len(l.Dead) != 0 {
		t.Fatalf("after reaping: %+v", l)
	}
	if l := beat(a, "lease-a"); !l.Lapsed {
		t.Fatal("a lease that was reaped goes on as if nothing had happened")
	}
	leave(t, b, "lease-b", "lobby", bob)
	steps := inbox.steps(t, 3)
	if got := append(slices.Clone(steps[1].Left), steps[2].Left...); !slices.Equal(got, []string{ann.ID, bob.ID}) {
		t.Fatalf("left: %v", got)
	}
}

func countsCrowds(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	var inbox Inbox
	subscribe(t, b, "lobby", &inbox)
	crowd := []chat.User{ann, bob}
	for i := range RosterSize {
		crowd = append(crowd, chat.User{ID: fmt.Sprint("u-", i), Name: fmt.Sprint("Guest ", i)})
	}
	enter(t, a, "lease-a", "lobby", crowd...)
	if r, err := b.Roster(context.Background(), "lobby"); err != nil || r.Count != len(crowd) || r.Users != nil || r.ID == "" {
		t.Fatalf("a crowd: %+v, %v", r, err)
	}
	leave(t, a, "lease-a", "lobby", crowd[2:]...)
	steps := inbox.steps(t, 2)
	if s := steps[0]; s.Count != len(crowd) || s.Joined != nil {
		t.Fatalf("a crowd comes: %+v", s)
	}
	if s := steps[1]; s.Count != 2 || len(s.Left) != RosterSize {
		t.Fatalf("a crowd leaves: %+v", s)
	}
}

func listsRooms(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	ctx := context.Background()
	for node, lease := range map[bus.Bus]string{a: "lease-a", b: "lease-b"} {
		if _, err := node.Beat(ctx, lease); err != nil {
			t.Fatal(err)
		}
	}
	enter(t, a, "lease-a", "lobby", ann)
	enter(t, b, "lease-b", "lobby", ann, bob)
	for i := range 300 {
		enter(t, a, "lease-a", fmt.Sprintf("room-%03d", i), ann)
	}
	for i := range 298 { // in between nobody is
		leave(t, a, "lease-a", fmt.Sprintf("room-%03d", i+1), ann)
	}
	enter(t, b, "lease-b", "聊天", bob)
	for _, room := range []string{chat.Direct(ann.ID, bob.ID), chat.Mailbox(ann.ID)} {
		enter(t, b, "lease-b", room, ann)
	}
	Say(t, a, "silent", ann, "nobody is here")
	for _, page := range []struct {
		after string
		limit int
		want  string
	}{
		{"", 100, "[{lobby 2} {room-000 1} {room-299 1} {聊天 1}] false"},
		{"", 4, "[{lobby 2} {room-000 1} {room-299 1} {聊天 1}] false"},
		{"", 3, "[{lobby 2} {room-000 1} {room-299 1}] true"},
		{"lobby", 1, "[{room-000 1}] true"},
		{"m", 1, "[{room-000 1}] true"},
		{"room-299", 1, "[{聊天 1}] false"},
		{"聊天", 1, "[] false"},
	} {
		rooms, more, err := b.Rooms(ctx, page.after, page.limit)
		if got := fmt.Sprint(rooms, " ", more); err != nil || got != page.want {
			t.Errorf("after %q, %d: %s, %v, want %s", page.after, page.limit, got, err, page.want)
		}
	}
	for node, lease := range map[bus.Bus]string{a: "lease-a", b: "lease-b"} {
		if err := node.Reap(ctx, lease); err != nil {
			t.Fatal(err)
		}
	}
	if rooms, more, err := a.Rooms(ctx, "", 10); err != nil || len(rooms) != 0 || more {
		t.Fatalf("after all: %v, %v, %v", rooms, more, err)
	}
}
