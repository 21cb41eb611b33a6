package testbed

import (
	"context"
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis is a real redis-server of a test's own, on loopback, with its data in a directory of
// the test's own.
type Redis struct {
	t    testing.TB
	path string
	addr string
	dir  string
	cmd  *exec.Cmd
}

// StartRedis starts a server that is stopped when the test ends.
func StartRedis(t testing.TB) *Redis {
	t.Helper()
	r := &Redis{
		t:    t,
		path: Program(t, "redis", "install redis-server (apt-get install redis-server)", "redis-server"),
		addr: freeAddr(t),
		dir:  t.TempDir(),
	}
	r.Start()
	t.Cleanup(r.Kill)
	return r
}

// URL is what --redis takes.
func (r *Redis) URL() string { return "redis://" + r.addr + "/0" }

// Addr is where the server listens.
func (r *Redis) Addr() string { return r.addr }

// Start starts the server again after Kill, with the data it had stored.
func (r *Redis) Start() {
	r.t.Helper()
	_, port, _ := net.SplitHostPort(r.addr)
	r.cmd = exec.Command(r.path, "--bind", "127.0.0.1", "--port", port, "--dir", r.dir,
		"--save", "", "--appendonly", "yes", "--appendfsync", "everysec", "--logfile", "redis.log")
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	client := r.Client()
	defer client.Close()
	Eventually(r.t, 10*time.Second, "redis-server answers", func() bool {
		return client.Ping(context.Background()).Err() == nil
	})
}

// Kill ends the server at once, as kill -9 does.
func (r *Redis) Kill() {
	if r.cmd != nil {
		_ = r.cmd.Process.Kill()
		_ = r.cmd.Wait()
		r.cmd = nil
	}
}

// Pause stops the server without closing its connections, until Resume.
func (r *Redis) Pause() { _ = r.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume ends a Pause.
func (r *Redis) Resume() { _ = r.cmd.Process.Signal(syscall.SIGCONT) }

// Client returns a client of the server for the test's own use.
func (r *Redis) Client() *redis.Client { return redis.NewClient(&redis.Options{Addr: r.addr}) }

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Eventually waits until a condition holds, and fails the test when it does not in time.
func Eventually(t testing.TB, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
}
