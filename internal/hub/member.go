package hub

import (
	"context"
	"errors"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/wire"
)

// Receiver is a session as a room sees it. Its methods are called under the room's lock and
// must neither block nor call the room.
type Receiver interface {
	// Offer queues a frame. It returns false, and queues nothing, when there is no place.
	Offer(f *wire.Frame) bool
	// Behind says that a member has fallen behind: it gets nothing more until CatchUp is
	// called.
	Behind(m *Member)

	// Removed says that a moderator has ended a membership. It can't be refused.
	Removed(m *Member, why *wire.Removed)
}

// Member is a session inside a room.
type Member struct {
	// constant after construction
	room     *room
	receiver Receiver
	visit    Visit

	// guarded by room.mu
	index int  // in room.members; -1 when it has ended
	live  bool // fed by the fan-out
	// missed says that signals of a mailbox could not be offered.
	missed bool
	// exempt says that no kick or ban holds for the user.
	exempt bool
	// knowsRoster says that it was told what the roster has told last.
	knowsRoster bool
	cursor      chat.Position

	// owned by CatchUp
	limit int // messages to read from the log at a time
}

// Room returns the room's name.
func (m *Member) Room() string { return m.room.name }

// Head returns the room's newest message that this node knows of.
func (m *Member) Head() chat.Position { return m.room.head() }

// Heal says that the log does not have the head any more. The room mends it in the background.
func (m *Member) Heal() { m.room.Resync() }

// join adds a member that is behind.
func (r *room) join(v Visit, receiver Receiver) (*Member, chat.Position, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v.User == nil {
		v.User = new(chat.User)
	}
	if err := r.admit(&v); err != nil {
		return nil, chat.Position{}, err
	}
	m := &Member{room: r, receiver: receiver, index: len(r.members), visit: v, exempt: v.Exempt, limit: firstPage}
	if v.Since != nil {
		m.cursor = *v.Since
	} else {
		m.cursor = r.tail.last(v.History)
	}
	r.members = append(r.members, m)
	r.hub.count(r.hub.metrics.Members, r, 1)
	r.hub.enter(r, &v)
	return m, r.tail.head, nil
}

// Leave ends the membership of a user who wants to go. Nothing is offered after it has returned.
// Leaving twice is harmless.
func (m *Member) Leave() { m.end(true) }

// Drop ends the membership as Leave does, but the user counts as present for a while: the connection
// was lost, or the page is being loaded anew.
func (m *Member) Drop() { m.end(false) }

func (m *Member) end(atOnce bool) {
	r := m.room
	r.mu.Lock()
	if m.index < 0 {
		r.mu.Unlock()
		return
	}
	r.detach(m)
	r.mu.Unlock()
	m.detached(atOnce)
}

// detach takes a member out of the room. It is called with mu held, and detached after that without.
func (r *room) detach(m *Member) {
	last := len(r.members) - 1
	r.members[m.index] = r.members[last]
	r.members[m.index].index = m.index
	r.members[last] = nil
	r.members = r.members[:last]
	m.index, m.live = -1, false
}

func (m *Member) detached(atOnce bool) {
	r := m.room
	r.hub.count(r.hub.metrics.Members, r, -1)
	r.hub.leave(r, &m.visit, atOnce)
	r.hub.release(r)
}

// give offers a live member what goes out. It is called under the room's lock.
func (m *Member) give(batch []chat.Message, frame *wire.Frame) bool {
	if m.visit.Follow != nil {
		m.visit.Follow(batch)
		return true
	}
	return m.receiver.Offer(frame)
}

// fallBehind is called under the room's lock for a live member that has everything up to a
// position.
func (m *Member) fallBehind(p chat.Position) {
	m.live, m.cursor, m.missed = false, p, m.room.mailbox
	m.receiver.Behind(m)
}

// Progress is what CatchUp has come to.
type Progress int

// The ends of a CatchUp.
const (
	// Live: the member has everything, and what comes is offered to it. It may be told at
	// once that it is Behind again.
	Live Progress = iota
	// Behind: there is more. Call CatchUp again when the receiver has place.
	Behind
)

