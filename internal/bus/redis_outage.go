package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// outage says in the log, once, when one kind of command begins to fail and when it works again.
// What users are told is only that the database does not answer; why, an operator reads there: a
// full memory, a wrong password, a read-only replica.
type outage struct {
	log     *slog.Logger
	what    string
	failing atomic.Bool
}

// result notes the result of a command, and returns its error as one of this package's.
func (o *outage) result(ctx context.Context, err error) error {
	if err == nil {
		if o.failing.Load() && o.failing.CompareAndSwap(true, false) {
			o.log.Info("Redis works again", "for", o.what)
		}
		return nil
	}
	err = unavailable(ctx, err)
	if errors.Is(err, ErrUnavailable) && o.failing.CompareAndSwap(false, true) {
		o.log.Warn("Redis fails", "for", o.what, "error", err)
	}
	return err
}

// unavailable says that the database did not answer, or not as it should: a server that is full,
// loading or read-only may recover as well. It keeps apart only the caller's own cancelling, and
// the end of the bus.
func unavailable(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case errors.Is(err, redis.ErrClosed):
		return ErrClosed
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}
