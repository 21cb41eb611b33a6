package bus

import (
	"context"
	"time"
)

// Queue holds items that have to be worked off once, by any node. An item is lent to who takes it; if
// it is neither done nor put off until the lease ends, somebody else is given it. So each is worked off
// at least once, and more than once where a node died or was too slow. There is no order to rely on.
//
// All methods may be called concurrently. Their errors are those of a Bus. A queue is as durable as the
// logs, but nobody puts back what the database forgets of it.
type Queue interface {
	// Add puts an item in under an id. One of this id that is still in the queue stays as it is. When
	// there are more than the queue may hold, the oldest are dropped, and it is said how many.
	Add(ctx context.Context, id string, payload []byte) (dropped int, err error)

	// Take lends up to n items that are due, and says how many there are in all.
	Take(ctx context.Context, n int, lease time.Duration) (lent []Item, queued int, err error)

	// Later has an item lent again after a delay. Nothing happens if it is not in the queue any more.
	Later(ctx context.Context, id string, delay time.Duration) error

	// Done takes an item out. Nothing happens if that was done before.
	Done(ctx context.Context, id string) error
}

// Item is what was added to a Queue.
type Item struct {
	ID      string
	Payload []byte
	// Age is how long it has been in the queue.
	Age time.Duration
}

// Queues has queues by their names, the same for all nodes. Both buses do.
type Queues interface {
	// Queue returns a queue that holds up to max items. The name is of letters and digits.
	Queue(name string, max int) Queue
}

var (
	_ Queues = (*Memory)(nil)
	_ Queues = (*Redis)(nil)
)
