// Package wire is the chorus.v1 protocol: commands and events as JSON text, as docs/protocol.md
// describes it.
//
// Commands are decoded strictly and checked completely: what comes out of [Decode] has passed
// the rules of package chat. Everything is refused with an [Error] that names the field.
package wire

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"chorus/internal/chat"
)

// Subprotocol is the WebSocket subprotocol that selects this protocol.
const Subprotocol = "chorus.v1"

// Limits of what a client sends. Characters are limited by package chat.
const (
	MaxFrameBytes   = 16 << 10
	MaxHistory      = 100
	DefaultHistory  = 50
	maxInteger      = 1<<53 - 1 // what JavaScript can count to
	verbs           = "connect, refresh, join, leave, send, edit, delete, react, unreact, history, read, mailbox, typing, moderate, announce, sanctions or ping"
	fieldOfNoMember = "command"
)

// Command is one thing that a client asks for: exactly one of the pointers is set.
type Command struct {
	ID      uint64   `json:"id"`
	Connect *Connect `json:"connect"`
	Refresh *Refresh `json:"refresh"`
	Join    *Join    `json:"join"`
	Leave   *Leave   `json:"leave"`
	Send    *Send    `json:"send"`
	Edit    *Edit    `json:"edit"`
	Delete  *Delete  `json:"delete"`
	React   *React   `json:"react"`
	Unreact *React   `json:"unreact"`
	History *History `json:"history"`
	Read    *Read    `json:"read"`
	Mailbox *Mailbox `json:"mailbox"`
	Typing  *Typing  `json:"typing"`
	Ping    *Ping    `json:"ping"`

	Moderate  *Moderate  `json:"moderate"`
	Announce  *Announce  `json:"announce"`
	Sanctions *Sanctions `json:"sanctions"`
}

// Connect says who the client is: by a token, a name, or both to be renamed.
type Connect struct {
	Token string `json:"token"`
	Name  string `json:"name"`
}

// Refresh goes on with a fresh token of the same user.
type Refresh struct {
	Token string `json:"token"`
}

// Join asks for a room's messages, those after Since first.
type Join struct {
	Room  string         `json:"room"`
	Since *chat.Position `json:"since"`
	// Presence asks to be told who is in the room.
	Presence bool `json:"presence"`
}

// Leave ends a Join.
type Leave struct {
	Room string `json:"room"`
}

// Send says something in a room.
type Send struct {
	Room string `json:"room"`
	Key  string `json:"key"`
	Text string `json:"text"`
	// Reply is the message that this one answers.
	Reply *chat.Position `json:"reply"`
}

// History asks for older messages.
type History struct {
	Room   string         `json:"room"`
	Before *chat.Position `json:"before"`
	Limit  int            `json:"limit"`
}

// Typing tells a room that the user is writing something.
type Typing struct {
	Room string `json:"room"`
}

// Ping asks for a Pong.
type Ping struct{}

// Verb returns the name of the command.
func (c *Command) Verb() string {
	switch {
	case c.Connect != nil:
		return "connect"
	case c.Refresh != nil:
		return "refresh"
	case c.Join != nil:
		return "join"
	case c.Leave != nil:
		return "leave"
	case c.Send != nil:
		return "send"
	case c.Edit != nil:
		return "edit"
	case c.Delete != nil:
		return "delete"
	case c.React != nil:
		return "react"
	case c.Unreact != nil:
		return "unreact"
	case c.History != nil:
		return "history"
	case c.Read != nil:
		return "read"
	case c.Mailbox != nil:
		return "mailbox"
	case c.Typing != nil:
		return "typing"
	case c.Moderate != nil:
		return "moderate"
	case c.Announce != nil:
		return "announce"
	case c.Sanctions != nil:
		return "sanctions"
	}
	return "ping"
}

// Decode reads one command. Where it fails it returns the command's ID nevertheless, if that
// can be read, so that the error can answer it. Errors are *Error.
func Decode(line []byte) (Command, error) {
	var c Command
	if err := json.Unmarshal(line, &c, json.RejectUnknownMembers(true)); err != nil {
		return Command{ID: idOf(line)}, decodeError(err)
	}
	if err := c.check(); err != nil {
		return Command{ID: c.ID}, err
	}
	return c, nil
}

