package hub

import (
	"errors"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
)

// heal mends a log that does not have the room's head any more: the database was restored from
// an old snapshot, emptied, or failed over to a replica that had not got everything. What the
// room still holds was acknowledged, so it goes back.
func (r *room) heal() error {
	r.hub.metrics.Repairs.WithLabelValues("heal").Inc()
	err := r.hub.bus.Restore(r.ctx, r.name, r.tail.messages, r.held())
	if errors.Is(err, bus.ErrFork) {
		return r.follow()
	}
	if err != nil {
		return err
	}
	r.hub.log.Warn("the log had lost messages, they were put back", "room", r.name, "head", r.tail.head.Seq)
	if err := r.listAgain(); err != nil {
		return err
	}
	// The numbers and ids are the old ones, so nobody's view is broken; other nodes may have
	// gone on already.
	page, err := r.hub.bus.After(r.ctx, r.name, r.tail.head, pageMessages)
	if errors.Is(err, bus.ErrFork) || errors.Is(err, bus.ErrExpired) {
		return r.reload()
	}
	if err != nil {
		return err
	}
	r.deliver(page)
	if len(page) == pageMessages {
		r.inbox.putResync()
	}
	return nil
}

// follow is for a log that went another way since it was rewound: what it lacks of what the room
// holds is said again, and gets new numbers. Members are reset when they catch up.
func (r *room) follow() error {
	lost, err := r.lost()
	if err != nil {
		return err
	}
	if err := r.sayAgain(lost, moved{}); err != nil {
		return err
	}
	return r.reload()
}

// moved is where messages are that were said again, by where they were.
type moved map[chat.Position]chat.Position

// sayAgain puts messages that the log has lost behind its end, under the keys that they had. Several
// nodes do that at once; the keys let each message through once. Messages whose claim may have expired
// are left out: another node may have said them again long ago, and what was said twice is worse to
// see than what only people with the page open remember. So are those that have been deleted; and that
// something was deleted is said at any age, since that can't be said twice.
func (r *room) sayAgain(lost []chat.Message, to moved) error {
	said := 0
	deleted := r.tail.deleted()
	for i := range lost {
		old := time.Since(lost[i].Time) > bus.ClaimTime
		if old && !isDeletion(&lost[i]) || deleted[lost[i].Position()] {
			continue
		}
		ok, err := r.sayOneAgain(&lost[i], to)
		if err != nil {
			return err
		}
		if ok {
			said++
		}
	}
	if said > 0 {
		r.hub.metrics.Repairs.WithLabelValues("say_again").Inc()
		r.hub.log.Warn("the log had lost messages and gone another way, they were said again", "room", r.name, "messages", said)
		return r.listAgain()
	}
	return nil
}

func isDeletion(m *chat.Message) bool { return m.Change != nil && m.Change.Kind == chat.Delete }

// listAgain puts a direct room back into the lists of its users: a database that has forgotten messages may
// have forgotten that as well.
func (r *room) listAgain() error {
	if _, _, direct := chat.Parties(r.name); !direct || len(r.tail.messages) == 0 {
		return nil
	}
	last := &r.tail.messages[len(r.tail.messages)-1]
	return r.hub.bus.Notify(r.ctx, chat.Notice{Room: r.name, User: last.User, Head: last.Position()})
}

// sayOneAgain says a message again. What it changes or answers may have been said again as well, and have
// another position. If it is not to be found, a change has nothing to change, and a reply is said without
// what it answers. ok is false for what was not said.
func (r *room) sayOneAgain(m *chat.Message, to moved) (ok bool, err error) {
	d := to.follow(m.Draft)
	d.Standing = chat.Exempt // who was banned since had said it before
	if err := r.quoteAgain(&d); err != nil {
		return false, err
	}
	receipt, err := r.hub.bus.Publish(r.ctx, r.name, chat.Position{}, d)
	if d.Reply != nil && isReferenceError(err) {
		d.Reply = nil
		receipt, err = r.hub.bus.Publish(r.ctx, r.name, chat.Position{}, d)
	}
	switch {
	case isReferenceError(err):
		return false, nil
	case err != nil:
		return false, err
	}
	to[m.Position()] = receipt.Position
	return true, nil
}

