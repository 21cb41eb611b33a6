package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"chorus/internal/load"
	"chorus/tests/testbed"
)

// bench knows where the programs are that it has built.
type bench struct {
	*flags
	dir   string
	grown []grown
	wrong []string // what was not delivered as it has to be, in a sentence each
	// versions are those of what is measured.
	versions []string
}

// build builds what is measured, and what measures.
func (b *bench) build(ctx context.Context) error {
	steps := [][]string{
		{"go", "build", "-o", b.program("chorus"), "chorus/cmd/server"},
		{"go", "build", "-o", b.program("loadtest"), "chorus/cmd/loadtest"},
	}
	if b.measures("socketio") {
		steps = append(steps, []string{"npm", "ci", "--prefix", "tests/bench/socketio", "--no-audit", "--no-fund", "--silent"})
	}
	if b.measures("centrifugo") {
		steps = append(steps, []string{"env", "GOBIN=" + b.dir, "go", "install", "github.com/centrifugal/centrifugo/v6@" + centrifugoVersion})
	}
	for _, s := range steps {
		cmd := exec.CommandContext(ctx, s[0], s[1:]...)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(s, " "), err)
		}
	}
	return nil
}

const centrifugoVersion = "v6.9.1"

func (b *bench) program(name string) string { return filepath.Join(b.dir, name) }

func (b *bench) measures(target string) bool {
	return slices.Contains(b.Targets, target)
}

// service is a target that runs.
type service struct {
	dialect string
	urls    []string
	nodes   []*exec.Cmd
	redis   *testbed.Redis // nil where there is none
}

// start starts a target, with so many nodes where it can have several. Each has a Redis of its own that is
// new, and keeps its data as the compose file lets it.
func (b *bench) start(ctx context.Context, target string, nodes int) (s *service, err error) {
	s = &service{dialect: "chorus"}
	defer func() {
		if err != nil {
			s.stop()
		}
	}()
	if target != "floor" {
		dir, err := os.MkdirTemp(b.dir, "redis-")
		if err != nil {
			return s, err
		}
		if s.redis, err = testbed.LaunchRedis(dir, "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"); err != nil {
			return s, err
		}
	}
	for range nodes {
		addr, err := testbed.UnusedAddr()
		if err != nil {
			return s, err
		}
		if err := b.startNode(ctx, s, target, addr); err != nil {
			return s, fmt.Errorf("%s: %w", target, err)
		}
	}
	return s, nil
}

func (b *bench) startNode(ctx context.Context, s *service, target, addr string) error {
	_, port, _ := net.SplitHostPort(addr)
	var cmd *exec.Cmd
	path := "/ws"
	switch target {
	case "chorus":
		cmd = exec.CommandContext(ctx, b.program("chorus"), append([]string{"--addr", addr, "--redis", s.redis.URL(), "--log-level", "warn", "--retention", "100000"}, testbed.Unlimited()...)...)
	case "floor":
		cmd = exec.CommandContext(ctx, b.program("loadtest"), "floor", "--addr", addr)
	case "socketio":
		s.dialect, path = "socketio", ""
		cmd = exec.CommandContext(ctx, "node", "tests/bench/socketio/server.js", port, s.redis.URL())
	case "centrifugo":
		s.dialect, path = "centrifugo", "/connection/websocket"
		cmd = exec.CommandContext(ctx, b.program("centrifugo"), "--config", "tests/bench/centrifugo.json",
			"--http_server.address", "127.0.0.1", "--http_server.port", port)
		cmd.Env = append(os.Environ(), "CENTRIFUGO_ENGINE_REDIS_ADDRESS="+s.redis.URL())
	}
	log, err := os.Create(filepath.Join(b.dir, target+"-"+port+".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	s.nodes = append(s.nodes, cmd)
	s.urls = append(s.urls, "ws://"+addr+path)
	if testbed.Within(15*time.Second, func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	}) != nil {
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("does not listen: %s", text)
	}
	return nil
}

func (s *service) stop() {
	for _, n := range s.nodes {
		_ = n.Process.Kill()
		_ = n.Wait()
	}
	if s.redis != nil {
		s.redis.Kill()
		_ = os.RemoveAll(s.redis.Dir()) // the whole directory goes in the end
	}
}

// load runs the load generator as a process of its own, so that its CPU is not the service's.
func (b *bench) load(ctx context.Context, s *service, args ...string) (*load.Report, error) {
	flags := []string{"--quiet", "--json=-", "--dialect", s.dialect, "--patience=120s"}
	for _, u := range s.urls {
		flags = append(flags, "--url", u)
	}
	for _, n := range s.nodes {
		flags = append(flags, "--server-pid", strconv.Itoa(n.Process.Pid))
	}
	if s.redis != nil {
		flags = append(flags, "--redis", s.redis.Addr())
	}
	cmd := exec.CommandContext(ctx, b.program("loadtest"), append(append([]string{args[0]}, flags...), args[1:]...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	var r load.Report
	if jsonErr := json.Unmarshal(out, &r); jsonErr != nil {
		return nil, cmp.Or(ctx.Err(), err, jsonErr) // it has said why
	}
	if r.RedisLost != "" {
		return nil, errors.New(r.RedisLost) // there would be no figures of it
	}
	return &r, nil // what was wrong stands in the report
}
