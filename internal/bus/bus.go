// Package bus connects nodes: it keeps every room's log and relays what is added to it.
//
// The log is the truth and the relay is a hint. A Bus appends a message and relays it in one
// atomic step, so the relay's order is the log's order; but a relayed message may be lost when
// a connection breaks. Each message therefore names the one before it (Prev), and who misses
// one reads the log. [Sink.Resync] says when that may be so.
//
// There are two implementations: [Memory], for one process, and [Redis]. Package bustest holds
// the rules that both must keep.
package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chorus/internal/chat"
)

// Bus is a node's connection to all rooms' logs. All methods may be called concurrently.
//
// Errors: ErrUnavailable when the database did not answer, in time or at all; then a Publish
// may have happened or not, and everything else may simply be tried again. A cancelled context
// gives the context's error.
type Bus interface {
	// Publish appends d to the room's log and relays it. The message is given the key's first
	// receipt, with Duplicate set, if the same user published the same key in the last
	// ClaimTime. The draft must have passed the rules of package chat.
	//
	// known is the newest message of the room that the caller knows. If the log ends before it,
	// or with another message in its place, the database has gone back in time: then nothing is
	// appended and ErrRewound is returned. The zero Position knows nothing and is always right.
	//
	// What d changes or answers has to be in the log, or ErrFork is returned, and not to be deleted, or
	// ErrDeleted is; a reaction too many gives ErrTooManyReactions. A key's first receipt comes before all
	// that: a repeat is answered whatever has happened since. Who may change what is for the caller to know.
	Publish(ctx context.Context, room string, known chat.Position, d chat.Draft) (Receipt, error)

	// Signal relays something to all subscriptions of the room without logging it. It is relayed at
	// most once, in no order with messages, and lost where a relay is interrupted.
	Signal(ctx context.Context, room string, s chat.Signal) error

	// After returns the first limit messages after a position, fewer only when there are no
	// more. It fails with ErrExpired when messages after the position are no longer kept, and
	// with ErrFork when the log does not contain the position: never with a part that looks
	// whole.
	After(ctx context.Context, room string, since chat.Position, limit int) ([]chat.Message, error)

	// Before returns the last limit messages before a position, oldest first, fewer only when
	// there are no more. nil means before the end: the tail of the log. It fails with ErrFork
	// when the log does not contain the position and should.
	Before(ctx context.Context, room string, pos *chat.Position, limit int) ([]chat.Message, error)

	// At returns the message at a position, as it was said. It fails with ErrFork when the log does not have
	// it.
	At(ctx context.Context, room string, pos chat.Position) (chat.Message, error)

	// Changes returns the changes that are in force for messages that follow each other, and for those that
	// they change or answer: what chat.Changes.Fold needs. It is at least as new as the messages.
	Changes(ctx context.Context, room string, messages []chat.Message) (chat.Changes, error)

	// Sanctions returns those of the room that are in force, by user. It is at least as new as what was read
	// from the log before.
	Sanctions(ctx context.Context, room string) ([]chat.Sanction, error)

	// Heads returns the position of each room's newest message. A room whose log can't be read now is
	// left out; it fails when that is so for all.
	Heads(ctx context.Context, rooms []string) (map[string]chat.Position, error)

	// Restore puts back what a database that went back in time has forgotten, and relays it:
	// those of the messages, which form a chain, that come after the log's last one. Nothing is
	// done when the log has them all. It fails with ErrFork when the log can't be continued with
	// them, because it went another way or ends before the first of them.
	//
	// held are the sanctions as of the last message: where something is put back they take the place of what
	// the database has, since their acts may be older than all the messages. Where it is nil they are not
	// known, and the acts among the messages are applied.
	Restore(ctx context.Context, room string, messages []chat.Message, held []chat.Sanction) error

	// Subscribe has every message relayed to sink from now on, in the order of the log: what
	// is appended after Subscribe has returned is relayed, or Resync is called. A room has at
	// most one subscription of a Bus at a time; another is an error.
	Subscribe(ctx context.Context, room string, sink Sink) (Subscription, error)

	// Ready returns nil while the bus works, both commands and relay.
	Ready(ctx context.Context) error

	// Secret returns the secret that all nodes share. The first caller's candidate becomes the
	// secret.
	Secret(ctx context.Context, candidate string) (string, error)

	// Close ends all subscriptions. Calls under way and later ones fail.
	Close() error

	Registry
	Mailboxes
}

// Sink takes what a subscription relays. Its methods are called by one goroutine at a time for
// each subscription, and must not block.
type Sink interface {
	// Relay hands over a message.
	Relay(m chat.Message)
	// Signal hands over a signal.
	Signal(s chat.Signal)
	// Resync says that messages may have been missed: read the log after the last one known.
	Resync()
}

