package session

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"chorus/internal/hub"
	"chorus/internal/wire"
)

// queue is what a session is still to be sent. It is bounded in bytes, and so are those of all sessions
// together: an answer that goes over the session's bound stops its commands, a room's frame is refused, so
// that its member falls behind.
type queue struct {
	mu      sync.Mutex
	changed *sync.Cond // of all below, once somebody waits until there is place or an end

	frames  []*wire.Frame
	bytes   int      // of frames, and of those being written
	taken   int      // bytes of those being written
	writes  uint32   // rises when a write has ended for which the client was waited, and when all is written
	writing bool     // or about to be written
	failed  bool     // nothing can be written any more
	nextDue *Session // the group's writers'

	catchingUp bool
	behind     []*hub.Member

	joining *joining // nil unless a join is under way
	reason  *Reason  // why the session ends; nil while it goes on
}

// Offer implements hub.Receiver.
func (s *Session) Offer(f *wire.Frame) bool {
	q := &s.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if !s.hasPlace(f) {
		return false
	}
	s.put(f)
	return true
}

// hasPlace is called with the queue's lock held. Where nothing waits there is place for one frame: while all
// queues together hold too much, those go on who read.
func (s *Session) hasPlace(f *wire.Frame) bool {
	q := &s.queue
	return q.bytes == 0 || q.bytes+f.Size() <= s.group.options.QueueBytes && !s.group.node.Memory.Queues().Full()
}

// Behind implements hub.Receiver.
func (s *Session) Behind(m *hub.Member) {
	q := &s.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	q.behind = append(q.behind, m)
	s.startCatchUp()
}

// answer queues the answer to a command, and waits while there is more than enough to write: a
// client that does not read is not read from. While all queues together hold too much, that is anything.
func (s *Session) answer(f *wire.Frame) {
	q := &s.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	s.put(f)
	for !q.failed && (q.bytes > s.group.options.QueueBytes || q.bytes > 0 && s.group.node.Memory.Queues().Full()) {
		q.wait()
	}
}

// push queues something that was not asked for, whether there is place or not.
func (s *Session) push(f *wire.Frame) {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	if s.queue.reason == nil {
		s.put(f)
	}
}

// perWaiting is what it takes that a frame waits, beside the frame: a pointer, and as much place for another.
const perWaiting = 16

// put is called with the queue's lock held.
func (s *Session) put(f *wire.Frame) {
	q := &s.queue
	if q.failed {
		return
	}
	q.frames = append(q.frames, f)
	q.bytes += f.Size()
	if all := s.group.node.Memory.Queues(); all.Limited() {
		all.Hold(f.Hold() + perWaiting)
	}
	if !q.writing {
		q.writing = true
		s.group.writers.add(s)
	}
}

// release is for frames that are not kept any more.
func (s *Session) release(frames []*wire.Frame) {
	all := s.group.node.Memory.Queues()
	if !all.Limited() {
		return
	}
	for _, f := range frames {
		all.Hold(-f.Release() - perWaiting)
	}
}

// take returns all that is queued. What comes meanwhile has place in a list that is empty.
func (s *Session) take(empty []*wire.Frame) (taken []*wire.Frame) {
	q := &s.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	taken, q.frames = q.frames, empty
	q.taken = q.bytes
	return taken
}

// moveOn is for when a write has ended for which the client was waited.
func (q *queue) moveOn() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.writes++
}

// goOn is for when all is written that was taken, out of a list that is empty now and comes back unless the
// session keeps it. If there is more, it will be the session's turn again.
func (s *Session) goOn(empty []*wire.Frame) []*wire.Frame {
	if cap(empty) > keptFrames {
		empty = nil
	}
	q := &s.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	s.group.node.Metrics.WrittenBytes.Add(float64(q.taken))
	q.bytes -= q.taken
	q.taken = 0
	q.writes++
	q.wake()
	s.startCatchUp()
	q.writing = len(q.frames) > 0
	if q.writing {
		s.group.writers.add(s)
	}
	if q.frames == nil {
		q.frames, empty = empty, nil
	}
	return empty
}

