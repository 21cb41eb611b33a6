// Package chat holds the nouns that every other package speaks of: messages, users, positions
// and the rules for their names. It imports nothing else of the project.
package chat

import (
	"crypto/rand"
	"encoding/base64"
	"time"
)

// User is an identity. One user may have many sessions, on several nodes.
type User struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Avatar is the address of a picture, "" if there is none.
	Avatar string `json:"avatar,omitzero"`
}

// Position names a message somebody saw. The ID proves that the Seq still means the same
// message. The zero Position is the place before a room's first message.
type Position struct {
	Seq uint64 `json:"seq"`
	ID  string `json:"id"`
}

// IsZero reports whether p is the place before the first message.
func (p Position) IsZero() bool { return p == Position{} }

// Draft is what a user wants said; the log makes a Message of it.
type Draft struct {
	// Key is chosen by the sender, one for each message. The same (User.ID, Key) is stored
	// once, however often it is published.
	Key  string
	User User
	Text string
	// Reply is set where the message answers another one.
	Reply *Reply
	// Change is set where this is not a message of its own, but changes one that was said before.
	Change *Change
	// Act is set where a moderator does something to somebody with this.
	Act *Act
	// Announcement is set where this is meant for everybody to notice.
	Announcement bool
	// Standing matters when the draft is published, and is in no log.
	Standing Standing
}

// Message is an entry in a room's log. It never changes; what is said about it later are entries of
// their own.
type Message struct {
	Room string
	// Seq counts 1, 2, 3 … in the room, without holes.
	Seq uint64
	// ID is random and unique.
	ID string
	// Prev is the ID of the message before it, "" for the first one.
	Prev string
	// Time is the log's clock when the message was stored, in UTC and whole milliseconds.
	Time time.Time
	Draft
	// Folded is what has become of the message since, where it is handed to somebody who comes later.
	// In the log, and in what is relayed, there is none.
	Folded *Folded
}

// Position returns the message's own position.
func (m *Message) Position() Position { return Position{Seq: m.Seq, ID: m.ID} }

// Before returns the position of the message before m.
func (m *Message) Before() Position { return Position{Seq: m.Seq - 1, ID: m.Prev} }

// Follows reports whether m is the message right after p.
func (m *Message) Follows(p Position) bool { return m.Before() == p }

// Signal is something that members of a room are told and that nobody keeps: who is not there misses
// it.
type Signal struct {
	// Typing is the user who is writing something.
	Typing *User `json:"typing,omitzero"`
	// Presence is a change of the room's roster.
	Presence *Presence `json:"presence,omitzero"`
	// Notice is for a user's mailbox.
	Notice *Notice `json:"notice,omitzero"`
	// Read is for a user's mailbox, and for the two of a direct room.
	Read *ReadMark `json:"read,omitzero"`
	// Post is for the node that has an event stream, and Posted for the one that has asked it.
	Post   *Post   `json:"post,omitzero"`
	Posted *Posted `json:"posted,omitzero"`
}

// Roster says who is in a room, on all nodes, each user once.
type Roster struct {
	// ID is random and another one after each change; "" where nobody is there.
	ID    string
	Count int
	// Users is nil where there are too many to name.
	Users []User
}

// Presence is the step from one roster to the next. Whoever has another roster than Prev has missed
// something.
type Presence struct {
	Prev  string `json:"prev"`
	ID    string `json:"id"`
	Count int    `json:"count"`
	// The lists are left out where there are too many users to name.
	Joined  []User   `json:"joined,omitzero"`
	Changed []User   `json:"changed,omitzero"` // they have another name or avatar now
	Left    []string `json:"left,omitzero"`    // by id
}

// NewID returns 16 characters of the URL-safe base64 alphabet that carry 96 random bits.
func NewID() string {
	var b [12]byte
	rand.Read(b[:]) // never fails: the program would be ended instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}
