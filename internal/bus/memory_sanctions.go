package bus

import (
	"context"
	"time"

	"chorus/internal/chat"
)

// refusal says why the sender of a draft may say nothing, as the publish script does. Called with mu held.
func (l *memoryLog) refusal(d *chat.Draft, now time.Time) error {
	switch d.Standing {
	case chat.Exempt:
		return nil
	case chat.Silenced:
		return &SanctionError{Kind: chat.Mute}
	}
	if s := l.sanctions.Silenced(d.User.ID, now); s != nil {
		return &SanctionError{Kind: s.Kind, Until: s.Until}
	}
	return nil
}

// sanction brings the sanctions up to date with a message that was appended. Called with mu held.
func (l *memoryLog) sanction(m *chat.Message) {
	if m.Act == nil {
		return
	}
	if l.sanctions == nil {
		l.sanctions = make(chat.Sanctions)
	}
	l.sanctions.Apply(m)
}

// Sanctions implements Bus.
func (b *Memory) Sanctions(ctx context.Context, room string) ([]chat.Sanction, error) {
	if err := b.check(ctx); err != nil {
		return nil, err
	}
	l := b.store.read(room)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sanctions.InForce(time.Now()), nil
}