// CatchUp offers the receiver the next page after the member's position, from the room's tail
// or else from the log, and a reset event first if the position can't be continued. A member
// that left, or is live, is Live.
//
// Not to be called concurrently for one member. It fails with bus.ErrUnavailable when the log
// can't be read now, and with the context's error; trying again later is harmless.
func (m *Member) CatchUp(ctx context.Context) (Progress, error) {
	progress, cursor, err := m.fromTail()
	switch {
	case err == nil:
		return progress, nil
	case errors.Is(err, errElsewhere):
		return m.reset(wire.ReasonFork), nil
	}
	// Older than the tail, or ahead of what this node has been relayed: the log knows.
	err = m.room.hub.page(ctx, func() (err error) {
		progress, err = m.readOn(ctx, cursor)
		return err
	})
	return progress, err
}

// readOn offers the next page from the log.
func (m *Member) readOn(ctx context.Context, cursor chat.Position) (Progress, error) {
	page, err := m.room.hub.bus.After(ctx, m.room.name, cursor, m.limit)
	switch {
	case errors.Is(err, bus.ErrExpired):
		return m.reset(wire.ReasonExpired), nil
	case errors.Is(err, bus.ErrFork):
		return m.reset(wire.ReasonFork), nil
	case err != nil:
		return Behind, err
	}
	if page, err = m.room.fold(ctx, page); err != nil {
		return Behind, err
	}
	return m.fromLog(page)
}

// fromTail offers the next page if the tail has it, and makes the member live if that was the
// last one.
func (m *Member) fromTail() (Progress, chat.Position, error) {
	r := m.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if m.live || m.index < 0 {
		return Live, m.cursor, nil
	}
	page, err := r.tail.after(m.cursor, frameBytes)
	if err != nil {
		return Behind, m.cursor, err
	}
	if len(page) > 0 {
		m.offer(upTo(r.tail.fold(page), frameBytes), "tail")
	}
	if m.cursor != r.tail.head {
		return Behind, m.cursor, nil
	}
	if m.missed && !m.receiver.Offer(mailboxMissed) {
		return Behind, m.cursor, nil
	}
	m.live, m.missed = true, false
	if m.visit.Roster && !m.knowsRoster {
		r.roster.tellLater()
	}
	return Live, m.cursor, nil
}

// errRelayIsBehind means that a client knows more than the relay has brought to this node yet.
var errRelayIsBehind = errors.Join(bus.ErrUnavailable, errors.New("the node is catching up"))

// fromLog offers what was read after the cursor, without what the room has not
// delivered yet: that is for the fan-out to bring, in its own moment.
func (m *Member) fromLog(page []chat.Message) (Progress, error) {
	r := m.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if m.index < 0 {
		return Live, nil
	}
	n := 0
	for n < len(page) && page[n].Seq <= r.tail.head.Seq {
		n++
	}
	if n == 0 {
		// Never "behind" without progress: the caller would ask again at once.
		r.inbox.putResync()
		return Behind, errRelayIsBehind
	}
	for page = page[:n]; len(page) > 0; {
		part := upTo(page, frameBytes)
		if !m.offer(part, "log") {
			m.limit = max(m.limit/2, 1) // what has no place is read in vain
			return Behind, nil
		}
		page = page[len(part):]
	}
	m.limit = min(2*m.limit, pageMessages)
	return Behind, nil
}

// offer is called under the room's lock. Where there is no place the cursor stays, and the same
// page comes again.
func (m *Member) offer(page []chat.Message, source string) bool {
	if m.visit.Follow != nil {
		m.visit.Follow(page)
	} else if !m.receiver.Offer(wire.MessagesFrame(page)) {
		return false
	}
	m.cursor = page[len(page)-1].Position()
	m.room.hub.metrics.CatchUps.WithLabelValues(source).Inc()
	m.room.hub.metrics.Deliveries.Add(float64(len(page)))
	return true
}

// reset tells the client to forget the room's messages, and goes on as after joining anew.
func (m *Member) reset(reason wire.Reason) Progress {
	r := m.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if m.index < 0 {
		return Live
	}
	reset := wire.Event{Reset: &wire.Reset{Room: r.name, Reason: reason, Head: r.tail.head}}
	if m.receiver.Offer(wire.EventFrame(reset)) {
		m.cursor = r.tail.last(m.visit.History)
	}
	return Behind
}
