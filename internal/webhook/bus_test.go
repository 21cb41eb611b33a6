package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/metrics"
	"chorus/internal/webhook"
)

// brokenQueue takes nothing while it is broken.
type brokenQueue struct {
	bus.Queue
	broken bool
}

func (q *brokenQueue) Add(ctx context.Context, id string, payload []byte) (int, error) {
	if q.broken {
		return 0, bus.ErrUnavailable
	}
	return q.Queue.Add(ctx, id, payload)
}

func TestAMessageIsAcknowledgedOnlyWhenItsEventIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := bus.NewMemory(bus.Options{Retention: 100})
		queue := &brokenQueue{Queue: memory.Queue(webhook.QueueName, 100), broken: true}
		receiver := &transport{answer: always(200)}
		hooks := webhook.NewOver(receiver, queue, options(), slog.New(slog.DiscardHandler), metrics.New())
		defer hooks.Shutdown(t.Context())
		b := hooks.Over(memory)
		say := func(text string) (bus.Receipt, error) {
			return b.Publish(t.Context(), "lobby", chat.Position{}, chat.Draft{Key: "k", User: ann, Text: text})
		}
		if r, err := say("first"); !errors.Is(err, bus.ErrUnavailable) || r != (bus.Receipt{}) {
			t.Fatalf("got %+v, %v", r, err)
		}
		queue.broken = false
		again, err := say("a repeat may say something else")
		if err != nil || !again.Duplicate || again.Seq != 1 {
			t.Fatalf("the repeat got %+v, %v", again, err)
		}
		synctest.Wait()
		if len(receiver.bodies) != 1 || !strings.Contains(receiver.bodies[0], `"text":"first"`) {
			t.Errorf("posted is %q", receiver.bodies)
		}
	})
}

func TestARepeatAnnouncesWhatIsStored(t *testing.T) {
	inWorld(t, options(), always(200), func(t *testing.T, w *world) {
		for i := range 5 {
			if _, err := w.say(t, fmt.Sprint("k", i), fmt.Sprint("message ", i)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		for i := range 5 { // the newest one, the first one, and those in between
			if r, err := w.say(t, fmt.Sprint("k", i), "another text"); err != nil || !r.Duplicate {
				t.Fatalf("got %+v, %v", r, err)
			}
		}
		synctest.Wait()
		if len(w.bodies) != 10 || strings.Contains(strings.Join(w.bodies, " "), "another text") {
			t.Errorf("posted is %q", w.bodies)
		}
	})
}

func TestWhatIsNotWantedIsNotQueued(t *testing.T) {
	o := options()
	o.Events = []string{"join"}
	inWorld(t, o, always(200), func(t *testing.T, w *world) {
		if _, err := w.say(t, "k", "hello"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := len(w.posts); n != 0 {
			t.Errorf("%d posts", n)
		}
	})
}

func TestWhatIsSaidBetweenTwoIsNotAnnounced(t *testing.T) {
	inWorld(t, options(), always(200), func(t *testing.T, w *world) {
		if _, err := w.bus.Publish(t.Context(), chat.Direct("ann", "bob"), chat.Position{}, chat.Draft{Key: "k", User: ann, Text: "a secret"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(w.bodies) != 0 {
			t.Errorf("posted is %q", w.bodies)
		}
	})
}
