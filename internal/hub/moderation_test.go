package hub_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chorus/internal/bus"
	"chorus/internal/bus/bustest"
	"chorus/internal/chat"
	"chorus/internal/hub"
)

var bobby = chat.User{ID: "u-bob", Name: "Bob"}

// joinAs joins the lobby as somebody and catches up.
func joinAs(t *testing.T, h *hub.Hub, p *person, v hub.Visit) *hub.Member {
	t.Helper()
	v.History = 50
	m, _, err := h.Join(t.Context(), "lobby", v, p)
	if err != nil {
		t.Fatal(err)
	}
	catchUp(t, m)
	return m
}

// do has a moderator do something to Bob.
func do(t *testing.T, b bus.Bus, kind chat.ActKind, until time.Time) chat.Position {
	t.Helper()
	return bustest.Publish(t, b, "lobby", bustest.ActDraft(kind, bobby, until)).Position
}

func wantRemoved(t *testing.T, p *person, want string) {
	t.Helper()
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if got := strings.Join(p.removed, ", "); got != want {
		t.Fatalf("removed for %q, want %q", got, want)
	}
}

func wantBanned(t *testing.T, h *hub.Hub, until time.Time) {
	t.Helper()
	_, _, err := h.Join(t.Context(), "lobby", hub.Visit{User: &bobby}, &person{})
	var banned *bus.SanctionError
	if !errors.As(err, &banned) || banned.Kind != chat.Ban || !banned.Until.Equal(until) {
		t.Fatalf("joining: %v", err)
	}
}

func TestWhoIsBannedHasToGoOnAllNodesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := bus.NewMemory(bus.Options{Retention: 100})
		one, two := newHub(t, b), newHub(t, b.Peer())
		here, again, there, eve := &person{}, &person{}, &person{}, &person{}
		gone := []*hub.Member{
			joinAs(t, one, here, hub.Visit{User: &bobby}), joinAs(t, one, again, hub.Visit{User: &bobby}), joinAs(t, two, there, hub.Visit{User: &bobby}),
		}
		stays := joinAs(t, one, eve, hub.Visit{User: &ann})
		say(t, b, 1)
		until := time.Now().Add(time.Hour)
		do(t, b, chat.Ban, until)
		say(t, b, 1)
		for _, p := range []*person{here, again, there} {
			want(t, p, "1 2") // what was done to them is the last that they are shown
			wantRemoved(t, p, "banned 2000-01-01T01:00:00.000Z")
		}
		want(t, eve, "1 2 3")
		wantRemoved(t, eve, "")
		for _, m := range gone {
			if !m.Gone() {
				t.Fatal("a member is still there")
			}
			m.Leave() // harmless
		}
		if stays.Gone() || stays.Name(bobby.ID) != "" || stays.Name(ann.ID) != "Ann" {
			t.Fatal("others are disturbed")
		}
		wantBanned(t, one, until)
		wantBanned(t, two, until)
		time.Sleep(time.Hour)
		joinAs(t, one, here, hub.Visit{User: &bobby})
		do(t, b, chat.Ban, time.Time{})
		do(t, b, chat.Unban, time.Time{})
		joinAs(t, two, there, hub.Visit{User: &bobby})
		wantRemoved(t, here, "banned 2000-01-01T01:00:00.000Z, banned")
	})
}

func TestWhoIsKickedMayComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob := &person{}
		joinAs(t, h, bob, hub.Visit{User: &bobby})
		kick := do(t, b, chat.Kick, time.Time{})
		wantRemoved(t, bob, "kicked")
		back := joinAs(t, h, &person{}, hub.Visit{User: &bobby})
		do(t, b, chat.Mute, time.Time{})
		do(t, b, chat.Unban, time.Time{})
		if synctest.Wait(); back.Gone() || back.Silenced(bobby.ID) == nil || back.Banned(bobby.ID) != nil {
			t.Fatal("the wrong thing was done to Bob")
		}

		// On a node that has not heard of the kick yet, who has been shown it is not kicked again.
		other := newFaulty()
		other.Memory = b.Peer()
		other.set(false, func(chat.Message) bool { return true })
		late := newHub(t, other)
		joinAs(t, late, &person{}, hub.Visit{User: &ann})
		again := do(t, b, chat.Kick, time.Time{})
		seen, unseen := &person{}, &person{}
		for p, since := range map[*person]chat.Position{seen: again, unseen: kick} {
			if _, _, err := late.Join(t.Context(), "lobby", hub.Visit{User: &bobby, Since: &since}, p); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Second)
		wantRemoved(t, seen, "")
		wantRemoved(t, unseen, "kicked")
	})
}

func TestWhoIsBehindHasToGoAsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob := &person{}
		m := joinAs(t, h, bob, hub.Visit{User: &bobby})
		bob.setFull(true)
		say(t, b, 2)
		do(t, b, chat.Ban, time.Time{})
		wantRemoved(t, bob, "banned")
		bob.setFull(false)
		catchUp(t, m) // is live, with nothing more
		want(t, bob, "")
	})
}

func TestABanIsNotMissedWithTheRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob, eve := &person{}, &person{}
		joinAs(t, h, bob, hub.Visit{User: &bobby})
		joinAs(t, h, eve, hub.Visit{User: &ann})
		b.set(false, func(chat.Message) bool { return true })
		say(t, b, 1)
		do(t, b, chat.Ban, time.Time{})
		say(t, b, 1)
		time.Sleep(5 * time.Second)
		wantRemoved(t, bob, "banned")
		want(t, bob, "1 2")
		want(t, eve, "1 2 3")
	})
}

// The room reads its log anew, since what it missed is not kept any more; neither is the ban.
func TestABanIsKnownThatIsInTheLogNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob, admin := &person{}, &person{}
		joinAs(t, h, bob, hub.Visit{User: &bobby})
		stays := joinAs(t, h, admin, hub.Visit{User: &bobby, Exempt: true})
		say(t, b, 1)
		b.set(false, func(chat.Message) bool { return true })
		do(t, b, chat.Ban, time.Time{})
		say(t, b, 300)
		time.Sleep(5 * time.Second)
		wantRemoved(t, bob, "banned")
		wantRemoved(t, admin, "")
		wantBanned(t, h, time.Time{})
		defer func() {
			stays.SetExempt(true)
			if wantRemoved(t, admin, ""); stays.Gone() {
				t.Fatal("the admin is gone")
			}
			stays.SetExempt(false) // an admin no more
			wantRemoved(t, admin, "banned")
		}()
		catchUp(t, stays)
		if got := admin.shown(); !strings.HasPrefix(got, "1 reset") || !strings.HasSuffix(got, " 302") {
			t.Fatalf("the admin is shown %q", got)
		}
		// Somebody else's node begins with it.
		wantBanned(t, newHub(t, b.Peer()), time.Time{})
	})
}

func TestABanThatTheDatabaseForgotComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, ahead := range []int{0, 3} { // messages of a node that knows nothing of the ban
			b := newFaulty()
			h := newHub(t, b)
			bob := &person{}
			joinAs(t, h, bob, hub.Visit{User: &bobby})
			say(t, b, 2)
			bustest.Publish(t, b, "lobby", chat.Draft{Key: "last words", User: bobby, Text: "bye"})
			do(t, b, chat.Ban, time.Time{})
			wantRemoved(t, bob, "banned")
			b.Rewind("lobby", 2)
			if got, err := b.Sanctions(t.Context(), "lobby"); len(got) != 0 || err != nil {
				t.Fatalf("the database still has %+v, %v", got, err)
			}
			b.set(false, func(chat.Message) bool { return true })
			say(t, b, ahead)
			b.set(false, nil)
			time.Sleep(5 * time.Second)
			if got, err := b.Sanctions(t.Context(), "lobby"); len(got) != 1 || err != nil {
				t.Fatalf("the database has %+v, %v", got, err)
			}
			wantBanned(t, h, time.Time{})
			// What Bob had said before is there again, though he is banned by now.
			all, err := b.After(t.Context(), "lobby", chat.Position{}, 100)
			if err != nil || !strings.Contains(fmt.Sprint(all), "last words") || len(all) != 4+ahead {
				t.Fatalf("the log is %+v, %v", all, err)
			}
			h.Close()
		}
	})
}

// The ban is older than all that the node remembers of the log, and Redis has lost everything.
func TestAnOldBanThatTheDatabaseForgotComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		joinAs(t, h, &person{}, hub.Visit{User: &ann})
		do(t, b, chat.Ban, time.Time{})
		say(t, b, 30)
		b.Rewind("lobby", 0)
		if got, err := b.Sanctions(t.Context(), "lobby"); len(got) != 0 || err != nil {
			t.Fatalf("the database still has %+v, %v", got, err)
		}
		time.Sleep(5 * time.Second)
		wantBanned(t, h, time.Time{})
		wantBanned(t, newHub(t, b.Peer()), time.Time{})
	})
}

func TestSomebodyWhoFollowsIsHandedMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		say(t, b, 3)
		var heard []uint64
		p := &person{full: true}
		m, _, err := h.Join(t.Context(), "lobby", hub.Visit{Follow: func(batch []chat.Message) {
			for _, m := range batch {
				heard = append(heard, m.Seq)
			}
		}}, p)
		if err != nil {
			t.Fatal(err)
		}
		catchUp(t, m)
		say(t, b, 1)
		b.set(false, func(m chat.Message) bool { return m.Seq == 6 })
		say(t, b, 3)
		if synctest.Wait(); fmt.Sprint(heard) != "[4 5 6 7]" {
			t.Fatalf("heard %v", heard)
		}
	})
}
