package cluster_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/tests/node"
	"chorus/tests/receiver"
	"chorus/tests/testbed"
)

func startAnnouncing(t *testing.T, n int, redis string, r *receiver.Receiver) (nodes []*node.Node) {
	t.Helper()
	for i := range n {
		nodes = append(nodes, node.Start(t, node.Redis(redis), node.Named(fmt.Sprint("node-", i+1)), posting(r, "join", "leave")))
	}
	return nodes
}

func waitForComings(t *testing.T, r *receiver.Receiver, what string, want ...string) {
	t.Helper()
	testbed.Eventually(t, 30*time.Second, what+" is posted", func() bool {
		return slices.Equal(r.Comings(), want)
	})
}

func TestWhoComesAndGoesIsPostedOnceWhateverTheNumberOfNodes(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		r := receiver.Start(t, func(_ receiver.Post, times int) int {
			if times == 1 {
				return 500
			}
			return 200
		})
		nodes := startAnnouncing(t, 3, redis, r)
		bob := watch(t, nodes[2], "Bob", "")
		ann := watch(t, nodes[0], "Ann", "")
		waitForPeople(t, bob, "Ann", "Bob")
		again := watch(t, nodes[1], "Ann", ann.Token)
		waitForPeople(t, again, "Ann", "Bob")
		ann.Close()
		again.Close()
		waitForPeople(t, bob, "Bob")
		waitForComings(t, r, "each", "join Ann lobby", "join Bob lobby", "leave Ann lobby")
		nodes[2].Stop() // says nothing of Bob; the others do, when its lease has run out
		waitForComings(t, r, "that Bob has left", "join Ann lobby", "join Bob lobby", "leave Ann lobby", "leave Bob lobby")
	})
}

// Between what happens and its announcement a node can die. It is not so easily killed just then: here is
// one that has the database note that Ann has come and Joe, the last one in a room of its own, has left, and
// neither announces it nor is heard of again.
func TestWhatADeadNodeDidNotAnnounceIsPostedByOthers(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		died, err := bus.NewRedis(redis, bus.Options{Retention: 100}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		dies := false
		died.Announce(100, func(context.Context, []bus.Coming, int) error {
			if dies {
				return bus.ErrUnavailable
			}
			return nil
		})
		if _, err := died.Beat(t.Context(), "lease"); err != nil {
			t.Fatal(err)
		}
		joe := chat.User{ID: "u-joe", Name: "Joe"}
		if err := died.Present(t.Context(), "lease", []bus.Stays{{Room: "attic", Entered: []chat.User{joe}}}); err != nil {
			t.Fatal(err)
		}
		dies = true
		_ = died.Present(t.Context(), "lease", []bus.Stays{
			{Room: "lobby", Entered: []chat.User{{ID: "u-ann", Name: "Ann"}}},
			{Room: "attic", Left: []string{joe.ID}, Last: true},
		})
		died.Close()
		r := receiver.Start(t, receiver.Always(200))
		startAnnouncing(t, 2, redis, r)
		waitForComings(t, r, "what it left", "join Ann lobby", "leave Ann lobby", "leave Joe attic")
	})
}
