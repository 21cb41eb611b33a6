package wire

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"chorus/internal/chat"
)

// Event is what a node sends: an answer to the command with the same ID, or, without ID,
// something that was not asked for. Exactly one of the pointers is set. Messages have an
// encoder of their own, [AppendMessage].
type Event struct {
	ID      uint64   `json:"id,omitzero"`
	Welcome *Welcome `json:"welcome,omitzero"`
	// Refresh asks for a fresh token.
	Refresh   *RefreshDue `json:"refresh,omitzero"`
	Refreshed *Refreshed  `json:"refreshed,omitzero"`
	Joined    *Joined     `json:"joined,omitzero"`
	// Removed says that the session is in a room no longer.
	Removed *Removed     `json:"removed,omitzero"`
	Left    *Leave       `json:"left,omitzero"`
	Sent    *Sent        `json:"sent,omitzero"`
	History *HistoryPage `json:"history,omitzero"`
	Typing  *TypingNow   `json:"typing,omitzero"`
	// Roster says who is in a room; Presence, what has changed of that.
	Roster   *Roster   `json:"roster,omitzero"`
	Presence *Presence `json:"presence,omitzero"`
	// Mailbox, Notice and Read are about direct rooms and what was read.
	Mailbox *MailboxState `json:"mailbox,omitzero"`
	Notice  *Notice       `json:"notice,omitzero"`
	Read    *ReadMark     `json:"read,omitzero"`
	Pong    *Ping         `json:"pong,omitzero"`
	// Sanctions says who is muted or banned.
	Sanctions *SanctionList `json:"sanctions,omitzero"`
	Reset     *Reset        `json:"reset,omitzero"`
	// Draining says that the node is stopping.
	Draining *Draining `json:"draining,omitzero"`
	Error    *Error    `json:"error,omitzero"`
}

// Welcome answers Connect.
type Welcome struct {
	User        chat.User `json:"user"`
	Admin       bool      `json:"admin,omitzero"`
	Token       string    `json:"token,omitzero"`
	Expires     string    `json:"expires,omitzero"`
	Node        string    `json:"node"`
	Limits      Limits    `json:"limits"`
	PingSeconds int       `json:"ping_seconds"`
	// Time is what the time is, so that a client knows how far its clock is off.
	Time string `json:"time"`
}

// Limits tells a client what the node will take.
type Limits struct {
	FrameBytes int `json:"frame_bytes"`
	TextChars  int `json:"text_chars"`
	NameChars  int `json:"name_chars"`
	RoomChars  int `json:"room_chars"`
	Rooms      int `json:"rooms"`
	History    int `json:"history"`
}

// Joined answers Join.
type Joined struct {
	Room   string        `json:"room"`
	Head   chat.Position `json:"head"`
	Access string        `json:"access"`
	// Read is how far the other one of a direct room has read.
	Read chat.Position `json:"read,omitzero"`
}

// Roster says who is in a room, each user once. Users is missing where there are too many to name.
type Roster struct {
	Room  string      `json:"room"`
	Count int         `json:"count"`
	Users []chat.User `json:"users,omitzero"`
}

// Presence says who has come and gone since the last Roster or Presence of a room; without names where
// there are too many.
type Presence struct {
	Room    string      `json:"room"`
	Count   int         `json:"count"`
	Joined  []chat.User `json:"joined,omitzero"`
	Changed []chat.User `json:"changed,omitzero"`
	Left    []string    `json:"left,omitzero"`
}

// RefreshDue says that the session's token has ended, and after how long the session is closed.
type RefreshDue struct {
	Seconds int `json:"seconds"`
}

// Refreshed answers Refresh.
type Refreshed struct {
	Expires string `json:"expires"`
}

// Removed says why a session is in a room no longer, and for a ban that ends when.
type Removed struct {
	Room   string        `json:"room"`
	Reason RemovedReason `json:"reason"`
	Until  string        `json:"until,omitzero"`
}

// RemovedReason says why a session is in a room no longer.
type RemovedReason string

// The reasons that there are.
const (
	RemovedRights RemovedReason = "rights"
	RemovedKicked RemovedReason = "kicked"
	RemovedBanned RemovedReason = "banned"
)

// Sent answers Send, and what changes a message: it is in the log.
type Sent struct {
	Room      string `json:"room"`
	Seq       uint64 `json:"seq"`
	ID        string `json:"id"`
	Time      string `json:"time"`
	Duplicate bool   `json:"duplicate,omitzero"`
}

// HistoryPage answers History.
type HistoryPage struct {
	Room     string           `json:"room"`
	Messages []jsontext.Value `json:"messages"`
	More     bool             `json:"more"`
}

// TypingSeconds is how long somebody counts as writing who has said so.
const TypingSeconds = 6

// TypingNow says that a user is writing something, for so many seconds from now on. As an answer it has
// no user.
type TypingNow struct {
	Room    string     `json:"room"`
	User    *chat.User `json:"user,omitzero"`
	Seconds int        `json:"seconds"`
}

// Reason says why a view can't be continued.
type Reason string

// The reasons that there are.
const (
	ReasonExpired Reason = "expired"
	ReasonFork    Reason = "fork"
)

// Reset says that the client's view of a room can't be continued. The view that begins anew
// reaches up to Head at this moment.
type Reset struct {
	Room   string        `json:"room"`
	Reason Reason        `json:"reason"`
	Head   chat.Position `json:"head"`
}

// Draining says that the node is stopping and when it will close this session.
type Draining struct {
	ReconnectMS int64 `json:"reconnect_ms"`
}

// AppendMessage appends a message event as one line without its line break.
func AppendMessage(b []byte, m *chat.Message) []byte {
	b = append(b, `{"message":`...)
	b = AppendMessageObject(b, m)
	return append(b, '}')
}

// AppendMessageObject appends a message as it stands in message events and history pages.
// Written out by hand because it runs for each message on each node.
func AppendMessageObject(b []byte, m *chat.Message) []byte {
	b = append(b, `{"room":`...)
	b = appendString(b, m.Room)
	b = append(b, `,"seq":`...)
	b = strconv.AppendUint(b, m.Seq, 10)
	b = append(b, `,"id":`...)
	b = appendString(b, m.ID)
	b = append(b, `,"key":`...)
	b = appendString(b, m.Key)
	b = append(b, `,"user":`...)
	b = appendUser(b, &m.User)
	if m.Reply != nil {
		b = appendReply(b, m.Reply)
	}
	if m.Change != nil {
		b = appendChange(b, m.Change)
	}
	if m.Act != nil {
		b = appendAct(b, m.Act)
	}
	if m.Announcement {
		b = append(b, `,"announcement":true`...)
	}
	if m.Text != "" {
		b = append(b, `,"text":`...)
		b = appendString(b, m.Text)
	}
	b = append(b, `,"time":"`...)
	b = m.Time.AppendFormat(b, timeFormat)
	b = append(b, '"')
	if m.Folded != nil {
		b = appendFolded(b, m.Folded)
	}
	return append(b, '}')
}

// appendString appends a JSON string. What is not valid UTF-8, which the rules of package chat
// keep out, becomes replacement characters.
func appendString(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

const timeFormat = "2006-01-02T15:04:05.000Z"

// FormatTime writes a time in UTC with milliseconds.
func FormatTime(t time.Time) string { return t.UTC().Format(timeFormat) }
