package bus

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"chorus/internal/chat"
)

//go:embed publish.lua
var publishSource string

var publishScript = redis.NewScript(publishSource)

func init() {
	// The library prints to stderr what it also returns as errors.
	logging.Disable()
}

// commandTimeout bounds every command, its connecting and queueing included. Users are
// promised an answer within 3 seconds.
const commandTimeout = 2500 * time.Millisecond

// Redis is a Bus over a Redis server: a stream holds each room's log, pub/sub relays it.
type Redis struct {
	client *redis.Client
	// pipeline sends the publishes of all sessions that are waiting in one write.
	pipeline  *redis.AutoPipeliner
	relay     *relay
	retention int

	publishing, reading outage
}

var _ Bus = (*Redis)(nil)

// NewRedis returns a Bus over the server that the URL names, such as
// redis://user:password@host:6379/0 or rediss://… for TLS. It fails only for a bad URL: a
// server that does not answer is normal, and found again when it does.
func NewRedis(url string, o Options, log *slog.Logger) (*Redis, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	// The library's retries would repeat a publish unseen and hide an outage for minutes; its
	// defaults let a partition take 100 s to be noticed.
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.DialTimeout = time.Second
	options.ReadTimeout = 2 * time.Second
	options.WriteTimeout = 2 * time.Second
	options.PoolTimeout = time.Second
	options.ContextTimeoutEnabled = true
	options.Protocol = 2 // all that is needed, and understood by every server
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

	client := redis.NewClient(options)
	pipeline, err := client.AsyncAutoPipeline()
	if err != nil {
		return nil, err
	}
	return &Redis{
		client:    client,
		pipeline:  pipeline,
		relay:     newRelay(client, log),
		retention: o.Retention,

		publishing: outage{log: log, what: "publishing"},
		reading:    outage{log: log, what: "reading"},
	}, nil
}

// Publish implements Bus.
func (b *Redis) Publish(ctx context.Context, room string, known chat.Position, d chat.Draft) (Receipt, error) {
	body, err := encodeBody(d)
	if err != nil {
		return Receipt{}, err
	}
	keys := []string{logKey(room), claimKey(room, d.User.ID, d.Key)}
	args := []any{channel(room), chat.NewID(), body, b.retention, ClaimTime.Milliseconds(), known.Seq, known.ID}

	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	reply, err := b.evalPipelined(ctx, keys, args)
	if redis.HasErrorPrefix(err, "NOSCRIPT") { // a restarted or flushed server
		reply, err = publishScript.Eval(ctx, b.client, keys, args...).StringSlice()
	}
	if err := b.publishing.result(ctx, err); err != nil {
		return Receipt{}, err
	}
	return receipt(reply)
}

// evalPipelined waits no longer than the context says, although the pipeline may go on: the
// outcome is then unknown, as with any command that gets no answer.
func (b *Redis) evalPipelined(ctx context.Context, keys []string, args []any) ([]string, error) {
	all := make([]any, 0, 3+len(keys)+len(args))
	all = append(all, "evalsha", publishScript.Hash(), len(keys))
	for _, k := range keys {
		all = append(all, k)
	}
	cmd := redis.NewStringSliceCmd(ctx, append(all, args...)...)
	cmd.SetFirstKeyPos(3)
	if err := b.pipeline.Submit(ctx, cmd).WaitContext(ctx); err != nil {
		return nil, err
	}
	return cmd.Result()
}

func receipt(reply []string) (r Receipt, err error) {
	if len(reply) == 1 && reply[0] == "rewound" {
		return r, ErrRewound
	}
	if len(reply) != 4 {
		return r, fmt.Errorf("the publish script returned %d values, not 4", len(reply))
	}
	r.Duplicate = reply[0] == "1"
	if r.Seq, err = strconv.ParseUint(reply[1], 10, 64); err != nil {
		return r, err
	}
	r.ID = reply[2]
	r.Time, err = parseTime(reply[3])
	return r, err
}

// After implements Bus.
func (b *Redis) After(ctx context.Context, room string, since chat.Position, limit int) ([]chat.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	// The position itself is read too: it proves that what follows is what follows.
	start := strconv.FormatUint(since.Seq, 10)
	entries, err := b.client.XRangeN(ctx, logKey(room), start, "+", int64(limit)+1).Result()
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
	entries, err := b.client.XRevRangeN(ctx, logKey(room), end, "-", count).Result()
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
		next, err := b.client.XRangeN(ctx, logKey(room), end, "+", 1).Result()
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
	return b.relay.subscribe(ctx, room, sink)
}

// Ready implements Bus.
func (b *Redis) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	if err := b.client.Ping(ctx).Err(); err != nil {
		return unavailable(ctx, err)
	}
	return b.relay.ready()
}

// Secret implements Bus.
func (b *Redis) Secret(ctx context.Context, candidate string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	if err := b.client.SetNX(ctx, secretKey, candidate, 0).Err(); err != nil {
		return "", unavailable(ctx, err)
	}
	secret, err := b.client.Get(ctx, secretKey).Result()
	if err != nil {
		return "", unavailable(ctx, err)
	}
	return secret, nil
}

// Close implements Bus.
func (b *Redis) Close() error {
	b.relay.close()
	return b.client.Close()
}
