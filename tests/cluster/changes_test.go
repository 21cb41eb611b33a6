package cluster_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

func change(t *testing.T, c *client.Client, verb string, of client.Position, what string) client.Position {
	t.Helper()
	p, err := c.Change(t.Context(), verb, "lobby", client.NewKey(), of, what)
	if err != nil {
		t.Fatalf("%s can't %s: %v", c.User.Name, verb, err)
	}
	return p
}

func wantShown(t *testing.T, c *client.Client, want []client.Shown) {
	t.Helper()
	testbed.Eventually(t, 15*time.Second, fmt.Sprintf("%s is shown %+v", c.User.Name, want), func() bool {
		return reflect.DeepEqual(c.Shown("lobby"), want)
	})
}

func TestWhatWasSaidIsChangedOnAllNodes(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		nodes := startNodes(t, 3, redis)
		ann, bob := nodes[0].Join(t, "Ann", "lobby"), nodes[1].Join(t, "Bob", "lobby")
		first := say(t, ann, "lobby", "frist")
		second := say(t, ann, "lobby", "a secret")
		if _, err := bob.Reply(t.Context(), "lobby", "r", second, "oh"); err != nil {
			t.Fatal(err)
		}
		change(t, ann, "edit", first, "first")
		change(t, bob, "react", first, "👍")
		change(t, bob, "react", second, "😀")
		change(t, ann, "delete", second, "")
		want := []client.Shown{
			{Seq: 1, Text: "first", Edited: true, Reactions: []string{"👍 " + bob.User.ID}}, {Seq: 2, Deleted: true}, {Seq: 3, Text: "oh"},
		}
		wantShown(t, ann, want)
		wantShown(t, bob, want)
		// Node 2 has the room in memory, node 3 takes it from the log.
		for _, n := range nodes[1:] {
			late := n.Resume(t, "late", "", "lobby", &client.Position{})
			wantShown(t, late, want)
			for _, m := range late.Messages("lobby") {
				if strings.Contains(m.Text, "secret") || m.Reply != nil && m.Reply.Text != "" {
					t.Errorf("somebody who comes late is handed %+v", m)
				}
			}
		}
		// The same key on another node, after all that: what it changed is deleted by now.
		e, err := nodes[2].Resume(t, "Bob", bob.Token, "lobby", nil).Do(t.Context(), "send",
			map[string]any{"room": "lobby", "key": "r", "text": "oh", "reply": second})
		if err != nil || !e.Sent.Duplicate || e.Sent.Seq != 3 {
			t.Errorf("repeating the reply got %+v, %v", e.Sent, err)
		}
	})
}

// Log and changes are written in one step, so a snapshot has both of one moment; what it lacks the nodes
// put back.
func TestChangesThatRedisForgotComeBack(t *testing.T) {
	redis := testbed.StartRedis(t)
	admin := redis.Client()
	defer admin.Close()
	nodes := startNodes(t, 2, redis.URL())
	ann := nodes[0].Join(t, "Ann", "lobby")
	first, second := say(t, ann, "lobby", "frist"), say(t, ann, "lobby", "a secret")
	change(t, ann, "edit", first, "first")
	snapshot := map[string]string{}
	for _, key := range []string{"chorus:{lobby}:log", "chorus:{lobby}:changes"} {
		dump, err := admin.Dump(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		snapshot[key] = dump
	}
	change(t, ann, "edit", first, "the first")
	change(t, ann, "delete", second, "")
	want := []client.Shown{{Seq: 1, Text: "the first", Edited: true}, {Seq: 2, Deleted: true}}
	wantShown(t, ann, want)

	if err := admin.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	for key, dump := range snapshot {
		if err := admin.RestoreReplace(t.Context(), key, 0, dump).Err(); err != nil {
			t.Fatal(err)
		}
	}
	testbed.Eventually(t, 10*time.Second, "the log is whole again", func() bool {
		n, err := admin.XLen(t.Context(), "chorus:{lobby}:log").Result()
		return err == nil && n == 5
	})
	wantShown(t, nodes[1].Resume(t, "late", "", "lobby", &client.Position{}), want)
	wantShown(t, ann, want)
	if r := ann.Resets("lobby"); r != nil {
		t.Errorf("the view was reset: %v", r)
	}

	// A node that remembers none of it reads it from Redis.
	late := node.Start(t, node.Redis(redis.URL())).Resume(t, "late", "", "lobby", &client.Position{})
	wantShown(t, late, want)
}
