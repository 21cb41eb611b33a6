package wire

import (
	"github.com/go-json-experiment/json/jsontext"

	"chorus/internal/chat"
)

// Mailbox asks for the user's direct rooms and how much is unread, and to be told of news.
type Mailbox struct{}

// Read says that the user has read a room up to a message.
type Read struct {
	Room string        `json:"room"`
	At   chat.Position `json:"at"`
}

func (r *Read) check() error {
	if err := checkRoom(&r.Room); err != nil {
		return err
	}
	if err := checkPosition("at", &r.At); err != nil {
		return err
	}
	if err := checkReference("at", &r.At); err != nil {
		return err
	}
	if chat.Key(r.At.ID) != nil { // it is handed on
		return &chat.FieldError{Field: "at.id", Reason: "is not the id of a message"}
	}
	return nil
}

// MailboxState answers Mailbox. As an event of its own it says that news may have been missed.
type MailboxState struct {
	// Rooms are the direct rooms, the one with the newest message first, and then all others with a mark.
	Rooms  []MailboxRoom `json:"rooms,omitzero"`
	Missed bool          `json:"missed,omitzero"`
}

// MailboxRoom is a room that a user talks in or has read in.
type MailboxRoom struct {
	Room string `json:"room"`
	// User is the other one of a direct room. The name is empty where it is not known.
	User *chat.User `json:"user,omitzero"`
	// Last is the newest message, where there was one lately.
	Last jsontext.Value `json:"last,omitzero"`
	Head chat.Position  `json:"head"`
	Read chat.Position  `json:"read"`
	// Unread is how many entries of the log come after Read.
	Unread uint64 `json:"unread"`
}

// Notice says that somebody has said something in a direct room.
type Notice struct {
	Room string        `json:"room"`
	User chat.User     `json:"user"`
	Head chat.Position `json:"head"`
}

// ReadMark answers Read. As an event it says how far a user has read.
type ReadMark struct {
	Room string        `json:"room"`
	User string        `json:"user"`
	At   chat.Position `json:"at"`
}
