package bus

import (
	"cmp"
	"context"
	"slices"
	"time"

	"chorus/internal/chat"
)

// memoryRoster is who is in a room; guarded by memoryLog.mu.
type memoryRoster struct {
	id    string
	users map[string]memoryStay
}

type memoryStay struct {
	user   chat.User
	leases []string
}

// Beat implements Registry.
func (b *Memory) Beat(ctx context.Context, lease string) (l Leases, err error) {
	if err := b.check(ctx); err != nil {
		return l, err
	}
	s := b.store
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	last, begun := s.leases[lease]
	l.Lapsed = !begun || now.Sub(last) > LeaseLife
	s.leases[lease] = now
	for other, last := range s.leases {
		if now.Sub(last) > LeaseLife {
			l.Dead = append(l.Dead, other)
		}
	}
	return l, nil
}

// Present implements Registry.
func (b *Memory) Present(ctx context.Context, lease string, stays []Stays) error {
	if err := b.check(ctx); err != nil {
		return err
	}
	for _, s := range stays {
		l := b.store.log(s.Room)
		l.mu.Lock()
		l.present(lease, s, b.store.rosterSize, b.announcing.keeps(s.Room))
		l.mu.Unlock()
	}
	for _, s := range stays {
		if err := b.announce(ctx, s.Room); err != nil {
			return err
		}
	}
	return nil
}

// present is called with mu held.
func (l *memoryLog) present(lease string, s Stays, named, kept int) {
	p := chat.Presence{Prev: l.roster.id}
	var gone []chat.User
	if l.roster.users == nil {
		l.roster.users = make(map[string]memoryStay)
	}
	for _, u := range s.Entered {
		kept, here := l.roster.users[u.ID]
		leases := append(slices.Clone(kept.leases), lease)
		slices.Sort(leases)
		l.roster.users[u.ID] = memoryStay{u, slices.Compact(leases)}
		switch {
		case !here:
			p.Joined = append(p.Joined, u)
		case kept.user != u:
			p.Changed = append(p.Changed, u)
		}
	}
	for _, id := range s.Left {
		if u, left := l.roster.leave(id, lease); left {
			p.Left, gone = append(p.Left, id), append(gone, u)
		}
	}
	if len(p.Joined)+len(p.Changed)+len(p.Left) == 0 {
		return
	}
	l.roster.id = chat.NewID()
	if kept > 0 {
		l.keep(s.Room, p.Joined, gone)
	}
	if len(l.roster.users) == 0 {
		l.roster.id = ""
	}
	p.ID, p.Count = l.roster.id, len(l.roster.users)
	if p.Count > named {
		p.Joined, p.Changed, p.Left = nil, nil, nil
	}
	for s := range l.subscriptions {
		s.sink.Signal(chat.Signal{Presence: &p})
	}
}

// leave reports whether nobody says any more that the user is there, and who that was.
func (r *memoryRoster) leave(id, lease string) (u chat.User, left bool) {
	kept, here := r.users[id]
	if !here {
		return u, false
	}
	kept.leases = slices.DeleteFunc(slices.Clone(kept.leases), func(other string) bool { return other == lease })
	if len(kept.leases) > 0 {
		r.users[id] = kept
		return u, false
	}
	delete(r.users, id)
	return kept.user, true
}

// Reap implements Registry.
func (b *Memory) Reap(ctx context.Context, lease string) error {
	if err := b.check(ctx); err != nil {
		return err
	}
	b.store.mu.Lock()
	logs := make(map[string]*memoryLog, len(b.store.logs))
	for room, l := range b.store.logs {
		logs[room] = l
	}
	b.store.mu.Unlock()
	for room, l := range logs {
		l.mu.Lock()
		l.present(lease, Stays{Room: room, Left: l.roster.ids()}, b.store.rosterSize, b.announcing.keeps(room))
		l.mu.Unlock()
	}
	for room := range logs {
		if err := b.announce(ctx, room); err != nil {
			return err
		}
	}
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	delete(b.store.leases, lease)
	return nil
}

func (r *memoryRoster) ids() (ids []string) {
	for id := range r.users {
		ids = append(ids, id)
	}
	return ids
}

// Roster implements Registry.
func (b *Memory) Roster(ctx context.Context, room string) (r chat.Roster, err error) {
	if err := b.check(ctx); err != nil {
		return r, err
	}
	l := b.store.read(room)
	l.mu.Lock()
	defer l.mu.Unlock()
	r.ID, r.Count = l.roster.id, len(l.roster.users)
	if r.Count > b.store.rosterSize {
		return r, nil
	}
	r.Users = make([]chat.User, 0, r.Count)
	for _, s := range l.roster.users {
		r.Users = append(r.Users, s.user)
	}
	slices.SortFunc(r.Users, func(a, b chat.User) int { return cmp.Compare(a.ID, b.ID) })
	return r, nil
}

// RosterIDs implements Registry.
func (b *Memory) RosterIDs(ctx context.Context, rooms []string) (map[string]string, error) {
	if err := b.check(ctx); err != nil {
		return nil, err
	}
	ids := make(map[string]string, len(rooms))
	for _, room := range rooms {
		l := b.store.read(room)
		l.mu.Lock()
		ids[room] = l.roster.id
		l.mu.Unlock()
	}
	return ids, nil
}

// ForgetPresence makes the store forget who is where, and all nodes' subscriptions resync, as a database
// does that was started anew: for tests of what heals it.
func (b *Memory) ForgetPresence() {
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	clear(b.store.leases)
	for _, l := range b.store.logs {
		l.mu.Lock()
		l.roster, l.comings = memoryRoster{}, nil
		for s := range l.subscriptions {
			s.sink.Resync()
		}
		l.mu.Unlock()
	}
}
