package bus

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"chorus/internal/chat"
)

// relay is the node's one pub/sub connection.
//
// The client library's own receive loop drops messages when its channel is full, hides that it
// has resubscribed, and does not notice a connection that has gone silent; so the loop here is
// our own. Two goroutines: one receives, one sends subscribes and unsubscribes, as many in one
// command as there are.
type relay struct {
	client *redis.Client
	log    *slog.Logger
	ctx    context.Context // ends with close
	cancel context.CancelFunc
	done   sync.WaitGroup

	started      time.Time
	probeChannel string // the node's own
	// heard is when the connection last brought anything, counted from started.
	heard atomic.Int64

	mu            sync.Mutex
	pubsub        *redis.PubSub
	subscriptions map[string]*redisSubscription // by channel
	changed       map[string]struct{}           // channels to subscribe or unsubscribe
	wake          chan struct{}                 // capacity 1
}

const (
	// The node publishes something to itself every probeEvery, in the way in which messages are
	// published. A connection that brings nothing for silentAfter is given up. A PING on the
	// connection would not do: it may well be answered by a server that messages do not reach.
	probeEvery  = time.Second
	silentAfter = 2500 * time.Millisecond
	maxBackoff  = time.Second
)

type redisSubscription struct {
	relay   *relay
	room    string
	channel string
	sink    Sink
	// confirmed is closed by the receiving goroutine at the first confirmation.
	confirmed chan struct{}
	// renewed is owned by the receiving goroutine: a further confirmation means that the
	// connection was lost in between.
	renewed bool
}

func newRelay(client *redis.Client, log *slog.Logger) *relay {
	ctx, cancel := context.WithCancel(context.Background())
	r := &relay{
		client:        client,
		log:           log,
		ctx:           ctx,
		cancel:        cancel,
		pubsub:        client.Subscribe(ctx),
		probeChannel:  "chorus:probe:" + chat.NewID(),
		started:       time.Now(),
		subscriptions: make(map[string]*redisSubscription),
		changed:       make(map[string]struct{}),
		wake:          make(chan struct{}, 1),
	}
	r.done.Go(r.receive)
	r.done.Go(r.subscribeChanged)
	r.done.Go(r.probe)
	return r
}

func (r *relay) subscribe(ctx context.Context, room string, sink Sink) (Subscription, error) {
	s := &redisSubscription{relay: r, room: room, channel: channel(room), sink: sink, confirmed: make(chan struct{})}
	r.mu.Lock()
	if r.subscriptions[s.channel] != nil {
		r.mu.Unlock()
		return nil, ErrSubscribed
	}
	r.subscriptions[s.channel] = s
	r.change(s.channel)
	r.mu.Unlock()

	select {
	case <-s.confirmed:
		return s, nil
	case <-ctx.Done():
		s.Close()
		return nil, unavailable(ctx, ctx.Err())
	case <-r.ctx.Done():
		return nil, ErrClosed
	}
}

// Close implements Subscription.
func (s *redisSubscription) Close() {
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	if s.relay.subscriptions[s.channel] == s {
		delete(s.relay.subscriptions, s.channel)
		s.relay.change(s.channel)
	}
}

// change is called with mu held.
func (r *relay) change(channel string) {
	r.changed[channel] = struct{}{}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// subscribeChanged makes the connection's subscriptions what they should be. Errors need no
// answer here: the library remembers the wish, and the receiving goroutine reconnects.
func (r *relay) subscribeChanged() {
	for {
		select {
		case <-r.wake:
		case <-r.ctx.Done():
			return
		}
		r.mu.Lock()
		pubsub := r.pubsub
		var add, remove []string
		for ch := range r.changed {
			if r.subscriptions[ch] != nil {
				add = append(add, ch)
			} else {
				remove = append(remove, ch)
			}
		}
		clear(r.changed)
		r.mu.Unlock()
		if len(remove) > 0 {
			_ = pubsub.Unsubscribe(r.ctx, remove...)
		}
		if len(add) > 0 {
			_ = pubsub.Subscribe(r.ctx, add...)
		}
	}
}

// receive reads what the connection brings until close, and sees to it that there is one. It never
// reads on after an error: a timeout may have come in the middle of a message, and the rest of it
// would be taken for something else.
func (r *relay) receive() {
	pubsub := r.pubsub
	r.subscribeProbe(pubsub)
	failures := 0
	for r.ctx.Err() == nil {
		v, err := pubsub.ReceiveTimeout(r.ctx, silentAfter)
		if err == nil {
			if failures > 0 {
				r.log.Info("the relay works again", "attempts", failures)
			}
			failures = 0
			r.heard.Store(int64(time.Since(r.started)))
			r.handle(v)
			continue
		}
		if r.ctx.Err() != nil {
			return
		}
		if failures++; failures == 1 {
			r.log.Warn("the relay was lost", "error", err)
		}
		pubsub = r.reconnect(pubsub)
		r.sleep(failures)
	}
}

// reconnect replaces the connection and subscribes all again. The confirmations make the
// subscriptions resync.
func (r *relay) reconnect(old *redis.PubSub) *redis.PubSub {
	_ = old.Close()
	pubsub := r.client.Subscribe(r.ctx)
	r.mu.Lock()
	r.pubsub = pubsub
	for ch := range r.subscriptions {
		r.change(ch)
	}
	r.mu.Unlock()
	r.subscribeProbe(pubsub)
	return pubsub
}

// subscribeProbe is also the first thing that a connection is asked for: its confirmation shows at
// once that the connection works. A failure shows when receiving.
func (r *relay) subscribeProbe(pubsub *redis.PubSub) {
	_ = pubsub.Subscribe(r.ctx, r.probeChannel)
}

func (r *relay) probe() {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-r.ctx.Done():
			return
		}
		ctx, cancel := context.WithTimeout(r.ctx, probeEvery)
		_ = r.client.Publish(ctx, r.probeChannel, "").Err() // a failure shows as silence
		cancel()
	}
}

func (r *relay) sleep(failures int) {
	limit := min(maxBackoff, 50*time.Millisecond<<min(failures, 10))
	select {
	case <-time.After(rand.N(limit)):
	case <-r.ctx.Done():
	}
}

func (r *relay) handle(v any) {
	switch v := v.(type) {
	case *redis.Message:
		s := r.subscription(v.Channel)
		if s == nil {
			return // closed a moment ago
		}
		m, err := decodeRelayed(s.room, v.Payload)
		if err != nil {
			r.log.Error("a relayed message can't be read", "room", s.room, "error", err)
			s.sink.Resync()
			return
		}
		s.sink.Relay(m)
	case *redis.Subscription:
		s := r.subscription(v.Channel)
		if s == nil || v.Kind != "subscribe" {
			return
		}
		if s.renewed {
			s.sink.Resync()
			return
		}
		s.renewed = true
		close(s.confirmed)
	}
}

func (r *relay) subscription(channel string) *redisSubscription {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.subscriptions[channel]
}

func (r *relay) ready() error {
	heard := time.Duration(r.heard.Load())
	if heard == 0 || time.Since(r.started)-heard > silentAfter+probeEvery {
		return errors.Join(ErrUnavailable, errors.New("the relay is silent"))
	}
	return nil
}

func (r *relay) close() {
	r.cancel()
	r.closeConnection() // ends the receive under way
	r.done.Wait()
	r.closeConnection() // one that was made in the meantime
}

func (r *relay) closeConnection() {
	r.mu.Lock()
	pubsub := r.pubsub
	r.mu.Unlock()
	_ = pubsub.Close()
}
