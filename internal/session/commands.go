package session

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"chorus/internal/auth"
	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/limit"
	"chorus/internal/wire"
)

// handleLines carries out a frame of chorus.v1, one command after another.
func (s *Session) handleLines(frame []byte) {
	for line := range bytes.Lines(frame) {
		if s.queue.ending() {
			return
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			continue
		}
		c, err := wire.Decode(line)
		var e wire.Event
		if err == nil {
			e, err = s.execute(c)
		}
		if err != nil {
			e = wire.Event{Error: s.refusal(err)}
		}
		s.hear() // the time that a command takes is not the client's silence
		if e == (wire.Event{}) {
			continue // answered already
		}
		e.ID = c.ID
		s.answer(wire.EventFrame(e))
	}
}

// execute carries out a command and returns its answer.
func (s *Session) execute(c wire.Command) (wire.Event, error) {
	s.group.node.Metrics.Commands.WithLabelValues(c.Verb()).Inc()
	if s.user == nobody && c.Connect == nil {
		return wire.Event{}, wire.Refuse(wire.CodeNotConnected, "the first command must be connect")
	}
	switch {
	case c.Connect != nil:
		return wire.Event{}, s.connect(c.ID, c.Connect)
	case c.Refresh != nil:
		return s.refresh(c.Refresh)
	case c.Join != nil:
		return wire.Event{}, s.join(c.ID, c.Join)
	case c.Leave != nil:
		return s.leave(c.Leave)
	case c.Send != nil:
		return s.send(c.Send)
	case c.History != nil:
		return s.history(c.History)
	case c.Read != nil:
		return s.markRead(c.Read)
	case c.Mailbox != nil:
		return s.openMailbox()
	case c.Typing != nil:
		return s.typing(c.Typing)
	case c.Moderate != nil:
		return s.moderate(c.Moderate)
	case c.Announce != nil:
		return s.announce(c.Announce)
	case c.Sanctions != nil:
		return s.sanctions(c.Sanctions)
	}
	if room, d, ok := c.Change(); ok {
		return s.change(c.Verb(), room, d)
	}
	return wire.Event{Pong: &wire.Ping{}}, nil
}

// join answers by itself, because the answer has to be queued before the first message is.
func (s *Session) join(id uint64, c *wire.Join) error {
	if s.in(c.Room) != nil {
		return wire.Refuse(wire.CodeAlreadyJoined, "this session is in "+c.Room)
	}
	access := s.rights.In(c.Room)
	if access < auth.Read {
		return wire.Refuse(wire.CodeForbidden, "you may not enter "+c.Room)
	}
	s.forgetGone()
	if limit := s.group.options.MaxRooms; len(s.members) >= limit {
		return wire.Refuse(wire.CodeTooManyRooms, fmt.Sprintf("a session may be in %d rooms", limit))
	}
	if err := s.client.Limits.Allow(limit.Join); err != nil {
		return err
	}
	s.queue.beginJoining(c.Room)
	defer s.endJoining()
	m, head, err := s.group.node.Hub.Join(s.context(), c.Room, hub.Visit{
		User: s.user, Since: c.Since, History: wire.DefaultHistory, Roster: c.Presence, Exempt: s.rights.Admin,
	}, s)
	if err != nil {
		return err
	}
	joined := &wire.Joined{Room: c.Room, Head: head, Access: access.String()}
	if joined.Read, err = s.partnersMark(c.Room, head); err != nil {
		m.Leave()
		return err
	}
	s.members = append(s.members, m)
	s.answer(wire.EventFrame(wire.Event{ID: id, Joined: joined}))
	s.Behind(m)
	return nil
}

func (s *Session) leave(c *wire.Leave) (wire.Event, error) {
	m := s.in(c.Room)
	if m == nil {
		return wire.Event{}, notJoined(c.Room)
	}
	s.part(m)
	return wire.Event{Left: c}, nil
}

// part ends a membership.
func (s *Session) part(m *hub.Member) {
	m.Leave()
	s.queue.forget(m)
	s.members = slices.DeleteFunc(s.members, func(other *hub.Member) bool { return other == m })
}

func (s *Session) send(c *wire.Send) (wire.Event, error) {
	m, err := s.writable(c.Room)
	if err != nil {
		return wire.Event{}, err
	}
	if err := s.client.Limits.Allow(limit.Message); err != nil {
		return wire.Event{}, err
	}
	d := chat.Draft{Key: c.Key, Text: c.Text}
	if c.Reply != nil {
		if d.Reply, err = s.quote(m, *c.Reply); err != nil {
			return wire.Event{}, err
		}
	}
	return s.publish(m, d, "send.reply")
}

// writable returns the membership of a room that the user may write in.
func (s *Session) writable(room string) (*hub.Member, error) {
	m := s.in(room)
	if m == nil {
		return nil, notJoined(room)
	}
	if s.rights.In(room) < auth.Write {
		return nil, wire.Refuse(wire.CodeForbidden, "you may read, but not write in "+room)
	}
	return m, nil
}

