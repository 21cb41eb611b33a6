package bus

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"chorus/internal/chat"
)

// memoryMailbox is guarded by memoryStore.mu.
type memoryMailbox struct {
	user   chat.User
	direct []string // the newest last
	read   map[string]chat.Position
}

// mailbox is called with mu held.
func (s *memoryStore) mailbox(user string) *memoryMailbox {
	m := s.mailboxes[user]
	if m == nil {
		m = &memoryMailbox{read: make(map[string]chat.Position)}
		s.mailboxes[user] = m
	}
	return m
}

// Introduce implements Mailboxes.
func (b *Memory) Introduce(ctx context.Context, u chat.User) error {
	if err := b.check(ctx); err != nil {
		return err
	}
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	b.store.mailbox(u.ID).user = u
	return nil
}

// Introduced implements Mailboxes.
func (b *Memory) Introduced(ctx context.Context, ids []string) (map[string]chat.User, error) {
	if err := b.check(ctx); err != nil {
		return nil, err
	}
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	users := make(map[string]chat.User, len(ids))
	for _, id := range ids {
		if m := b.store.mailboxes[id]; m != nil && m.user.ID != "" {
			users[id] = m.user
		}
	}
	return users, nil
}

// Notify implements Mailboxes.
func (b *Memory) Notify(ctx context.Context, n chat.Notice) error {
	one, other, ok := chat.Parties(n.Room)
	if !ok {
		return fmt.Errorf("%s is no direct room", n.Room)
	}
	for _, user := range []string{one, other} {
		b.store.mu.Lock()
		m := b.store.mailbox(user)
		m.direct = append(slices.DeleteFunc(m.direct, func(room string) bool { return room == n.Room }), n.Room)
		m.direct = m.direct[max(0, len(m.direct)-MaxDirect):]
		b.store.mu.Unlock()
		if err := b.Signal(ctx, chat.Mailbox(user), chat.Signal{Notice: &n}); err != nil {
			return err
		}
	}
	return nil
}

// Mailbox implements Mailboxes.
func (b *Memory) Mailbox(ctx context.Context, user string) (Mailbox, error) {
	if err := b.check(ctx); err != nil {
		return Mailbox{}, err
	}
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	m := b.store.mailboxes[user]
	if m == nil {
		return Mailbox{}, nil
	}
	direct := slices.Clone(m.direct)
	slices.Reverse(direct)
	return Mailbox{Direct: direct, Read: maps.Clone(m.read)}, nil
}

// MarkRead implements Mailboxes.
func (b *Memory) MarkRead(ctx context.Context, m chat.ReadMark, head chat.Position) (chat.Position, error) {
	if err := b.check(ctx); err != nil {
		return chat.Position{}, err
	}
	at, moved, err := b.store.markRead(m, head)
	if err != nil || !moved {
		return at, err
	}
	return at, signalMark(ctx, b, m)
}

func (s *memoryStore) markRead(m chat.ReadMark, head chat.Position) (at chat.Position, moved bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	read := s.mailbox(m.User).read
	kept, marked := read[m.Room]
	switch {
	case marked && kept.Seq >= m.At.Seq && kept.Seq <= head.Seq:
		return kept, false, nil
	case !marked && len(read) >= MaxMarks:
		return chat.Position{}, false, ErrTooManyMarks
	}
	read[m.Room] = m.At
	return m.At, true, nil
}

// ReadMark implements Mailboxes.
func (b *Memory) ReadMark(ctx context.Context, user, room string) (chat.Position, error) {
	m, err := b.Mailbox(ctx, user)
	return m.Read[room], err
}