// quoteAgain has a reply quote what it answers as that is now: it may have been edited in between.
func (r *room) quoteAgain(d *chat.Draft) error {
	if d.Reply == nil {
		return nil
	}
	of, err := r.inLog(r.ctx, d.Reply.Position)
	switch {
	case errors.Is(err, bus.ErrFork):
		return nil // the publish will say so as well
	case err != nil:
		return err
	}
	reply := *d.Reply
	reply.Text, d.Reply = chat.Excerpt(of.Text), &reply
	return nil
}

// follow returns a draft that refers to where the message is now.
func (to moved) follow(d chat.Draft) chat.Draft {
	if d.Change != nil {
		if p, ok := to[d.Change.Of]; ok {
			change := *d.Change
			change.Of, d.Change = p, &change
		}
	}
	if d.Reply != nil {
		if p, ok := to[d.Reply.Position]; ok {
			reply := *d.Reply
			reply.Position, d.Reply = p, &reply
		}
	}
	return d
}

// isReferenceError reports whether a publish was refused for what it refers to, and will always be.
func isReferenceError(err error) bool {
	return errors.Is(err, bus.ErrFork) || errors.Is(err, bus.ErrDeleted) || errors.Is(err, bus.ErrTooManyReactions)
}

// lost returns what the room holds and the log does not have in its place.
func (r *room) lost() ([]chat.Message, error) {
	held := r.tail.messages
	kept, err := r.hub.bus.After(r.ctx, r.name, held[0].Before(), len(held))
	switch {
	case errors.Is(err, bus.ErrExpired):
		return nil, nil // the log has gone on far beyond
	case err != nil && !errors.Is(err, bus.ErrFork):
		return nil, err
	}
	n := 0
	for n < len(kept) && n < len(held) && kept[n].Position() == held[n].Position() {
		n++
	}
	return held[n:], nil
}

const (
	// Every headCheckEvery some rooms' heads are compared with their logs'. A relay that loses a
	// message is noticed when the next one comes; in a quiet room none does.
	headCheckEvery = time.Second
	headCheckRooms = 256
)

// checkHeads compares all rooms' heads with their logs', some at a time.
func (h *Hub) checkHeads() {
	tick := time.NewTicker(headCheckEvery)
	defer tick.Stop()
	var due []*room
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-tick.C:
		}
		if len(due) == 0 {
			due = h.openRooms()
		}
		n := min(len(due), headCheckRooms)
		h.checkHeadsOf(due[:n])
		due = due[n:]
	}
}

func (h *Hub) openRooms() (open []*room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.rooms {
		if r.isOpen() && !r.mailbox { // a mailbox has no log
			open = append(open, r)
		}
	}
	return open
}

func (h *Hub) checkHeadsOf(rooms []*room) {
	if len(rooms) == 0 {
		return
	}
	names, known := make([]string, len(rooms)), make([]chat.Position, len(rooms))
	for i, r := range rooms {
		names[i], known[i] = r.name, r.head()
	}
	heads, err := h.bus.Heads(h.ctx, names)
	if err != nil {
		return // the rooms will be asked about again
	}
	for i, r := range rooms {
		head, read := heads[r.name]
		// A room whose head moved meanwhile is not quiet.
		if read && head != known[i] && r.head() == known[i] {
			r.inbox.putResync()
		}
	}
	h.checkRosters(rooms)
}

// checkRosters does the same with who is in the rooms.
func (h *Hub) checkRosters(rooms []*room) {
	known := make(map[*room]string)
	var names []string
	for _, r := range rooms {
		if id, ok := r.roster.settled(); ok {
			known[r], names = id, append(names, r.name)
		}
	}
	if len(names) == 0 {
		return
	}
	ids, err := h.bus.RosterIDs(h.ctx, names)
	if err != nil {
		return
	}
	for r, id := range known {
		now, read := ids[r.name]
		if still, ok := r.roster.settled(); read && ok && now != id && still == id {
			r.roster.doubt()
		}
	}
}

func (r *room) head() chat.Position {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tail.head
}
