package session

import (
	"errors"

	"chorus/internal/auth"
	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/limit"
	"chorus/internal/wire"
)

// change edits, deletes or reacts: verb is the command's.
func (s *Session) change(verb, room string, d chat.Draft) (wire.Event, error) {
	m, err := s.writable(room)
	if err != nil {
		return wire.Event{}, err
	}
	if err := s.client.Limits.Allow(limit.Message); err != nil {
		return wire.Event{}, err
	}
	switch of, err := m.At(s.context(), d.Change.Of); {
	case errors.Is(err, bus.ErrFork):
		// It may have been changed under this key while it was there. Only the log knows, and to what is
		// nowhere it does nothing else.
		d.Change.Of = chat.Position{}
	case err != nil:
		return wire.Event{}, err
	case of.Change != nil:
		return wire.Event{}, wire.BadRequest(verb+".of", "is not a message, but changes one")
	case of.Act != nil:
		return wire.Event{}, wire.BadRequest(verb+".of", "is not a message, but what a moderator did")
	case !s.mayChange(d.Change.Kind, room, &of):
		return wire.Event{}, wire.Refuse(wire.CodeForbidden, "you may not "+verb+" what somebody else has said")
	}
	return s.publish(m, d, verb+".of")
}

// mayChange reports whether the user may change a message. Whether it can be changed is the log's to say.
func (s *Session) mayChange(kind chat.Kind, room string, of *chat.Message) bool {
	switch kind {
	case chat.Edit:
		return of.User.ID == s.user.ID
	case chat.Delete:
		return of.User.ID == s.user.ID || s.rights.In(room) >= auth.Moderate
	}
	return true
}

// quote returns what a message says of the one that it answers.
func (s *Session) quote(m *hub.Member, p chat.Position) (*chat.Reply, error) {
	of, err := m.At(s.context(), p)
	switch {
	case errors.Is(err, bus.ErrFork):
		return &chat.Reply{}, nil // as in change
	case err != nil:
		return nil, err
	case of.Change != nil:
		return nil, wire.BadRequest("send.reply", "is not a message, but changes one")
	case of.Act != nil:
		return nil, wire.BadRequest("send.reply", "is not a message, but what a moderator did")
	}
	return &chat.Reply{Position: p, User: of.User, Text: chat.Excerpt(of.Text)}, nil
}
