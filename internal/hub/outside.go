package hub

import (
	"context"
	"errors"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/wire"
)

// Publish says something in a room for somebody who need not be in it: another program. What this
// node knows of the room counts as it does when members speak: a log that has lost some of it is not
// continued, but mended in the background.
func (h *Hub) Publish(ctx context.Context, room string, d chat.Draft) (bus.Receipt, error) {
	if err := h.MayPublish(d); err != nil {
		return bus.Receipt{}, err
	}
	r := h.borrow(room)
	if r == nil {
		return h.bus.Publish(ctx, room, chat.Position{}, d)
	}
	defer h.release(r)
	receipt, err := h.bus.Publish(ctx, room, r.head(), d)
	if errors.Is(err, bus.ErrRewound) {
		r.Resync()
	}
	return receipt, err
}

// borrow returns a room with a user more, or nil where it is not open.
func (h *Hub) borrow(name string) *room {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[name]
	if r == nil || !r.isOpen() || r.err != nil {
		return nil
	}
	r.users++
	return r
}

// Refusal returns what a client is told of an error of the hub or the bus, and nil of any other.
func Refusal(err error) *wire.Error {
	var sanction *bus.SanctionError
	switch {
	case errors.As(err, &sanction):
		return wire.Sanctioned(sanction.Kind, sanction.Until)
	case errors.Is(err, bus.ErrFork):
		return wire.Refuse(wire.CodeFork, bus.ErrFork.Error())
	case errors.Is(err, bus.ErrExpired):
		return wire.Refuse(wire.CodeExpired, bus.ErrExpired.Error())
	case errors.Is(err, bus.ErrRewound):
		e := wire.TryAgain(wire.CodeUnavailable, "the database has lost messages that are being put back, try again")
		e.RetryAfterMS = 200
		return e
	case errors.Is(err, ErrNoMemory):
		e := wire.TryAgain(wire.CodeUnavailable, err.Error()+", try again")
		e.RetryAfterMS = 5000
		return e
	case errors.Is(err, bus.ErrUnavailable), errors.Is(err, bus.ErrClosed), errors.Is(err, context.Canceled):
		e := wire.TryAgain(wire.CodeUnavailable, "the database does not answer, try again")
		e.RetryAfterMS = 1000
		return e
	}
	return nil
}
