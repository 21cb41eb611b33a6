package bus

import (
	"context"
	_ "embed"
	"errors"
	"strconv"

	"github.com/redis/go-redis/v9"

	"chorus/internal/chat"
)

//go:embed restore.lua
var restoreSource string

var restoreScript = redis.NewScript(appendSource + restoreSource)

// errChanged means that a log changed between looking and restoring: another node was faster.
var errChanged = errors.New("the log has changed meanwhile")

// Restore implements Bus. All nodes that hold messages try at the same moment; the script lets
// the first one through, the others look again and find nothing to do.
func (b *Redis) Restore(ctx context.Context, room string, messages []chat.Message) error {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	for {
		err := b.tryRestore(ctx, room, messages)
		if !errors.Is(err, errChanged) {
			return err
		}
	}
}

// Heads implements Bus, in one round trip to each server.
func (b *Redis) Heads(ctx context.Context, rooms []string) (map[string]chat.Position, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	replies := make([]*redis.XMessageSliceCmd, len(rooms))
	_, _ = b.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, room := range rooms {
			replies[i] = p.XRevRangeN(ctx, logKey(room), "+", "-", 1)
		}
		return nil
	})
	heads := make(map[string]chat.Position, len(rooms))
	var failed error
	for i, room := range rooms {
		last, err := replies[i].Result()
		switch {
		case err != nil:
			failed = err
		case len(last) == 0:
			heads[room] = chat.Position{}
		default:
			heads[room] = positionOf(last[0])
		}
	}
	if err := b.reading.result(ctx, failed); len(heads) == 0 {
		return nil, err
	}
	return heads, nil
}

func (b *Redis) tryRestore(ctx context.Context, room string, messages []chat.Message) error {
	heads, err := b.Heads(ctx, []string{room})
	if err != nil {
		return err
	}
	head := heads[room]
	var failed error
	forgotten, err := missing(messages, head, func(seq uint64) (chat.Position, bool) {
		at := strconv.FormatUint(seq, 10)
		var entries []redis.XMessage
		entries, failed = b.db.XRangeN(ctx, logKey(room), at, at, 1).Result()
		if len(entries) == 0 {
			return chat.Position{}, false
		}
		return positionOf(entries[0]), true
	})
	if failed != nil {
		return b.reading.result(ctx, failed)
	}
	if err != nil || len(forgotten) == 0 {
		return err
	}
	return b.putBack(ctx, room, head, forgotten)
}

func (b *Redis) putBack(ctx context.Context, room string, head chat.Position, forgotten []chat.Message) error {
	keys := []string{logKey(room)}
	args := []any{channel(room), b.retention, ClaimTime.Milliseconds(), head.Seq, head.ID, b.relayVerb}
	for i := range forgotten {
		m := &forgotten[i]
		entry, err := encodeEntry(m)
		if err != nil {
			return err
		}
		time := strconv.FormatInt(m.Time.UnixMilli(), 10)
		keys = append(keys, claimKey(room, m.User.ID, m.Key))
		args = append(args, m.Seq, entry, strconv.FormatUint(m.Seq, 10)+" "+m.ID+" "+time)
	}
	done, err := restoreScript.Run(ctx, b.db, keys, args...).Int()
	switch {
	case err != nil:
		return b.publishing.result(ctx, err)
	case done == 0:
		return errChanged
	}
	return nil
}
