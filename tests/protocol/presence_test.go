package protocol_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"chorus/internal/server"
	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

func connect(t *testing.T, n *node.Node, name string) *client.Client {
	t.Helper()
	c, err := client.Connect(within(t), n.URL, name, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestWhoAsksIsToldWhoIsThere(t *testing.T) {
	n := node.Start(t)
	ann, bob := connect(t, n, "Ann"), n.Join(t, "Bob", "lobby")
	if _, err := ann.JoinAndWatch(within(t), "lobby", nil); err != nil {
		t.Fatal(err)
	}
	sees := func(names ...string) {
		t.Helper()
		testbed.Eventually(t, 10*time.Second, "Ann sees "+strings.Join(names, ", "), func() bool {
			return slices.Equal(ann.People("lobby"), names)
		})
	}
	sees("Ann", "Bob")
	plain, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(n.URL, "http")+"/ws?name=Eve", nil)
	if err != nil {
		t.Fatal(err)
	}
	sees("Ann", "Bob", "Eve")
	plain.Close()
	if _, err := bob.Do(within(t), "leave", map[string]any{"room": "lobby"}); err != nil {
		t.Fatal(err)
	}
	sees("Ann", "Eve") // who said goodbye is gone at once, who lost the connection may come back
	sees("Ann")
	if bob.People("lobby") != nil {
		t.Error("Bob was told without having asked")
	}
	for _, c := range []*client.Client{ann, bob} {
		if err := c.Violation(); err != nil {
			t.Error(err)
		}
	}
}

func TestANodeCanKeepToItselfWhoIsThere(t *testing.T) {
	n := node.Start(t, func(c *server.Config) { c.Hub.Presence = false })
	ann := connect(t, n, "Ann")
	if _, err := ann.JoinAndWatch(within(t), "lobby", nil); err != nil {
		t.Fatal(err)
	}
	n.Join(t, "Bob", "lobby")
	sayMany(t, ann, "lobby", 3)
	if ann.People("lobby") != nil {
		t.Error("Ann was told")
	}
}
