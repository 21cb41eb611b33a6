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
	messages, err := m.room.hub.bus.Before(ctx, m.room.name, p, limit)
	if err != nil {
		return nil, err
	}
	return m.room.fold(ctx, messages)
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

// Newest returns the newest messages of any room, as they are now: up to limit of them, oldest first. It
// fails as reading the log does.
func (h *Hub) Newest(ctx context.Context, room string, limit int) ([]chat.Message, error) {
	messages, err := h.bus.Before(ctx, room, nil, limit)
	if err != nil {
		return nil, err
	}
	return h.fold(ctx, room, messages)
}
