package bus

import (
	"context"
	_ "embed"
	"log/slog"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"chorus/internal/chat"
)

// commandTimeout bounds every command, its connecting and queueing included. Users are
// promised an answer within 3 seconds.
const commandTimeout = 2500 * time.Millisecond

// Redis is a Bus over one or several Redis servers: a stream holds each room's log, pub/sub relays
// it.
type Redis struct {
	db        database
	drafts    drafts
	relays    *relays
	relayVerb string // how the scripts relay: PUBLISH or SPUBLISH
	retention int
	// rosterSize is how many users of a room are named.
	rosterSize int
	announcing announcing // set before anything else is called

	publishing, reading, queueing outage
}

var _ Bus = (*Redis)(nil)

// NewRedis returns a Bus over what the URL names:
//
//	redis://user:password@host:6379/0                                         one server
//	redis-sentinel://host:26379/0?addr=host2:26379&master_name=main           the master that Sentinels name
//	redis-cluster://host:6379?addr=host2:6379                                 a Cluster, by some of its servers
//
// with rediss for TLS. It fails only for a bad URL: a server that does not answer is normal, and
// found again when it does.
func NewRedis(url string, o Options, log *slog.Logger) (*Redis, error) {
	db, err := openDatabase(url)
	if err != nil {
		return nil, err
	}
	return newRedis(db, o, log)
}

func newRedis(db database, o Options, log *slog.Logger) (*Redis, error) {
	b := &Redis{
		db:         db,
		drafts:     newDrafts(db.rounds()),
		relays:     newRelays(db, log),
		relayVerb:  "PUBLISH",
		retention:  o.Retention,
		rosterSize: o.RosterSize,

		publishing: outage{log: log, what: "publishing"},
		reading:    outage{log: log, what: "reading"},
		queueing:   outage{log: log, what: "queueing"},
	}
	if db.sharded() {
		b.relayVerb = "SPUBLISH"
	}
	return b, nil
}

// Signal implements Bus.
func (b *Redis) Signal(ctx context.Context, room string, s chat.Signal) error {
	payload, err := encodeSignal(s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	return b.publishing.result(ctx, publish(ctx, b.db, b.relays.channel(room), payload))
}

// After implements Bus.
func (b *Redis) After(ctx context.Context, room string, since chat.Position, limit int) ([]chat.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	// The position itself is read too: it proves that what follows is what follows.
	start := strconv.FormatUint(since.Seq, 10)
	entries, err := b.db.XRangeN(ctx, logKey(room), start, "+", int64(limit)+1).Result()
	if err := b.reading.result(ctx, err); err != nil {
		return nil, err
	}
	found, err := decodeAll(room, entries)
	if err != nil {
		return nil, err
	}
	found, err = checkAfter(since, found)
	return found[:min(len(found), limit)], err
}

// Before implements Bus.
func (b *Redis) Before(ctx context.Context, room string, pos *chat.Position, limit int) ([]chat.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	end, count := "+", int64(limit)
	if pos != nil {
		end, count = strconv.FormatUint(pos.Seq, 10), int64(limit)+1
	}
	entries, err := b.db.XRevRangeN(ctx, logKey(room), end, "-", count).Result()
	if err := b.reading.result(ctx, err); err != nil {
		return nil, err
	}
	for i, j := 0, len(entries)-1; i < j; i, j = i+1, j-1 {
		entries[i], entries[j] = entries[j], entries[i]
	}
	found, err := decodeAll(room, entries)
	if err != nil || pos == nil {
		return found, err
	}
	later := false
	if len(found) == 0 {
		next, err := b.db.XRangeN(ctx, logKey(room), end, "+", 1).Result()
		if err != nil {
			return nil, b.reading.result(ctx, err)
		}
		later = len(next) > 0
	}
	return checkBefore(*pos, found, later)
}

func decodeAll(room string, entries []redis.XMessage) ([]chat.Message, error) {
	messages := make([]chat.Message, len(entries))
	for i, x := range entries {
		var err error
		if messages[i], err = decodeLogged(room, x); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

// Subscribe implements Bus.
func (b *Redis) Subscribe(ctx context.Context, room string, sink Sink) (Subscription, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	return b.relays.subscribe(ctx, room, sink)
}

// Ready implements Bus.
func (b *Redis) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	masters, err := b.db.masters(ctx)
	if err != nil {
		return unavailable(ctx, err)
	}
	for _, m := range masters {
		if err := m.Ping(ctx).Err(); err != nil {
			return unavailable(ctx, err)
		}
	}
	return b.relays.ready(masters)
}

// Secret implements Bus.
func (b *Redis) Secret(ctx context.Context, candidate string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	if err := b.db.SetNX(ctx, secretKey, candidate, 0).Err(); err != nil {
		return "", unavailable(ctx, err)
	}
	secret, err := b.db.Get(ctx, secretKey).Result()
	if err != nil {
		return "", unavailable(ctx, err)
	}
	return secret, nil
}

// Close implements Bus.
func (b *Redis) Close() error {
	b.relays.close()
	err := b.db.Close()
	b.drafts.running.Wait()
	return err
}
