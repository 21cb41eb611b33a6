package testbed

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Cluster is a Redis Cluster of three masters with a replica each.
type Cluster struct {
	// servers are the masters, then their replicas in the same order.
	servers []*Redis
	ids     []string // the cluster's names of the servers
}

const (
	clusterMasters = 3
	clusterSlots   = 16384
)

// LaunchCluster starts all of it in a directory. Kill ends it.
func LaunchCluster(dir string) (c *Cluster, err error) {
	c = &Cluster{}
	defer func() {
		if err != nil {
			c.Kill()
		}
	}()
	for i := range 2 * clusterMasters {
		bus, err := UnusedAddr()
		if err != nil {
			return c, err
		}
		_, port, _ := net.SplitHostPort(bus)
		r, err := launchIn(dir, fmt.Sprint("redis-", i), "--cluster-enabled", "yes", "--cluster-port", port,
			"--cluster-node-timeout", "1500", "--cluster-replica-validity-factor", "0")
		if err != nil {
			return c, err
		}
		c.servers = append(c.servers, r)
		if err := c.introduce(r, i, port); err != nil {
			return c, err
		}
	}
	return c, c.replicate()
}

// lastSlot returns the last slot that a master has at the start.
func lastSlot(master int) int { return (master+1)*clusterSlots/clusterMasters - 1 }

// introduce gives a server its slots, and lets the first one know it.
func (c *Cluster) introduce(r *Redis, i int, busPort string) error {
	ctx := context.Background()
	client := r.Client()
	defer client.Close()
	id, err := client.Do(ctx, "cluster", "myid").Text()
	if err != nil {
		return err
	}
	c.ids = append(c.ids, id)
	if i < clusterMasters {
		first, last := lastSlot(i-1)+1, lastSlot(i)
		err = errors.Join(
			client.Do(ctx, "cluster", "set-config-epoch", i+1).Err(),
			client.ClusterAddSlotsRange(ctx, first, last).Err(),
		)
	}
	if i == 0 || err != nil {
		return err
	}
	first := c.servers[0].Client()
	defer first.Close()
	host, port, _ := net.SplitHostPort(r.addr)
	return first.Do(ctx, "cluster", "meet", host, port, busPort).Err()
}

func (c *Cluster) replicate() error {
	ctx := context.Background()
	for i, r := range c.servers[clusterMasters:] {
		client := r.Client()
		defer client.Close()
		if Within(20*time.Second, func() bool { return client.ClusterReplicate(ctx, c.ids[i]).Err() == nil }) != nil {
			return errors.New("a replica does not find its master")
		}
	}
	return Within(20*time.Second, c.complete)
}

// complete reports whether all servers agree that all is well.
func (c *Cluster) complete() bool {
	for i, r := range c.servers {
		client := r.Client()
		info, err := client.ClusterInfo(context.Background()).Result()
		client.Close()
		if err != nil || !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:6") {
			return false
		}
		if i >= clusterMasters && !inSync(context.Background(), r) {
			return false
		}
	}
	return true
}

// StartCluster starts a cluster, until the test ends.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	NeedRedis(t)
	c, err := LaunchCluster(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Kill)
	return c
}

// URL is what --redis takes.
func (c *Cluster) URL() string {
	return "redis-cluster://" + c.servers[0].addr + "?addr=" + c.servers[1].addr + "&addr=" + c.servers[5].addr
}

// Client returns a client of the cluster for the test's own use.
func (c *Cluster) Client() *redis.ClusterClient {
	return redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{c.servers[0].addr, c.servers[1].addr, c.servers[5].addr}})
}

// Owner returns which of the first three servers had a key's slot at the start.
func (c *Cluster) Owner(ctx context.Context, key string) (server, slot int, err error) {
	client := c.Client()
	defer client.Close()
	n, err := client.ClusterKeySlot(ctx, key).Result()
	for server = 0; int(n) > lastSlot(server); server++ {
	}
	return server, int(n), err
}

// Servers returns all servers: three masters, then their replicas in the same order.
func (c *Cluster) Servers() []*Redis { return c.servers }

// MoveSlot moves a slot with its keys from one master to another one, as an operator does who
// spreads the load.
func (c *Cluster) MoveSlot(ctx context.Context, slot, from, to int) error {
	source, target := c.servers[from].Client(), c.servers[to].Client()
	defer source.Close()
	defer target.Close()
	if err := errors.Join(
		target.Do(ctx, "cluster", "setslot", slot, "importing", c.ids[from]).Err(),
		source.Do(ctx, "cluster", "setslot", slot, "migrating", c.ids[to]).Err(),
	); err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(c.servers[to].addr)
	for {
		keys, err := source.ClusterGetKeysInSlot(ctx, slot, 100).Result()
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			break
		}
		args := []any{"migrate", host, port, "", 0, 5000, "keys"}
		for _, k := range keys {
			args = append(args, k)
		}
		if err := source.Do(ctx, args...).Err(); err != nil {
			return err
		}
	}
	return errors.Join(
		target.Do(ctx, "cluster", "setslot", slot, "node", c.ids[to]).Err(),
		source.Do(ctx, "cluster", "setslot", slot, "node", c.ids[to]).Err(),
	)
}

// KeepOneSlot gives all slots of a master but its first one to the next master. They have to be empty.
func (c *Cluster) KeepOneSlot(ctx context.Context, i int) error {
	first, last := lastSlot(i-1)+2, lastSlot(i)
	for _, r := range c.servers[:clusterMasters] {
		client := r.Client()
		defer client.Close()
		pipe := client.Pipeline()
		for slot := first; slot <= last; slot++ {
			pipe.Do(ctx, "cluster", "setslot", slot, "node", c.ids[(i+1)%clusterMasters])
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// KillMaster kills one of the three masters, waits until its replica has its place, and starts the
// old one again as a replica.
func (c *Cluster) KillMaster(ctx context.Context, i int) error {
	old, next := c.servers[i], c.servers[i+clusterMasters]
	old.Kill()
	client := next.Client()
	defer client.Close()
	err := Within(20*time.Second, func() bool {
		info, _ := client.Info(ctx, "replication").Result()
		return strings.Contains(info, "role:master")
	})
	if err != nil {
		return fmt.Errorf("no failover: %w", err)
	}
	c.servers[i], c.servers[i+clusterMasters] = next, old
	c.ids[i], c.ids[i+clusterMasters] = c.ids[i+clusterMasters], c.ids[i]
	return errors.Join(old.Start(), Within(20*time.Second, func() bool { return inSync(ctx, old) }))
}

// Kill ends all servers.
func (c *Cluster) Kill() {
	for _, r := range c.servers {
		r.Kill()
	}
}
