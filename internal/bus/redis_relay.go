package bus

import (
	"cmp"
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"chorus/internal/chat"
)

// relay is the pub/sub connection to one server.
//
// The client library's own receive loop drops messages when its channel is full, hides that it
// has resubscribed, and does not notice a connection that has gone silent; so the loop here is
// our own. Three goroutines: one receives, one sends subscribes and unsubscribes, as many in one
// command as there are, one probes.
type relay struct {
	// constant after construction
	relays  *relays
	master  *redis.Client
	ctx     context.Context // ends with the relays, or when the server is no master any more
	cancel  context.CancelFunc
	started time.Time
	wake    chan struct{} // capacity 1

	// probeChannel is the connection's own.
	probeChannel atomic.Pointer[string]
	// heard is when the connection last brought anything, counted from started.
	heard atomic.Int64

	// guarded by relays.mu
	pubsub  *redis.PubSub
	changed map[string]struct{} // channels to subscribe or unsubscribe
	leaving map[string]int      // unsubscribes that are not confirmed yet
}

const (
	// A relay publishes something to itself every probeEvery, in the way in which messages are
	// published. A connection that brings nothing for silentAfter is given up. A PING on the
	// connection would not do: it may well be answered by a server that messages do not reach.
	probeEvery  = time.Second
	silentAfter = 2500 * time.Millisecond
	maxBackoff  = time.Second
)

// startRelay is called with relays.mu held.
func startRelay(rs *relays, master *redis.Client) *relay {
	ctx, cancel := context.WithCancel(rs.ctx)
	r := &relay{
		relays:  rs,
		master:  master,
		ctx:     ctx,
		cancel:  cancel,
		started: time.Now(),
		wake:    make(chan struct{}, 1),
		pubsub:  master.Subscribe(ctx),
		changed: make(map[string]struct{}),
		leaving: make(map[string]int),
	}
	rs.running.Go(r.receive)
	rs.running.Go(r.subscribeChanged)
	rs.running.Go(r.probe)
	return r
}

