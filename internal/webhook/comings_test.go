package webhook_test

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/metrics"
	"chorus/internal/webhook"
)

// announcing are options by which events of these types are posted.
func announcing(events ...string) webhook.Options {
	o := options()
	o.Events = events
	return o
}

func comes(rooms ...string) (stays []bus.Stays) {
	for _, room := range rooms {
		stays = append(stays, bus.Stays{Room: room, Entered: []chat.User{ann}})
	}
	return stays
}

func goes(rooms ...string) (stays []bus.Stays) {
	for _, room := range rooms {
		stays = append(stays, bus.Stays{Room: room, Left: []string{ann.ID}, Last: true})
	}
	return stays
}

func (w *world) present(t *testing.T, lease string, stays []bus.Stays) {
	t.Helper()
	if err := w.bus.Present(t.Context(), lease, stays); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

func TestWhoComesAndGoesIsPostedOnce(t *testing.T) {
	inWorld(t, announcing("join", "leave"), always(200), func(t *testing.T, w *world) {
		w.present(t, "lease-a", comes("lobby"))
		w.present(t, "lease-a", comes("lobby"))
		w.present(t, "lease-b", comes("lobby"))
		w.present(t, "lease-a", goes("lobby"))
		w.present(t, "lease-b", goes("lobby"))
		var want []string
		for _, kind := range []string{"join", "leave"} {
			want = append(want, `{"type":"`+kind+`","time":"2000-01-01T00:00:00.000Z","data":{"room":"lobby","user":{"id":"u-ann","name":"Ann"}}}`)
		}
		if !slices.Equal(w.bodies, want) || w.queued(t) != 0 {
			t.Fatalf("posted is %q, want %q", w.bodies, want)
		}
		for i, kind := range []string{"join", "leave"} {
			if id := w.posts[i].Header.Get("webhook-id"); !regexp.MustCompile("^" + kind + "_[A-Za-z0-9_-]+$").MatchString(id) {
				t.Errorf("the id of a %s is %s", kind, id)
			}
		}
	})
}

func TestOnlyWhatIsWantedOfComingsIsPosted(t *testing.T) {
	for events, want := range map[string]int{"message": 0, "join": 1, "leave": 1, "message join leave": 2} {
		inWorld(t, announcing(strings.Fields(events)...), always(200), func(t *testing.T, w *world) {
			w.present(t, "lease", comes("lobby", chat.Direct("u-ann", "u-bob"), chat.Mailbox("u-ann")))
			w.present(t, "lease", goes("lobby", chat.Direct("u-ann", "u-bob"), chat.Mailbox("u-ann")))
			if len(w.bodies) != want {
				t.Errorf("with %s posted is %q", events, w.bodies)
			}
		})
	}
}

// The rooms' registry has noted it, so nothing but the retry tells of it.
func TestWhoComesIsToldOfOnlyWhenTheEventIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := announcing("join", "leave")
		o.Queue = 1000
		memory := bus.NewMemory(bus.Options{Retention: 100})
		queue := &brokenQueue{Queue: memory.Queue(webhook.QueueName, o.Queue), broken: true}
		receiver := &transport{answer: always(200)}
		hooks := webhook.NewOver(receiver, queue, o, slog.New(slog.DiscardHandler), metrics.New())
		defer hooks.Shutdown(t.Context())
		b := hooks.Over(memory)
		crowd := bus.Stays{Room: "lobby"}
		for i := range 100 {
			crowd.Entered = append(crowd.Entered, chat.User{ID: fmt.Sprint("u-", i), Name: "Guest"})
		}
		if err := b.Present(t.Context(), "lease", []bus.Stays{crowd}); !errors.Is(err, bus.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		if err := b.Reap(t.Context(), "lease"); !errors.Is(err, bus.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		queue.broken = false
		if err := b.Reap(t.Context(), "lease"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		ids := map[string]bool{}
		for _, p := range receiver.posts {
			ids[p.Header.Get("webhook-id")] = true
		}
		if len(ids) != 200 || len(receiver.posts) != 200 {
			t.Errorf("%d events in %d posts", len(ids), len(receiver.posts))
		}
	})
}
