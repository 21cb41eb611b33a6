// Package cluster_test tries several whole nodes over one Redis.
package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gorilla/websocket"

	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// overEach runs a test over miniredis, and over a real Redis in each of its forms, side by side: most of
// the time is waiting.
func overEach(t *testing.T, test func(t *testing.T, redis string)) {
	for name, start := range map[string]func(t *testing.T) string{
		"miniredis": func(t *testing.T) string { return "redis://" + miniredis.RunT(t).Addr() },
		"redis":     func(t *testing.T) string { return testbed.StartRedis(t).URL() },
		"sentinel":  func(t *testing.T) string { return testbed.StartFailover(t).URL() },
		"cluster":   func(t *testing.T) string { return testbed.StartCluster(t).URL() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t))
		})
	}
}

func startNodes(t *testing.T, n int, redis string) []*node.Node {
	t.Helper()
	nodes := make([]*node.Node, n)
	for i := range nodes {
		nodes[i] = node.Start(t, node.Redis(redis), node.Named(fmt.Sprint("node-", i+1)))
	}
	return nodes
}

func say(t *testing.T, c *client.Client, room, text string) client.Position {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	p, err := c.Send(ctx, room, client.NewKey(), text)
	if err != nil {
		t.Fatalf("%s can't say %q: %v", c.User.Name, text, err)
	}
	return p
}

func waitFor(t *testing.T, c *client.Client, room string, seq uint64) {
	t.Helper()
	testbed.Eventually(t, 20*time.Second, fmt.Sprintf("%s is shown message %d of %s", c.User.Name, seq, room), func() bool {
		return c.Last(room).Seq >= seq
	})
}

func TestEverybodyOnEveryNodeSeesTheSameInTheSameOrder(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		const each = 40
		nodes := startNodes(t, 3, redis)
		var people []*client.Client
		for i := range 6 {
			people = append(people, nodes[i%3].Join(t, fmt.Sprint("person ", i), "lobby"))
		}
		var talking sync.WaitGroup
		for _, p := range people {
			talking.Go(func() {
				for i := range each {
					if _, err := p.Send(t.Context(), "lobby", client.NewKey(), fmt.Sprintf("%s says %d", p.User.Name, i)); err != nil {
						t.Errorf("%s: %v", p.User.Name, err)
					}
				}
			})
		}
		talking.Wait()
		total := uint64(len(people) * each)
		for _, p := range people {
			waitFor(t, p, "lobby", total)
			if got := p.Messages("lobby"); !slices.Equal(got, people[0].Messages("lobby")) {
				t.Fatalf("%s sees something else than %s", p.User.Name, people[0].User.Name)
			}
		}
		if first := people[0].Messages("lobby")[0]; first.Seq != 1 {
			t.Fatalf("the first message shown is %d", first.Seq)
		}
		late := nodes[1].Join(t, "late", "lobby")
		waitFor(t, late, "lobby", total)
		all := people[0].Messages("lobby")
		if got := late.Messages("lobby"); !slices.Equal(got, all[len(all)-len(got):]) || len(got) != 50 {
			t.Fatalf("somebody late is shown %d messages, not the newest 50", len(got))
		}
	})
}

func TestANodeThatStopsDoesNotDisturbTheOthers(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		nodes := startNodes(t, 3, redis)
		ann, bob, eve := nodes[0].Join(t, "Ann", "lobby"), nodes[1].Join(t, "Bob", "lobby"), nodes[2].Join(t, "Eve", "lobby")
		say(t, ann, "lobby", "before")
		waitFor(t, eve, "lobby", 1)

		nodes[2].Stop()
		var closed *websocket.CloseError
		if err := eve.Ended(t.Context()); !errors.As(err, &closed) || closed.Code != websocket.CloseServiceRestart {
			t.Fatalf("Eve's session ended with %v, not with 1012", err)
		}
		for i := range 100 {
			say(t, []*client.Client{ann, bob}[i%2], "lobby", fmt.Sprint("meanwhile ", i))
		}
		waitFor(t, ann, "lobby", 101)
		waitFor(t, bob, "lobby", 101)

		last := eve.Last("lobby")
		back := nodes[0].Resume(t, "Eve", eve.Token, "lobby", &last)
		if back.User != eve.User {
			t.Fatalf("Eve %+v came back as %+v", eve.User, back.User)
		}
		waitFor(t, back, "lobby", 101)
		if got := back.Messages("lobby"); !slices.Equal(got, ann.Messages("lobby")[1:]) {
			t.Fatalf("Eve is shown %d messages, not the 100 that she missed", len(got))
		}
	})
}

