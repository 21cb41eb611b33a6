package hub

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
)

// presence tells the registry which users are in which rooms on this node: a user once, however many
// sessions there are, and not before a grace that a user has gone whose connection broke.
//
// What the node says counts as long as its lease. Where the database may have forgotten something, or
// other nodes may have taken this one for dead, everything is said again under a new lease, and the old
// one runs out; nobody goes or comes by that.
type presence struct {
	// constant after construction
	registry bus.Registry
	grace    time.Duration
	log      *slog.Logger
	wake     chan struct{} // capacity 1
	dead     chan []string // leases to reap

	mu    sync.Mutex
	lease string
	begun time.Time // when the lease was first renewed: zero until then, and nothing is said under it
	heard time.Time // when the renewal began that succeeded last
	doubt bool      // the database may have forgotten something
	rooms map[string]*attendance
	// changing are the rooms with somebody in pending.
	changing map[string]*attendance
}

// attendance is who is in a room on this node.
type attendance struct {
	stays   map[string]*stay // by user
	pending map[string]*stay // those the registry is still to be told of
	due     time.Time        // when the first of these is to be told of, or earlier
	told    time.Time        // when it was told last
}

// next returns when there is something to be told.
func (a *attendance) next() time.Time {
	if next := a.told.Add(tellEvery); next.After(a.due) {
		return next
	}
	return a.due
}

// look finds out anew who is to be told of first.
func (a *attendance) look() {
	first := true
	for _, s := range a.pending {
		if due := s.due(); first || due.Before(a.due) {
			a.due, first = due, false
		}
	}
}

type stay struct {
	user     *chat.User
	sessions int
	known    bool      // to the registry, under the current lease
	leaves   time.Time // when the user counts as gone, if no session comes
}

// due returns when the registry is to be told of a user: of one who is here, at once.
func (s *stay) due() time.Time {
	if s.sessions > 0 {
		return time.Time{}
	}
	return s.leaves
}

const (
	// A room's changes are told at once if there was none lately, and otherwise together.
	tellEvery  = time.Second
	tellMoment = 50 * time.Millisecond // what happens at the same time is told together
	tellRetry  = 500 * time.Millisecond
	tellLook   = 200 * time.Millisecond
)

func newPresence(r bus.Registry, grace time.Duration, log *slog.Logger) *presence {
	return &presence{
		registry: r, grace: grace, log: log, wake: make(chan struct{}, 1), dead: make(chan []string),
		lease: chat.NewID(),
		rooms: make(map[string]*attendance), changing: make(map[string]*attendance),
	}
}

// enter counts a session of a user in a room.
func (p *presence) enter(room string, u *chat.User) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.rooms[room]
	if a == nil {
		a = &attendance{stays: make(map[string]*stay)}
		p.rooms[room] = a
	}
	s := a.stays[u.ID]
	if s == nil {
		s = &stay{}
		a.stays[u.ID] = s
	}
	s.sessions++
	if s.known && *s.user == *u {
		delete(a.pending, u.ID) // was about to leave
		return
	}
	s.user, s.known = u, false
	p.change(room, a, s)
}

// leave takes a session of a user away, who counts as gone after the grace, or at once.
func (p *presence) leave(room, user string, atOnce bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.rooms[room]
	s := a.stays[user]
	if s.sessions--; s.sessions > 0 {
		return
	}
	s.leaves = time.Now()
	if !atOnce {
		s.leaves = s.leaves.Add(p.grace)
	}
	p.change(room, a, s)
}

// change is called with mu held.
func (p *presence) change(room string, a *attendance, s *stay) {
	if a.pending == nil {
		a.pending = make(map[string]*stay)
	}
	if due := s.due(); len(a.pending) == 0 || due.Before(a.due) {
		a.due = due
	}
	a.pending[s.user.ID] = s
	p.changing[room] = a
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// doubts has everything said again soon: the connection to the database was lost, and the database may
// be another one now.
func (p *presence) doubts() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doubt = true
}

// tell tells the registry of changes until the context ends. It sleeps while there are none.
func (p *presence) tell(ctx context.Context) {
	for {
		select {
		case <-p.wake:
		case <-ctx.Done():
			return
		}
		for wait := tellMoment; wait > 0; {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}
			wait = p.tellDue(ctx)
		}
	}
}

// tellDue tells of what is due, and returns when to look again, 0 for not before there is a change.
func (p *presence) tellDue(ctx context.Context) time.Duration {
	lease, stays, wait := p.due(time.Now())
	if len(stays) == 0 {
		return wait
	}
	err := p.registry.Present(ctx, lease, stays)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil || lease != p.lease {
		return tellRetry // what was told under another lease is told again under this one
	}
	for i := range stays {
		p.settle(&stays[i])
	}
	return tellMoment
}

// due returns what is to be told now.
func (p *presence) due(now time.Time) (lease string, stays []bus.Stays, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.begun.IsZero() || now.Sub(p.heard) > bus.LeaseLife/2 {
		return p.lease, nil, 2 * tellMoment // what is said under a lease that is reaped may stay for ever
	}
	for room, a := range p.changing {
		if len(a.pending) == 0 { // somebody came back
			delete(p.changing, room)
			continue
		}
		if next := a.next(); next.After(now) {
			wait = earlier(wait, next.Sub(now))
			continue
		}
		s := bus.Stays{Room: room}
		for id, pending := range a.pending {
			switch {
			case pending.sessions > 0:
				s.Entered = append(s.Entered, *pending.user)
			case !pending.leaves.After(now):
				s.Left = append(s.Left, id)
				pending.known = false // from now on, whatever comes of it: who comes back has to be told of
			}
		}
		s.Last = len(s.Left) == len(a.stays)
		if len(s.Entered)+len(s.Left) > 0 {
			stays = append(stays, s)
		} else { // somebody came back
			a.look()
			wait = earlier(wait, a.due.Sub(now))
		}
	}
	if wait > 0 {
		wait = min(max(wait, 2*tellMoment), tellLook) // somebody may come before
	}
	return p.lease, stays, wait
}

func earlier(a, b time.Duration) time.Duration {
	if a == 0 {
		return b
	}
	return min(a, b)
}

// settle notes what the registry knows now. It is called with mu held.
func (p *presence) settle(told *bus.Stays) {
	a := p.rooms[told.Room]
	a.told = time.Now()
	for _, u := range told.Entered {
		s := a.stays[u.ID]
		s.known = *s.user == u
		if s.known && s.sessions > 0 {
			delete(a.pending, u.ID)
		}
	}
	for _, id := range told.Left {
		if a.stays[id].sessions == 0 { // has not come back meanwhile
			delete(a.pending, id)
			delete(a.stays, id)
		}
	}
	a.look()
	if len(a.pending) == 0 {
		a.pending = nil
		delete(p.changing, told.Room)
	}
	if len(a.stays) == 0 {
		delete(p.rooms, told.Room)
	}
}
