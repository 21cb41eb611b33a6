package session

import (
	"slices"
	"time"

	"chorus/internal/auth"
	"chorus/internal/chat"
	"chorus/internal/limit"
	"chorus/internal/wire"
)

// connect answers by itself: what is announced everywhere is for the session from then on. Who is banned
// everywhere is refused, and has to go.
func (s *Session) connect(id uint64, c *wire.Connect) error {
	if s.user != nobody {
		return wire.Refuse(wire.CodeAlreadyConnected, "this session is connected")
	}
	if err := s.client.Limits.Allow(limit.SignIn); err != nil {
		return err
	}
	who, err := s.group.node.Auth.Connect(s.context(), c.Token, c.Name)
	if err != nil {
		return err
	}
	if err := s.client.Limits.SetUser(who.User.ID); err != nil {
		return err
	}
	s.be(who)
	if ban := s.banned(); ban != nil {
		s.End(Banned)
		return wire.Sanctioned(ban.Kind, ban.Until)
	}
	s.unconnected.Stop()
	s.unconnected = nil
	s.answer(wire.EventFrame(wire.Event{ID: id, Welcome: &wire.Welcome{
		User:    who.User,
		Admin:   who.Rights.Admin,
		Token:   who.Token,
		Expires: expires(who),
		Node:    s.group.node.Name,
		Limits: wire.Limits{
			FrameBytes: wire.MaxFrameBytes,
			TextChars:  chat.MaxTextChars,
			NameChars:  chat.MaxNameChars,
			RoomChars:  chat.MaxRoomChars,
			Rooms:      s.group.options.MaxRooms,
			History:    wire.MaxHistory,
		},
		PingSeconds: int(s.group.options.PingInterval / time.Second),
		Time:        wire.FormatTime(time.Now()),
	}}))
	s.welcomed.Store(true)
	return nil
}

// banned returns the user's ban everywhere, nil if there is none. A ban that comes after it was looked for
// ends the session by itself, since that knows its user by then.
func (s *Session) banned() *chat.Sanction {
	if s.rights.Admin {
		return nil
	}
	return s.group.everywhere.banned(s.user.ID)
}

// be takes on an identity.
func (s *Session) be(who auth.Identity) {
	user := who.User // by itself, or the token would be kept with it
	s.user, s.rights = &user, who.Rights
	if who.Rights.Admin {
		s.subject.Store(nil)
	} else {
		s.subject.Store(s.user)
	}
	s.token.Store(nil)
	if !who.Expires.IsZero() {
		s.token.Store(&tokenEnd{at: who.Expires})
	}
}

func expires(who auth.Identity) string {
	if who.Expires.IsZero() {
		return ""
	}
	return wire.FormatTime(who.Expires)
}

// refresh goes on with a fresh token, and out of the rooms that it does not open any more.
func (s *Session) refresh(c *wire.Refresh) (wire.Event, error) {
	if err := s.client.Limits.Allow(limit.SignIn); err != nil {
		return wire.Event{}, err
	}
	who, err := s.group.node.Auth.Connect(s.context(), c.Token, "")
	switch {
	case err != nil:
		return wire.Event{}, err
	case who.User.ID != s.user.ID:
		return wire.Event{}, wire.BadRequest("refresh.token", "is another user's")
	case who.Expires.IsZero():
		return wire.Event{}, wire.BadRequest("refresh.token", "is a guest's, and guests need none during a session")
	}
	s.be(who)
	if ban := s.banned(); ban != nil { // of an administrator who is none any more
		s.End(Banned)
		return wire.Event{}, wire.Sanctioned(ban.Kind, ban.Until)
	}
	s.forgetGone()
	for _, m := range slices.Clone(s.members) {
		m.SetExempt(s.rights.Admin)
		if s.rights.In(m.Room()) < auth.Read {
			s.part(m)
			s.push(wire.EventFrame(wire.Event{Removed: &wire.Removed{Room: m.Room(), Reason: wire.RemovedRights}}))
		}
	}
	return wire.Event{Refreshed: &wire.Refreshed{Expires: expires(who)}}, nil
}

// tokenEnd is when a token ends.
type tokenEnd struct {
	at    time.Time
	asked time.Time // when a fresh one was asked for; owned by the group's sweep
}

// checkExpiry asks for a fresh token when the session's has ended, and ends the session when none comes.
// It is called by the group's sweep, so all of it may happen up to a ping interval later.
func (s *Session) checkExpiry(now time.Time) {
	end := s.token.Load()
	switch {
	case end == nil || now.Before(end.at):
	case end.asked.IsZero():
		end.asked = now
		s.push(wire.EventFrame(wire.Event{Refresh: &wire.RefreshDue{Seconds: int(s.group.options.RefreshGrace / time.Second)}}))
	case now.Sub(end.asked) >= s.group.options.RefreshGrace:
		s.End(TokenExpired)
	}
}
