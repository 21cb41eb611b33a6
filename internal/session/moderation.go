package session

import (
	"slices"

	"chorus/internal/auth"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/limit"
	"chorus/internal/wire"
)

// in returns the membership of a room, nil if there is none: a moderator may have ended it.
func (s *Session) in(room string) *hub.Member {
	at := slices.IndexFunc(s.members, func(m *hub.Member) bool { return m.Room() == room })
	if at < 0 {
		return nil
	}
	m := s.members[at]
	if m.Gone() {
		s.members = slices.Delete(s.members, at, at+1)
		return nil
	}
	return m
}

// forgetGone forgets all memberships that have ended so.
func (s *Session) forgetGone() {
	s.members = slices.DeleteFunc(s.members, (*hub.Member).Gone)
}

// Removed implements hub.Receiver.
func (s *Session) Removed(m *hub.Member, why *wire.Removed) {
	s.queue.forget(m)
	if s.queue.holdBack(m.Room(), why) {
		return
	}
	f := wire.EventFrame(wire.Event{Removed: why})
	if s.client.Plain == nil {
		s.push(f)
		return
	}
	f.Texts = []string{"! you were removed: " + string(why.Reason)} // there is nothing else to be here for
	s.push(f)
	if why.Reason == wire.RemovedBanned {
		s.End(Banned)
	} else {
		s.End(Kicked)
	}
}

// joining is a room that the client is about to be told that it has joined.
type joining struct {
	room    string
	removed *wire.Removed // from there, meanwhile
}

// beginJoining has it held back until endJoining that the client was removed from the room.
func (q *queue) beginJoining(room string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.joining = &joining{room: room}
}

func (s *Session) endJoining() {
	q := &s.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if removed := q.joining.removed; removed != nil && q.reason == nil {
		s.put(wire.EventFrame(wire.Event{Removed: removed}))
	}
	q.joining = nil
}

// holdBack keeps back that a session was removed from a room which it does not know yet that it is in.
func (q *queue) holdBack(room string, why *wire.Removed) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.joining == nil || q.joining.room != room {
		return false
	}
	q.joining.removed = why
	return true
}

// moderate does something to a user.
func (s *Session) moderate(c *wire.Moderate) (wire.Event, error) {
	m, err := s.moderated(c.Room)
	if err != nil {
		return wire.Event{}, err
	}
	if c.User == s.user.ID {
		return wire.Event{}, wire.BadRequest("moderate.user", "is yourself")
	}
	if err := s.client.Limits.Allow(limit.Message); err != nil {
		return wire.Event{}, err
	}
	return s.publish(m, chat.Draft{Key: c.Key, Text: c.Reason, Act: c.Act(s.nameOf(c.User, m))}, "")
}

// announce says something that everybody is to notice.
func (s *Session) announce(c *wire.Announce) (wire.Event, error) {
	m, err := s.moderated(c.Room)
	if err != nil {
		return wire.Event{}, err
	}
	if err := s.client.Limits.Allow(limit.Message); err != nil {
		return wire.Event{}, err
	}
	return s.publish(m, chat.Draft{Key: c.Key, Text: c.Text, Announcement: true}, "")
}

// sanctions lists who is muted or banned. It asks the database, so that what was done before is in it.
func (s *Session) sanctions(c *wire.Sanctions) (wire.Event, error) {
	m, err := s.moderated(c.Room)
	if err != nil {
		return wire.Event{}, err
	}
	if err := s.client.Limits.Allow(limit.History); err != nil {
		return wire.Event{}, err
	}
	list, err := s.group.node.Bus.Sanctions(s.context(), m.Room())
	if err != nil {
		return wire.Event{}, err
	}
	return wire.Event{Sanctions: wire.NewSanctionList(m.Room(), list)}, nil
}

// moderated returns the membership of a room in which the user decides about others. Everywhere only
// administrators do, and nobody has to join.
func (s *Session) moderated(room string) (*hub.Member, error) {
	if room == chat.Everywhere {
		if !s.rights.Admin {
			return nil, wire.Refuse(wire.CodeForbidden, "only administrators may do that everywhere")
		}
		return s.group.everywhere.joined()
	}
	m := s.in(room)
	if m == nil {
		return nil, notJoined(room)
	}
	if s.rights.In(room) < auth.Moderate {
		return nil, wire.Refuse(wire.CodeForbidden, "you are no moderator of "+room)
	}
	return m, nil
}

// nameOf returns what a user is called, if this node knows it.
func (s *Session) nameOf(user string, in ...*hub.Member) string {
	for _, m := range append(in, s.members...) {
		if name := m.Name(user); name != "" {
			return name
		}
	}
	return ""
}

// standing says what sanctions have to do with the user. Who is muted everywhere may say nothing here
// either, and only the repeat of what was stored before is answered.
func (s *Session) standing() (chat.Standing, *chat.Sanction) {
	if s.rights.Admin {
		return chat.Exempt, nil
	}
	if silenced := s.group.everywhere.silenced(s.user.ID); silenced != nil {
		return chat.Silenced, silenced
	}
	return chat.Judged, nil
}

// maySignal refuses what is not logged, so that nobody else looks at it, of a user who is silenced.
func (s *Session) maySignal(m *hub.Member) error {
	standing, silenced := s.standing()
	if standing == chat.Judged {
		silenced = m.Silenced(s.user.ID)
	}
	if silenced == nil {
		return nil
	}
	return wire.Sanctioned(silenced.Kind, silenced.Until)
}
