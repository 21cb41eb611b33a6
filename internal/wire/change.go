package wire

import (
	"strconv"

	"chorus/internal/chat"
)

// Edit puts another text in the place of a message's.
type Edit struct {
	Room string        `json:"room"`
	Key  string        `json:"key"`
	Of   chat.Position `json:"of"`
	Text string        `json:"text"`
}

// Delete takes a message back.
type Delete struct {
	Room string        `json:"room"`
	Key  string        `json:"key"`
	Of   chat.Position `json:"of"`
}

// React adds a reaction to a message, or takes it away.
type React struct {
	Room  string        `json:"room"`
	Key   string        `json:"key"`
	Of    chat.Position `json:"of"`
	Emoji string        `json:"emoji"`
}

// Change returns what a command wants changed in a room, and false where it wants something else.
func (c *Command) Change() (room string, d chat.Draft, ok bool) {
	of := func(p chat.Position, kind chat.Kind) *chat.Change { return &chat.Change{Of: p, Kind: kind} }
	switch {
	case c.Edit != nil:
		return c.Edit.Room, chat.Draft{Key: c.Edit.Key, Text: c.Edit.Text, Change: of(c.Edit.Of, chat.Edit)}, true
	case c.Delete != nil:
		return c.Delete.Room, chat.Draft{Key: c.Delete.Key, Change: of(c.Delete.Of, chat.Delete)}, true
	case c.React != nil:
		d := chat.Draft{Key: c.React.Key, Change: of(c.React.Of, chat.React)}
		d.Change.Emoji = c.React.Emoji
		return c.React.Room, d, true
	case c.Unreact != nil:
		d := chat.Draft{Key: c.Unreact.Key, Change: of(c.Unreact.Of, chat.Unreact)}
		d.Change.Emoji = c.Unreact.Emoji
		return c.Unreact.Room, d, true
	}
	return "", chat.Draft{}, false
}

func (e *Edit) check() (err error) {
	if err := checkChange(&e.Room, e.Key, e.Of); err != nil {
		return err
	}
	e.Text, err = chat.Text(e.Text)
	return err
}

func (r *React) check() error {
	if err := checkChange(&r.Room, r.Key, r.Of); err != nil {
		return err
	}
	return chat.Emoji(r.Emoji)
}

func checkChange(room *string, key string, of chat.Position) error {
	if err := checkRoom(room); err != nil {
		return err
	}
	if err := chat.Key(key); err != nil {
		return err
	}
	return checkReference("of", &of)
}

// checkReference is for a position that has to be a message's.
func checkReference(field string, p *chat.Position) error {
	if p != nil && p.IsZero() {
		return &chat.FieldError{Field: field, Reason: "is missing"}
	}
	return checkPosition(field, p)
}

func appendReply(b []byte, r *chat.Reply) []byte {
	b = append(b, `,"reply":`...)
	b = appendPosition(b, r.Position)
	b = append(b[:len(b)-1], `,"user":`...)
	b = appendUser(b, &r.User)
	if r.Deleted {
		b = append(b, `,"deleted":true`...)
	} else {
		b = append(b, `,"text":`...)
		b = appendString(b, r.Text)
	}
	return append(b, '}')
}

func appendChange(b []byte, c *chat.Change) []byte {
	b = append(b, `,"change":{"of":`...)
	b = appendPosition(b, c.Of)
	b = append(b, `,"kind":`...)
	b = appendString(b, string(c.Kind))
	if c.Emoji != "" {
		b = append(b, `,"emoji":`...)
		b = appendString(b, c.Emoji)
	}
	return append(b, '}')
}

func appendFolded(b []byte, f *chat.Folded) []byte {
	if f.Edited {
		b = append(b, `,"edited":true`...)
	}
	if f.Deleted {
		b = append(b, `,"deleted":true`...)
	}
	for i, r := range f.Reactions {
		if i == 0 {
			b = append(b, `,"reactions":[{"emoji":`...)
		} else {
			b = append(b, `,{"emoji":`...)
		}
		b = appendString(b, r.Emoji)
		b = append(b, `,"users":[`...)
		for j, user := range r.Users {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendString(b, user)
		}
		b = append(b, `]}`...)
	}
	if len(f.Reactions) > 0 {
		b = append(b, ']')
	}
	return b
}

func appendPosition(b []byte, p chat.Position) []byte {
	b = append(b, `{"seq":`...)
	b = strconv.AppendUint(b, p.Seq, 10)
	b = append(b, `,"id":`...)
	b = appendString(b, p.ID)
	return append(b, '}')
}

func appendUser(b []byte, u *chat.User) []byte {
	b = append(b, `{"id":`...)
	b = appendString(b, u.ID)
	b = append(b, `,"name":`...)
	b = appendString(b, u.Name)
	if u.Avatar != "" {
		b = append(b, `,"avatar":`...)
		b = appendString(b, u.Avatar)
	}
	return append(b, '}')
}

// changeSize estimates the bytes that a message has more for what it changes or answers, and for what
// has become of it.
func changeSize(m *chat.Message) (size int) {
	const rest = 80 // field names, a position and the kind
	if m.Change != nil {
		size += rest + len(m.Change.Emoji)
	}
	if r := m.Reply; r != nil {
		size += rest + len(r.User.ID) + len(r.User.Name) + len(r.User.Avatar) + len(r.Text)
	}
	if m.Folded == nil {
		return size
	}
	size += 2 * len(`,"deleted":true`)
	for _, r := range m.Folded.Reactions {
		size += len(`,{"emoji":"","users":[]}`) + len(r.Emoji)
		for _, user := range r.Users {
			size += len(user) + len(`"",`)
		}
	}
	return size
}

// plainText is what a plain-text session is shown of an entry, "" for nothing: an edit as people write
// one where there is no other way, an act as they would tell of one, and of deletions and reactions nothing.
func plainText(m *chat.Message) string {
	if m.Act != nil {
		return plainAct(m)
	}
	if m.Change != nil && m.Text != "" {
		return "* " + m.Text
	}
	return m.Text
}
