package hub

import (
	"context"

	"chorus/internal/chat"
)

// At returns a message of the room as it is now, whatever has been said about it since. It fails with
// bus.ErrFork when the log does not have it, and as reading the log does.
func (m *Member) At(ctx context.Context, p chat.Position) (chat.Message, error) {
	if found, ok := m.room.inTail(p); ok {
		return found, nil
	}
	return m.room.inLog(ctx, p)
}

// Before returns messages from the log as the bus does, but as they are now.
func (m *Member) Before(ctx context.Context, p *chat.Position, limit int) ([]chat.Message, error) {
	return m.room.hub.Before(ctx, m.room.name, p, limit)
}

func (r *room) inTail(p chat.Position) (chat.Message, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.tail.at(p)
	if m == nil {
		return chat.Message{}, false
	}
	return r.tail.fold([]chat.Message{*m})[0], true
}

func (r *room) inLog(ctx context.Context, p chat.Position) (chat.Message, error) {
	found, err := r.hub.bus.At(ctx, r.name, p)
	if err != nil {
		return chat.Message{}, err
	}
	folded, err := r.fold(ctx, []chat.Message{found})
	if err != nil {
		return chat.Message{}, err
	}
	return folded[0], nil
}

// fold returns messages that were read from the log as they are to be shown to who comes later. What is in
// force is asked for after they were read, so that nothing is handed out that was deleted before; what was
// changed in between comes once more with its own entry, and changes nothing then.
func (r *room) fold(ctx context.Context, messages []chat.Message) ([]chat.Message, error) {
	return r.hub.fold(ctx, r.name, messages)
}

func (h *Hub) fold(ctx context.Context, room string, messages []chat.Message) ([]chat.Message, error) {
	if len(messages) == 0 {
		return messages, nil
	}
	changes, err := h.bus.Changes(ctx, room, messages)
	if err != nil {
		return nil, err
	}
	return changes.Fold(messages), nil
}

// Before and After return messages of any room from the log as the bus does, but as they are now.
func (h *Hub) Before(ctx context.Context, room string, p *chat.Position, limit int) ([]chat.Message, error) {
	return h.folded(ctx, room, func() ([]chat.Message, error) { return h.bus.Before(ctx, room, p, limit) })
}

// After does what Before does, in the other direction.
func (h *Hub) After(ctx context.Context, room string, p chat.Position, limit int) ([]chat.Message, error) {
	return h.folded(ctx, room, func() ([]chat.Message, error) { return h.bus.After(ctx, room, p, limit) })
}

func (h *Hub) folded(ctx context.Context, room string, read func() ([]chat.Message, error)) (messages []chat.Message, err error) {
	err = h.page(ctx, func() error {
		if messages, err = read(); err == nil {
			messages, err = h.fold(ctx, room, messages)
		}
		return err
	})
	return messages, err
}