// idOf finds the id of a command that is wrong otherwise.
func idOf(line []byte) uint64 {
	var c struct {
		ID uint64 `json:"id"`
	}
	if json.Unmarshal(line, &c) != nil || c.ID > maxInteger {
		return 0
	}
	return c.ID
}

func (c *Command) check() error {
	if c.ID == 0 || c.ID > maxInteger {
		id := c.ID
		c.ID = 0
		return BadRequest("id", fmt.Sprintf("must be an integer from 1 to %d, not %d", maxInteger, id))
	}
	if n := c.verbs(); n != 1 {
		return BadRequest(fieldOfNoMember, fmt.Sprintf("has %d verbs, it needs one of %s", n, verbs))
	}
	if fieldErr, ok := errors.AsType[*chat.FieldError](c.checkFields()); ok {
		return BadRequest(c.Verb()+"."+fieldErr.Field, fieldErr.Reason)
	}
	return nil
}

func (c *Command) verbs() (n int) {
	for _, set := range []bool{
		c.Connect != nil, c.Refresh != nil, c.Join != nil, c.Leave != nil, c.Send != nil, c.Edit != nil, c.Delete != nil,
		c.React != nil, c.Unreact != nil, c.History != nil, c.Read != nil, c.Mailbox != nil, c.Typing != nil, c.Ping != nil,
		c.Moderate != nil, c.Announce != nil, c.Sanctions != nil,
	} {
		if set {
			n++
		}
	}
	return n
}

// checkFields applies the rules to the command's fields and normalises them. Errors are
// *chat.FieldError.
func (c *Command) checkFields() error {
	switch {
	case c.Connect != nil:
		return c.Connect.check()
	case c.Refresh != nil:
		return c.Refresh.check()
	case c.Join != nil:
		return cmp.Or(checkRoom(&c.Join.Room), checkPosition("since", c.Join.Since))
	case c.Leave != nil:
		return checkRoom(&c.Leave.Room)
	case c.Send != nil:
		return c.Send.check()
	case c.Edit != nil:
		return c.Edit.check()
	case c.Delete != nil:
		return checkChange(&c.Delete.Room, c.Delete.Key, c.Delete.Of)
	case c.React != nil:
		return c.React.check()
	case c.Unreact != nil:
		return c.Unreact.check()
	case c.History != nil:
		return c.History.check()
	case c.Read != nil:
		return c.Read.check()
	case c.Typing != nil:
		return checkRoom(&c.Typing.Room)
	case c.Moderate != nil:
		return c.Moderate.Check()
	case c.Announce != nil:
		return c.Announce.check()
	case c.Sanctions != nil:
		return checkRoomOrEverywhere(&c.Sanctions.Room)
	}
	return nil
}

func (c *Connect) check() (err error) {
	if c.Token != "" && c.Name == "" {
		return nil
	}
	c.Name, err = chat.Name(c.Name)
	return err
}

func (r *Refresh) check() error {
	if r.Token == "" {
		return &chat.FieldError{Field: "token", Reason: "is missing"}
	}
	return nil
}

func (s *Send) check() (err error) {
	if err := checkRoom(&s.Room); err != nil {
		return err
	}
	if err := chat.Key(s.Key); err != nil {
		return err
	}
	if err := checkReference("reply", s.Reply); err != nil {
		return err
	}
	s.Text, err = chat.Text(s.Text)
	return err
}

func (h *History) check() error {
	if h.Limit == 0 {
		h.Limit = DefaultHistory
	}
	if h.Limit < 1 || h.Limit > MaxHistory {
		return &chat.FieldError{Field: "limit", Reason: fmt.Sprintf("must be from 1 to %d, not %d", MaxHistory, h.Limit)}
	}
	return cmp.Or(checkRoom(&h.Room), checkPosition("before", h.Before))
}

func checkPosition(field string, p *chat.Position) error {
	switch {
	case p == nil:
		return nil
	case (p.Seq == 0) != (p.ID == ""):
		return &chat.FieldError{Field: field, Reason: "a seq needs its id, and seq 0 has none"}
	case p.Seq > maxInteger:
		return &chat.FieldError{Field: field + ".seq", Reason: fmt.Sprintf("must be at most %d", maxInteger)}
	}
	return nil
}

func checkRoom(room *string) (err error) {
	*room, err = chat.Place(*room)
	return err
}
