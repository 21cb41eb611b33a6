package bus

import (
	"context"
	"errors"

	"chorus/internal/chat"
)

// Mailboxes keep what belongs to a user and not to a room: whom they talk to, and how far they have read.
// All methods may be called concurrently; errors are those of Bus, and all that has failed may be done
// again.
type Mailboxes interface {
	// Introduce keeps what a user is called, for others who have not met them.
	Introduce(ctx context.Context, u chat.User) error

	// Introduced returns what is known of users. Those of whom nothing is known are left out.
	Introduced(ctx context.Context, ids []string) (map[string]chat.User, error)

	// Notify puts a direct room in front of the lists of both users, and signals their mailboxes. When it
	// returns nil both lists have the room.
	Notify(ctx context.Context, n chat.Notice) error

	// Mailbox returns a user's mailbox.
	Mailbox(ctx context.Context, user string) (Mailbox, error)

	// MarkRead moves a user's mark in a room forward, never back, and signals it to the user's mailbox, and
	// in a direct room to both users. It returns where the mark is. head is the room's newest message: a
	// mark beyond it was made in a log that has been lost since, and does not count. It fails with
	// ErrTooManyMarks where the user has marks in MaxMarks other rooms.
	MarkRead(ctx context.Context, m chat.ReadMark, head chat.Position) (chat.Position, error)

	// ReadMark returns a user's mark in a room, the zero Position if there is none.
	ReadMark(ctx context.Context, user, room string) (chat.Position, error)
}

// Mailbox is what a user finds who comes back.
type Mailbox struct {
	// Direct are the direct rooms in which something was said last, the newest first, MaxDirect at the
	// most.
	Direct []string
	// Read are the user's marks by room.
	Read map[string]chat.Position
}

// Limits of a mailbox.
const (
	MaxDirect = 200
	MaxMarks  = 1000
)

// ErrTooManyMarks means that a user has read marks in too many rooms.
var ErrTooManyMarks = errors.New("there are read marks in too many rooms")
