package bus

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

func init() {
	// The library prints to stderr what it also returns as errors.
	logging.Disable()
}

// database is what a URL names: one Redis, the master that Sentinels agree on, or a Cluster.
type database interface {
	redis.UniversalClient

	// rounds is how many pipelines of publishes are under way at a time.
	rounds() int
	// masters returns the servers that relay something, as they are now.
	masters(ctx context.Context) ([]*redis.Client, error)
	// masterOf returns the one that relays a channel, as far as is known: asking it may show that
	// another one does.
	masterOf(ctx context.Context, channel string) (*redis.Client, error)
	// channels is what the names of all channels begin with. Pub/sub knows no databases, so that two of
	// one server must not have the same.
	channels() string
	// sharded reports whether a channel is relayed by its master alone. Everything that has to do
	// with publishing and subscribing has other commands then.
	sharded() bool
}

// single is one Redis, or the master that Sentinels agree on: the library finds the new one.
type single struct{ *redis.Client }

func (s single) channels() string {
	if db := s.Options().DB; db != 0 {
		return "chorus@" + strconv.Itoa(db) + ":"
	}
	return "chorus:"
}

func (s single) masters(context.Context) ([]*redis.Client, error) {
	return []*redis.Client{s.Client}, nil
}

func (s single) masterOf(context.Context, string) (*redis.Client, error) { return s.Client, nil }

func (single) sharded() bool { return false }

// rounds is one: what comes meanwhile makes the next one larger.
func (single) rounds() int { return 1 }

// cluster is a Redis Cluster. Each room is in one slot, and each slot has one master.
type cluster struct{ *redis.ClusterClient }

func (c cluster) masters(ctx context.Context) (all []*redis.Client, err error) {
	var mu sync.Mutex
	err = c.ForEachMaster(ctx, func(_ context.Context, m *redis.Client) error { // asks a server for them
		mu.Lock()
		defer mu.Unlock()
		all = append(all, m)
		return nil
	})
	return all, err
}

func (c cluster) masterOf(ctx context.Context, channel string) (*redis.Client, error) {
	return c.MasterForKey(ctx, channel)
}

func (cluster) channels() string { return "chorus:" }

func (cluster) sharded() bool { return true }

// rounds are several: a round is for several masters, and one that does not answer must not hold up the others.
// Their order does not matter, since a room has a call in one of them at a time.
func (cluster) rounds() int { return 32 }

// publish relays something as the scripts relay messages.
func publish(ctx context.Context, db database, channel, payload string) error {
	if db.sharded() {
		return db.SPublish(ctx, channel, payload).Err()
	}
	return db.Publish(ctx, channel, payload).Err()
}

// openDatabase returns a client of what a URL names. It asks nobody yet.
func openDatabase(s string) (database, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, err
	}
	scheme, kind, _ := strings.Cut(u.Scheme, "-")
	query := u.Query()
	more, master := query["addr"], query.Get("master_name")
	query.Del("addr")
	query.Del("master_name")
	u.Scheme, u.RawQuery = scheme, query.Encode()
	parsed, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, err
	}
	o := settings(parsed)
	o.Addrs = append(o.Addrs, more...)
	o.MasterName = master
	switch {
	case kind == "" && more == nil && master == "":
		o := o.Simple()
		o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
		return single{redis.NewClient(o)}, nil
	case kind == "sentinel" && master != "":
		o := o.Failover()
		o.SentinelUsername, o.SentinelPassword = parsed.Username, parsed.Password
		return single{redis.NewFailoverClient(o)}, nil
	case kind == "cluster" && master == "" && parsed.DB == 0:
		o := o.Cluster()
		o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
		o.ClusterStateReloadInterval = 2 * time.Second // how long a failover may stay unknown
		return cluster{redis.NewClusterClient(o)}, nil
	}
	return nil, errors.New("neither redis:// nor redis-sentinel:// with a master_name nor redis-cluster:// with database 0")
}

// settings takes from a URL what is the operator's to say. The rest is fixed: the library's retries
// would repeat a publish unseen and hide an outage for minutes, and its defaults let a partition
// take 100 s to be noticed. A cluster's redirects stay on: what was redirected was not carried out.
func settings(parsed *redis.Options) *redis.UniversalOptions {
	o := &redis.UniversalOptions{
		Addrs:      []string{parsed.Addr},
		Username:   parsed.Username,
		Password:   parsed.Password,
		DB:         parsed.DB,
		PoolSize:   parsed.PoolSize,
		ClientName: parsed.ClientName,

		Protocol:              2, // all that is needed, and understood by every server
		MaxRetries:            -1,
		DialerRetries:         1,
		DialTimeout:           time.Second,
		ReadTimeout:           2 * time.Second,
		WriteTimeout:          2 * time.Second,
		PoolTimeout:           time.Second,
		ContextTimeoutEnabled: true,
	}
	if parsed.TLSConfig != nil {
		o.TLSConfig = parsed.TLSConfig.Clone()
		o.TLSConfig.ServerName = "" // each server's own
	}
	return o
}
