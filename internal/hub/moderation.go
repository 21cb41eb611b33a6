package hub

import (
	"context"
	"slices"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/wire"
)

// throughAct returns the first messages up to an act, so that nothing that was said after it goes out
// before it was carried out.
func throughAct(messages []chat.Message) []chat.Message {
	for i := range messages {
		if messages[i].Act != nil {
			return messages[:i+1]
		}
	}
	return messages
}

// sanctionsOf reads who is muted or banned, where somebody can be.
func (r *room) sanctionsOf() (chat.Sanctions, error) {
	if !chat.Moderated(r.name) {
		return nil, nil
	}
	list, err := r.hub.bus.Sanctions(r.ctx, r.name)
	return chat.NewSanctions(list), err
}

// held returns the sanctions as of the head, nil where there can be none.
func (r *room) held() []chat.Sanction {
	if !chat.Moderated(r.name) {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sanctions.InForce(time.Now())
}

// hear brings the sanctions up to date with a message that goes out. Called with mu held.
func (r *room) hear(m *chat.Message) {
	if m.Act == nil {
		return
	}
	if r.sanctions == nil {
		r.sanctions = make(chat.Sanctions)
	}
	r.sanctions.Apply(m)
}

// carryOut puts out whom an act expels: for a kick, those who have not come after it. It is called with mu
// held, and the members it returns have to be told goodbye without.
func (r *room) carryOut(m *chat.Message) []*Member {
	switch {
	case m.Act == nil:
	case m.Act.Kind == chat.Kick:
		return r.expel(&wire.Removed{Reason: wire.RemovedKicked}, func(who *Member) bool {
			return who.visit.User.ID == m.Act.User.ID && (who.live || who.cursor.Seq < m.Seq)
		})
	case m.Act.Kind == chat.Ban:
		return r.expelBanned(m.Act.User.ID)
	}
	return nil
}

// expelBanned puts a user out whose ban is in force. Called as carryOut.
func (r *room) expelBanned(user string) []*Member {
	ban := r.sanctions.Banned(user, time.Now())
	if ban == nil {
		return nil
	}
	why := &wire.Removed{Reason: wire.RemovedBanned}
	if !ban.Until.IsZero() {
		why.Until = wire.FormatTime(ban.Until)
	}
	return r.expel(why, func(who *Member) bool { return who.visit.User.ID == user })
}

// judge is for a room whose log was read anew. What was done since the tail that it had before is carried
// out, as far as the new one shows it; who is banned has to go whatever it shows. Called as carryOut.
func (r *room) judge(before *tail) (expelled []*Member) {
	for i := range r.tail.messages {
		m := &r.tail.messages[i]
		if m.Act != nil && (m.Seq > before.head.Seq || before.contradicts(m)) {
			expelled = append(expelled, r.carryOut(m)...)
		}
	}
	for _, s := range r.sanctions.InForce(time.Now()) {
		if s.Kind == chat.Ban {
			expelled = append(expelled, r.expelBanned(s.User.ID)...)
		}
	}
	return expelled
}

// expel ends memberships. Who is exempt stays.
func (r *room) expel(why *wire.Removed, who func(*Member) bool) (expelled []*Member) {
	why.Room = r.name
	for _, m := range slices.Backward(slices.Clone(r.members)) {
		if m.exempt || !who(m) {
			continue
		}
		r.detach(m)
		m.receiver.Removed(m, why)
		expelled = append(expelled, m)
	}
	return expelled
}

// sayGoodbye lets go of members that were expelled. Called without mu.
func (r *room) sayGoodbye(expelled []*Member) {
	for _, m := range expelled {
		m.detached(true)
	}
}

// admit says why a user may not join. Called with mu held.
func (r *room) admit(v *Visit) error {
	if v.Exempt {
		return nil
	}
	if ban := r.sanctions.Banned(v.User.ID, time.Now()); ban != nil {
		return &bus.SanctionError{Kind: chat.Ban, Until: ban.Until}
	}
	return nil
}

// SetExempt says whether kicks and bans hold for the member. Who is banned and was exempt has to go.
func (m *Member) SetExempt(exempt bool) {
	r := m.room
	r.mu.Lock()
	m.exempt = exempt
	expelled := r.expelBanned(m.visit.User.ID)
	r.mu.Unlock()
	r.sayGoodbye(expelled)
}

// Gone reports whether the membership has ended.
func (m *Member) Gone() bool {
	m.room.mu.Lock()
	defer m.room.mu.Unlock()
	return m.index < 0
}

// Banned returns the ban that is in force for a user as far as this node knows, nil if there is none.
func (m *Member) Banned(user string) *chat.Sanction {
	m.room.mu.Lock()
	defer m.room.mu.Unlock()
	return m.room.sanctions.Banned(user, time.Now())
}

// Silenced returns why a user may say nothing, as far as this node knows, or nil.
func (m *Member) Silenced(user string) *chat.Sanction {
	m.room.mu.Lock()
	defer m.room.mu.Unlock()
	return m.room.sanctions.Silenced(user, time.Now())
}

// Name returns what a user is called who is in the room on this node, or has said something lately; ""
// where neither is so.
func (m *Member) Name(user string) string {
	r := m.room
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, other := range r.members {
		if other.visit.User.ID == user {
			return other.visit.User.Name
		}
	}
	for _, said := range slices.Backward(r.tail.messages) {
		if said.User.ID == user {
			return said.User.Name
		}
	}
	return ""
}

// Banned reports whether a user is banned from a room, whether it is open on this node or not.
func (h *Hub) Banned(ctx context.Context, name, user string) (bool, error) {
	if !chat.Moderated(name) {
		return false, nil
	}
	if r := h.borrow(name); r != nil {
		defer h.release(r)
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.sanctions.Banned(user, time.Now()) != nil, nil
	}
	list, err := h.bus.Sanctions(ctx, name)
	return chat.NewSanctions(list).Banned(user, time.Now()) != nil, err
}
