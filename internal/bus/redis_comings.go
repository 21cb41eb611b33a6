package bus

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/redis/go-redis/v9"
)

// comingsKey has what the present script found and no node has announced yet. It is the room's, and not a
// node's: it is found by whoever tells of the room next, or reaps.
func comingsKey(room string) string { return "chorus:{" + room + "}:comings" }

const (
	// comingsRead is how many comings of a room are read at once.
	comingsRead = 1000
	// comingsTold is how many are announced before they are taken off: where there are too many for the
	// time, what was done has not been in vain.
	comingsTold = 1000
)

// keptComing is a coming as it is kept, "ID KIND TIME {user}".
type keptComing struct{ room, entry string }

// Announce implements Registry.
func (b *Redis) Announce(most int, tell Announcer) { b.announcing = announcing{tell, most} }

// announce tells of what is kept in rooms, as the present script has returned it, and takes it off.
func (b *Redis) announce(ctx context.Context, lease string, p presented) error {
	if b.announcing.tell == nil {
		return nil
	}
	var kept []keptComing
	var more []Stays
	dropped := 0
	for i, reply := range p.replies {
		if len(reply) == 0 {
			continue
		}
		n, _ := reply[0].(int64)
		dropped += int(n)
		for _, entry := range reply[1:] {
			entry, _ := entry.(string)
			kept = append(kept, keptComing{p.stays[i].Room, entry})
		}
		if len(reply) > comingsRead {
			more = append(more, Stays{Room: p.stays[i].Room})
		}
	}
	for chunk := range slices.Chunk(kept, comingsTold) {
		comings := make([]Coming, 0, len(chunk))
		for _, k := range chunk {
			if c, err := k.decode(); err == nil { // what can't be read must not stand in the way of the rest
				comings = append(comings, c)
			}
		}
		if err := b.announcing.tell(ctx, comings, dropped); err != nil {
			return err
		}
		dropped = 0
		if err := b.forget(ctx, chunk); err != nil {
			return err
		}
	}
	if more == nil {
		return nil
	}
	rest, err := b.present(ctx, lease, more)
	if err != nil {
		return err
	}
	return b.announce(ctx, lease, rest)
}

// forget takes off exactly what was announced: another node may announce the same, and add to it.
func (b *Redis) forget(ctx context.Context, announced []keptComing) error {
	_, err := b.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, k := range announced {
			p.ZRem(ctx, comingsKey(k.room), k.entry)
		}
		return nil
	})
	return b.publishing.result(ctx, err)
}

func (k *keptComing) decode() (c Coming, err error) {
	fields := strings.SplitN(k.entry, " ", 4)
	if len(fields) != 4 {
		return c, errors.New("what was kept of somebody who came or went can't be read")
	}
	c = Coming{ID: fields[0], Room: k.room, Left: fields[1] == "leave"}
	if c.Time, err = parseTime(fields[2]); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(fields[3]), &c.User)
}
