package cluster_test

import (
	"context"
	"testing"
	"time"

	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// connect connects to a node, by a token if there is one, and opens the mailbox.
func connect(t *testing.T, n *node.Node, name, token string) (*client.Client, []client.MailboxRoom) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := client.Connect(ctx, n.URL, name, token)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	rooms, err := c.Mailbox(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return c, rooms
}

func TestTwoTalkAcrossNodesAndDevices(t *testing.T) {
	overEach(t, func(t *testing.T, redis string) {
		nodes := startNodes(t, 3, redis)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		ann, _ := connect(t, nodes[0], "Ann", "")
		bob, _ := connect(t, nodes[1], "Bob", "")
		phone, _ := connect(t, nodes[2], "", bob.Token)
		room := ann.Direct(bob)
		if _, err := ann.Join(ctx, room, nil); err != nil {
			t.Fatal(err)
		}
		said := say(t, ann, room, "Are you there?")
		for _, c := range []*client.Client{bob, phone} {
			testbed.Eventually(t, 10*time.Second, "Bob is told on both devices", func() bool {
				n := c.Notices()
				return len(n) == 1 && n[0].Room == room && n[0].User == ann.User && n[0].Head == said
			})
		}
		if _, err := bob.Join(ctx, room, nil); err != nil {
			t.Fatal(err)
		}
		waitFor(t, bob, room, 1)
		if _, err := bob.MarkRead(ctx, room, said); err != nil {
			t.Fatal(err)
		}
		for _, c := range []*client.Client{ann, phone} {
			testbed.Eventually(t, 10*time.Second, c.User.Name+" sees that Bob has read it", func() bool {
				m := c.Marks()
				return len(m) == 1 && m[0] == client.ReadMark{Room: room, User: bob.User.ID, At: said}
			})
		}

		// Eve was not there when she was written to.
		eve, _ := connect(t, nodes[0], "Eve", "")
		eve.Close()
		late := ann.Direct(eve)
		if _, err := ann.Join(ctx, late, nil); err != nil {
			t.Fatal(err)
		}
		say(t, ann, late, "And you?")
		_, rooms := connect(t, nodes[2], "", eve.Token)
		if len(rooms) != 1 || rooms[0].Room != late || *rooms[0].User != ann.User || rooms[0].Unread != 1 || rooms[0].Last.Text != "And you?" {
			t.Errorf("Eve finds %+v", rooms)
		}
		_, rooms = connect(t, nodes[1], "", ann.Token)
		if len(rooms) != 2 || rooms[0].Room != late || rooms[1].Room != room || rooms[0].User.Name != "Eve" || rooms[1].User.Name != "Bob" {
			t.Errorf("Ann finds %+v", rooms)
		}
	})
}
