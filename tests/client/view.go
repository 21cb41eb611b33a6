package client

import (
	"context"
	"slices"
	"strings"
)

// Change edits, deletes or reacts: verb is the command's. what is the text of an edit, or an emoji.
func (c *Client) Change(ctx context.Context, verb, room, key string, of Position, what string) (Position, error) {
	fields := map[string]any{"room": room, "key": key, "of": of}
	switch verb {
	case "edit":
		fields["text"] = what
	case "react", "unreact":
		fields["emoji"] = what
	}
	e, err := c.Do(ctx, verb, fields)
	if err != nil {
		return Position{}, err
	}
	return Position{e.Sent.Seq, e.Sent.ID}, nil
}

// Reply says something in a room in answer to a message.
func (c *Client) Reply(ctx context.Context, room, key string, to Position, text string) (Position, error) {
	e, err := c.Do(ctx, "send", map[string]any{"room": room, "key": key, "text": text, "reply": to})
	if err != nil {
		return Position{}, err
	}
	return Position{e.Sent.Seq, e.Sent.ID}, nil
}

// Shown is a message as people see it, after all that was said about it.
type Shown struct {
	Seq             uint64
	Text            string
	Edited, Deleted bool
	Quote           string   // the excerpt of what it answers
	Reactions       []string // "EMOJI USER", in order
}

// Shown returns a room's messages as people see them.
func (c *Client) Shown(room string) []Shown { return Fold(c.Messages(room)) }

// Fold returns what people see of messages that a client was sent. It is all that a client has to do with
// changes.
func Fold(messages []Message) (shown []Shown) {
	at, quotes := map[Position]int{}, map[Position][]int{}
	for _, m := range messages {
		if m.Change != nil {
			if i, ok := at[m.Change.Of]; ok {
				shown[i].apply(&m)
			}
			for _, i := range quotes[m.Change.Of] {
				shown[i].requote(&m)
			}
			continue
		}
		s := Shown{Seq: m.Seq, Text: m.Text, Edited: m.Edited, Deleted: m.Deleted}
		if m.Reactions != nil {
			for _, r := range *m.Reactions {
				for _, user := range r.Users {
					s.Reactions = append(s.Reactions, r.Emoji+" "+user)
				}
			}
		}
		slices.Sort(s.Reactions)
		if m.Reply != nil {
			s.Quote = m.Reply.Text
			quotes[m.Reply.Position] = append(quotes[m.Reply.Position], len(shown))
		}
		at[Position{m.Seq, m.ID}] = len(shown)
		shown = append(shown, s)
	}
	return shown
}

func (s *Shown) apply(m *Message) {
	reaction := m.Change.Emoji + " " + m.User.ID
	i, found := slices.BinarySearch(s.Reactions, reaction)
	switch kind := m.Change.Kind; {
	case s.Deleted:
	case kind == "edit" && m.Text != "":
		s.Text, s.Edited = m.Text, true
	case kind == "delete":
		*s = Shown{Seq: s.Seq, Deleted: true}
	case kind == "react" && !found:
		s.Reactions = slices.Insert(s.Reactions, i, reaction)
	case kind == "unreact" && found:
		s.Reactions = slices.Delete(s.Reactions, i, i+1)
	}
}

func (s *Shown) requote(m *Message) {
	switch {
	case m.Change.Kind == "delete" || s.Deleted:
		s.Quote = ""
	case m.Change.Kind == "edit" && m.Text != "":
		s.Quote = strings.Join(strings.Fields(m.Text), " ")
	}
}
