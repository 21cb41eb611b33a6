package client

import (
	"fmt"
	"maps"
	"slices"
)

// Roster says who is in a room.
type Roster struct {
	Room  string `json:"room"`
	Count int    `json:"count"`
	Users []User `json:"users"`
}

// Presence says who has come and gone since.
type Presence struct {
	Room    string   `json:"room"`
	Count   int      `json:"count"`
	Joined  []User   `json:"joined"`
	Changed []User   `json:"changed"`
	Left    []string `json:"left"`
}

// people are those whom somebody knows to be in a room.
type people struct {
	count int
	names map[string]string // by id; nil where there are too many to name
	heard []string          // "+name" and "-name", in their order
}

func newPeople(r *Roster) *people {
	p := &people{count: r.Count}
	if r.Users != nil {
		p.names = make(map[string]string, len(r.Users))
		for _, u := range r.Users {
			p.names[u.ID] = u.Name
		}
	}
	return p
}

// change fails where somebody comes who is there, or goes who is not.
func (p *people) change(e *Presence) error {
	if p == nil {
		return fmt.Errorf("in %s somebody came or went before there was a roster", e.Room)
	}
	p.count = e.Count
	if p.names == nil {
		return nil
	}
	for _, u := range e.Joined {
		if _, here := p.names[u.ID]; here {
			return fmt.Errorf("%s came to %s and was there already", u.Name, e.Room)
		}
		p.names[u.ID], p.heard = u.Name, append(p.heard, "+"+u.Name)
	}
	for _, u := range e.Changed {
		if _, here := p.names[u.ID]; !here {
			return fmt.Errorf("%s has changed and is not in %s", u.Name, e.Room)
		}
		p.names[u.ID] = u.Name
	}
	for _, id := range e.Left {
		name, here := p.names[id]
		if !here {
			return fmt.Errorf("%s left %s and was not there", id, e.Room)
		}
		p.heard = append(p.heard, "-"+name)
		delete(p.names, id)
	}
	if len(p.names) != p.count {
		return fmt.Errorf("there are %d people in %s, and %d names", p.count, e.Room, len(p.names))
	}
	return nil
}

// People returns the names of those who are known to be in a room, sorted; nil where that is not known,
// or there are too many.
func (c *Client) People(room string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.view(room).people; p != nil && p.names != nil {
		return append([]string{}, slices.Sorted(maps.Values(p.names))...)
	}
	return nil
}

// Heard returns who has come, as "+name", and gone, as "-name", since the last roster, in that order.
func (c *Client) Heard(room string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.view(room).people; p != nil {
		return slices.Clone(p.heard)
	}
	return nil
}
