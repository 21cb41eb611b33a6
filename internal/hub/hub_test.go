package hub_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/hub"
)

func TestMembersShareOneFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob, eve := &person{}, &person{}
		join(t, h, bob, nil)
		join(t, h, eve, nil)
		say(t, b, 3)
		want(t, bob, "1 2 3")
		want(t, eve, "1 2 3")
		for i, f := range bob.frames {
			if f != eve.frames[i] {
				t.Fatal("a frame was made twice")
			}
		}
		h.Close()
	})
}

func TestALateMemberIsShownTheTail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		say(t, b, 15)
		bob := &person{}
		join(t, h, bob, nil)
		want(t, bob, "6 7 8 9 10 11 12 13 14 15") // as much as the tail holds
		say(t, b, 1)
		want(t, bob, "6 7 8 9 10 11 12 13 14 15 16")
		h.Close()
	})
}

// A thousand clients that come back at once must not cost the database a thousand reads.
func TestComingBackIsServedFromTheTail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		say(t, b, 20)
		since := say(t, b, 1)
		say(t, b, 3)
		join(t, h, &person{}, nil)
		_, before := b.count()
		for range 1000 {
			bob := &person{}
			join(t, h, bob, &since)
			want(t, bob, "22 23 24")
		}
		if _, after := b.count(); after != before {
			t.Fatalf("%d reads of the log", after-before)
		}
		h.Close()
	})
}

func TestAGapInTheRelayIsClosedFromTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob := &person{}
		join(t, h, bob, nil)
		b.set(false, func(m chat.Message) bool { return m.Seq == 2 || m.Seq == 3 || m.Seq == 6 })
		say(t, b, 7)
		want(t, bob, "1 2 3 4 5 6 7")
		h.Close()
	})
}

func TestAResyncBringsWhatAQuietRelayLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob := &person{}
		join(t, h, bob, nil)
		b.set(false, func(chat.Message) bool { return true })
		say(t, b, 30)
		want(t, bob, "")
		b.set(true, nil) // the log can't be read for a while either
		b.sinks["lobby"].Resync()
		time.Sleep(5 * time.Second)
		want(t, bob, "")
		b.set(false, nil)
		time.Sleep(5 * time.Second)
		if got := bob.shown(); !strings.HasSuffix(got, " 28 29 30") || !strings.HasPrefix(got, "1 2 3") {
			t.Fatalf("shown %q", got)
		}
		h.Close()
	})
}

func TestAFullReceiverFallsBehindAndMissesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob, eve := &person{}, &person{}
		join(t, h, bob, nil)
		join(t, h, eve, nil)
		say(t, b, 2)
		want(t, bob, "1 2")
		bob.setFull(true)
		say(t, b, 30) // more than the tail holds
		want(t, eve, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32")
		want(t, bob, "1 2")
		behind := bob.takeBehind()
		if len(behind) != 1 {
			t.Fatalf("told %d times that it is behind", len(behind))
		}
		if progress, err := behind[0].CatchUp(t.Context()); progress != hub.Behind || err != nil {
			t.Fatalf("without place it came to %v, %v", progress, err)
		}
		bob.setFull(false)
		catchUp(t, behind[0])
		say(t, b, 1)
		synctest.Wait()
		want(t, bob, eve.shown())
		h.Close()
	})
}

// What was relayed was acknowledged. Where the log does not have it, it has lost it.
func TestWhatWasRelayedAndLostSinceIsSaidAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob := &person{}
		join(t, h, bob, nil)
		say(t, b, 3)
		want(t, bob, "1 2 3")
		lost := chat.Message{Room: "lobby", Seq: 9, ID: "nine", Prev: "eight", Time: time.Now(), Draft: chat.Draft{Key: "k", User: ann, Text: "from before"}}
		b.sinks["lobby"].Relay(lost)
		want(t, bob, "1 2 3 4")
		b.sinks["lobby"].Relay(lost) // other nodes do the same
		lost.Time, lost.Key = lost.Time.Add(-bus.ClaimTime-time.Second), "old"
		b.sinks["lobby"].Relay(lost) // too long ago to be certain that nobody else did
		want(t, bob, "1 2 3 4")
		if got := logged(t, b); got != "hello hello hello from before" {
			t.Fatalf("the log has %q", got)
		}
		h.Close()
	})
}

