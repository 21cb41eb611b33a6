package testbed

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Failover is a master and a replica, watched by Sentinels: when the master dies, they make the
// replica the master.
type Failover struct {
	servers   []*Redis
	sentinels []*exec.Cmd
	addrs     []string // of the sentinels
}

const masterName = "chorus"

// LaunchFailover starts all of it in a directory. Kill ends it.
func LaunchFailover(dir string) (f *Failover, err error) {
	f = &Failover{}
	defer func() {
		if err != nil {
			f.Kill()
		}
	}()
	var args []string
	for i := range 2 {
		r, err := launchIn(dir, fmt.Sprint("redis-", i), args...)
		if err != nil {
			return f, err
		}
		f.servers = append(f.servers, r)
		host, port, _ := net.SplitHostPort(f.servers[0].addr)
		args = []string{"--replicaof", host + " " + port}
	}
	// Sentinels ask the master for its replicas once in ten seconds: the first answer has to name it.
	if err := Within(20*time.Second, func() bool { return inSync(context.Background(), f.servers[1]) }); err != nil {
		return f, err
	}
	for i := range 3 {
		if err := f.launchSentinel(filepath.Join(dir, fmt.Sprint("sentinel-", i))); err != nil {
			return f, err
		}
	}
	return f, Within(40*time.Second, f.complete)
}

func (f *Failover) launchSentinel(dir string) error {
	addr, err := UnusedAddr()
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(addr)
	host, master, _ := net.SplitHostPort(f.servers[0].addr)
	config := filepath.Join(dir, "sentinel.conf")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	err = os.WriteFile(config, fmt.Appendf(nil, `bind 127.0.0.1
port %s
dir %s
logfile sentinel.log
sentinel monitor %[3]s %s %s 2
sentinel down-after-milliseconds %[3]s 2000
sentinel failover-timeout %[3]s 5000
`, port, dir, masterName, host, master), 0o644)
	if err != nil {
		return err
	}
	cmd := exec.Command(f.servers[0].path, config, "--sentinel")
	if err := cmd.Start(); err != nil {
		return err
	}
	f.sentinels, f.addrs = append(f.sentinels, cmd), append(f.addrs, addr)
	return nil
}

// complete reports whether all Sentinels know each other and the replica.
func (f *Failover) complete() bool {
	for _, addr := range f.addrs {
		s := redis.NewSentinelClient(&redis.Options{Addr: addr})
		info, err := s.Master(context.Background(), masterName).Result()
		s.Close()
		if err != nil || info["num-slaves"] != "1" || info["num-other-sentinels"] != "2" || info["flags"] != "master" {
			return false
		}
	}
	return true
}

// StartFailover starts a master, a replica and Sentinels, until the test ends.
func StartFailover(t testing.TB) *Failover {
	t.Helper()
	NeedRedis(t)
	f, err := LaunchFailover(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Kill)
	return f
}

// URL is what --redis takes.
func (f *Failover) URL() string {
	return "redis-sentinel://" + f.addrs[0] + "/0?master_name=" + masterName +
		"&addr=" + strings.Join(f.addrs[1:], "&addr=")
}

// Client returns a client of the master for the test's own use.
func (f *Failover) Client() *redis.Client {
	return redis.NewFailoverClient(&redis.FailoverOptions{SentinelAddrs: f.addrs, MasterName: masterName})
}

// Servers returns both servers: the first one is the master.
func (f *Failover) Servers() []*Redis { return f.servers }

// KillMaster kills the master, waits until the Sentinels have made the replica the master, and starts
// the old one again as its replica.
func (f *Failover) KillMaster(ctx context.Context) error {
	old, next := f.servers[0], f.servers[1]
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
	host, port, _ := net.SplitHostPort(next.addr)
	old.args = []string{"--replicaof", host + " " + port}
	f.servers[0], f.servers[1] = next, old
	return errors.Join(old.Start(), Within(20*time.Second, func() bool { return inSync(ctx, old) }))
}

// inSync reports whether a replica is connected to its master.
func inSync(ctx context.Context, replica *Redis) bool {
	client := replica.Client()
	defer client.Close()
	info, _ := client.Info(ctx, "replication").Result()
	return strings.Contains(info, "master_link_status:up")
}

// Kill ends everything.
func (f *Failover) Kill() {
	for _, s := range f.sentinels {
		_ = s.Process.Kill()
		_ = s.Wait()
	}
	for _, r := range f.servers {
		r.Kill()
	}
	f.sentinels = nil
}

func launchIn(dir, name string, args ...string) (*Redis, error) {
	dir = filepath.Join(dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return LaunchRedis(dir, args...)
}
