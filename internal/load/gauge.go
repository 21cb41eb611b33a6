package load

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// gauge reads what the service uses, and watches how much memory it has at the most.
type gauge struct {
	servers processes
	redis   *redis.Client
	run     string // of the Redis, from the first answer on
	lost    error  // why it is not asked any more
}

func newGauge(o *Options) (*gauge, error) {
	servers, err := findProcesses(o.Servers, o.URLs)
	if err != nil {
		return nil, err
	}
	client, err := openRedis(o.Redis)
	if err != nil {
		return nil, err
	}
	return &gauge{servers: servers, redis: client}, nil
}

func (g *gauge) close() {
	if g.redis != nil {
		g.redis.Close()
	}
}

// reading is all that is counted, at a moment.
type reading struct {
	at        time.Time
	server    Usage
	redis     RedisUsage
	generator time.Duration
	delivered uint64
	sent      uint64
}

func (g *gauge) read(ctx context.Context, c *crowd) (r reading, err error) {
	if r.redis, err = g.readRedis(ctx); err != nil {
		return r, err
	}
	if r.server, err = g.servers.usage(); err != nil {
		return r, err
	}
	r.generator = ownCPU()
	if c != nil {
		r.delivered, r.sent = c.delivered(), c.sends.Load()
	}
	r.at = time.Now()
	return r, nil
}

// readRedis asks the Redis, if there is one. One that does not answer the first time is an error. One that is gone later,
// or was started anew, is not asked any more: what was measured beside it counts.
func (g *gauge) readRedis(ctx context.Context) (RedisUsage, error) {
	if g.redis == nil || g.lost != nil {
		return RedisUsage{}, nil
	}
	u, err := redisUsage(ctx, g.redis)
	if g.run == "" {
		g.run = u.Run
		return u, err
	}
	if err == nil && u.Run != g.run {
		err = errors.New("--redis: it was started anew")
	}
	if g.lost = err; err != nil {
		return RedisUsage{}, nil
	}
	return u, nil
}

// watch returns a function that says how much memory the servers had at the most until it is called.
func (g *gauge) watch() (peak func() uint64) {
	const every = 50 * time.Millisecond
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		var highest uint64
		for {
			if u, err := g.servers.usage(); err == nil {
				highest = max(highest, u.RSS)
			}
			select {
			case <-ticker.C:
			case <-stop:
				most <- highest
				return
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-most
	}
}
