package bus

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed queue.lua
var queueSource string

var queueScript = redis.NewScript(queueSource)

// redisQueue is a queue in one slot of the database.
type redisQueue struct {
	bus  *Redis
	keys []string
	max  int
}

// Queue implements Queues.
func (b *Redis) Queue(name string, max int) Queue {
	key := "chorus:queue:{" + name + "}:" // keys of rooms have their brace in another place
	return &redisQueue{bus: b, keys: []string{key + "items", key + "due", key + "added"}, max: max}
}

func (q *redisQueue) run(ctx context.Context, args ...any) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	reply, err := queueScript.Run(ctx, q.bus.db, q.keys, args...).StringSlice()
	return reply, q.bus.queueing.result(ctx, err)
}

// Add implements Queue.
func (q *redisQueue) Add(ctx context.Context, id string, payload []byte) (dropped int, err error) {
	reply, err := q.run(ctx, "add", id, payload, q.max)
	if err != nil {
		return 0, err
	}
	if len(reply) != 1 {
		return 0, fmt.Errorf("the queue script returned %d values, not 1", len(reply))
	}
	return strconv.Atoi(reply[0])
}

// Take implements Queue.
func (q *redisQueue) Take(ctx context.Context, n int, lease time.Duration) (lent []Item, queued int, err error) {
	reply, err := q.run(ctx, "take", n, max(lease.Milliseconds(), 1))
	if err != nil {
		return nil, 0, err
	}
	if len(reply)%3 != 1 {
		return nil, 0, fmt.Errorf("the queue script returned %d values", len(reply))
	}
	if queued, err = strconv.Atoi(reply[0]); err != nil {
		return nil, 0, err
	}
	for i := 1; i < len(reply); i += 3 {
		age, err := strconv.ParseInt(reply[i+1], 10, 64)
		if err != nil {
			return nil, 0, err
		}
		lent = append(lent, Item{ID: reply[i], Payload: []byte(reply[i+2]), Age: time.Duration(age) * time.Millisecond})
	}
	return lent, queued, nil
}

// Later implements Queue.
func (q *redisQueue) Later(ctx context.Context, id string, delay time.Duration) error {
	_, err := q.run(ctx, "later", id, delay.Milliseconds())
	return err
}

// Done implements Queue.
func (q *redisQueue) Done(ctx context.Context, id string) error {
	_, err := q.run(ctx, "done", id)
	return err
}