// publish says something as the user. reference is the field that names what it refers to.
func (s *Session) publish(m *hub.Member, d chat.Draft, reference string) (wire.Event, error) {
	if err := s.group.node.Hub.MayPublish(d); err != nil {
		return wire.Event{}, err
	}
	d.User = *s.user
	var silenced *chat.Sanction
	d.Standing, silenced = s.standing()
	count := s.group.node.Metrics
	start := time.Now()
	r, err := s.group.node.Bus.Publish(s.context(), m.Room(), m.Head(), d)
	count.PublishTime.Observe(time.Since(start).Seconds())
	if _, refused := errors.AsType[*bus.SanctionError](err); refused && silenced != nil {
		return wire.Event{}, wire.Sanctioned(silenced.Kind, silenced.Until)
	}
	switch {
	case errors.Is(err, bus.ErrRewound):
		m.Heal()
	case errors.Is(err, bus.ErrDeleted), errors.Is(err, bus.ErrTooManyReactions):
		return wire.Event{}, wire.BadRequest(reference, err.Error())
	case err != nil:
	case r.Duplicate:
		count.Duplicates.Inc()
	default:
		count.Published.Inc()
	}
	if err == nil && d.Change == nil {
		err = s.notify(m.Room(), r.Position, start)
	}
	if err != nil {
		return wire.Event{}, err
	}
	return wire.Event{Sent: &wire.Sent{
		Room: m.Room(), Seq: r.Seq, ID: r.ID, Time: wire.FormatTime(r.Time), Duplicate: r.Duplicate,
	}}, nil
}

// historyBytes is about how large a page of history becomes.
const historyBytes = 64 << 10

func (s *Session) history(c *wire.History) (wire.Event, error) {
	m := s.in(c.Room)
	if m == nil {
		return wire.Event{}, notJoined(c.Room)
	}
	if err := s.client.Limits.Allow(limit.History); err != nil {
		return wire.Event{}, err
	}
	if s.group.node.Memory.Queues().Full() && s.owed() {
		return wire.Event{}, hub.ErrNoMemory
	}
	page := &wire.HistoryPage{Room: c.Room}
	for before, size := c.Before, 0; ; {
		// Not all at once, since messages may be long. One more than wanted shows whether there is more.
		const portion = 25
		want := min(portion, c.Limit-len(page.Messages))
		messages, err := m.Before(s.context(), before, want+1)
		if err != nil {
			return wire.Event{}, err
		}
		page.More = len(messages) > want
		for _, said := range slices.Backward(messages[max(0, len(messages)-want):]) { // the newest matter most
			object := wire.AppendMessageObject(nil, &said)
			if size += len(object); size > historyBytes && len(page.Messages) > 0 {
				page.More, want = true, 0
				break
			}
			page.Messages = append(page.Messages, jsontext.Value(object))
			at := said.Position()
			before = &at
		}
		if !page.More || want == 0 || len(page.Messages) == c.Limit {
			slices.Reverse(page.Messages)
			return wire.Event{History: page}, nil
		}
	}
}

// typing tells the room, once it is asked to: who types on has to say so again.
func (s *Session) typing(c *wire.Typing) (wire.Event, error) {
	m, err := s.writable(c.Room)
	if err != nil {
		return wire.Event{}, err
	}
	if err := s.maySignal(m); err != nil {
		return wire.Event{}, err
	}
	if err := s.client.Limits.Allow(limit.Typing); err != nil {
		return wire.Event{}, err
	}
	if err := s.group.node.Bus.Signal(s.context(), c.Room, chat.Signal{Typing: s.user}); err != nil {
		return wire.Event{}, err
	}
	return wire.Event{Typing: &wire.TypingNow{Room: c.Room, Seconds: wire.TypingSeconds}}, nil
}

func notJoined(room string) *wire.Error {
	return wire.Refuse(wire.CodeNotJoined, "this session is not in "+room+", join it first")
}

// refusal is what the client is told of an error. It masks and logs what it does not know.
func (s *Session) refusal(err error) (refusal *wire.Error) {
	defer func() { s.group.node.Metrics.Errors.WithLabelValues(string(refusal.Code)).Inc() }()
	var fieldErr *chat.FieldError
	var tooMuch *limit.Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.As(err, &tooMuch):
		return wire.RateLimited(tooMuch.Error(), tooMuch.Wait)
	case errors.As(err, &fieldErr):
		return wire.BadRequest(fieldErr.Field, fieldErr.Reason)
	case errors.Is(err, auth.ErrUnavailable):
		e := wire.TryAgain(wire.CodeUnavailable, "the token can't be checked now, try again")
		e.RetryAfterMS = 3000
		return e
	case errors.Is(err, auth.ErrNoGuests):
		return wire.Refuse(wire.CodeUnauthorized, auth.ErrNoGuests.Error())
	case errors.Is(err, auth.ErrUnauthorized):
		// Whoever runs this has to know why, the client does not. Anybody can cause it.
		if s.group.unauthorized.Allow() {
			s.group.node.Log.Info("a token was refused", "error", err, "address", s.client.Address)
		}
		return wire.Refuse(wire.CodeUnauthorized, "the token is not valid here")
	}
	if known := hub.Refusal(err); known != nil {
		return known
	}
	s.group.node.Log.Error("a command failed", "error", err, "user", s.user.ID)
	return wire.TryAgain(wire.CodeInternal, "the node failed, try again")
}
