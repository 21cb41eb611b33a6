package bus

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/redis/go-redis/v9"

	"chorus/internal/chat"
)

var (
	//go:embed read.lua
	readSource string

	readScript = redis.NewScript(readSource)
)

// mailboxLife is how long a mailbox is kept that nothing is put into. Anybody can become a guest, and guests'
// tokens end sooner.
const mailboxLife = 180 * 24 * time.Hour

// All that belongs to a user has the tag of their mailbox, which no room can have.
func directKey(user string) string { return "chorus:{" + chat.Mailbox(user) + "}:direct" }
func readKey(user string) string   { return "chorus:{" + chat.Mailbox(user) + "}:read" }
func userKey(user string) string   { return "chorus:{" + chat.Mailbox(user) + "}:user" }

// Introduce implements Mailboxes.
func (b *Redis) Introduce(ctx context.Context, u chat.User) error {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	encoded, err := json.Marshal(u)
	if err != nil {
		return err
	}
	return b.publishing.result(ctx, b.db.Set(ctx, userKey(u.ID), encoded, mailboxLife).Err())
}

// Introduced implements Mailboxes.
func (b *Redis) Introduced(ctx context.Context, ids []string) (map[string]chat.User, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	replies := make([]*redis.StringCmd, len(ids))
	_, err := b.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, id := range ids {
			replies[i] = p.Get(ctx, userKey(id))
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, b.reading.result(ctx, err)
	}
	users := make(map[string]chat.User, len(ids))
	for i, id := range ids {
		encoded, err := replies[i].Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		var u chat.User
		if err == nil {
			err = json.Unmarshal([]byte(encoded), &u)
		}
		if err != nil {
			return nil, b.reading.result(ctx, err)
		}
		users[id] = u
	}
	return users, nil
}

// Notify implements Mailboxes. The lists are ordered by this node's clock: they are for people to look at.
func (b *Redis) Notify(ctx context.Context, n chat.Notice) error {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	one, other, ok := chat.Parties(n.Room)
	if !ok {
		return fmt.Errorf("%s is no direct room", n.Room)
	}
	now := float64(time.Now().UnixMilli())
	_, err := b.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, user := range []string{one, other} {
			p.ZAdd(ctx, directKey(user), redis.Z{Score: now, Member: n.Room})
			p.ZRemRangeByRank(ctx, directKey(user), 0, -MaxDirect-1)
			p.Expire(ctx, directKey(user), mailboxLife)
		}
		return nil
	})
	if err := b.publishing.result(ctx, err); err != nil {
		return err
	}
	for _, user := range []string{one, other} {
		if err := b.Signal(ctx, chat.Mailbox(user), chat.Signal{Notice: &n}); err != nil {
			return err
		}
	}
	return nil
}

// Mailbox implements Mailboxes.
func (b *Redis) Mailbox(ctx context.Context, user string) (m Mailbox, err error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	var direct *redis.StringSliceCmd
	var marks *redis.MapStringStringCmd
	_, err = b.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		direct = p.ZRevRange(ctx, directKey(user), 0, MaxDirect-1)
		marks = p.HGetAll(ctx, readKey(user))
		return nil
	})
	if err := b.reading.result(ctx, err); err != nil {
		return m, err
	}
	m.Direct, m.Read = direct.Val(), make(map[string]chat.Position, len(marks.Val()))
	for room, mark := range marks.Val() {
		if m.Read[room], err = decodeMark(mark); err != nil {
			return m, err
		}
	}
	return m, nil
}

// MarkRead implements Mailboxes.
func (b *Redis) MarkRead(ctx context.Context, m chat.ReadMark, head chat.Position) (chat.Position, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	reply, err := readScript.Run(ctx, b.db, []string{readKey(m.User)}, m.Room, m.At.Seq, m.At.ID, head.Seq, MaxMarks, mailboxLife.Milliseconds()).StringSlice()
	switch {
	case err != nil:
		return chat.Position{}, b.publishing.result(ctx, err)
	case len(reply) < 2:
		return chat.Position{}, ErrTooManyMarks
	}
	at, err := decodeMark(reply[1])
	if err != nil || reply[0] == "0" {
		return at, err
	}
	return at, signalMark(ctx, b, m)
}

// signalMark tells the user's other sessions, and in a direct room the other user.
func signalMark(ctx context.Context, b Bus, m chat.ReadMark) error {
	if err := b.Signal(ctx, chat.Mailbox(m.User), chat.Signal{Read: &m}); err != nil {
		return err
	}
	if _, direct := chat.Partner(m.Room, m.User); !direct {
		return nil
	}
	return b.Signal(ctx, m.Room, chat.Signal{Read: &m})
}

// ReadMark implements Mailboxes.
func (b *Redis) ReadMark(ctx context.Context, user, room string) (chat.Position, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	mark, err := b.db.HGet(ctx, readKey(user), room).Result()
	if errors.Is(err, redis.Nil) {
		return chat.Position{}, nil
	}
	if err != nil {
		return chat.Position{}, b.reading.result(ctx, err)
	}
	return decodeMark(mark)
}

func decodeMark(s string) (p chat.Position, err error) {
	seq, id, _ := strings.Cut(s, " ")
	p.ID = id
	p.Seq, err = strconv.ParseUint(seq, 10, 64)
	return p, err
}
