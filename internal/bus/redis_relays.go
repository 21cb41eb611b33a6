package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"
)

// relays is the node's pub/sub: one connection, a relay, to each server that relays something. That
// is one for a single Redis, and one for each master of a Cluster.
//
// The client library's own subscriptions in a Cluster stay with the server that had their first
// channel's slot; so here each relay is bound to a server, and it is us who move a subscription when
// its slot has moved: a relay that has trouble of any kind asks where its subscriptions belong now.
type relays struct {
	db      database
	log     *slog.Logger
	ctx     context.Context // ends with close
	cancel  context.CancelFunc
	running sync.WaitGroup

	// mu is held to look things up and to change them; never while a server is waited for.
	mu            sync.Mutex
	byMaster      map[*redis.Client]*relay
	subscriptions map[string]*redisSubscription // by channel
}

type redisSubscription struct {
	relays  *relays
	room    string
	channel string
	sink    Sink
	// confirmed is closed at the first confirmation.
	confirmed chan struct{}

	// guarded by relays.mu
	relay *relay
	// renewed says that it was confirmed: another confirmation means that the connection was lost
	// in between.
	renewed bool
}

func newRelays(db database, log *slog.Logger) *relays {
	ctx, cancel := context.WithCancel(context.Background())
	rs := &relays{
		db:            db,
		log:           log,
		ctx:           ctx,
		cancel:        cancel,
		byMaster:      make(map[*redis.Client]*relay),
		subscriptions: make(map[string]*redisSubscription),
	}
	if db, ok := db.(single); ok {
		rs.ensure(db.Client) // a Cluster's are found when it is first asked
	}
	return rs
}

// ensure returns the relay of a server, or nil after close.
func (rs *relays) ensure(master *redis.Client) *relay {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return rs.ensureLocked(master)
}

func (rs *relays) ensureLocked(master *redis.Client) *relay {
	if rs.ctx.Err() != nil {
		return nil
	}
	r := rs.byMaster[master]
	if r == nil {
		r = startRelay(rs, master)
		rs.byMaster[master] = r
	}
	return r
}

func (rs *relays) channel(room string) string { return rs.db.channels() + "{" + room + "}" }

func (rs *relays) subscribe(ctx context.Context, room string, sink Sink) (Subscription, error) {
	s := &redisSubscription{relays: rs, room: room, channel: rs.channel(room), sink: sink, confirmed: make(chan struct{})}
	master, err := rs.db.masterOf(ctx, s.channel)
	if err != nil {
		return nil, unavailable(ctx, err)
	}
	if err := rs.add(s, master); err != nil {
		return nil, err
	}
	select {
	case <-s.confirmed:
		return s, nil
	case <-ctx.Done():
		s.Close()
		return nil, unavailable(ctx, ctx.Err())
	case <-rs.ctx.Done():
		return nil, ErrClosed
	}
}

func (rs *relays) add(s *redisSubscription, master *redis.Client) error {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.subscriptions[s.channel] != nil {
		return ErrSubscribed
	}
	if s.relay = rs.ensureLocked(master); s.relay == nil {
		return ErrClosed
	}
	rs.subscriptions[s.channel] = s
	s.relay.change(s.channel)
	return nil
}

// Close implements Subscription.
func (s *redisSubscription) Close() {
	s.relays.mu.Lock()
	defer s.relays.mu.Unlock()
	if s.relays.subscriptions[s.channel] == s {
		delete(s.relays.subscriptions, s.channel)
		s.relay.change(s.channel)
	}
}

// of returns the subscription of a channel, if it belongs to a relay.
func (rs *relays) of(r *relay, channel string) *redisSubscription {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if s := rs.subscriptions[channel]; s != nil && s.relay == r {
		return s
	}
	return nil
}

// settle gives the subscriptions of a relay that has trouble to the relays that they belong to now. A
// relay whose server is no master any more ends when it has none left.
func (rs *relays) settle(r *relay) {
	ctx, cancel := context.WithTimeout(r.ctx, commandTimeout)
	defer cancel()
	masters, err := rs.db.masters(ctx)
	if err != nil {
		return // nothing is known that was not known before
	}
	for _, ch := range rs.channelsOf(r) {
		rs.move(ctx, r, ch)
	}
	if !slices.Contains(masters, r.master) {
		rs.endUnused(r)
	}
}

// moved gives one subscription, which its server has ended, to the relay that it belongs to now. It
// fails when no other server has it, as far as is known.
func (rs *relays) moved(r *relay, channel string) error {
	ctx, cancel := context.WithTimeout(r.ctx, commandTimeout)
	defer cancel()
	if _, err := rs.db.masters(ctx); err != nil {
		return err
	}
	if !rs.move(ctx, r, channel) {
		return fmt.Errorf("%w: %s", errEnded, channel)
	}
	return nil
}

// errEnded means that a server has ended a subscription by itself.
var errEnded = errors.New("the server has ended a subscription")

func (rs *relays) channelsOf(r *relay) (channels []string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for ch, s := range rs.subscriptions {
		if s.relay == r {
			channels = append(channels, ch)
		}
	}
	return channels
}

// move reports whether another relay has the channel now, or nobody wants it any more.
func (rs *relays) move(ctx context.Context, from *relay, channel string) bool {
	master, err := rs.db.masterOf(ctx, channel)
	if err != nil || master == from.master {
		return false
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	s, to := rs.subscriptions[channel], rs.ensureLocked(master)
	if s == nil || to == nil {
		return true // closed meanwhile
	}
	s.relay = to
	to.change(channel)
	return true
}

// endUnused ends a relay without subscriptions.
func (rs *relays) endUnused(r *relay) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, s := range rs.subscriptions {
		if s.relay == r {
			return
		}
	}
	delete(rs.byMaster, r.master)
	r.cancel()
}

// replace gives a relay a new connection, and has all subscribed again that belongs there by now.
func (rs *relays) replace(r *relay, pubsub *redis.PubSub) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r.pubsub = pubsub
	clear(r.changed)
	clear(r.leaving)
	for ch, s := range rs.subscriptions {
		if s.relay == r {
			r.change(ch)
		}
	}
}

// confirm notes that a server has confirmed a subscription, and tells it to resync where that is not
// the first time.
func (rs *relays) confirm(s *redisSubscription) {
	rs.mu.Lock()
	again := s.renewed
	s.renewed = true
	rs.mu.Unlock()
	if again {
		s.sink.Resync()
		return
	}
	close(s.confirmed)
}

// ready checks that all masters relay.
func (rs *relays) ready(masters []*redis.Client) error {
	for _, m := range masters {
		r := rs.ensure(m)
		if r == nil {
			return ErrClosed
		}
		if r.silent() {
			return errors.Join(ErrUnavailable, errors.New("the relay is silent"))
		}
	}
	return nil
}

func (rs *relays) close() {
	rs.cancel()
	for _, pubsub := range rs.connections() {
		_ = pubsub.Close() // ends the receive under way
	}
	rs.running.Wait()
}

func (rs *relays) connections() (all []*redis.PubSub) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, r := range rs.byMaster {
		all = append(all, r.pubsub)
	}
	return all
}
