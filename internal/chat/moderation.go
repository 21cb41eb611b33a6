package chat

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Everywhere is what the whole service is called where a room is named: it has a log as rooms have one,
// and what is said or done there is for everybody. No room can be called so.
const Everywhere = "@"

// Reserved reports whether a name is one that people can't give to a room.
func Reserved(room string) bool { return strings.HasPrefix(room, Everywhere) }

// Moderated reports whether there can be moderators: not where two talk, nor in a mailbox.
func Moderated(room string) bool {
	_, _, direct := Parties(room)
	return room == Everywhere || !direct && !Reserved(room)
}

// MaxReasonChars is how long the reason of an Act may be.
const MaxReasonChars = 200

// ActKind says what an Act does.
type ActKind string

// The kinds that there are.
const (
	Kick   ActKind = "kick"   // has to leave, and may come back
	Mute   ActKind = "mute"   // may say nothing
	Unmute ActKind = "unmute" // may speak again
	Ban    ActKind = "ban"    // has to leave, and may not come back or say anything
	Unban  ActKind = "unban"  // may come again
)

// Lasts reports whether the kind holds for a time, as a Sanction.
func (k ActKind) Lasts() bool { return k == Mute || k == Ban }

// Expels reports whether the kind puts somebody out.
func (k ActKind) Expels() bool { return k == Kick || k == Ban }

// Act is what a moderator does to somebody. It is an entry in the log like any other, so that all nodes
// come to know it, in its place in the order. The Draft's Text is the reason, where one is given.
type Act struct {
	Kind ActKind `json:"kind"`
	// User is whom it is done to. Where the name is not known there is none.
	User User `json:"user"`
	// Until is when a Mute or Ban ends. Zero is for good.
	Until time.Time `json:"until,omitzero"`
}

// Standing is what sanctions have to do with the sender of a Draft.
type Standing int

const (
	// Judged is for whom the room's sanctions hold.
	Judged Standing = iota
	// Exempt is for whom none hold: administrators, and what was acknowledged before and is said again.
	Exempt
	// Silenced is for who may say nothing whatever the room's sanctions are. Only the repeat of what was
	// stored is answered.
	Silenced
)

// Sanction is what holds for a user until it ends: Kind is Mute or Ban.
type Sanction struct {
	User  User
	Kind  ActKind
	Until time.Time // zero for good
}

// InForce reports whether the sanction has not ended yet.
func (s *Sanction) InForce(now time.Time) bool { return s.Until.IsZero() || s.Until.After(now) }

// Sanctions are those of a room. Applying acts to it in the order of the log, the last one counts for each
// user and kind, so that it does not matter whether one was applied before. One may be muted and banned.
type Sanctions map[sanctioned]Sanction

type sanctioned struct {
	kind ActKind
	user string
}

// NewSanctions returns what a list says.
func NewSanctions(list []Sanction) Sanctions {
	all := make(Sanctions, len(list))
	for _, s := range list {
		all[sanctioned{s.Kind, s.User.ID}] = s
	}
	return all
}

// Apply brings the sanctions up to date with an entry. Those that are no acts are ignored.
func (s Sanctions) Apply(m *Message) {
	a := m.Act
	if a == nil {
		return
	}
	switch a.Kind {
	case Mute, Ban:
		s[sanctioned{a.Kind, a.User.ID}] = Sanction{a.User, a.Kind, a.Until}
	case Unmute:
		delete(s, sanctioned{Mute, a.User.ID})
	case Unban:
		delete(s, sanctioned{Ban, a.User.ID})
	}
	maps.DeleteFunc(s, func(_ sanctioned, held Sanction) bool { return !held.InForce(m.Time) })
}

// Banned returns the ban that is in force for a user, nil if there is none.
func (s Sanctions) Banned(user string, now time.Time) *Sanction { return s.find(Ban, user, now) }

// Silenced returns why a user may say nothing: a ban, a mute, or nil if there is neither.
func (s Sanctions) Silenced(user string, now time.Time) *Sanction {
	return cmp.Or(s.find(Ban, user, now), s.find(Mute, user, now))
}

func (s Sanctions) find(kind ActKind, user string, now time.Time) *Sanction {
	if held, ok := s[sanctioned{kind, user}]; ok && held.InForce(now) {
		return &held
	}
	return nil
}

// InForce returns those that have not ended yet, by user.
func (s Sanctions) InForce(now time.Time) []Sanction {
	list := make([]Sanction, 0, len(s))
	for _, held := range s {
		if held.InForce(now) {
			list = append(list, held)
		}
	}
	slices.SortFunc(list, func(a, b Sanction) int {
		return cmp.Or(cmp.Compare(a.User.ID, b.User.ID), cmp.Compare(a.Kind, b.Kind))
	})
	return list
}

// UserID checks an id that names somebody else. An error is a *FieldError for "user".
func UserID(s string) error {
	if err := Key(s); err != nil { // ids are made of the same characters
		return refuse("user", "is not the id of a user")
	}
	return nil
}

// Reason returns what is stored for the reason of an act, which may be "". An error is a *FieldError for
// "reason".
func Reason(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if err := length("reason", s, MaxReasonChars); err != nil {
		return "", err
	}
	text, err := Text(s)
	if err != nil {
		return "", refuse("reason", "%s", err.(*FieldError).Reason)
	}
	return text, nil
}
