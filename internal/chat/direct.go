package chat

import "strings"

// direct is what the name of a direct room begins with, and what separates its two users. No other room
// can be called so.
const direct = "~"

// Direct returns the room of two users: it is the same whichever of them is named first.
func Direct(a, b string) string {
	if b < a {
		a, b = b, a
	}
	return direct + a + direct + b
}

// Parties returns the two users of a direct room. ok is false for any other room.
func Parties(room string) (a, b string, ok bool) {
	rest, ok := strings.CutPrefix(room, direct)
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, direct)
}

// Partner returns the other user of a direct room. ok is false where the room is not a direct one, or
// not one of the user's.
func Partner(room, user string) (other string, ok bool) {
	switch a, b, direct := Parties(room); {
	case direct && user == a:
		return b, true
	case direct && user == b:
		return a, true
	}
	return "", false
}

// Place returns the name under which a room or a direct room is kept, as Room does: a direct room is
// ~ID~ID, with the ids of its users in either order. An error is a *FieldError for "room".
func Place(s string) (string, error) {
	if !strings.HasPrefix(s, direct) {
		return Room(s)
	}
	a, b, ok := Parties(s)
	if !ok || Key(a) != nil || Key(b) != nil {
		return "", refuse("room", "a direct room is ~ID~ID, with the ids of two users")
	}
	if a == b {
		return "", refuse("room", "a direct room is for two users, not for one with themselves")
	}
	return Direct(a, b), nil
}

// Mailbox returns the name of what signals to a user's sessions are relayed by: it is used as a room is, but
// nothing is ever said in it. No room can be called so.
func Mailbox(user string) string { return "@" + user }

// Notice says that something was said in a direct room.
type Notice struct {
	Room string   `json:"room"`
	User User     `json:"user"` // who said it
	Head Position `json:"head"` // the message
}

// ReadMark says how far a user has read in a room.
type ReadMark struct {
	Room string   `json:"room"`
	User string   `json:"user"`
	At   Position `json:"at"`
}

// IsMailbox reports whether a name is that of somebody's mailbox.
func IsMailbox(name string) bool { return len(name) > 1 && name[0] == '@' }
