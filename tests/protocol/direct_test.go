package protocol_test

import (
	"slices"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

func mailbox(t *testing.T, c *client.Client) []client.MailboxRoom {
	t.Helper()
	rooms, err := c.Mailbox(within(t))
	if err != nil {
		t.Fatal(err)
	}
	return rooms
}

func join(t *testing.T, c *client.Client, room string) {
	t.Helper()
	if _, err := c.Join(within(t), room, nil); err != nil {
		t.Fatalf("%s can't join %s: %v", c.User.Name, room, err)
	}
}

func waitFor(t *testing.T, c *client.Client, room string, seq uint64) {
	t.Helper()
	testbed.Eventually(t, 10*time.Second, c.User.Name+" is shown what was said", func() bool { return c.Last(room).Seq >= seq })
}

func TestTwoTalkAndNobodyElseLearnsOfIt(t *testing.T) {
	n := node.Start(t)
	ann, bob, eve := connect(t, n, "Ann"), connect(t, n, "Bob"), connect(t, n, "Eve")
	for _, c := range []*client.Client{bob, eve} {
		if rooms := mailbox(t, c); len(rooms) != 0 {
			t.Fatalf("%s has talked in %v", c.User.Name, rooms)
		}
	}
	mailbox(t, ann)
	room := ann.Direct(bob)
	e, err := ann.Do(within(t), "join", map[string]any{"room": "~" + bob.User.ID + "~" + ann.User.ID})
	if err != nil || e.Joined.Room != room || e.Joined.Access != "write" || e.Joined.Read != nil {
		t.Fatalf("got %+v, %v", e.Joined, err)
	}
	_, err = ann.Join(within(t), "~"+ann.User.ID+"~"+bob.User.ID, nil)
	wantCode(t, err, "already_joined")
	said := send(t, ann, room, "a word with you")
	testbed.Eventually(t, 10*time.Second, "Bob is told", func() bool { return len(bob.Notices()) == 1 })
	if notice := bob.Notices()[0]; notice.Room != room || notice.User != ann.User || notice.Head != said {
		t.Errorf("Bob is told %+v", notice)
	}
	rooms := mailbox(t, bob)
	if len(rooms) != 1 || rooms[0].Room != room || *rooms[0].User != ann.User || rooms[0].Unread != 1 || rooms[0].Head != said || rooms[0].Last.Text != "a word with you" {
		t.Errorf("Bob finds %+v", rooms)
	}
	join(t, bob, room)
	waitFor(t, bob, room, 1)

	for _, verb := range []map[string]any{
		{"join": map[string]any{"room": room}},
		{"send": map[string]any{"room": room, "key": "k", "text": "hello"}},
		{"history": map[string]any{"room": room}},
		{"read": map[string]any{"room": room, "at": said}},
		{"typing": map[string]any{"room": room}},
		{"react": map[string]any{"room": room, "key": "k", "of": said, "emoji": "👍"}},
	} {
		for name, fields := range verb {
			_, err := eve.Do(within(t), name, fields)
			if name == "join" {
				wantCode(t, err, "forbidden")
			} else {
				wantCode(t, err, "not_joined")
			}
		}
	}
	if rooms := mailbox(t, eve); len(rooms) != 0 || len(eve.Notices()) != 0 {
		t.Errorf("Eve has learned of %v, %v", rooms, eve.Notices())
	}
}

// administrator returns a token of the product for somebody who may do everything.
func administrator(t *testing.T) string {
	t.Helper()
	s, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": "root", "exp": time.Now().Add(time.Hour).Unix(), "chorus": map[string]any{"admin": true},
	}).SignedString([]byte(productSecret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAnAdministratorReadsNoDirectRooms(t *testing.T) {
	n := node.Start(t, inProduct)
	admin, err := client.Connect(within(t), n.URL, "", administrator(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	_, err = admin.Join(within(t), "~ann~bob", nil)
	wantCode(t, err, "forbidden")
}

func TestReadMarksMoveForwardOnAllDevicesAndThePartnerSeesThem(t *testing.T) {
	n := node.Start(t)
	ann, bob := connect(t, n, "Ann"), connect(t, n, "Bob")
	phone, err := client.Connect(within(t), n.URL, "", bob.Token)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(phone.Close)
	mailbox(t, bob)
	mailbox(t, phone)
	room := ann.Direct(bob)
	join(t, ann, room)
	join(t, bob, room)
	var at []client.Position
	for range 3 {
		at = append(at, send(t, ann, room, "hello"))
	}
	waitFor(t, bob, room, 3)
	for _, step := range []struct{ to, want client.Position }{{at[1], at[1]}, {at[0], at[1]}, {at[2], at[2]}} {
		if got, err := bob.MarkRead(within(t), room, step.to); err != nil || got != step.want {
			t.Fatalf("a mark to %v: %v, %v, want %v", step.to, got, err, step.want)
		}
	}
	_, err = bob.MarkRead(within(t), room, client.Position{Seq: 4, ID: "x"})
	wantCode(t, err, "bad_request")
	want := []client.ReadMark{{Room: room, User: bob.User.ID, At: at[1]}, {Room: room, User: bob.User.ID, At: at[2]}}
	for _, c := range []*client.Client{ann, phone} {
		testbed.Eventually(t, 10*time.Second, c.User.Name+" is told", func() bool { return slices.Equal(c.Marks(), want) })
	}
	if rooms := mailbox(t, phone); len(rooms) != 1 || rooms[0].Unread != 0 || rooms[0].Read != at[2] {
		t.Errorf("the phone shows %+v", rooms)
	}
	back, err := client.Connect(within(t), n.URL, "", ann.Token)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(back.Close)
	e, err := back.Do(within(t), "join", map[string]any{"room": room})
	if err != nil || *e.Joined.Read != at[2] {
		t.Errorf("Ann comes back to %+v, %v", e.Joined, err)
	}

	// Rooms that are read like this are in the mailbox as well.
	join(t, ann, "lobby")
	join(t, bob, "lobby")
	first := send(t, ann, "lobby", "one")
	send(t, ann, "lobby", "two")
	waitFor(t, bob, "lobby", 2)
	if _, err := bob.MarkRead(within(t), "lobby", first); err != nil {
		t.Fatal(err)
	}
	rooms := mailbox(t, phone)
	if len(rooms) != 2 || rooms[1].Room != "lobby" || rooms[1].User != nil || rooms[1].Unread != 1 || rooms[1].Last.Text != "two" {
		t.Errorf("the phone shows %+v", rooms)
	}
}

func TestTheLastMessageOfAMailboxIsAsItIsNow(t *testing.T) {
	n := node.Start(t)
	ann, bob := connect(t, n, "Ann"), connect(t, n, "Bob")
	room := ann.Direct(bob)
	join(t, ann, room)
	at := send(t, ann, room, "a secret")
	if _, err := ann.Do(within(t), "delete", map[string]any{"room": room, "key": client.NewKey(), "of": at}); err != nil {
		t.Fatal(err)
	}
	rooms := mailbox(t, bob)
	if len(rooms) != 1 || rooms[0].Last == nil || rooms[0].Last.Text != "" || !rooms[0].Last.Deleted || rooms[0].Unread != 2 {
		t.Errorf("Bob finds %+v", rooms)
	}
}
