package bus

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"chorus/internal/chat"
)

//go:embed changes.lua
var changesSource string

func changesKey(room string) string { return "chorus:{" + room + "}:changes" }

// reference is what the scripts are told of a message that refers to another one.
type reference struct {
	kind string
	of   chat.Position
	what string
}

// replyKind is how the publish script calls a reply; everything else is a chat.Kind.
const replyKind = "reply"

// referenceOf returns nil for a message that refers to nothing.
func referenceOf(d *chat.Draft) *reference {
	switch c := d.Change; {
	case c != nil && c.Kind == chat.Edit:
		return &reference{string(c.Kind), c.Of, d.Text}
	case c != nil && c.Emoji != "":
		return &reference{string(c.Kind), c.Of, c.Emoji + " " + d.User.ID}
	case c != nil:
		return &reference{string(c.Kind), c.Of, ""}
	case d.Reply != nil:
		return &reference{replyKind, d.Reply.Position, ""}
	}
	return nil
}

// At implements Bus.
func (b *Redis) At(ctx context.Context, room string, pos chat.Position) (chat.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	at := strconv.FormatUint(pos.Seq, 10)
	entries, err := b.db.XRangeN(ctx, logKey(room), at, at, 1).Result()
	if err := b.reading.result(ctx, err); err != nil {
		return chat.Message{}, err
	}
	if len(entries) == 0 || positionOf(entries[0]) != pos {
		return chat.Message{}, ErrFork
	}
	return decodeLogged(room, entries[0])
}

// Changes implements Bus, in one round trip.
func (b *Redis) Changes(ctx context.Context, room string, messages []chat.Message) (chat.Changes, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	if len(messages) == 0 {
		return nil, ctx.Err()
	}
	first, last := messages[0].Seq, messages[len(messages)-1].Seq
	var replies []*redis.StringSliceCmd
	_, err := b.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		ask := func(first, last uint64) {
			by := &redis.ZRangeBy{Min: strconv.FormatUint(first, 10), Max: strconv.FormatUint(last, 10)}
			replies = append(replies, p.ZRangeByScore(ctx, changesKey(room), by))
		}
		ask(first, last)
		for of := range elsewhere(messages) {
			ask(of, of)
		}
		return nil
	})
	if err := b.reading.result(ctx, err); err != nil {
		return nil, err
	}
	changes := chat.Changes{}
	for _, r := range replies {
		for _, member := range r.Val() {
			if err := decodeInForce(changes, member); err != nil {
				return nil, fmt.Errorf("the changes of %s: %w", room, err)
			}
		}
	}
	return changes, nil
}

// elsewhere returns the seqs of what messages refer to that is not among them.
func elsewhere(messages []chat.Message) map[uint64]struct{} {
	var seqs map[uint64]struct{}
	for i := range messages {
		of := messages[i].RefersTo()
		if of == 0 || of >= messages[0].Seq {
			continue
		}
		if seqs == nil {
			seqs = make(map[uint64]struct{})
		}
		seqs[of] = struct{}{}
	}
	return seqs
}

// decodeInForce reads a member of the set that changes.lua describes.
func decodeInForce(changes chat.Changes, member string) error {
	fields := strings.SplitN(member, " ", 4)
	of, err := strconv.ParseUint(fields[0], 10, 64)
	if err != nil {
		return err
	}
	s := changes[of]
	if s == nil {
		s = &chat.InForce{}
		changes[of] = s
	}
	switch {
	case len(fields) == 2 && fields[1] == "d":
		s.Deleted = true
	case len(fields) == 4 && fields[1] == "e":
		s.Text = fields[3]
		s.Edit, err = strconv.ParseUint(fields[2], 10, 64)
	case len(fields) == 4 && fields[1] == "r":
		s.React(fields[2], fields[3])
	default:
		err = fmt.Errorf("%.40q is none", member)
	}
	return err
}
