package bus

import (
	"context"

	"chorus/internal/chat"
)

// objection says why an entry may not refer to a message, as the publish script does. Called with mu held.
func (l *memoryLog) objection(d *chat.Draft) error {
	of := referenceOf(d)
	if of == nil {
		return nil
	}
	if _, err := l.at(of.of); err != nil {
		return err
	}
	s := l.changes[of.of.Seq]
	switch {
	case s == nil:
	case s.Deleted:
		return ErrDeleted
	case of.kind == string(chat.React) && !s.Has(d.Change.Emoji, d.User.ID) && s.Count() >= chat.MaxReactions:
		return ErrTooManyReactions
	}
	return nil
}

// at returns the message at a position. Called with mu held.
func (l *memoryLog) at(p chat.Position) (chat.Message, error) {
	if i := l.index(p.Seq); i < len(l.messages) && l.messages[i].Position() == p {
		return l.messages[i], nil
	}
	return chat.Message{}, ErrFork
}

// change brings what is in force up to date with a message that was appended. Called with mu held.
func (l *memoryLog) change(m *chat.Message) {
	if m.Change == nil {
		return
	}
	if l.changes == nil {
		l.changes = make(chat.Changes)
	}
	l.changes.Apply(m)
}

// forgetChanges trims what is in force with the log, but later, as changes.lua explains. Called with mu
// held.
func (l *memoryLog) forgetChanges(retention int) {
	for seq := range l.changes {
		if seq+2*uint64(retention) < l.messages[0].Seq {
			delete(l.changes, seq)
		}
	}
}

// rechange takes from the log what is in force. Called with mu held.
func (l *memoryLog) rechange() {
	l.changes = make(chat.Changes)
	for i := range l.messages {
		l.changes.Apply(&l.messages[i])
	}
}

// At implements Bus.
func (b *Memory) At(ctx context.Context, room string, pos chat.Position) (chat.Message, error) {
	if err := b.check(ctx); err != nil {
		return chat.Message{}, err
	}
	l := b.store.read(room)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at(pos)
}

// Changes implements Bus.
func (b *Memory) Changes(ctx context.Context, room string, messages []chat.Message) (chat.Changes, error) {
	if err := b.check(ctx); err != nil {
		return nil, err
	}
	l := b.store.read(room)
	l.mu.Lock()
	defer l.mu.Unlock()
	changes := chat.Changes{}
	for i := range messages {
		for _, seq := range []uint64{messages[i].Seq, messages[i].RefersTo()} {
			if s := l.changes[seq]; s != nil {
				changes[seq] = s.Clone()
			}
		}
	}
	return changes, nil
}
