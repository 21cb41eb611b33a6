package hub

import (
	"cmp"
	"maps"
	"slices"

	"chorus/internal/chat"
	"chorus/internal/wire"
)

// people are those of a roster.
type people struct {
	id    string
	count int
	users map[string]chat.User // nil where there are too many to name
}

func peopleOf(r chat.Roster) people {
	p := people{id: r.ID, count: r.Count}
	if r.Users != nil {
		p.users = make(map[string]chat.User, len(r.Users))
		for _, u := range r.Users {
			p.users[u.ID] = u
		}
	}
	return p
}

// after returns the steps that come after a roster: those that led to it are in it.
func after(id string, steps []chat.Presence) []chat.Presence {
	for i, s := range slices.Backward(steps) {
		if s.ID == id {
			return steps[i+1:]
		}
	}
	if len(steps) > 0 && steps[0].Prev == id {
		return steps
	}
	return nil // they are older, or those to come will not follow
}

// take takes a step, and reports whether it followed.
func (p *people) take(s *chat.Presence) bool {
	if s.Prev != p.id {
		return false
	}
	named := len(s.Joined)+len(s.Changed)+len(s.Left) > 0
	if !named {
		p.users = nil // too many now
	} else if p.users == nil {
		return false // few enough to be named again
	}
	for _, u := range slices.Concat(s.Joined, s.Changed) {
		p.users[u.ID] = u
	}
	for _, id := range s.Left {
		delete(p.users, id)
	}
	p.id, p.count = s.ID, s.Count
	return !named || len(p.users) == p.count
}

// since returns what has changed since other people were there, or nil for nothing.
func (p *people) since(before *people) *wire.Presence {
	e := &wire.Presence{Count: p.count}
	for id, u := range p.users {
		switch known, was := before.users[id]; {
		case !was:
			e.Joined = append(e.Joined, u)
		case known != u:
			e.Changed = append(e.Changed, u)
		}
	}
	for id := range before.users {
		if _, is := p.users[id]; !is {
			e.Left = append(e.Left, id)
		}
	}
	if len(e.Joined)+len(e.Changed)+len(e.Left) == 0 && p.count == before.count {
		return nil
	}
	slices.SortFunc(e.Joined, byID)
	slices.SortFunc(e.Changed, byID)
	slices.Sort(e.Left)
	return e
}

func byID(a, b chat.User) int { return cmp.Compare(a.ID, b.ID) }

func (p *people) all(room string) *wire.Roster {
	e := &wire.Roster{Room: room, Count: p.count}
	if p.users != nil {
		e.Users = slices.SortedFunc(maps.Values(p.users), byID)
		e.Users = append([]chat.User{}, e.Users...) // nobody is a list too
	}
	return e
}

func (p *people) clone() people {
	return people{p.id, p.count, maps.Clone(p.users)}
}
