package cluster_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"chorus/internal/bus"
	"chorus/internal/server"
	"chorus/internal/webhook"
	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/receiver"
	"chorus/tests/testbed"
)

// post says something over the API of a node, and returns the status and where the message is.
func post(t *testing.T, n *node.Node, key, text string) (status int, at client.Position) {
	t.Helper()
	body, _ := json.Marshal(map[string]any{"text": text, "user": map[string]any{"id": "bot", "name": "Bot"}})
	request, err := http.NewRequestWithContext(t.Context(), "POST", n.URL+"/api/v1/rooms/lobby/messages", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+node.Token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil {
		err = json.Unmarshal(answer, &at)
	}
	if err != nil {
		t.Fatalf("got %s: %v", answer, err)
	}
	return response.StatusCode, at
}

// posting makes a node post webhooks of messages, or else of what is named, to a receiver, which is given
// less time than usual.
func posting(r *receiver.Receiver, events ...string) func(*server.Config) {
	if len(events) == 0 {
		events = []string{"message"}
	}
	return func(c *server.Config) {
		c.Webhook.Events = events
		c.Webhook.URL, c.Webhook.Secret, c.Webhook.Timeout = r.URL, receiver.Secret, time.Second
	}
}

func TestWhatAProgramSaysIsHeardOnceOnAllNodes(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		var nodes []*node.Node
		for i := range 3 {
			nodes = append(nodes, node.Start(t, node.Redis(redis), node.Named(fmt.Sprint("node-", i+1)), node.API))
		}
		eve := nodes[2].Join(t, "Eve", "lobby")
		const messages = 20
		for i := range messages {
			key := fmt.Sprint("k", i)
			status, first := post(t, nodes[0], key, fmt.Sprint("message ", i))
			if status != 201 || first.Seq != uint64(i+1) {
				t.Fatalf("got %d, %+v", status, first)
			}
			if status, again := post(t, nodes[i%3], key, "again"); status != 200 || again != first {
				t.Fatalf("the repeat got %d, %+v, the first one %+v", status, again, first)
			}
		}
		waitFor(t, eve, "lobby", messages)
		for i, m := range eve.Messages("lobby") {
			if m.Seq != uint64(i+1) || m.Text != fmt.Sprint("message ", i) || m.User.Name != "Bot" {
				t.Fatalf("Eve is shown %+v", m)
			}
		}
	})
}

func TestEachMessageIsPostedThoughTheReceiverFails(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		r := receiver.Start(t, func(_ receiver.Post, times int) int {
			if times <= 2 {
				return 500
			}
			return 200
		})
		var nodes []*node.Node
		for i := range 3 {
			nodes = append(nodes, node.Start(t, node.Redis(redis), node.Named(fmt.Sprint("node-", i+1)), node.API, posting(r)))
		}
		ann, bob := nodes[0].Join(t, "Ann", "lobby"), nodes[1].Join(t, "Bob", "tea-room")
		var want []string
		for i := range 10 {
			say(t, ann, "lobby", fmt.Sprint("ann ", i))
			say(t, bob, "tea-room", fmt.Sprint("bob ", i))
			post(t, nodes[2], fmt.Sprint("k", i), fmt.Sprint("bot ", i))
			want = append(want, fmt.Sprint("ann ", i), fmt.Sprint("bob ", i), fmt.Sprint("bot ", i))
		}
		slices.Sort(want)
		testbed.Eventually(t, 30*time.Second, "all messages are taken", func() bool { return slices.Equal(r.Taken(), want) })
		for _, p := range r.Posts() {
			if p.Type != "message" || p.Time == "" || p.Room == "" {
				t.Fatalf("posted was %+v", p)
			}
		}
	})
}

func TestANodeThatStopsLeavesItsEventsToOthers(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		r := receiver.Start(t, receiver.Always(500))
		first := node.Start(t, node.Redis(redis), node.Named("node-1"), posting(r))
		ann := first.Join(t, "Ann", "lobby")
		for _, text := range []string{"a", "b", "c"} {
			say(t, ann, "lobby", text)
		}
		testbed.Eventually(t, 10*time.Second, "it tries", func() bool { return len(r.Posts()) >= 3 })
		first.Stop()
		r.Answer(receiver.Always(200))
		node.Start(t, node.Redis(redis), node.Named("node-2"), posting(r))
		testbed.Eventually(t, 20*time.Second, "the other node posts them", func() bool {
			return slices.Equal(r.Taken(), []string{"a", "b", "c"})
		})
	})
}

// A node that dies has taken events and says nothing more of them.
func TestTheEventsOfANodeThatDiesArePostedByOthers(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		died, err := bus.NewRedis(redis, bus.Options{Retention: 100}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		queue := died.Queue(webhook.QueueName, 100)
		if _, err := queue.Add(t.Context(), "message_x", []byte(`{"type":"message","data":{"text":"hello"}}`)); err != nil {
			t.Fatal(err)
		}
		if lent, _, err := queue.Take(t.Context(), 1, 3*time.Second); err != nil || len(lent) != 1 {
			t.Fatalf("it is lent %v, %v", lent, err)
		}
		died.Close()
		r := receiver.Start(t, receiver.Always(200))
		for i := range 2 {
			node.Start(t, node.Redis(redis), node.Named(fmt.Sprint("node-", i+1)), posting(r))
		}
		testbed.Eventually(t, 20*time.Second, "another node posts it", func() bool { return len(r.Posts()) > 0 })
		if posts := r.Posts(); len(posts) != 1 || posts[0].Text != "hello" {
			t.Errorf("posted was %+v", posts)
		}
	})
}