// change has a channel subscribed or unsubscribed, whatever it should be by then. It is called with
// relays.mu held.
func (r *relay) change(channel string) {
	r.changed[channel] = struct{}{}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// subscribeChanged makes the connection's subscriptions what they should be. A connection that fails
// is closed, so that the receiving goroutine notices: the library would go on with another one, and
// without what has failed.
func (r *relay) subscribeChanged() {
	for {
		select {
		case <-r.wake:
		case <-r.ctx.Done():
			return
		}
		pubsub, add, remove := r.takeChanged()
		if err := r.send(pubsub, add, remove); err != nil {
			_ = pubsub.Close()
		}
	}
}

func (r *relay) send(pubsub *redis.PubSub, add, remove []string) (err error) {
	if r.relays.db.sharded() { // one slot in a command, so one channel
		for _, ch := range remove {
			err = cmp.Or(err, pubsub.SUnsubscribe(r.ctx, ch))
		}
		for _, ch := range add {
			err = cmp.Or(err, pubsub.SSubscribe(r.ctx, ch))
		}
		return err
	}
	if len(remove) > 0 {
		err = pubsub.Unsubscribe(r.ctx, remove...)
	}
	if len(add) > 0 {
		err = cmp.Or(err, pubsub.Subscribe(r.ctx, add...))
	}
	return err
}

func (r *relay) takeChanged() (pubsub *redis.PubSub, add, remove []string) {
	r.relays.mu.Lock()
	defer r.relays.mu.Unlock()
	for ch := range r.changed {
		if s := r.relays.subscriptions[ch]; s != nil && s.relay == r {
			add = append(add, ch)
		} else {
			remove = append(remove, ch)
			r.leaving[ch]++
		}
	}
	clear(r.changed)
	return r.pubsub, add, remove
}

// receive reads what the connection brings until the end, and sees to it that there is one. It never
// reads on after an error: a timeout may have come in the middle of a message, and the rest of it
// would be taken for something else.
func (r *relay) receive() {
	pubsub := r.pubsub
	defer func() { _ = pubsub.Close() }()
	r.subscribeProbe(pubsub)
	failures := 0
	for r.ctx.Err() == nil {
		v, err := pubsub.ReceiveTimeout(r.ctx, silentAfter)
		if err == nil {
			err = r.handle(v)
		}
		if err == nil {
			if failures > 0 {
				r.relays.log.Info("the relay works again", "attempts", failures)
			}
			failures = 0
			r.heard.Store(int64(time.Since(r.started)))
			continue
		}
		if r.ctx.Err() != nil {
			return
		}
		if failures++; failures == 1 {
			what := "the relay was lost"
			if r.heard.Load() == 0 {
				what = "the relay can't be opened yet"
			}
			r.relays.log.Warn(what, "error", err)
		}
		pubsub = r.reconnect(pubsub)
		r.sleep(failures)
	}
}

// reconnect replaces the connection and subscribes all again that belongs here. The confirmations
// make the subscriptions resync.
func (r *relay) reconnect(old *redis.PubSub) *redis.PubSub {
	_ = old.Close()
	r.relays.settle(r)
	pubsub := r.master.Subscribe(r.ctx)
	r.relays.replace(r, pubsub)
	r.subscribeProbe(pubsub)
	return pubsub
}

// subscribeProbe is also the first thing that a connection is asked for: its confirmation shows at
// once that the connection works. A failure shows when receiving.
func (r *relay) subscribeProbe(pubsub *redis.PubSub) {
	prefix := r.relays.db.channels() + "probe:" + chat.NewID()
	if !r.relays.db.sharded() {
		r.probeChannel.Store(&prefix)
		_ = pubsub.Subscribe(r.ctx, prefix)
		return
	}
	// A name in one of the master's slots, of which it may have a single one of 16384.
	const tries = 200_000
	for i := 0; i < tries && r.ctx.Err() == nil; i++ {
		name := prefix + ":" + strconv.Itoa(i)
		master, err := r.relays.db.masterOf(r.ctx, name)
		if err != nil {
			return
		}
		if master == r.master {
			r.probeChannel.Store(&name)
			_ = pubsub.SSubscribe(r.ctx, name)
			return
		}
	}
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
		name := r.probeChannel.Load()
		if name == nil {
			continue
		}
		ctx, cancel := context.WithTimeout(r.ctx, probeEvery)
		_ = publish(ctx, r.relays.db, *name, "") // a failure shows as silence
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

// handle deals with what was received. An error means that the connection is no good any more.
func (r *relay) handle(v any) error {
	switch v := v.(type) {
	case *redis.Message:
		s := r.relays.of(r, v.Channel)
		if s == nil {
			return nil // closed a moment ago, or the probe
		}
		r.hand(s, v.Payload)
	case *redis.Subscription:
		switch v.Kind {
		case "subscribe", "ssubscribe":
			if s := r.relays.of(r, v.Channel); s != nil {
				r.relays.confirm(s)
			}
		case "unsubscribe", "sunsubscribe":
			if !r.asked(v.Channel) { // the channel's slot has moved to another server
				return r.relays.moved(r, v.Channel)
			}
		}
	}
	return nil
}

// hand hands what was relayed to a subscription.
func (r *relay) hand(s *redisSubscription, payload string) {
	if encoded, ok := strings.CutPrefix(payload, signalPrefix); ok {
		if signal, err := decodeSignal(encoded); err == nil { // one of a later version is no signal for us
			s.sink.Signal(signal)
		}
		return
	}
	if err := decodeRelayed(s.room, payload, s.sink.Relay); err != nil {
		r.relays.log.Error("a relayed message can't be read", "room", s.room, "error", err)
		s.sink.Resync()
	}
}

// asked notes that an unsubscribe was confirmed, and reports whether it had been asked for.
func (r *relay) asked(channel string) bool {
	r.relays.mu.Lock()
	defer r.relays.mu.Unlock()
	n := r.leaving[channel]
	if n > 1 {
		r.leaving[channel] = n - 1
	} else {
		delete(r.leaving, channel)
	}
	return n > 0
}

func (r *relay) silent() bool {
	heard := time.Duration(r.heard.Load())
	return heard == 0 || time.Since(r.started)-heard > silentAfter+probeEvery
}
