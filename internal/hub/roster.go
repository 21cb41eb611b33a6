package hub

import (
	"context"
	"sync"
	"time"

	"chorus/internal/chat"
	"chorus/internal/wire"
)

// roster is who is in a room on all nodes, for the members who asked to be told. It takes steps from one
// roster to the next as the bus relays them; where one does not follow, it reads the roster anew. What
// it tells is the difference from what it told last, so that each user comes and goes once whatever
// happened in between, and at most once in tellEvery. Nothing runs while there is nothing to tell.
type roster struct {
	room *room // constant

	mu       sync.Mutex
	watchers int
	steps    []chat.Presence // relayed, and not taken yet
	reload   bool            // steps may have been missed
	untold   bool            // a watcher does not know the roster
	running  bool

	// owned by the goroutine that runs
	now, told people
	toldAt    time.Time
}

// maxSteps bounds the steps that may wait. Reading the roster is cheaper than more of them.
const maxSteps = 100

// watch counts a member who is to be told.
func (r *roster) watch() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watchers++; r.watchers == 1 {
		r.reload = true // until now nobody wanted to know
	}
	r.untold = true
	r.run()
}

func (r *roster) unwatch() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchers--
}

// step takes what the bus relays. It does not block.
func (r *roster) step(p *chat.Presence) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watchers == 0 {
		return
	}
	if len(r.steps) == maxSteps {
		r.steps, r.reload = nil, true
	}
	r.steps = append(r.steps, *p)
	r.run()
}

// doubt has the roster read anew.
func (r *roster) doubt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watchers > 0 {
		r.reload = true
		r.run()
	}
}

// tellLater is for a watcher who can be told from now on.
func (r *roster) tellLater() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.untold = true
	r.run()
}

// settled returns the id of the roster that was taken last. ok is false where nobody is to be told of it,
// or something is under way.
func (r *roster) settled() (id string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watchers == 0 || r.running {
		return "", false
	}
	return r.now.id, true
}

// run is called with mu held.
func (r *roster) run() {
	if !r.running && r.watchers > 0 {
		r.running = true
		r.room.hub.running.Go(r.tell)
	}
}

// tell takes the roster further and tells it, until there is nothing to do.
func (r *roster) tell() {
	for {
		moment := max(tellMoment, tellEvery-time.Since(r.toldAt))
		select {
		case <-time.After(moment):
		case <-r.room.ctx.Done():
			return
		}
		steps, reload, ok := r.take()
		if !ok {
			return
		}
		if r.advance(steps, reload) {
			r.offer()
		} else {
			r.doubt()
		}
	}
}

// take returns what there is to do. ok is false where that is nothing, and the running ends.
func (r *roster) take() (steps []chat.Presence, reload, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	steps, reload = r.steps, r.reload
	if r.watchers == 0 || !reload && !r.untold && len(steps) == 0 {
		r.running, r.steps = false, nil
		return nil, false, false
	}
	r.steps, r.reload, r.untold = nil, false, false
	return steps, reload, true
}

// advance reports whether the roster is up to date as far as can be known.
func (r *roster) advance(steps []chat.Presence, reload bool) bool {
	if reload {
		ctx, cancel := context.WithTimeout(r.room.ctx, tellEvery)
		defer cancel()
		read, err := r.room.hub.bus.Roster(ctx, r.room.name)
		if err != nil {
			r.toldAt = time.Now() // not again at once
			return false
		}
		r.now = peopleOf(read)
		steps = after(read.ID, steps)
	}
	for i := range steps {
		if !r.now.take(&steps[i]) {
			return false
		}
	}
	return true
}

// offer tells all who are live: the difference to those who know what was told last, and all to the
// others.
func (r *roster) offer() {
	var all, difference *wire.Frame
	if p := r.now.since(&r.told); p != nil {
		p.Room = r.room.name
		difference = wire.EventFrame(wire.Event{Presence: p})
	}
	anew := (r.now.users == nil) != (r.told.users == nil)
	r.room.mu.Lock()
	defer r.room.mu.Unlock()
	for _, m := range r.room.members {
		switch {
		case !m.visit.Roster:
		case !m.live:
			m.knowsRoster = false // is told when it is
		case m.knowsRoster && !anew:
			if difference != nil {
				r.toldAt = time.Now()
				m.knowsRoster = m.receiver.Offer(difference)
			}
		default:
			if all == nil {
				all = wire.EventFrame(wire.Event{Roster: r.now.all(r.room.name)})
			}
			r.toldAt = time.Now()
			m.knowsRoster = m.receiver.Offer(all)
		}
		if m.visit.Roster && m.live && !m.knowsRoster {
			r.tellLater() // there was no place
		}
	}
	r.told = r.now.clone()
}
