package bus

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"maps"
	"strconv"
	"sync"

	"github.com/redis/go-redis/v9"

	"chorus/internal/chat"
)

//go:embed restore.lua
var restoreSource string

var restoreScript = redis.NewScript(commonSource + restoreSource)

// errChanged means that a log changed between looking and restoring: another node was faster.
var errChanged = errors.New("the log has changed meanwhile")

// Restore implements Bus. All nodes that hold messages try at the same moment; the script lets
// the first one through, the others look again and find nothing to do.
func (b *Redis) Restore(ctx context.Context, room string, messages []chat.Message, held []chat.Sanction) error {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	for {
		err := b.tryRestore(ctx, room, messages, held)
		if !errors.Is(err, errChanged) {
			return err
		}
	}
}

// Heads implements Bus, in one round trip to each server. They are asked apart, so that one which does
// not answer is no reason to know nothing of the others.
func (b *Redis) Heads(ctx context.Context, rooms []string) (map[string]chat.Position, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	byMaster := make(map[*redis.Client][]string)
	var failed error
	for _, room := range rooms {
		master, err := b.db.masterOf(ctx, logKey(room))
		if err != nil {
			failed = err
			continue
		}
		byMaster[master] = append(byMaster[master], room)
	}
	heads := make(map[string]chat.Position, len(rooms))
	var mu sync.Mutex
	var asking sync.WaitGroup
	for master, theirs := range byMaster {
		asking.Go(func() {
			found, err := headsOn(ctx, master, theirs)
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(heads, found)
			failed = cmp.Or(failed, err)
		})
	}
	asking.Wait()
	if err := b.reading.result(ctx, failed); len(heads) == 0 && len(rooms) > 0 {
		return nil, err
	}
	return heads, nil
}

func headsOn(ctx context.Context, master *redis.Client, rooms []string) (heads map[string]chat.Position, failed error) {
	replies := make([]*redis.XMessageSliceCmd, len(rooms))
	_, _ = master.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, room := range rooms {
			replies[i] = p.XRevRangeN(ctx, logKey(room), "+", "-", 1)
		}
		return nil
	})
	heads = make(map[string]chat.Position, len(rooms))
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
	return heads, failed
}

func (b *Redis) tryRestore(ctx context.Context, room string, messages []chat.Message, held []chat.Sanction) error {
	heads, err := b.Heads(ctx, []string{room})
	if err != nil {
		return err
	}
	head, read := heads[room]
	if !read {
		return unavailable(ctx, errors.New("the head can't be read"))
	}
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
	return b.putBack(ctx, room, head, forgotten, held)
}

func (b *Redis) putBack(ctx context.Context, room string, head chat.Position, forgotten []chat.Message, held []chat.Sanction) error {
	keys := []string{logKey(room), claimsKey(room), olderClaimsKey(room), changesKey(room), sanctionsKey(room)}
	args := []any{b.relays.channel(room), b.retention, ClaimTime.Milliseconds(), head.Seq, head.ID, b.relayVerb}
	args = append(args, heldArgs(held)...)
	for i := range forgotten {
		m := &forgotten[i]
		entry, err := encodeEntry(m)
		if err != nil {
			return err
		}
		time := strconv.FormatInt(m.Time.UnixMilli(), 10)
		args = append(args, m.Seq, entry, claimOf(&m.Draft), strconv.FormatUint(m.Seq, 10)+" "+m.ID+" "+time)
		if m.Act != nil {
			args = append(args, string(m.Act.Kind), m.Act.User.ID, heldAs(m.Act))
		} else if r := referenceOf(&m.Draft); r != nil && r.kind != replyKind {
			args = append(args, r.kind, r.of.Seq, r.what)
		} else {
			args = append(args, "", "", "")
		}
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
