package cluster_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// watch connects to a node, as the user of a token if there is one, and joins the lobby to see who is there.
func watch(t *testing.T, n *node.Node, name, token string) *client.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := client.Connect(ctx, n.URL, name, token)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := c.Violation(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
	if _, err := c.JoinAndWatch(ctx, "lobby", nil); err != nil {
		t.Fatal(err)
	}
	return c
}

func waitForPeople(t *testing.T, c *client.Client, names ...string) {
	t.Helper()
	testbed.Eventually(t, 15*time.Second, fmt.Sprintf("%s sees %v", c.User.Name, names), func() bool {
		return slices.Equal(c.People("lobby"), names)
	})
}

func TestSomebodyIsHereOnceWithTwoTabsOnTwoNodes(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		nodes := startNodes(t, 3, redis)
		bob := watch(t, nodes[0], "Bob", "")
		waitForPeople(t, bob, "Bob")
		ann := watch(t, nodes[1], "Ann", "")
		again := watch(t, nodes[2], "Ann", ann.Token)
		for _, c := range []*client.Client{bob, ann, again} {
			waitForPeople(t, c, "Ann", "Bob")
		}
		ann.Close()
		eve := watch(t, nodes[1], "Eve", "")
		waitForPeople(t, eve, "Ann", "Bob", "Eve")
		again.Close()
		waitForPeople(t, bob, "Bob", "Eve")
		heard := bob.Heard("lobby")
		heard = slices.DeleteFunc(heard, func(s string) bool { return s == "+Bob" }) // where the roster came first
		if want := []string{"+Ann", "+Eve", "-Ann"}; !slices.Equal(heard, want) {
			t.Errorf("Bob heard %v, want %v", heard, want)
		}
	})
}

// A node that is gone says no more that somebody is there, and nobody says that they have left.
func TestPeopleOfANodeThatIsGoneAreGoneToo(t *testing.T) {
	nodes := startNodes(t, 3, testbed.StartRedis(t).URL())
	bob, eve := watch(t, nodes[0], "Bob", ""), watch(t, nodes[2], "Eve", "")
	ann := watch(t, nodes[1], "Ann", "")
	watch(t, nodes[1], "Joe", "")
	waitForPeople(t, bob, "Ann", "Bob", "Eve", "Joe")
	nodes[1].Stop()
	back := watch(t, nodes[0], "Ann", ann.Token)
	for _, c := range []*client.Client{bob, eve, back} {
		waitForPeople(t, c, "Ann", "Bob", "Eve")
	}
	for _, c := range []*client.Client{bob, eve} {
		heard := slices.DeleteFunc(c.Heard("lobby"), func(s string) bool { return s[0] == '+' })
		if !slices.Equal(heard, []string{"-Joe"}) {
			t.Errorf("%s heard that %v left", c.User.Name, heard)
		}
	}
}
