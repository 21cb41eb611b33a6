package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chorus/internal/server"
	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// talker keeps saying numbered things over whatever connection there is, as the page does: each
// under one key until it is acknowledged.
type talker struct {
	name  string
	nodes []string      // URLs
	acked *atomic.Int64 // by all talkers

	mu    sync.Mutex
	token string
	shown []client.Message
	err   error
}

// talk says one thing after another until enough is closed, and returns how many. All of them were
// acknowledged.
func (p *talker) talk(ctx context.Context, first int, enough <-chan struct{}) (said int) {
	var c *client.Client
	for {
		if c == nil {
			if c = p.connect(ctx, first+said); c == nil {
				return said
			}
		}
		text := fmt.Sprintf("%s says %d", p.name, said)
		pause := 20 * time.Millisecond // refused for now: the same again
		if _, err := c.Send(ctx, "lobby", fmt.Sprintf("%s-%d", p.name, said), text); err == nil {
			said++
			p.acked.Add(1)
			pause = 5 * time.Millisecond // people breathe, and the log keeps all of it
			select {
			case <-enough:
				// What is still on its way is somebody else's question: see the log.
				c.Close()
				p.keep(c)
				return said
			default:
			}
		}
		select {
		case <-c.Done():
			p.keep(c)
			c = nil
		case <-time.After(pause):
		}
	}
}

// connect tries one node after the other until one takes it.
func (p *talker) connect(ctx context.Context, start int) *client.Client {
	for i := start; ctx.Err() == nil; i++ {
		c, err := client.Connect(ctx, p.nodes[i%len(p.nodes)], p.name, p.token)
		if err == nil {
			since := p.last()
			if _, err = c.Join(ctx, "lobby", &since); err == nil {
				p.token = c.Token
				return c
			}
			c.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
	p.fail(ctx.Err())
	return nil
}

func (p *talker) last() client.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.shown); n > 0 {
		return client.Position{Seq: p.shown[n-1].Seq, ID: p.shown[n-1].ID}
	}
	return client.Position{}
}

func (p *talker) keep(c *client.Client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown = append(p.shown, c.Messages("lobby")...)
	p.err = errors.Join(p.err, c.Violation())
	if len(c.Resets("lobby")) > 0 {
		p.err = errors.Join(p.err, errors.New("the view was reset"))
	}
}

func (p *talker) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = errors.Join(p.err, err)
}

// All nodes are replaced, one after the other, while twelve people talk: everything that was
// acknowledged is in the log, once, and everybody's view is the beginning of the log.
func TestARollingRestartLosesAndRepeatsNothing(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		nodes := startNodes(t, 3, redis)
		var urls []string
		for _, n := range nodes {
			urls = append(urls, n.URL)
		}
		people, said := make([]*talker, 12), make([]int, 12)
		var acked atomic.Int64
		var talking sync.WaitGroup
		enough := make(chan struct{})
		for i := range people {
			people[i] = &talker{name: fmt.Sprint("p", i), nodes: urls, acked: &acked}
			talking.Go(func() { said[i] = people[i].talk(ctx, i, enough) })
		}
		someMoreIsSaid := func() {
			t.Helper()
			before := acked.Load()
			testbed.Eventually(t, 20*time.Second, "some more is said", func() bool { return acked.Load() >= before+100 })
		}
		for i, old := range nodes {
			someMoreIsSaid()
			addr := old.Server.Addr()
			old.Stop()
			someMoreIsSaid() // without it
			nodes[i] = node.Start(t, node.Redis(redis), node.Named(fmt.Sprint("new-", i+1)), func(c *server.Config) { c.Addr = addr })
		}
		someMoreIsSaid()
		close(enough)
		talking.Wait()

		total := 0
		for _, n := range said {
			total += n
		}
		all := nodes[0].Resume(t, "all", "", "lobby", &client.Position{})
		waitFor(t, all, "lobby", uint64(total))
		log := all.Messages("lobby")
		if len(log) != total {
			t.Fatalf("the log has %d messages, %d were said", len(log), total)
		}
		next := map[string]int{}
		for _, m := range log {
			name := m.User.Name
			if want := fmt.Sprintf("%s says %d", name, next[name]); m.Text != want {
				t.Fatalf("message %d is %q, want %q", m.Seq, m.Text, want)
			}
			next[name]++
		}
		for i, p := range people {
			if p.err != nil {
				t.Errorf("%s: %v", p.name, p.err)
			}
			if !slices.Equal(p.shown, log[:len(p.shown)]) {
				t.Errorf("what %s was shown is not the beginning of the log", p.name)
			}
			if len(p.shown) < said[i] {
				t.Errorf("%s was shown only %d messages", p.name, len(p.shown))
			}
		}
	})
}
