package auth

import (
	"fmt"
	"slices"
	"strings"

	"chorus/internal/chat"
)

// Access is what somebody may do in a room. Each kind includes those before it.
type Access int

// The kinds that there are.
const (
	None     Access = iota
	Read            // join, and read history
	Write           // send
	Moderate        // decide about others
)

var accessNames = [...]string{"none", "read", "write", "moderate"}

func (a Access) String() string { return accessNames[a] }

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *Access) UnmarshalText(text []byte) error {
	for i, name := range accessNames {
		if name == string(text) {
			*a = Access(i)
			return nil
		}
	}
	return fmt.Errorf("%q is not one of none, read, write and moderate", text)
}

// Rights are what somebody may do in which rooms. The zero Rights are none.
type Rights struct {
	// Admin may do everything everywhere.
	Admin  bool
	user   string            // whose rights they are, where it is somebody with an identity
	public []string          // patterns of rooms that everybody may write in
	rooms  map[string]Access // by pattern
}

// In returns what somebody may do in a room: what the longest pattern of theirs says that fits, so that
// exceptions can be made, or else what everybody may do. A room's name is longer than any beginning of it. A
// direct room is for its two users, and for no administrator either.
func (r Rights) In(room string) Access {
	if _, _, direct := chat.Parties(room); direct {
		if _, theirs := chat.Partner(room, r.user); theirs {
			return Write
		}
		return None
	}
	if r.Admin {
		return Moderate
	}
	if access, named := r.rooms[room]; named {
		return access
	}
	longest, own := "", false
	for pattern := range r.rooms {
		if fits(pattern, room) && (!own || len(pattern) > len(longest)) {
			longest, own = pattern, true
		}
	}
	if own {
		return r.rooms[longest]
	}
	if slices.ContainsFunc(r.public, func(pattern string) bool { return fits(pattern, room) }) {
		return Write
	}
	return None
}

func fits(pattern, room string) bool {
	beginning, open := strings.CutSuffix(pattern, "*")
	return pattern == room || open && strings.HasPrefix(room, beginning)
}

// foldPattern returns a pattern as it is compared: the name of a room, or the beginning of one and a
// star. ok is false for what no room can be called.
func foldPattern(s string) (pattern string, ok bool) {
	beginning, open := strings.CutSuffix(s, "*")
	if !open {
		room, err := chat.Room(s)
		return room, err == nil
	}
	folded, err := chat.RoomBeginning(beginning)
	return folded + "*", err == nil
}
