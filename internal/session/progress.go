package session

import "time"

// A client that takes nothing of what it is sent for the write timeout is cut off. A deadline for each write
// would not say that: a write that takes long may be one of which something is taken all the time, and what
// the system has taken of it may be on no way to anybody. So writes have no deadline, and the group looks at
// how much has arrived on the other side.

// progress is how far a client is in taking what it is sent.
type progress struct {
	writes  uint32 // as the queue's: all there is to go by where the system does not say more
	writing bool   // one is under way
	taken   uint64 // bytes
	more    bool   // is on its way to the client
	ending  bool
}

// since reports whether the client has taken something of what was there to be taken at an earlier time. What
// was written only since then says nothing: the system takes a ping for a client that is gone.
func (p progress) since(was progress) bool {
	if p.taken > 0 { // the system says
		return (was.more || was.writing) && p.taken != was.taken
	}
	return was.writing && p.writes != was.writes
}

// stall is a progress, and since when there has been no other.
type stall struct {
	progress
	begun time.Time
}

// watch looks after the clients that are written to until the group ends.
func (g *Group) watch() {
	tick := time.NewTicker(g.options.WriteTimeout / 4)
	defer tick.Stop()
	stalls := make(map[*Session]stall)
	for {
		select {
		case <-g.ctx.Done():
			return
		case now := <-tick.C:
			stalls = g.look(stalls, now)
		}
	}
}

// look compares the progress of clients with what it was the last time, and returns what it is now. Who has
// taken something has given a sign of life: the answer to a ping has to wait behind all that the client has
// not read yet.
func (g *Group) look(before map[*Session]stall, now time.Time) map[*Session]stall {
	after := make(map[*Session]stall)
	for slot := range g.slots {
		for _, s := range g.inSlot(slot, func(s *Session) bool { return s.owes(now) }) {
			is, was := stall{s.progress(), now}, before[s]
			took := is.since(was.progress)
			if took {
				s.hear()
			}
			// A session that ends has one timeout for all that is queued.
			if was.writing && (!took || is.ending) {
				is.begun = was.begun
			}
			if is.writing && now.Sub(is.begun) >= g.options.WriteTimeout {
				s.transport.cut()
			}
			after[s] = is
		}
	}
	return after
}

// owes reports whether a client is being written to, or has been silent for so long that it may be reading
// what lies before the ping.
func (s *Session) owes(now time.Time) bool {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	return s.queue.writing || s.silence(now) > s.group.options.PingInterval
}

func (s *Session) progress() progress {
	taken, more := s.transport.taken()
	q := &s.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	return progress{q.writes, q.writing, taken, more, q.reason != nil}
}
