package hub_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chorus/internal/bus"
	"chorus/internal/bus/bustest"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/memory"
	"chorus/internal/metrics"
)

const tailsOf64MiB = 4 << 20

// newBoundedHub returns a hub that may have 64 MiB.
func newBoundedHub(t *testing.T, b bus.Bus) (*hub.Hub, *memory.Budget) {
	runtime.GC() // what other tests have left is not in use; what lies in pools outlives one collection
	runtime.GC()
	budget := memory.New(64 << 20)
	h := hub.New(b, hub.Options{TailMessages: 10, TailBytes: 8 << 20, Linger: time.Minute}, slog.New(slog.DiscardHandler), metrics.New(), budget)
	t.Cleanup(h.Close)
	return h, budget
}

// halfDead is a Cluster of which one master, that of the rooms "dead-…", does not answer.
type halfDead struct{ *bus.Memory }

const commandTimeout = 2500 * time.Millisecond

func (h halfDead) Before(ctx context.Context, room string, p *chat.Position, n int) ([]chat.Message, error) {
	if !strings.HasPrefix(room, "dead") {
		return h.Memory.Before(ctx, room, p, n)
	}
	select {
	case <-time.After(commandTimeout):
	case <-ctx.Done():
	}
	return nil, bus.ErrUnavailable
}

func TestAMasterThatDoesNotAnswerHoldsUpNoOtherRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, halfDead{bus.NewMemory(bus.Options{Retention: 100})})
		joinDead(t, h, 500)
		start := time.Now()
		if _, _, err := h.Join(t.Context(), "healthy", hub.Visit{}, &person{}); err != nil || time.Since(start) > 0 {
			t.Errorf("joining another room took %s: %v", time.Since(start), err)
		}
		h.Close()
		synctest.Wait()
	})
}

func TestWhoWaitsForAPageIsAnsweredInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newBoundedHub(t, halfDead{bus.NewMemory(bus.Options{Retention: 100})})
		joinDead(t, h, 500)
		start := time.Now()
		if _, _, err := h.Join(t.Context(), "healthy", hub.Visit{}, &person{}); err != nil && !errors.Is(err, bus.ErrUnavailable) || time.Since(start) > commandTimeout {
			t.Errorf("joining another room took %s: %v", time.Since(start), err)
		}
		time.Sleep(2 * commandTimeout)
		if _, _, err := h.Join(t.Context(), "healthy", hub.Visit{}, &person{}); err != nil {
			t.Errorf("when nobody waits any more: %v", err)
		}
		h.Close()
		synctest.Wait()
	})
}

// joinDead has so many rooms opened whose master does not answer.
func joinDead(t *testing.T, h *hub.Hub, rooms int) {
	for i := range rooms {
		go func() { _, _, _ = h.Join(t.Context(), fmt.Sprint("dead-", i), hub.Visit{}, &person{}) }()
	}
	synctest.Wait()
}

func TestWhileRoomsRememberTooMuchNothingIsSaidOrOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h, budget := newBoundedHub(t, b)
		bob := &person{}
		join(t, h, bob, nil)
		say(t, b, 5)
		budget.Tails().Hold(2 * tailsOf64MiB)
		publish := func(d chat.Draft) error {
			d.Key, d.User = chat.NewID(), ann
			_, err := h.Publish(t.Context(), "lobby", d)
			return err
		}
		if err := publish(chat.Draft{Text: "hi"}); !errors.Is(err, hub.ErrNoMemory) {
			t.Errorf("saying something: %v", err)
		}
		if err := publish(chat.Draft{Act: &chat.Act{Kind: chat.Mute, User: chat.User{ID: "u-eve", Name: "Eve"}}}); err != nil {
			t.Errorf("muting somebody: %v", err)
		}
		if _, _, err := h.Join(t.Context(), "another", hub.Visit{}, &person{}); !errors.Is(err, hub.ErrNoMemory) {
			t.Errorf("opening a room: %v", err)
		}
		since := say(t, b, 1) // on another node
		say(t, b, 2)
		want(t, bob, "1 2 3 4 5 6 7 8 9")
		_, before := b.count()
		late := &person{}
		join(t, h, late, &since)
		want(t, late, "8 9")
		if _, after := b.count(); after == before {
			t.Error("more than the newest message was remembered")
		}
		budget.Tails().Hold(-2 * tailsOf64MiB)
		if err := publish(chat.Draft{Text: "hi"}); err != nil {
			t.Errorf("when there is memory again: %v", err)
		}
		want(t, bob, "1 2 3 4 5 6 7 8 9 10")
		h.Close()
	})
}

// Nothing is said in them, so they would forget nothing by themselves.
func TestRoomsForgetUntilThereIsMemoryForMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFaulty()
		h, budget := newBoundedHub(t, b)
		for i := range 2 {
			room := fmt.Sprint("quiet-", i)
			if _, _, err := h.Join(t.Context(), room, hub.Visit{}, &person{}); err != nil {
				t.Fatal(err)
			}
			for range 9 {
				bustest.Say(t, b, room, ann, strings.Repeat("x", 200<<10))
			}
		}
		synctest.Wait()
		tails := budget.Tails()
		if tails.Hold(2*tailsOf64MiB - 2*9*200<<10); !tails.Over() {
			t.Fatal("what rooms remember is not counted")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if tails.Hold(600 << 10); tails.Over() {
			t.Error("rooms that remember too much go on to")
		}
		h.Close()
	})
}