func TestARepeatedSendIsStoredOnceOnAnyNode(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		nodes := startNodes(t, 2, redis)
		ann := nodes[0].Join(t, "Ann", "lobby")
		first, err := ann.Send(t.Context(), "lobby", "the-key", "once")
		if err != nil {
			t.Fatal(err)
		}
		elsewhere := nodes[1].Resume(t, "Ann", ann.Token, "lobby", nil)
		again, err := elsewhere.Do(t.Context(), "send", map[string]any{"room": "lobby", "key": "the-key", "text": "once"})
		if err != nil {
			t.Fatal(err)
		}
		if !again.Sent.Duplicate || (client.Position{Seq: again.Sent.Seq, ID: again.Sent.ID}) != first {
			t.Fatalf("the repeat got %+v, the first one %+v", again.Sent, first)
		}
		if p := say(t, ann, "lobby", "next"); p.Seq != 2 {
			t.Fatalf("the next message is number %d", p.Seq)
		}
	})
}

func TestRedisDownIsSaidAndHealsByItself(t *testing.T) {
	redis := testbed.StartRedis(t)
	nodes := startNodes(t, 2, redis.URL())
	ann, bob := nodes[0].Join(t, "Ann", "lobby"), nodes[1].Join(t, "Bob", "lobby")
	say(t, ann, "lobby", "before")
	waitFor(t, bob, "lobby", 1)

	redis.Kill()
	start := time.Now()
	_, err := ann.Send(t.Context(), "lobby", "k", "into the void?")
	var refusal *client.Error
	if !errors.As(err, &refusal) || refusal.Code != "unavailable" || !refusal.Retryable {
		t.Fatalf("with Redis down a send got %v", err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Fatalf("that took %s", took)
	}
	testbed.Eventually(t, 10*time.Second, "the nodes are not ready", func() bool {
		return status(t, nodes[0], "/readyz") == 503 && status(t, nodes[1], "/readyz") == 503
	})
	if got := status(t, nodes[0], "/healthz"); got != 200 {
		t.Fatalf("/healthz answers %d", got)
	}

	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, 10*time.Second, "the same send works", func() bool {
		_, err := ann.Send(t.Context(), "lobby", "k", "into the void?")
		return err == nil
	})
	testbed.Eventually(t, 10*time.Second, "the nodes are ready", func() bool {
		return status(t, nodes[0], "/readyz") == 200 && status(t, nodes[1], "/readyz") == 200
	})
	say(t, bob, "lobby", "after")
	for _, c := range []*client.Client{ann, bob} {
		waitFor(t, c, "lobby", 3)
		if got := c.Messages("lobby"); len(got) != 3 || got[1].Key != "k" {
			t.Fatalf("%s is shown %+v", c.User.Name, got)
		}
	}
}

func TestMessagesThatTheRelayLostAreReadFromTheLog(t *testing.T) {
	redis := testbed.StartRedis(t)
	admin := redis.Client()
	defer admin.Close()
	nodes := startNodes(t, 2, redis.URL())
	ann, bob := nodes[0].Join(t, "Ann", "lobby"), nodes[1].Join(t, "Bob", "lobby")
	for i := range 200 {
		if i%20 == 10 {
			if err := admin.ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err(); err != nil {
				t.Fatal(err)
			}
		}
		say(t, ann, "lobby", fmt.Sprint("message ", i))
	}
	waitFor(t, bob, "lobby", 200)
	waitFor(t, ann, "lobby", 200)
}

