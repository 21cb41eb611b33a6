package bus

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/redis/go-redis/v9"

	"chorus/internal/chat"
)

var (
	//go:embed beat.lua
	beatSource string
	//go:embed present.lua
	presentSource string
	//go:embed roster.lua
	rosterSource string

	beatScript    = redis.NewScript(beatSource)
	presentScript = redis.NewScript(presentSource)
	rosterScript  = redis.NewScript(rosterSource)
)

const leasesKey = "chorus:nodes"

func rosterKey(room string) string { return "chorus:{" + room + "}:here" }

// leaseKey is the set of rooms in which somebody is, or may be, by the word of a node. A room is in it
// before anybody is in the room, and after.
func leaseKey(lease string) string { return "chorus:node:" + lease }

// Beat implements Registry.
func (b *Redis) Beat(ctx context.Context, lease string) (l Leases, err error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	reply, err := beatScript.Run(ctx, b.db, []string{leasesKey}, lease, LeaseLife.Milliseconds()).Slice()
	if err != nil {
		return l, unavailable(ctx, err)
	}
	if len(reply) != 2 {
		return l, errors.New("the beat script's reply can't be read")
	}
	l.Lapsed = reply[0] == int64(1)
	dead, _ := reply[1].([]any)
	for _, d := range dead {
		if s, ok := d.(string); ok {
			l.Dead = append(l.Dead, s)
		}
	}
	return l, nil
}

// presentRooms is how many rooms are told of in one pipeline.
const presentRooms = 200

// presented is what was told in one pipeline, with the script's replies.
type presented struct {
	stays   []Stays
	replies [][]any
}

// Present implements Registry. All rosters are changed before anything is announced: the announcing may
// be what hangs.
func (b *Redis) Present(ctx context.Context, lease string, stays []Stays) error {
	var failed error
	var told []presented
	for len(stays) > 0 {
		n := min(len(stays), presentRooms)
		ctx, cancel := context.WithTimeout(ctx, commandTimeout)
		began := time.Now()
		p, err := b.present(ctx, lease, stays[:n])
		hangs := err != nil && time.Since(began) > commandTimeout/2
		cancel()
		if failed = cmp.Or(failed, err); err == nil {
			told = append(told, p)
		}
		if hangs {
			break // the rest would wait as long
		}
		stays = stays[n:]
	}
	for _, p := range told {
		if err := b.settle(ctx, lease, p); err != nil {
			return cmp.Or(failed, err)
		}
	}
	return failed
}

func (b *Redis) present(ctx context.Context, lease string, stays []Stays) (presented, error) {
	var entered []any
	args := make([][]any, len(stays))
	for i, s := range stays {
		if len(s.Entered) > 0 {
			entered = append(entered, s.Room)
		}
		var err error
		if args[i], err = b.presentArgs(lease, s); err != nil {
			return presented{}, err
		}
	}
	// The set of rooms first: a room too many in it does no harm, one that is missing would never be
	// reaped.
	if len(entered) > 0 {
		_, err := b.db.Pipelined(ctx, func(p redis.Pipeliner) error {
			// A lease that was reaped a moment ago is one of a dead node again.
			p.ZAddNX(ctx, leasesKey, redis.Z{Score: 0, Member: lease})
			p.SAdd(ctx, leaseKey(lease), entered...)
			return nil
		})
		if err != nil {
			return presented{}, unavailable(ctx, err)
		}
	}
	replies, err := b.runPresent(ctx, stays, args)
	return presented{stays, replies}, err
}

// settle announces what has changed, and then takes rooms out of the lease's set where nobody is any more.
// If this node dies before, who reaps the lease has to come across them.
func (b *Redis) settle(ctx context.Context, lease string, p presented) error {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	if err := b.announce(ctx, lease, p); err != nil {
		return err
	}
	var last []any
	for _, s := range p.stays {
		if s.Last && len(s.Entered) == 0 {
			last = append(last, s.Room)
		}
	}
	if len(last) == 0 {
		return nil
	}
	return b.publishing.result(ctx, b.db.SRem(ctx, leaseKey(lease), last...).Err())
}

