package cluster_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"

	"chorus/internal/server"
	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

const productSecret = "the secret of the product, which is long enough"

// startInProduct starts three nodes on which everybody may write in the lobby.
func startInProduct(t *testing.T, redis string) (nodes []*node.Node) {
	t.Helper()
	for i := range 3 {
		nodes = append(nodes, node.Start(t, node.Redis(redis), node.Named(fmt.Sprint("node-", i+1)), func(c *server.Config) {
			c.Auth.JWTSecret, c.Auth.PublicRooms = productSecret, []string{"*"}
		}))
	}
	return nodes
}

// enter joins the lobby as a user of the product, who may be an administrator.
func enter(t *testing.T, n *node.Node, sub string, admin bool) *client.Client {
	t.Helper()
	return n.Resume(t, "", token(t, sub, admin), "lobby", nil)
}

func token(t *testing.T, sub string, admin bool) string {
	t.Helper()
	s, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": sub, "name": sub, "exp": time.Now().Add(time.Hour).Unix(), "chorus": map[string]any{"admin": admin},
	}).SignedString([]byte(productSecret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// moderate goes on trying: a node that has just started may not be everywhere yet.
func moderate(t *testing.T, c *client.Client, room, action, user string, seconds int) {
	t.Helper()
	var err error
	testbed.Eventually(t, 10*time.Second, action, func() bool {
		_, err = c.Moderate(t.Context(), room, action, user, seconds)
		refused, ok := errors.AsType[*client.Error](err)
		return !ok || !refused.Retryable
	})
	if err != nil {
		t.Fatalf("%s can't %s %s: %v", c.User.Name, action, user, err)
	}
}

func wantForbidden(t *testing.T, err error) {
	t.Helper()
	if refused, ok := errors.AsType[*client.Error](err); !ok || refused.Code != "forbidden" {
		t.Fatalf("got %v, want that it is forbidden", err)
	}
}

func TestABanTakesEffectOnAllNodesAtOnce(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		nodes := startInProduct(t, redis)
		root, ann := enter(t, nodes[0], "root", true), enter(t, nodes[1], "ann", false)
		bobs := []*client.Client{enter(t, nodes[0], "bob", false), enter(t, nodes[1], "bob", false), enter(t, nodes[2], "bob", false)}

		// When the answer has come nobody of them can speak any more, whether their nodes have heard of it
		// or not.
		moderate(t, root, "lobby", "mute", "bob", 0)
		for _, bob := range bobs {
			_, err := bob.Send(t.Context(), "lobby", client.NewKey(), "hello?")
			wantForbidden(t, err)
		}
		moderate(t, root, "lobby", "unmute", "bob", 0)
		say(t, bobs[1], "lobby", "hello")
		moderate(t, root, "lobby", "ban", "bob", 0)
		for i, bob := range bobs {
			if _, err := bob.Send(t.Context(), "lobby", client.NewKey(), "hello?"); err == nil {
				t.Errorf("Bob can speak on node %d", i+1)
			}
			testbed.Eventually(t, 10*time.Second, fmt.Sprint("Bob is told on node ", i+1), func() bool { return len(bob.Removed()) == 1 })
			if r := bob.Removed()[0]; r != (client.Removed{Room: "lobby", Reason: "banned"}) {
				t.Errorf("told %+v", r)
			}
			_, err := bob.Join(t.Context(), "lobby", nil)
			wantForbidden(t, err)
		}
		say(t, ann, "lobby", "he is gone")
		waitFor(t, root, "lobby", 5)
		for _, bob := range bobs {
			if last := bob.Last("lobby"); last.Seq != 4 {
				t.Errorf("the last that Bob was shown is %d", last.Seq)
			}
		}
		// A node that was not there reads it from Redis.
		late := node.Start(t, node.Redis(redis), func(c *server.Config) {
			c.Auth.JWTSecret, c.Auth.PublicRooms = productSecret, []string{"*"}
		})
		bob, err := client.Connect(t.Context(), late.URL, "", token(t, "bob", false))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(bob.Close)
		_, err = bob.Join(t.Context(), "lobby", nil)
		wantForbidden(t, err)
	})
}

func TestWhatConcernsAllReachesAllNodes(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		nodes := startInProduct(t, redis)
		root := enter(t, nodes[0], "root", true)
		var people []*client.Client
		for i, n := range nodes {
			people = append(people, enter(t, n, fmt.Sprint("person-", i), false))
		}
		// A node joins everywhere in the background, and what was announced before is not repeated.
		heard := func(c *client.Client, text string) bool {
			for _, m := range c.Messages(client.Everywhere) {
				if m.Text == text {
					return true
				}
			}
			return false
		}
		testbed.Eventually(t, 20*time.Second, "all nodes are everywhere", func() bool {
			text := client.NewKey()
			if _, err := root.Announce(t.Context(), client.Everywhere, text); err != nil {
				return false
			}
			time.Sleep(100 * time.Millisecond)
			return heard(people[0], text) && heard(people[1], text) && heard(people[2], text)
		})
		if _, err := root.Announce(t.Context(), client.Everywhere, "hear ye"); err != nil {
			t.Fatal(err)
		}
		if _, err := root.Announce(t.Context(), client.Everywhere, "that was it"); err != nil {
			t.Fatal(err)
		}
		for _, c := range append(people, root) {
			testbed.Eventually(t, 10*time.Second, c.User.Name+" is told", func() bool { return heard(c, "that was it") })
			times := 0
			for _, m := range c.Messages(client.Everywhere) {
				if m.Text == "hear ye" {
					times++
				}
			}
			if times != 1 {
				t.Errorf("%s is told %d times", c.User.Name, times)
			}
		}

		bobs := []*client.Client{enter(t, nodes[0], "bob", false), enter(t, nodes[1], "bob", false), enter(t, nodes[2], "bob", false)}
		moderate(t, root, client.Everywhere, "ban", "bob", 0)
		for i, bob := range bobs {
			if closed, ok := errors.AsType[*websocket.CloseError](bob.Ended(t.Context())); !ok || closed.Code != 4501 {
				t.Errorf("on node %d Bob's session ended with %v", i+1, closed)
			}
			_, err := client.Connect(t.Context(), nodes[i].URL, "", token(t, "bob", false))
			wantForbidden(t, err)
		}
		for _, c := range append(people, root) {
			say(t, c, "lobby", "all is well")
		}
		moderate(t, root, client.Everywhere, "unban", "bob", 0)
		testbed.Eventually(t, 10*time.Second, "Bob may come again", func() bool {
			c, err := client.Connect(t.Context(), nodes[2].URL, "", token(t, "bob", false))
			if err == nil {
				c.Close()
			}
			return err == nil
		})
	})
}
