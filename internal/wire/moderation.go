package wire

import (
	"fmt"
	"time"

	"chorus/internal/chat"
)

// Moderate has something done to a user.
type Moderate struct {
	Room   string       `json:"room"` // or chat.Everywhere
	Key    string       `json:"key"`
	Action chat.ActKind `json:"action"`
	User   string       `json:"user"`
	// Seconds is how long a mute or ban lasts, 0 for good.
	Seconds int64  `json:"seconds"`
	Reason  string `json:"reason"`
}

// Announce says something that everybody is to notice.
type Announce struct {
	Room string `json:"room"` // or chat.Everywhere
	Key  string `json:"key"`
	Text string `json:"text"`
}

// Sanctions asks who is muted or banned.
type Sanctions struct {
	Room string `json:"room"` // or chat.Everywhere
}

// maxSanctionSeconds is ten years. What is to last longer lasts for good.
const maxSanctionSeconds = 10 * 365 * 24 * 60 * 60

// Check applies the rules to the fields and normalises them. Errors are *chat.FieldError.
func (m *Moderate) Check() (err error) {
	if err := checkRoomOrEverywhere(&m.Room); err != nil {
		return err
	}
	if err := chat.Key(m.Key); err != nil {
		return err
	}
	if err := chat.UserID(m.User); err != nil {
		return err
	}
	switch {
	case m.Action != chat.Unmute && m.Action != chat.Unban && !m.Action.Lasts() && !m.Action.Expels():
		return &chat.FieldError{Field: "action", Reason: "must be one of kick, mute, unmute, ban and unban"}
	case m.Seconds != 0 && !m.Action.Lasts():
		return &chat.FieldError{Field: "seconds", Reason: "is for mute and ban"}
	case m.Seconds < 0 || m.Seconds > maxSanctionSeconds:
		return &chat.FieldError{Field: "seconds", Reason: fmt.Sprintf("must be from 0, which is for good, to %d", int64(maxSanctionSeconds))}
	}
	m.Reason, err = chat.Reason(m.Reason)
	return err
}

// Act returns what is to be done. The name is the user's, "" where it is not known.
func (m *Moderate) Act(name string) *chat.Act {
	a := &chat.Act{Kind: m.Action, User: chat.User{ID: m.User, Name: name}}
	if m.Seconds > 0 {
		a.Until = time.Now().Add(time.Duration(m.Seconds) * time.Second).UTC().Truncate(time.Millisecond)
	}
	return a
}

func (a *Announce) check() (err error) {
	if err := checkRoomOrEverywhere(&a.Room); err != nil {
		return err
	}
	if err := chat.Key(a.Key); err != nil {
		return err
	}
	a.Text, err = chat.Text(a.Text)
	return err
}

func checkRoomOrEverywhere(room *string) error {
	if *room == chat.Everywhere {
		return nil
	}
	return checkRoom(room)
}

// SanctionList answers Sanctions.
type SanctionList struct {
	Room      string     `json:"room"`
	Sanctions []Sanction `json:"sanctions"`
}

// Sanction is what holds for a user, until it ends.
type Sanction struct {
	User  Target       `json:"user"`
	Kind  chat.ActKind `json:"kind"`
	Until string       `json:"until,omitzero"`
}

// Target is a user whose name need not be known.
type Target struct {
	ID   string `json:"id"`
	Name string `json:"name,omitzero"`
}

// NewSanctionList returns the answer that lists sanctions.
func NewSanctionList(room string, sanctions []chat.Sanction) *SanctionList {
	list := &SanctionList{Room: room, Sanctions: make([]Sanction, len(sanctions))}
	for i, s := range sanctions {
		list.Sanctions[i] = Sanction{User: Target{s.User.ID, s.User.Name}, Kind: s.Kind}
		if !s.Until.IsZero() {
			list.Sanctions[i].Until = FormatTime(s.Until)
		}
	}
	return list
}

// Sanctioned refuses what somebody may not do who is muted or banned, and says until when.
func Sanctioned(kind chat.ActKind, until time.Time) *Error {
	message := "you are banned"
	if kind == chat.Mute {
		message = "you are muted, and may say nothing"
	}
	e := Refuse(CodeForbidden, message)
	if !until.IsZero() {
		e.Message += ", until " + until.UTC().Format("2006-01-02 15:04:05 UTC")
		e.RetryAfterMS = max(time.Until(until).Milliseconds(), 0) + 1
	}
	return e
}

func appendAct(b []byte, a *chat.Act) []byte {
	b = append(b, `,"act":{"kind":`...)
	b = appendString(b, string(a.Kind))
	b = append(b, `,"user":{"id":`...)
	b = appendString(b, a.User.ID)
	if a.User.Name != "" {
		b = append(b, `,"name":`...)
		b = appendString(b, a.User.Name)
	}
	b = append(b, '}')
	if !a.Until.IsZero() {
		b = append(b, `,"until":"`...)
		b = a.Until.UTC().AppendFormat(b, timeFormat)
		b = append(b, '"')
	}
	return append(b, '}')
}

// actSize estimates the bytes that a message has more for an act.
func actSize(m *chat.Message) (size int) {
	if m.Act != nil {
		const rest = 90 // field names, the kind and the time
		size = rest + len(m.Act.User.ID) + len(m.Act.User.Name)
	}
	if m.Announcement {
		size += len(`,"announcement":true`)
	}
	return size
}

// done is what an act looks like to people.
var done = map[chat.ActKind]string{
	chat.Kick: " removed ", chat.Mute: " muted ", chat.Unmute: " let speak again: ", chat.Ban: " banned ", chat.Unban: " let come again: ",
}

// plainAct is an act in one line of text.
func plainAct(m *chat.Message) string {
	whom := m.Act.User.Name
	if whom == "" {
		whom = m.Act.User.ID
	}
	line := "* " + m.User.Name + done[m.Act.Kind] + whom
	if m.Text != "" {
		line += ": " + m.Text
	}
	return line
}