func status(t *testing.T, n *node.Node, path string) int {
	t.Helper()
	response, err := http.Get(n.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestWhatRedisForgotComesBack(t *testing.T) {
	redis := testbed.StartRedis(t)
	admin := redis.Client()
	defer admin.Close()
	const key = "chorus:{lobby}:log"
	nodes := startNodes(t, 3, redis.URL())
	ann, bob := nodes[0].Join(t, "Ann", "lobby"), nodes[1].Join(t, "Bob", "lobby")
	sayUntilStored := func(c *client.Client, text string) {
		t.Helper()
		k := client.NewKey()
		testbed.Eventually(t, 10*time.Second, c.User.Name+" can say "+text, func() bool {
			_, err := c.Send(t.Context(), "lobby", k, text)
			return err == nil
		})
	}
	// check waits until everybody is shown the whole log, which has all that was acknowledged.
	check := func(want ...string) {
		t.Helper()
		for _, c := range []*client.Client{ann, bob} {
			testbed.Eventually(t, 15*time.Second, fmt.Sprint(c.User.Name, " is shown ", want), func() bool {
				var shown []string
				for _, m := range c.Messages("lobby") {
					shown = append(shown, m.Text)
				}
				return slices.Equal(shown, want)
			})
		}
	}
	for _, text := range []string{"a", "b", "c"} {
		say(t, ann, "lobby", text)
	}
	snapshot, err := admin.Dump(t.Context(), key).Result()
	if err != nil {
		t.Fatal(err)
	}
	say(t, bob, "lobby", "d")
	check("a", "b", "c", "d")

	// Emptied.
	if err := admin.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	sayUntilStored(ann, "e")
	check("a", "b", "c", "d", "e")

	// Back at an old snapshot, and nobody speaks.
	rewind := func() {
		t.Helper()
		if err := admin.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		if err := admin.RestoreReplace(t.Context(), key, 0, snapshot).Err(); err != nil {
			t.Fatal(err)
		}
	}
	rewind()
	testbed.Eventually(t, 10*time.Second, "the log is whole again", func() bool {
		n, err := admin.XLen(t.Context(), key).Result()
		return err == nil && n == 5
	})
	if len(ann.Resets("lobby"))+len(bob.Resets("lobby")) > 0 {
		t.Error("a view was reset, though it could be continued")
	}
	check("a", "b", "c", "d", "e")

	// Back again, and somebody on a node that knows nothing of what was lost goes on at once.
	rewind()
	eve := nodes[2].Join(t, "Eve", "lobby")
	sayUntilStored(eve, "f")
	for _, c := range []*client.Client{ann, bob} {
		testbed.Eventually(t, 15*time.Second, c.User.Name+" is shown all six", func() bool {
			var shown []string
			for _, m := range c.Messages("lobby") {
				shown = append(shown, m.Text)
			}
			slices.Sort(shown)
			return slices.Equal(shown, []string{"a", "b", "c", "d", "e", "f"})
		})
	}
}

func TestSomebodyWhoTypesIsSeenOnAllNodes(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		nodes := startNodes(t, 2, redis)
		typing := make(chan client.Event, 100)
		dialer := client.Dialer{Watch: func(e client.Event) {
			if e.Typing != nil && e.ID == 0 {
				typing <- e
			}
		}}
		bob, err := dialer.Connect(t.Context(), nodes[1].URL, "Bob", "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(bob.Close)
		if _, err := bob.Join(t.Context(), "lobby", nil); err != nil {
			t.Fatal(err)
		}
		ann := nodes[0].Join(t, "Ann", "lobby")
		say(t, ann, "lobby", "so that both are there")
		waitFor(t, bob, "lobby", 1)
		testbed.Eventually(t, 10*time.Second, "Bob sees that Ann is typing", func() bool {
			e, err := ann.Do(t.Context(), "typing", map[string]any{"room": "lobby"})
			if err != nil || e.Typing.Seconds <= 0 {
				t.Fatalf("got %+v, %v", e.Typing, err)
			}
			select {
			case e := <-typing:
				return e.Typing.Room == "lobby" && *e.Typing.User == ann.User && e.Typing.Seconds > 0
			case <-time.After(time.Second): // a signal may be lost: who types says so again
				return false
			}
		})
		if _, err := ann.Do(t.Context(), "typing", map[string]any{"room": "elsewhere"}); err == nil {
			t.Error("typing in a room that was not joined is allowed")
		}
		if p := say(t, ann, "lobby", "done"); p.Seq != 2 {
			t.Errorf("the next message is number %d", p.Seq)
		}
	})
}