func (b *Redis) presentArgs(lease string, s Stays) ([]any, error) {
	args := []any{b.relays.channel(s.Room), b.relayVerb, lease, chat.NewID(), b.rosterSize,
		b.announcing.keeps(s.Room), comingsRead, len(s.Entered)}
	for _, u := range s.Entered {
		encoded, err := json.Marshal(u)
		if err != nil {
			return nil, err
		}
		args = append(args, u.ID, string(encoded))
	}
	for _, id := range s.Left {
		args = append(args, id)
	}
	return args, nil
}

func (b *Redis) runPresent(ctx context.Context, stays []Stays, args [][]any) ([][]any, error) {
	keys := func(s Stays) []string { return []string{rosterKey(s.Room), comingsKey(s.Room)} }
	cmds := make([]*redis.Cmd, len(stays))
	_, _ = b.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, s := range stays {
			cmds[i] = presentScript.EvalSha(ctx, p, keys(s), args[i]...)
		}
		return nil
	})
	replies := make([][]any, len(stays))
	var failed error
	for i, s := range stays {
		reply, err := cmds[i].Slice()
		if redis.HasErrorPrefix(err, "NOSCRIPT") { // a restarted or flushed server
			reply, err = presentScript.Eval(ctx, b.db, keys(s), args[i]...).Slice()
		}
		replies[i], failed = reply, cmp.Or(failed, err)
	}
	return replies, b.publishing.result(ctx, failed)
}

// Reap implements Registry. Several nodes may do it at once: each user leaves once.
func (b *Redis) Reap(ctx context.Context, lease string) error {
	rooms, err := b.roomsOf(ctx, lease)
	if err != nil {
		return err
	}
	stays := make([]Stays, len(rooms))
	for i, room := range rooms {
		stays[i] = Stays{Room: room, Left: []string{"*"}, Last: true}
	}
	if err := b.Present(ctx, lease, stays); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	err = b.db.Del(ctx, leaseKey(lease)).Err()
	return b.publishing.result(ctx, cmp.Or(err, b.db.ZRem(ctx, leasesKey, lease).Err()))
}

func (b *Redis) roomsOf(ctx context.Context, lease string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	rooms, err := b.db.SMembers(ctx, leaseKey(lease)).Result()
	return rooms, b.reading.result(ctx, err)
}

// Roster implements Registry.
func (b *Redis) Roster(ctx context.Context, room string) (r chat.Roster, err error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	reply, err := rosterScript.Run(ctx, b.db, []string{rosterKey(room)}, b.rosterSize).Slice()
	if err := b.reading.result(ctx, err); err != nil {
		return r, err
	}
	if len(reply) < 2 {
		return r, errors.New("the roster script's reply can't be read")
	}
	r.ID, _ = reply[0].(string)
	count, _ := reply[1].(int64)
	r.Count = int(count)
	if len(reply) == 2 {
		return r, nil
	}
	fields, _ := reply[2].([]any)
	r.Users = make([]chat.User, 0, r.Count)
	for i := 1; i < len(fields); i += 2 {
		kept, _ := fields[i].(string)
		_, encoded, ok := strings.Cut(kept, "{")
		if !ok {
			continue // the roster's id
		}
		var u chat.User
		if err := json.Unmarshal([]byte("{"+encoded), &u); err != nil {
			return r, err
		}
		r.Users = append(r.Users, u)
	}
	return r, nil
}

// RosterIDs implements Registry.
func (b *Redis) RosterIDs(ctx context.Context, rooms []string) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	replies := make([]*redis.StringCmd, len(rooms))
	_, _ = b.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, room := range rooms {
			replies[i] = p.HGet(ctx, rosterKey(room), "")
		}
		return nil
	})
	ids := make(map[string]string, len(rooms))
	var failed error
	for i, room := range rooms {
		id, err := replies[i].Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			failed = err
			continue
		}
		ids[room] = id
	}
	if len(ids) == 0 && failed != nil {
		return nil, unavailable(ctx, failed)
	}
	return ids, nil
}
