package testbed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis is a real redis-server on loopback, with its data in a directory of its own.
type Redis struct {
	path string
	addr string
	dir  string
	args []string
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
}

// LaunchRedis starts a server that keeps an append-only file in a directory, with further arguments
// for redis-server. Kill ends it.
func LaunchRedis(dir string, args ...string) (*Redis, error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, err
	}
	addr, err := UnusedAddr()
	if err != nil {
		return nil, err
	}
	r := &Redis{path: path, addr: addr, dir: dir, args: args}
	return r, r.Start()
}

// NeedRedis ends a test where there is no redis-server, as Program does.
func NeedRedis(t testing.TB) {
	t.Helper()
	Program(t, "redis", "install redis-server (apt-get install redis-server)", "redis-server")
}

// StartRedis starts a server that is stopped when the test ends.
func StartRedis(t testing.TB, args ...string) *Redis {
	t.Helper()
	NeedRedis(t)
	r, err := LaunchRedis(t.TempDir(), args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Kill)
	return r
}

// URL is what --redis takes.
func (r *Redis) URL() string { return "redis://" + r.addr + "/0" }

// Addr is where the server listens.
func (r *Redis) Addr() string { return r.addr }

// Dir is where the server keeps its data.
func (r *Redis) Dir() string { return r.dir }

// Start starts the server again after Kill, with the data it had stored.
func (r *Redis) Start() error {
	_, port, _ := net.SplitHostPort(r.addr)
	r.cmd = exec.Command(r.path, append([]string{"--bind", "127.0.0.1", "--port", port, "--dir", r.dir,
		"--save", "", "--appendonly", "yes", "--appendfsync", "everysec", "--logfile", "redis.log"}, r.args...)...)
	if err := r.cmd.Start(); err != nil {
		return err
	}
	r.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) { _ = cmd.Wait(); close(done) }(r.cmd, r.done)
	client := r.Client()
	defer client.Close()
	err := Within(10*time.Second, func() bool { return r.ended() || client.Ping(context.Background()).Err() == nil })
	if err != nil || r.ended() { // an answer would be another server's
		r.Kill()
		return fmt.Errorf("redis-server does not answer, see %s", filepath.Join(r.dir, "redis.log"))
	}
	return nil
}

func (r *Redis) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// Kill ends the server at once, as kill -9 does. Killing twice is harmless.
func (r *Redis) Kill() {
	if r.cmd != nil {
		_ = r.cmd.Process.Kill()
		<-r.done
		r.cmd = nil
	}
}

// Pause stops the server without closing its connections, until Resume.
func (r *Redis) Pause() { _ = r.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume ends a Pause.
func (r *Redis) Resume() { _ = r.cmd.Process.Signal(syscall.SIGCONT) }

// Client returns a client of the server for the test's own use.
func (r *Redis) Client() *redis.Client { return redis.NewClient(&redis.Options{Addr: r.addr}) }

// FreeAddr returns an address on loopback that nobody listens on.
func FreeAddr(t testing.TB) string {
	t.Helper()
	addr, err := UnusedAddr()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// UnusedAddr is FreeAddr for what is no test. The system does not give such an address to a connection that somebody
// opens before it is used: these have other ports.
func UnusedAddr() (addr string, err error) {
	const from, to, tries = 10_000, 32_000, 100
	for range tries {
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", from+rand.IntN(to-from))); err == nil {
			defer l.Close()
			return l.Addr().String(), nil
		}
	}
	return "", err
}

// Eventually waits until a condition holds, and fails the test when it does not in time.
func Eventually(t testing.TB, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	if Within(limit, holds) != nil {
		t.Fatalf("not within %s: %s", limit, what)
	}
}

// Within waits until a condition holds, and fails when it does not in time.
func Within(limit time.Duration, holds func() bool) error {
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("not within %s", limit)
		}
	}
	return nil
}