// keptFrames is the place for frames that an idle session keeps, so that a copy of a message allocates
// nothing.
const keptFrames = 8

// wait and wake are called with the lock held.
func (q *queue) wait() {
	if q.changed == nil {
		q.changed = sync.NewCond(&q.mu)
	}
	q.changed.Wait()
}

func (q *queue) wake() {
	if q.changed != nil {
		q.changed.Broadcast()
	}
}

// fail says that nothing more can be written, and returns what was still to be. The reason for it was given before.
func (q *queue) fail() (unwritten []*wire.Frame) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failed, q.writing = true, false
	unwritten, q.frames = q.frames, nil
	q.bytes, q.taken = 0, 0
	q.wake()
	return unwritten
}

// end gives the reason for which the session ends, unless there is one.
func (q *queue) end(r Reason) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.reason == nil {
		q.reason = &r
	}
}

func (q *queue) ending() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.reason != nil
}

// drainQueue waits until all is written or nothing can be, and returns the reason for the end. Who is gone or has
// said goodbye gets no more than what is being written. The session's commands have come to their end.
func (s *Session) drainQueue() Reason {
	q := &s.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if *q.reason == Gone || q.reason.isBye() {
		s.release(q.frames)
		q.frames, q.bytes = nil, q.taken
	}
	for q.writing {
		q.wait()
	}
	return *q.reason
}

// startCatchUp is called with the queue's lock held. It begins when little waits, so that the next
// page is there when the last one is written, but no more than that is kept for a slow reader.
func (s *Session) startCatchUp() {
	if q := &s.queue; !q.catchingUp && s.mayCatchUp() {
		q.catchingUp = true
		s.group.running.Go(s.catchUp)
	}
}

const pageBytes = 32 << 10

func (s *Session) mayCatchUp() bool {
	q := &s.queue
	little := q.bytes == 0 || q.bytes <= pageBytes && !s.group.node.Memory.Queues().Full()
	return len(q.behind) > 0 && little && q.reason == nil
}

// catchUp takes the members that are behind to their rooms' heads, in turns.
func (s *Session) catchUp() {
	for {
		m := s.nextBehind()
		if m == nil {
			return
		}
		if s.group.node.Memory.Queues().Over() && s.owed() {
			s.catchUpLater(m)
			return
		}
		progress, err := m.CatchUp(s.context())
		switch {
		case err != nil:
			s.catchUpLater(m)
			return
		case progress == hub.Behind:
			s.Behind(m)
		}
	}
}

// forget is for a member that has left.
func (q *queue) forget(m *hub.Member) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.behind = slices.DeleteFunc(q.behind, func(b *hub.Member) bool { return b == m })
}

// nextBehind returns a member to take further. nil ends the catching up.
func (s *Session) nextBehind() *hub.Member {
	q := &s.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if !s.mayCatchUp() {
		q.catchingUp = false
		return nil
	}
	m := q.behind[0]
	q.behind = q.behind[1:]
	return m
}

// owed reports whether something that was written is still on its way to the client: while all queues together
// hold too much, nobody gets more of their own before it has arrived. Where the system does not say, it is not so.
func (s *Session) owed() bool {
	_, more := s.transport.taken()
	return more
}

// catchUpLater goes on after a moment, because the log could not be read or there is no memory for a page. The catching up
// counts as running until then.
func (s *Session) catchUpLater(m *hub.Member) {
	const wait = 200 * time.Millisecond
	time.AfterFunc(wait+rand.N(wait), func() {
		q := &s.queue
		q.mu.Lock()
		defer q.mu.Unlock()
		q.behind = append(q.behind, m)
		q.catchingUp = false
		s.startCatchUp()
	})
}
