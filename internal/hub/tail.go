package hub

import (
	"errors"
	"slices"
	"unsafe"

	"chorus/internal/chat"
	"chorus/internal/wire"
)

// tail is the newest part of a room's log: messages without holes up to the head, bounded in
// number and bytes. It serves those who are behind by a little, so that a thousand clients that
// come back at once cost the database nothing.
type tail struct {
	messages []chat.Message
	bytes    int
	head     chat.Position
	// changes counts those of the messages that change others, so that a tail without any costs nothing
	// more; inForce is what they amount to, nil until somebody asks.
	changes int
	inForce chat.Changes
}

var (
	// errOutside means that the position is older than the tail or newer than the head, but may be
	// in the log.
	errOutside = errors.New("outside of the tail")
	// errElsewhere means that the position is not on the way to this head.
	errElsewhere = errors.New("not in this log")
)

// push appends messages, and drops the oldest ones over the limits. A log may have a hole, where
// somebody has deleted a message by hand: a tail has none, it begins after the last one.
func (t *tail) push(messages []chat.Message, o *Options) {
	for i := range messages {
		m := &messages[i]
		if !m.Follows(t.head) {
			t.messages, t.bytes, t.changes = nil, 0, 0
		}
		t.messages = append(t.messages, *m)
		t.bytes += wire.EncodedSize(m)
		t.count(m, 1)
		t.head = m.Position()
	}

	drop := 0
	for last := len(t.messages) - 1; drop < last && (len(t.messages)-drop > o.TailMessages || t.bytes > o.TailBytes); drop++ {
		t.bytes -= wire.EncodedSize(&t.messages[drop])
		t.count(&t.messages[drop], -1)
	}
	clear(t.messages[:drop]) // the texts can be freed before the array is
	t.messages = t.messages[drop:]
	if drop > len(t.messages) {
		t.messages = slices.Clone(t.messages) // the array has place for many more
	}
}

// weight is about what the tail has in memory: of a message that says little, most is not the text.
func (t *tail) weight() int {
	return t.bytes + len(t.messages)*int(unsafe.Sizeof(chat.Message{}))
}

func (t *tail) count(m *chat.Message, n int) {
	if m.Change != nil {
		t.changes += n
		t.inForce = nil
	}
}

// fold returns a part of the tail as it is to be shown to who comes later. What changed or refers to a
// message of the tail came after it, so it is in the tail as well.
func (t *tail) fold(part []chat.Message) []chat.Message {
	return t.allInForce().Fold(part)
}

// requote returns the newest messages of the tail as they are to be shown to who is live: a reply quotes
// what is in force, which may be newer than what its sender's node looked up.
func (t *tail) requote(newest []chat.Message) []chat.Message {
	if !slices.ContainsFunc(newest, func(m chat.Message) bool { return m.Reply != nil }) {
		return newest
	}
	return t.allInForce().Requote(newest)
}

func (t *tail) allInForce() chat.Changes {
	if t.changes == 0 {
		return nil
	}
	if t.inForce == nil {
		t.inForce = make(chat.Changes)
		for i := range t.messages {
			t.inForce.Apply(&t.messages[i])
		}
	}
	return t.inForce
}

// at returns the message at a position, if the tail has it.
func (t *tail) at(p chat.Position) *chat.Message {
	if len(t.messages) == 0 || p.Seq < t.messages[0].Seq || p.Seq > t.head.Seq {
		return nil
	}
	if m := &t.messages[p.Seq-t.messages[0].Seq]; m.ID == p.ID {
		return m
	}
	return nil
}

// after returns the messages after a position, up to a number of bytes but at least one if
// there is any. The result is valid until the next push.
func (t *tail) after(p chat.Position, maxBytes int) ([]chat.Message, error) {
	if p == t.head {
		return nil, nil
	}
	if p.Seq > t.head.Seq || p.Seq+1 < t.messages[0].Seq {
		return nil, errOutside
	}
	from := int(p.Seq + 1 - t.messages[0].Seq)
	if from == len(t.messages) || !t.messages[from].Follows(p) {
		return nil, errElsewhere
	}
	return upTo(t.messages[from:], maxBytes), nil
}

// contradicts reports whether the tail has another message in m's place.
func (t *tail) contradicts(m *chat.Message) bool {
	if len(t.messages) == 0 || m.Seq < t.messages[0].Seq || m.Seq > t.head.Seq {
		return false
	}
	return t.messages[m.Seq-t.messages[0].Seq].ID != m.ID
}

// last returns the position after which n messages of the tail are left, or as many as there
// are.
func (t *tail) last(n int) chat.Position {
	n = min(n, len(t.messages))
	if n == 0 {
		return t.head
	}
	return t.messages[len(t.messages)-n].Before()
}

// upTo returns the first messages with a number of bytes in all, but at least one.
func upTo(messages []chat.Message, maxBytes int) []chat.Message {
	bytes := 0
	for i := range messages {
		if bytes += wire.EncodedSize(&messages[i]); bytes > maxBytes && i > 0 {
			return messages[:i]
		}
	}
	return messages
}

// deleted returns the messages of which the tail says that they were deleted.
func (t *tail) deleted() map[chat.Position]bool {
	deleted := make(map[chat.Position]bool)
	for i := range t.messages {
		if m := &t.messages[i]; isDeletion(m) {
			deleted[m.Change.Of] = true
		}
	}
	return deleted
}
