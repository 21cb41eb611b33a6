package cluster_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// Posts go to each node in turn, and have to find the one with the stream.
func TestAnEventStreamNeedsNoStickySession(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		nodes := startNodes(t, 3, redis)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		bob := nodes[0].Join(t, "Bob", "lobby")
		ann := connectByEvents(ctx, t, "Ann", "", nodes...)
		if _, err := ann.Join(ctx, "lobby", nil); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			say(t, ann, "lobby", "from Ann")
			say(t, bob, "lobby", "from Bob")
		}
		waitFor(t, bob, "lobby", 20)
		waitFor(t, ann, "lobby", 20)

		// The node with the stream goes, and she goes on by another one.
		nodes[0].Stop()
		if err := ann.Ended(ctx); err == nil {
			t.Fatal("the stream goes on without its node")
		}
		back := connectByEvents(ctx, t, "", ann.Token, nodes[1:]...)
		since := ann.Last("lobby")
		if _, err := back.Join(ctx, "lobby", &since); err != nil {
			t.Fatal(err)
		}
		say(t, back, "lobby", "again")
		testbed.Eventually(t, 10*time.Second, "nothing is missing", func() bool { return back.Last("lobby").Seq == 21 })
		for _, c := range []*client.Client{ann, back} {
			if err := c.Violation(); err != nil {
				t.Error(err)
			}
		}
	})
}

func connectByEvents(ctx context.Context, t *testing.T, name, token string, nodes ...*node.Node) *client.Client {
	t.Helper()
	var bases []string
	for _, n := range nodes {
		bases = append(bases, n.URL)
	}
	c, err := client.ConnectByEventsOf(ctx, bases, name, token)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// What a client repeats by other nodes, because it has no answer yet, is carried out once.
func TestAPostThatComesByAllNodesIsCarriedOutOnce(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		nodes := startNodes(t, 3, redis)
		e, err := client.OpenEvents(nodes[0].URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(e.Close)
		const posts = 20
		for n := range posts {
			var posting errgroup.Group
			for _, by := range nodes {
				posting.Go(func() error {
					return client.PostUntilTaken(by.URL, e.ID, n+1, fmt.Sprintf(`{"id":%d,"connect":{"name":""}}`, n+1))
				})
			}
			if err := posting.Wait(); err != nil {
				t.Fatal(err)
			}
		}
		if err := client.PostUntilTaken(nodes[1].URL, e.ID, posts+1, `{"id":1000,"connect":{"name":"Ann"}}`); err != nil {
			t.Fatal(err)
		}
		var answers []string
		for !strings.Contains(strings.Join(answers, ""), `"id":1000`) {
			frame, err := e.ReadFrame()
			if err != nil {
				t.Fatal(err)
			}
			answers = append(answers, strings.Split(string(frame), "\n")...)
		}
		for n := range posts {
			if len(answers) != posts+1 || !strings.HasPrefix(answers[n], fmt.Sprintf(`{"id":%d,"error":`, n+1)) {
				t.Fatalf("answered is %q", answers)
			}
		}
	})
}
