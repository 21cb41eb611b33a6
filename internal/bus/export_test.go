package bus

import (
	"context"
	"log/slog"
	"net"

	"github.com/redis/go-redis/v9"
)

// NewRedisOver returns a Bus over a server that is reached by dial: for tests in which time is not
// real, and the network not either.
func NewRedisOver(dial func() (net.Conn, error), o Options, log *slog.Logger) (*Redis, error) {
	options := settings(&redis.Options{Addr: "127.0.0.1:6379"}).Simple()
	options.Dialer = func(context.Context, string, string) (net.Conn, error) { return dial() }
	return newRedis(single{redis.NewClient(options)}, o, log)
}

// Drafts returns in how many rounds something is being published, and how many messages wait for the next one.
func (b *Redis) Drafts() (rounds, waiting int) {
	b.drafts.mu.Lock()
	defer b.drafts.mu.Unlock()
	for _, queue := range b.drafts.rooms {
		waiting += len(queue)
	}
	return b.drafts.rounds, waiting
}
