package hub_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/memory"
	"chorus/internal/metrics"
)

// newBoundedHub returns a hub that may have 64 MiB.
func newBoundedHub(t *testing.T, b bus.Bus) *hub.Hub {
	h := hub.New(b, hub.Options{TailMessages: 10, TailBytes: 8 << 20, Linger: time.Minute}, slog.New(slog.DiscardHandler), metrics.New(), memory.New(64<<20))
	t.Cleanup(h.Close)
	return h
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
		h := newBoundedHub(t, halfDead{bus.NewMemory(bus.Options{Retention: 100})})
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
