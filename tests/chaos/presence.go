package main

import (
	"context"
	"slices"
	"time"

	"chorus/tests/client"
	"chorus/tests/testbed"
)

// sees returns whom somebody knows to be in a room, or nil where they know nothing now.
func (p *person) sees(room string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil || p.slow.Load() {
		return nil
	}
	return p.current.People(room)
}

// checkPresence checks that in the end everybody knows who is there, and of nobody else.
func (r *rig) checkPresence() {
	const soon = 20 * time.Second
	here := map[string][]string{}
	for _, p := range r.people {
		for _, room := range p.rooms {
			here[room] = append(here[room], p.name)
		}
	}
	for _, names := range here {
		slices.Sort(names)
	}
	began := r.recorder.Now()
	wrong := func() (who, room string, seen []string) {
		for _, p := range r.people {
			for _, room := range p.rooms {
				if seen := p.sees(room); !slices.Equal(seen, here[room]) {
					return p.name, room, seen
				}
			}
		}
		return "", "", nil
	}
	if testbed.Within(soon, func() bool { who, _, _ := wrong(); return who == "" }) != nil {
		who, room, seen := wrong()
		r.violated(soonKnown, "%s sees %v in %s, where there are %v", who, seen, room, here[room])
		return
	}
	r.say("everybody knows who is there, %s later", (r.recorder.Now() - began).Round(time.Millisecond))
}

// die kills a node with somebody on it who does not come back. A person who has come over from that node
// sees it as anybody else does.
func (s *strike) die(ctx context.Context) error {
	const name, seenSoon, goneSoon = "ghost", 10 * time.Second, 12 * time.Second
	room := s.rooms[s.rnd.IntN(len(s.rooms))]
	joining, cancel := context.WithTimeout(ctx, seenSoon)
	defer cancel()
	ghost, err := client.Connect(joining, s.process().url(), name, "")
	if err != nil {
		return err
	}
	defer ghost.Close()
	if _, err := ghost.JoinAndWatch(joining, room, nil); err != nil {
		return err
	}
	var witnesses []*person
	for _, p := range s.people {
		if slices.Contains(p.rooms, room) {
			witnesses = append(witnesses, p)
		}
	}
	haunted := func(p *person) bool { return slices.Contains(p.sees(room), name) }
	if err := testbed.Within(seenSoon, func() bool { return slices.ContainsFunc(witnesses, haunted) }); err != nil {
		return err
	}
	s.process().kill()
	if testbed.Within(goneSoon, func() bool { return !slices.ContainsFunc(witnesses, haunted) }) != nil {
		s.violated(goneForGood, "somebody still sees the ghost of %s in %s", s.process().name, room)
	}
	return s.process().start()
}
