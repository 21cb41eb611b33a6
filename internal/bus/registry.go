package bus

import (
	"context"
	"time"

	"chorus/internal/chat"
)

// Registry says who is in which rooms, on all nodes. A user is in a room as long as one node says so,
// and a node's word counts as long as its lease does: what a node that has died has said, another one
// takes back. All methods may be called concurrently; errors are those of Bus, and all that has failed
// may be done again.
type Registry interface {
	// Beat renews the lease of a node for LeaseLife. A lease is a random id. It had run out, or was a new
	// one, where Lapsed is true: then others may have taken back what was said under it already, and a
	// new lease has to be begun.
	Beat(ctx context.Context, lease string) (Leases, error)

	// Present notes, and signals to the rooms, who has come to the node of a lease and who has left it.
	// Where it fails, some of it may have happened.
	Present(ctx context.Context, lease string, stays []Stays) error

	// Reap takes back all that was said under a lease, and ends it.
	Reap(ctx context.Context, lease string) error

	// Announce has tell called, by Present and Reap, for each user who comes to a room or leaves it, on
	// whichever node: at least once, and usually by the node whose Present did it. As long as tell fails,
	// they do. What it was not told when a node died it is told on another one, by who reaps, or who
	// presents somebody in the room. A room keeps the newest `most` for that. Of direct rooms nothing is
	// told. All nodes have to call it, and before anything else; without it nothing is kept.
	Announce(most int, tell Announcer)

	// Roster returns who is in a room. Its Users are nil where there are more than Options.RosterSize.
	Roster(ctx context.Context, room string) (chat.Roster, error)

	// Rooms returns rooms in which somebody is, sorted by name, after a name that need not be one of them,
	// and whether there are more. Direct rooms are left out.
	Rooms(ctx context.Context, after string, limit int) (rooms []RoomCount, more bool, err error)

	// RosterIDs returns the ids of rooms' rosters. A room whose roster can't be read now is left out; it
	// fails when that is so for all.
	RosterIDs(ctx context.Context, rooms []string) (map[string]string, error)
}

// RoomCount says how many users are in a room.
type RoomCount struct {
	Room  string
	Count int
}

// LeaseLife is how long a node's word counts without a Beat.
const LeaseLife = 6 * time.Second

// Leases is how things stand with all leases, by the database's clock.
type Leases struct {
	Lapsed bool
	// Dead are those that have run out and were not reaped yet.
	Dead []string
}

// Stays is what changes in a room on one node.
type Stays struct {
	Room    string
	Entered []chat.User
	Left    []string // users' ids
	// Last says that nobody of this node is in the room any more.
	Last bool
}
