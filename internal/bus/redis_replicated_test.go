package bus_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"chorus/internal/bus"
	"chorus/internal/bus/bustest"
	"chorus/internal/chat"
	"chorus/tests/testbed"
)

// survive lets somebody talk in rooms while something happens to the servers. All that is
// acknowledged is in the logs in the end, once and in its order, and the relay works again, having
// said that it was interrupted where that was so.
func survive(t *testing.T, url string, happens func(rooms []string)) []*bustest.Inbox {
	t.Helper()
	talker, listener := connect(t, url, 1000), connect(t, url, 1000)
	rooms := make([]string, 6)
	inboxes := make([]*bustest.Inbox, len(rooms))
	for i := range rooms {
		rooms[i], inboxes[i] = fmt.Sprint("room-", i), &bustest.Inbox{}
		if _, err := listener.Subscribe(t.Context(), rooms[i], inboxes[i]); err != nil {
			t.Fatal(err)
		}
	}
	said := 0
	sayEverywhere := func() {
		t.Helper()
		for _, room := range rooms {
			d := chat.Draft{Key: fmt.Sprint("k", said), User: ann, Text: fmt.Sprint(said)}
			testbed.Eventually(t, 20*time.Second, "it can be said in "+room, func() bool {
				_, err := talker.Publish(t.Context(), room, chat.Position{}, d)
				return err == nil
			})
		}
		said++
	}
	for range 5 {
		sayEverywhere()
	}
	happens(rooms)
	for range 5 {
		sayEverywhere()
	}
	for i, room := range rooms {
		var texts []string
		testbed.Eventually(t, 20*time.Second, "the log of "+room+" can be read", func() bool {
			logged, err := listener.After(t.Context(), room, chat.Position{}, 100)
			texts = nil
			for _, m := range logged {
				texts = append(texts, m.Text)
			}
			return err == nil
		})
		if got := strings.Join(texts, " "); got != "0 1 2 3 4 5 6 7 8 9" {
			t.Errorf("%s has %s", room, got)
		}
		// What the relay missed, a hub would read after the Resync.
		last := 0
		testbed.Eventually(t, 20*time.Second, "something new is relayed to "+room, func() bool {
			last++
			text := fmt.Sprint("new ", last)
			if _, err := talker.Publish(t.Context(), room, chat.Position{}, chat.Draft{Key: fmt.Sprint("new", last), User: ann, Text: text}); err != nil {
				return false
			}
			time.Sleep(10 * time.Millisecond)
			return slices.ContainsFunc(inboxes[i].Messages(), func(m chat.Message) bool { return m.Text == text })
		})
		if relayed := inboxes[i].Messages(); len(relayed) < said+last && inboxes[i].Resyncs() == 0 {
			t.Errorf("%s was relayed %d messages and never told to resync", room, len(relayed))
		}
	}
	testbed.Eventually(t, 20*time.Second, "ready", func() bool { return listener.Ready(t.Context()) == nil })
	return inboxes
}

func TestAFailoverBySentinelsIsSurvived(t *testing.T) {
	servers := testbed.StartFailover(t)
	survive(t, servers.URL(), func([]string) {
		waitForReplica(t, servers.Servers()[0], servers.Servers()[1])
		servers.Servers()[0].Kill()
	})
}

func TestAFailoverInAClusterIsSurvived(t *testing.T) {
	servers := testbed.StartCluster(t)
	survive(t, servers.URL(), func(rooms []string) {
		owner, _, err := servers.Owner(t.Context(), "chorus:{"+rooms[0]+"}:log")
		if err != nil {
			t.Fatal(err)
		}
		waitForReplica(t, servers.Servers()[owner], servers.Servers()[owner+3])
		servers.Servers()[owner].Kill()
	})
}

// waitForReplica waits until a replica has what its master has: replication is asynchronous, and
// what was lost with a master is for hubs to put back.
func waitForReplica(t *testing.T, master, replica *testbed.Redis) {
	t.Helper()
	testbed.Eventually(t, 10*time.Second, "the replica has everything", func() bool {
		return offset(t, master, "master_repl_offset") <= offset(t, replica, "slave_repl_offset")
	})
}

// offset returns how far a server has come in the stream of changes.
func offset(t *testing.T, server *testbed.Redis, name string) int {
	t.Helper()
	client := server.Client()
	defer client.Close()
	info, err := client.Info(t.Context(), "replication").Result()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(value))
			return n
		}
	}
	t.Fatalf("no %s in %s", name, info)
	return 0
}

// A cluster is resharded while people talk: servers end subscriptions by themselves then, and send
// clients to other servers.
func TestASlotThatMovesTakesItsRoomAlong(t *testing.T) {
	servers := testbed.StartCluster(t)
	relayed := survive(t, servers.URL(), func(rooms []string) {
		for _, room := range rooms[:3] {
			from, slot, err := servers.Owner(t.Context(), "chorus:{"+room+"}:log")
			if err != nil {
				t.Fatal(err)
			}
			if err := servers.MoveSlot(t.Context(), slot, from, (from+1)%3); err != nil {
				t.Fatal(err)
			}
		}
	})
	for i, inbox := range relayed[:3] {
		if inbox.Resyncs() == 0 {
			t.Errorf("the subscription of room %d has not noticed that it was moved", i)
		}
	}
}

// A server that does not answer says nothing, neither yes nor no.
func TestAMasterThatHangsDoesNotHideTheHeadsOfOthers(t *testing.T) {
	servers := testbed.StartCluster(t)
	b := connect(t, servers.URL(), 100)
	var rooms []string
	onFirst := map[string]bool{}
	for i := range 12 {
		room := fmt.Sprint("room-", i)
		rooms = append(rooms, room)
		bustest.Say(t, b, room, ann, "hello")
		owner, _, err := servers.Owner(t.Context(), "chorus:{"+room+"}:log")
		if err != nil {
			t.Fatal(err)
		}
		onFirst[room] = owner == 0
	}
	servers.Servers()[0].Pause()
	defer servers.Servers()[0].Resume()
	heads, err := b.Heads(t.Context(), rooms)
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range rooms {
		if _, read := heads[room]; !read && !onFirst[room] {
			t.Errorf("the head of %s could not be read", room)
		}
	}
}

// A master with a single slot is a master.
func TestAMasterWithFewSlotsIsReady(t *testing.T) {
	servers := testbed.StartCluster(t)
	b := connect(t, servers.URL(), 100)
	if err := servers.KeepOneSlot(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, 20*time.Second, "ready", func() bool { return b.Ready(t.Context()) == nil })
	for range 5 {
		if err := b.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // a probe each
	}
}

func TestURLsThatNameNoRedisAreRefused(t *testing.T) {
	for _, url := range []string{
		"", "localhost:6379", "http://localhost", "redis://localhost/x", "redis-sentinel://localhost:26379",
		"redis://localhost?addr=other:6379", "redis://localhost?master_name=m", "redis-cluster://localhost/3",
		"redis-ring://localhost", "redis://localhost?nonsense=1",
	} {
		if b, err := bus.NewRedis(url, bus.Options{Retention: 10}, nil); err == nil {
			b.Close()
			t.Errorf("%q is accepted", url)
		}
	}
}
