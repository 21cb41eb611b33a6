package session

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"chorus/internal/auth"
	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/limit"
	"chorus/internal/wire"
)

const (
	// mailboxRooms bounds the rooms of a mailbox that are told: the direct ones come first.
	mailboxRooms = 100
	// mailboxReads is how many of them are read at a time.
	mailboxReads = 8
	// lastEntries is how far back the newest message of a room is looked for: reactions may come after it.
	lastEntries = 10
)

// openMailbox has the session told of news from now on, and answers what there is. It may be asked for
// again.
func (s *Session) openMailbox() (wire.Event, error) {
	if err := s.client.Limits.Allow(limit.Mailbox); err != nil {
		return wire.Event{}, err
	}
	node := s.group.node
	if s.mailbox == nil {
		if err := node.Bus.Introduce(s.context(), *s.user); err != nil {
			return wire.Event{}, err
		}
		m, _, err := node.Hub.Join(s.context(), chat.Mailbox(s.user.ID), hub.Visit{User: s.user}, s)
		if err != nil {
			return wire.Event{}, err
		}
		s.mailbox = m
		// Live before it is answered: what comes from then on is told, and not only that something was missed.
		if progress, err := m.CatchUp(s.context()); err != nil || progress == hub.Behind {
			s.Behind(m)
		}
	}
	box, err := node.Bus.Mailbox(s.context(), s.user.ID)
	if err != nil {
		return wire.Event{}, err
	}
	rooms, err := s.mailboxRooms(box)
	if err != nil {
		return wire.Event{}, err
	}
	return wire.Event{Mailbox: &wire.MailboxState{Rooms: rooms}}, nil
}

func (s *Session) mailboxRooms(box bus.Mailbox) ([]wire.MailboxRoom, error) {
	names := box.Direct
	for _, room := range slices.Sorted(maps.Keys(box.Read)) {
		if _, direct := chat.Partner(room, s.user.ID); !direct && s.rights.In(room) >= auth.Read {
			names = append(names, room)
		}
	}
	names = names[:min(len(names), mailboxRooms)]
	rooms := make([]wire.MailboxRoom, len(names))
	reading, ctx := errgroup.WithContext(s.context())
	reading.SetLimit(mailboxReads)
	for i, room := range names {
		rooms[i] = wire.MailboxRoom{Room: room, Read: box.Read[room]}
		reading.Go(func() error { return s.readNewest(ctx, &rooms[i]) })
	}
	if err := reading.Wait(); err != nil {
		return nil, err
	}
	// A room is put into the lists before anything is certain to be said in it.
	rooms = slices.DeleteFunc(rooms, func(r wire.MailboxRoom) bool { return r.Head.IsZero() })
	return rooms, s.namePartners(rooms)
}

func (s *Session) readNewest(ctx context.Context, r *wire.MailboxRoom) error {
	if !s.rights.Admin {
		// Who is banned is not told what is said in their absence.
		if banned, err := s.group.node.Hub.Banned(ctx, r.Room, s.user.ID); err != nil || banned {
			return err
		}
	}
	newest, err := s.group.node.Hub.Before(ctx, r.Room, nil, lastEntries)
	if err != nil || len(newest) == 0 {
		return err
	}
	r.Head = newest[len(newest)-1].Position()
	if r.Read.Seq > r.Head.Seq {
		r.Read = chat.Position{} // of a log that was lost
	}
	if r.Head.Seq > r.Read.Seq {
		r.Unread = r.Head.Seq - r.Read.Seq
	}
	for _, m := range slices.Backward(newest) {
		if m.Change == nil && m.Act == nil {
			m.Text = chat.Excerpt(m.Text)
			r.Last = wire.AppendMessageObject(nil, &m)
			break
		}
	}
	return nil
}

func (s *Session) namePartners(rooms []wire.MailboxRoom) error {
	var ids []string
	for i := range rooms {
		if id, direct := chat.Partner(rooms[i].Room, s.user.ID); direct {
			rooms[i].User = &chat.User{ID: id}
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	known, err := s.group.node.Bus.Introduced(s.context(), ids)
	if err != nil {
		return err
	}
	for i := range rooms {
		if u := rooms[i].User; u != nil && known[u.ID].ID != "" {
			*u = known[u.ID]
		}
	}
	return nil
}

// notify tells both users of a direct room that something was said there. It is a part of the sending: where
// it fails the outcome counts as unknown, and the repeat tells them again.
func (s *Session) notify(room string, head chat.Position, started time.Time) error {
	if _, direct := chat.Partner(room, s.user.ID); !direct {
		return nil
	}
	const together = 2500 * time.Millisecond // users are promised an answer within 3 seconds
	ctx, cancel := context.WithDeadline(s.context(), started.Add(together))
	defer cancel()
	return s.group.node.Bus.Notify(ctx, chat.Notice{Room: room, User: *s.user, Head: head})
}

// partnersMark returns how far the other one of a direct room has read.
func (s *Session) partnersMark(room string, head chat.Position) (chat.Position, error) {
	partner, direct := chat.Partner(room, s.user.ID)
	if !direct {
		return chat.Position{}, nil
	}
	at, err := s.group.node.Bus.ReadMark(s.context(), partner, room)
	if at.Seq > head.Seq {
		at = chat.Position{} // of a log that was lost
	}
	return at, err
}

func (s *Session) markRead(c *wire.Read) (wire.Event, error) {
	if s.in(c.Room) == nil {
		return wire.Event{}, notJoined(c.Room)
	}
	if err := s.client.Limits.Allow(limit.Read); err != nil {
		return wire.Event{}, err
	}
	// The log's head, and not what this node knows of it: the mark may be ahead of the relay.
	heads, err := s.group.node.Bus.Heads(s.context(), []string{c.Room})
	if err != nil {
		return wire.Event{}, err
	}
	head, read := heads[c.Room]
	switch {
	case !read:
		return wire.Event{}, bus.ErrUnavailable
	case c.At.Seq > head.Seq:
		return wire.Event{}, wire.BadRequest("read.at", "is beyond the newest message")
	}
	mark := chat.ReadMark{Room: c.Room, User: s.user.ID, At: c.At}
	at, err := s.group.node.Bus.MarkRead(s.context(), mark, head)
	if errors.Is(err, bus.ErrTooManyMarks) {
		return wire.Event{}, wire.Refuse(wire.CodeTooManyRooms, err.Error())
	}
	if err != nil {
		return wire.Event{}, err
	}
	return wire.Event{Read: &wire.ReadMark{Room: c.Room, User: s.user.ID, At: at}}, nil
}
