package bus

import (
	"context"
	"slices"
	"strings"
	"time"

	"chorus/internal/chat"
)

// Coming is that a user has come to a room in which no node had them, or, as a Left one, has left it.
type Coming struct {
	// ID is unique, and the same however often this is announced. It has the characters of chat.NewID only.
	ID   string
	Room string
	User chat.User
	Left bool
	Time time.Time
}

// Announcer is told who comes and goes, some at once, and of how many it will not be told because there
// were too many to keep. What it fails for it is told again.
type Announcer func(ctx context.Context, comings []Coming, dropped int) error

// announcing is whom a bus tells of comings. The zero value tells nobody.
type announcing struct {
	tell Announcer
	most int // comings that a room keeps
}

// keeps returns how many comings are kept for a room: none of what is between two users, or a user's own.
func (a *announcing) keeps(room string) int {
	if a.tell == nil || !isPublic(room) {
		return 0
	}
	return a.most
}

// isPublic reports whether others than those who are there may be told of a room.
func isPublic(room string) bool {
	_, _, direct := chat.Parties(room)
	return !direct && !strings.HasPrefix(room, chat.Mailbox(""))
}

// listed returns those of rooms that come after a name and that others may be told of, each once, sorted.
func listed(rooms []string, after string) []string {
	rooms = slices.DeleteFunc(rooms, func(room string) bool { return room <= after || !isPublic(room) })
	slices.Sort(rooms)
	return slices.Compact(rooms)
}
