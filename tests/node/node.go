// Package node starts whole nodes inside a test's process.
package node

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"chorus/internal/limit"
	"chorus/internal/server"
	"chorus/tests/client"
)

// Node is a node of a test.
type Node struct {
	Server *server.Server
	URL    string
	stop   func()
}

// Start starts a node on a free port of the loopback interface, with the default configuration
// as changed by the given functions, and stops it when the test ends.
func Start(t testing.TB, change ...func(*server.Config)) *Node {
	t.Helper()
	var config server.Config
	if err := kong.ApplyDefaults(&config); err != nil {
		t.Fatal(err)
	}
	config.Addr = "127.0.0.1:0"
	config.ShutdownTimeout = 5 * time.Second
	config.Limit = limit.Options{} // tests do more than people; those of the limits have their own
	for _, c := range change {
		c(&config)
	}
	s, err := server.New(config, slog.New(slog.NewTextHandler(logWriter{t}, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Run(ctx); err != nil {
			t.Errorf("the node failed: %v", err)
		}
	}()
	n := &Node{Server: s, URL: "http://" + s.Addr(), stop: sync.OnceFunc(func() { cancel(); <-ended })}
	t.Cleanup(n.Stop)
	return n
}

// Stop shuts the node down and waits for it. Stopping twice is harmless.
func (n *Node) Stop() { n.stop() }

// Redis makes a node use a Redis.
func Redis(url string) func(*server.Config) {
	return func(c *server.Config) { c.Redis = url }
}

// Named gives a node a name.
func Named(name string) func(*server.Config) {
	return func(c *server.Config) { c.Node = name }
}

// Token is good for the API of nodes that are started with API.
const Token = "a-token-for-the-programs-of-tests"

// API lets programs that have the Token use a node.
func API(c *server.Config) { c.API.Tokens = []string{Token} }

// Join connects to the node by a name and joins a room at its newest messages.
func (n *Node) Join(t testing.TB, name, room string) *client.Client {
	t.Helper()
	return n.Resume(t, name, "", room, nil)
}

// Resume connects by a token, if there is one, and joins a room after a position. When the test
// ends the session is closed, and fails the test if it saw what the protocol forbids.
func (n *Node) Resume(t testing.TB, name, token, room string, since *client.Position) *client.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := client.Connect(ctx, n.URL, name, token)
	if err != nil {
		t.Fatalf("%s can't connect: %v", name, err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := c.Violation(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
	if _, err := c.Join(ctx, room, since); err != nil {
		t.Fatalf("%s can't join %s: %v", name, room, err)
	}
	return c
}

// logWriter shows a node's log with the test that it belongs to.
type logWriter struct{ t testing.TB }

func (w logWriter) Write(line []byte) (int, error) {
	w.t.Logf("%s", line)
	return len(line), nil
}
