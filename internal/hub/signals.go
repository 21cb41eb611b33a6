package hub

import (
	"chorus/internal/chat"
	"chorus/internal/wire"
)

// pass offers a signal to the live members. Who has no place for it, or is behind, does without it; but
// what is for somebody's mailbox may be told nowhere else, so a session that could not be told is told
// that, when there is place again.
func (r *room) pass(s *chat.Signal) {
	var e wire.Event
	switch {
	case s.Typing != nil:
		e.Typing = &wire.TypingNow{Room: r.name, User: s.Typing, Seconds: wire.TypingSeconds}
	case s.Notice != nil:
		e.Notice = &wire.Notice{Room: s.Notice.Room, User: s.Notice.User, Head: s.Notice.Head}
	case s.Read != nil:
		e.Read = &wire.ReadMark{Room: s.Read.Room, User: s.Read.User, At: s.Read.At}
	default:
		return // of a later version
	}
	frame := wire.EventFrame(e)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.members {
		switch {
		case !m.live:
			m.missed = r.mailbox
		case !m.receiver.Offer(frame) && r.mailbox:
			m.fallBehind(r.tail.head)
		}
	}
}

// missed is for a mailbox whose signals may have been lost. There is no log to read them from.
func (r *room) missed() {
	if !r.mailbox {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.members {
		if m.live {
			m.fallBehind(r.tail.head)
		}
	}
}

// mailboxMissed is what a session is told that has missed signals.
var mailboxMissed = wire.EventFrame(wire.Event{Mailbox: &wire.MailboxState{Missed: true}})