// Subscription is a room's relay. Close returns at once; a Relay or Resync that is under way
// may still finish. Closing twice is harmless.
type Subscription interface {
	Close()
}

// Receipt says where a published message is in its log.
type Receipt struct {
	chat.Position
	Time time.Time
	// Duplicate is true when the key had been published before: this is the first receipt.
	Duplicate bool
}

// ClaimTime is how long a (user, key) is remembered.
const ClaimTime = 10 * time.Minute

var (
	// ErrUnavailable means that the database did not answer.
	ErrUnavailable = errors.New("the database does not answer")
	// ErrExpired means that messages after the position are no longer kept.
	ErrExpired = errors.New("messages after this position are no longer kept")
	// ErrFork means that the log does not contain the position: it was lost, or rewound.
	ErrFork = errors.New("this position is not in the log")
	// ErrRewound means that the database has forgotten messages that were in the log.
	ErrRewound = errors.New("the log has been rewound")
	// ErrDeleted means that what is to be changed or answered was deleted.
	ErrDeleted = errors.New("this message was deleted")
	// ErrTooManyReactions means that a message has as many as it may have.
	ErrTooManyReactions = fmt.Errorf("this message has %d reactions, and may have no more", chat.MaxReactions)
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("the bus is closed")
	// ErrSubscribed means that the room already has a subscription.
	ErrSubscribed = errors.New("the room already has a subscription")
)

// SanctionError means that a user may say nothing in a room (chat.Mute), or not be there (chat.Ban).
type SanctionError struct {
	Kind  chat.ActKind
	Until time.Time // zero for good
}

func (e *SanctionError) Error() string {
	what := map[chat.ActKind]string{chat.Mute: "muted", chat.Ban: "banned"}[e.Kind]
	if e.Until.IsZero() {
		return "the user is " + what
	}
	return "the user is " + what + " until " + e.Until.UTC().Format(time.RFC3339)
}

// Options are the limits of what a bus keeps.
type Options struct {
	Retention  int `help:"Messages kept in each room, at least; older ones are dropped." default:"10000"`
	RosterSize int `help:"Of rooms with more people in them only the number is told. The same on all nodes." default:"200"`
}

// Validate names the field that is out of its limits.
func (o *Options) Validate() error {
	if o.Retention < 1 || o.Retention > 10_000_000 {
		return errors.New("retention: must be from 1 to 10000000")
	}
	if o.RosterSize < 0 || o.RosterSize > 2000 {
		return errors.New("roster-size: must be from 0 to 2000")
	}
	return nil
}

// checkAfter applies the rules of After to what was found: the entry at the position if it is
// still there, and the entries after it.
func checkAfter(since chat.Position, found []chat.Message) ([]chat.Message, error) {
	if since.Seq == 0 {
		switch {
		case since.ID != "":
			return nil, ErrFork
		case len(found) == 0 || found[0].Seq == 1:
			return found, nil
		default:
			return nil, ErrExpired
		}
	}
	switch {
	case len(found) == 0:
		return nil, ErrFork // the position is beyond the head
	case found[0].Seq == since.Seq && found[0].ID == since.ID:
		return found[1:], nil
	case found[0].Follows(since):
		return found, nil // the position itself was dropped, but nothing after it
	case found[0].Seq > since.Seq:
		return nil, ErrExpired
	default:
		return nil, ErrFork
	}
}

// missing applies the rules of Restore to what the log ends with, and returns the messages to put
// back. at returns the message that the log has at a seq, if it has one.
func missing(messages []chat.Message, head chat.Position, at func(seq uint64) (chat.Position, bool)) ([]chat.Message, error) {
	first, last := &messages[0], &messages[len(messages)-1]
	switch {
	case head.IsZero() || first.Follows(head):
		return messages, nil
	case head.Seq < first.Seq:
		return nil, ErrFork
	case head.Seq <= last.Seq:
		i := head.Seq - first.Seq
		if messages[i].Position() != head {
			return nil, ErrFork
		}
		return messages[i+1:], nil
	}
	if p, kept := at(last.Seq); kept && p != last.Position() {
		return nil, ErrFork
	}
	return nil, nil
}

// checkBefore applies the rules of Before to what was found: the entry at the position if it is
// still there, as the last one, and entries before it. later tells, where nothing was found,
// whether the log goes on after the position.
func checkBefore(pos chat.Position, found []chat.Message, later bool) ([]chat.Message, error) {
	if n := len(found); n > 0 && found[n-1].Position() == pos {
		return found[:n-1], nil
	}
	if len(found) == 0 && (later && pos.Seq > 0 || pos.IsZero()) {
		return nil, nil // nothing was before the position, or it was dropped with all before it
	}
	return nil, ErrFork
}
