package hub_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chorus/internal/bus"
	"chorus/internal/bus/bustest"
	"chorus/internal/chat"
	"chorus/internal/hub"
)

// logged returns the texts of the log.
func logged(t *testing.T, b bus.Bus) string {
	t.Helper()
	messages, err := b.Before(t.Context(), "lobby", nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	texts := make([]string, len(messages))
	for i, m := range messages {
		if i > 0 && !m.Follows(messages[i-1].Position()) {
			t.Fatalf("message %d does not follow the one before it", m.Seq)
		}
		texts[i] = m.Text
	}
	return strings.Join(texts, " ")
}

func sayTexts(t *testing.T, b bus.Bus, texts string) (last chat.Position) {
	t.Helper()
	for text := range strings.FieldsSeq(texts) {
		last = bustest.Say(t, b, "lobby", ann, text).Position
	}
	return last
}

func TestARewoundLogIsRestoredAndNobodyNotices(t *testing.T) {
	for name, rewind := range map[string]uint64{"a little": 3, "to nothing": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newFaulty()
				h, other := newHub(t, b), newHub(t, b.Peer())
				bob, eve := &person{}, &person{}
				join(t, h, bob, nil)
				join(t, other, eve, nil)
				sayTexts(t, b, "a b c d e")
				want(t, bob, "1 2 3 4 5")
				b.Rewind("lobby", rewind)
				time.Sleep(3 * time.Second) // a quiet room: only the check of heads can notice
				if got := logged(t, b); got != "a b c d e" {
					t.Fatalf("the log has %q", got)
				}
				sayTexts(t, b, "f")
				want(t, bob, "1 2 3 4 5 6")
				want(t, eve, "1 2 3 4 5 6")
				h.Close()
				other.Close()
			})
		})
	}
}

func TestNothingIsSaidBehindARewoundHead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob := &person{}
		m := join(t, h, bob, nil)
		sayTexts(t, b, "a b c")
		want(t, bob, "1 2 3")
		b.Rewind("lobby", 1)
		draft := chat.Draft{Key: "k", User: ann, Text: "d"}
		if _, err := b.Publish(t.Context(), "lobby", m.Head(), draft); !errors.Is(err, bus.ErrRewound) {
			t.Fatalf("got %v", err)
		}
		m.Heal()
		synctest.Wait()
		if r, err := b.Publish(t.Context(), "lobby", m.Head(), draft); err != nil || r.Seq != 4 {
			t.Fatalf("got %+v, %v", r, err)
		}
		want(t, bob, "1 2 3 4")
		h.Close()
	})
}

// A node that did not know of the lost messages has already gone on. What was acknowledged comes
// back behind what it said, once, and the views that can't be continued are reset.
func TestALogThatWentAnotherWayIsGivenTheLostMessagesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h, other := newHub(t, b), newHub(t, b.Peer())
		bob, eve := &person{}, &person{}
		join(t, h, bob, nil)
		join(t, other, eve, nil)
		sayTexts(t, b, "a b c d e")
		want(t, bob, "1 2 3 4 5")
		b.Rewind("lobby", 3)
		sayTexts(t, b.Peer(), "x")
		synctest.Wait()
		if got := logged(t, b); got != "a b c x d e" {
			t.Fatalf("the log has %q", got)
		}
		for _, p := range []*person{bob, eve} {
			for range 2 { // catching up makes live; what came meanwhile may put behind again
				for _, m := range p.takeBehind() {
					catchUp(t, m)
				}
				synctest.Wait()
			}
		}
		sayTexts(t, b, "f")
		want(t, bob, "1 2 3 4 5 reset 1 2 3 4 5 6 7")
		want(t, eve, "1 2 3 4 5 reset 1 2 3 4 5 6 7")
		h.Close()
		other.Close()
	})
}

func TestAHealingThatCannotReachTheDatabaseGoesOnTrying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob := &person{}
		m := join(t, h, bob, nil)
		sayTexts(t, b, "a b c")
		want(t, bob, "1 2 3")
		b.Rewind("lobby", 0)
		b.set(true, nil)
		m.Heal()
		time.Sleep(10 * time.Second)
		if got := logged(t, b.Memory); got != "" {
			t.Fatalf("the log has %q", got)
		}
		b.set(false, nil)
		time.Sleep(3 * time.Second)
		if got := logged(t, b); got != "a b c" {
			t.Fatalf("the log has %q", got)
		}
		h.Close()
	})
}

// Somebody comes back with a position that the log has lost and the room has not noticed yet. That
// must not become a loop of reads.
func TestAPositionThatIsNeitherHereNorThereDoesNotSpin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		since := sayTexts(t, b, "a b c")
		for range 20 {
			say(t, b, 1) // so that the position is older than the tail
		}
		bob := &person{}
		m, _, err := h.Join(t.Context(), "lobby", hub.Visit{Since: &since, History: 50}, bob)
		if err != nil {
			t.Fatal(err)
		}
		b.Rewind("lobby", 3)
		progress, err := m.CatchUp(t.Context())
		if progress != hub.Behind || !errors.Is(err, bus.ErrUnavailable) {
			t.Fatalf("got %v, %v", progress, err)
		}
		time.Sleep(time.Second) // meanwhile the room heals
		catchUp(t, m)
		// The ten that the room held are back, behind what was left.
		want(t, bob, "4 5 6 7 8 9 10 11 12 13")
		h.Close()
	})
}

func TestALostMessageOfAQuietRoomIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob := &person{}
		join(t, h, bob, nil)
		b.set(false, func(chat.Message) bool { return true })
		sayTexts(t, b, "a")
		want(t, bob, "")
		time.Sleep(3 * time.Second)
		want(t, bob, "1")
		h.Close()
	})
}
