package hub_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/hub"
)

func TestAProgramSpeaksInARoomThatNobodyHasOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		r, err := h.Publish(t.Context(), "lobby", chat.Draft{Key: "k", User: ann, Text: "a"})
		if err != nil || r.Seq != 1 || logged(t, b) != "a" {
			t.Fatalf("got %+v, %v", r, err)
		}
		if subscriptions, _ := b.count(); subscriptions != 0 {
			t.Errorf("that took %d subscriptions", subscriptions)
		}
		h.Close()
	})
}

// What people are shown on this node must not be given away because a program knows nothing of it.
func TestAProgramDoesNotContinueALogThatWasRewound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h := newHub(t, b)
		bob := &person{}
		join(t, h, bob, nil)
		sayTexts(t, b, "a b c")
		want(t, bob, "1 2 3")
		b.Rewind("lobby", 1)
		d := chat.Draft{Key: "k", User: ann, Text: "d"}
		_, err := h.Publish(t.Context(), "lobby", d)
		if !errors.Is(err, bus.ErrRewound) || !hub.Refusal(err).Retryable {
			t.Fatalf("got %v", err)
		}
		synctest.Wait()
		if _, err := h.Publish(t.Context(), "lobby", d); err != nil {
			t.Fatal(err)
		}
		want(t, bob, "1 2 3 4")
		if got := logged(t, b); got != "a b c d" {
			t.Errorf("the log has %q", got)
		}
		h.Close()
	})
}