// Deleting by hand is not supported, but must not bring a node down.
func TestALogWithAHoleIsShownAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		var at []chat.Position
		for range 6 {
			at = append(at, say(t, b, 1))
		}
		b.hole = 4
		h := newHub(t, b)
		for _, c := range []struct {
			since *chat.Position
			shown string
		}{
			{nil, "5 6"}, {&at[5], ""}, {&at[4], "6"}, {&at[2], "5 6"}, {&at[0], "2 3 5 6"},
			{&chat.Position{Seq: 6, ID: "another"}, "reset 5 6"},
			{&chat.Position{Seq: 5, ID: "another"}, "reset 5 6"},
		} {
			bob := &person{}
			join(t, h, bob, c.since)
			want(t, bob, c.shown)
		}
		bob := &person{}
		join(t, h, bob, &at[5])
		b.sinks["lobby"].Relay(chat.Message{Room: "lobby", Seq: 5, ID: at[4].ID, Prev: at[3].ID}) // known
		say(t, b, 1)
		want(t, bob, "7")
		h.Close()
	})
}

func TestARoomIsSubscribedWhileItHasMembersAndAWhileLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		subscribed := func(want int) {
			t.Helper()
			synctest.Wait()
			if got, _ := b.count(); got != want {
				t.Fatalf("%d subscriptions, want %d", got, want)
			}
		}
		subscribed(0)
		first, second := join(t, h, &person{}, nil), join(t, h, &person{}, nil)
		subscribed(1)
		first.Leave()
		first.Leave() // counts once
		time.Sleep(5 * time.Minute)
		subscribed(1)
		second.Leave()
		time.Sleep(50 * time.Second)
		subscribed(1)
		back := join(t, h, &person{}, nil)
		time.Sleep(5 * time.Minute)
		subscribed(1)
		back.Leave()
		time.Sleep(90 * time.Second)
		subscribed(0)
		h.Close()
	})
}

func TestAfterLeavingNothingIsOffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob, eve := &person{}, &person{}
		m := join(t, h, bob, nil)
		join(t, h, eve, nil)
		say(t, b, 1)
		want(t, bob, "1")
		m.Leave()
		say(t, b, 1)
		want(t, eve, "1 2")
		want(t, bob, "1")
		if progress, err := m.CatchUp(t.Context()); progress != hub.Live || err != nil {
			t.Fatalf("catching up after leaving: %v, %v", progress, err)
		}
		h.Close()
	})
}

func TestARoomThatCannotBeOpenedIsOpenedByTheNextJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		b.set(true, nil)
		if _, _, err := h.Join(t.Context(), "lobby", hub.Visit{History: 50}, &person{}); !errors.Is(err, bus.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		b.set(false, nil)
		bob := &person{}
		join(t, h, bob, nil)
		say(t, b, 1)
		want(t, bob, "1")
		h.Close()
	})
}

// Signals are of the moment: who has no place for one, or is catching up, does without it, and falls behind
// for none.
func TestSignalsGoToWhoIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob, full := &person{}, &person{}
		join(t, h, bob, nil)
		join(t, h, full, nil)
		behind := &person{}
		if _, _, err := h.Join(t.Context(), "lobby", hub.Visit{History: 50}, behind); err != nil {
			t.Fatal(err)
		}
		full.setFull(true)
		if err := b.Signal(t.Context(), "lobby", chat.Signal{Typing: &ann}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		const want = `{"typing":{"room":"lobby","user":{"id":"u-ann","name":"Ann"},"seconds":6}}`
		if len(bob.frames) != 1 || string(bob.frames[0].Lines) != want {
			t.Errorf("Bob was offered %d frames, want %s", len(bob.frames), want)
		}
		if len(full.frames)+len(behind.frames)+len(full.takeBehind()) > 0 {
			t.Error("somebody was offered, or put behind for, what they had no place for")
		}
		h.Close()
	})
}

func TestAfterCloseNobodyJoins(t *testing.T) {
	b := newFaulty()
	h := newHub(t, b)
	bob := &person{}
	m := join(t, h, bob, nil)
	h.Close()
	h.Close()
	if _, _, err := h.Join(t.Context(), "lobby", hub.Visit{History: 50}, bob); !errors.Is(err, bus.ErrClosed) {
		t.Fatalf("got %v", err)
	}
	m.Leave() // still harmless
	if subscriptions, _ := b.count(); subscriptions != 0 {
		t.Fatalf("%d subscriptions are left", subscriptions)
	}
}
