package protocol_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// adminToken is what a product would give to an administrator.
func adminToken(t *testing.T, sub string) string {
	t.Helper()
	s, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": sub, "name": sub, "exp": time.Now().Add(time.Hour).Unix(), "chorus": map[string]any{"admin": true},
	}).SignedString([]byte(productSecret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// enter connects by a token and joins the room "club", if so.
func enter(t *testing.T, n *node.Node, token string, join bool) *client.Client {
	t.Helper()
	c, err := client.Connect(within(t), n.URL, "", token)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := c.Violation(); err != nil {
			t.Error(err)
		}
	})
	if join {
		if _, err := c.Join(within(t), "club", nil); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// club is a node with a moderator, two members and an administrator in a room.
func club(t *testing.T) (n *node.Node, mod, ann, bob, admin *client.Client) {
	t.Helper()
	n = node.Start(t, inProduct)
	member := func(sub, access string) *client.Client {
		return enter(t, n, productToken(t, sub, time.Hour, map[string]string{"club": access}), true)
	}
	return n, member("mod", "moderate"), member("ann", "write"), member("bob", "write"), enter(t, n, adminToken(t, "root"), true)
}

func moderate(t *testing.T, c *client.Client, room, action, user string, seconds int) client.Position {
	t.Helper()
	p, err := c.Moderate(within(t), room, action, user, seconds)
	if err != nil {
		t.Fatalf("%s can't %s %s: %v", c.User.Name, action, user, err)
	}
	return p
}

func wantRemoved(t *testing.T, c *client.Client, reason string, times int) client.Removed {
	t.Helper()
	testbed.Eventually(t, 10*time.Second, c.User.Name+" is told of being "+reason, func() bool { return len(c.Removed()) >= times })
	removed := c.Removed()
	last := removed[len(removed)-1]
	if len(removed) != times || last.Room != "club" || last.Reason != reason {
		t.Fatalf("removed: %+v", removed)
	}
	return last
}

func TestOnlyModeratorsDecideAboutOthers(t *testing.T) {
	n, mod, ann, bob, admin := club(t)
	_, err := ann.Moderate(within(t), "club", "mute", bob.User.ID, 0)
	wantCode(t, err, "forbidden")
	_, err = ann.Announce(within(t), "club", "hear ye")
	wantCode(t, err, "forbidden")
	_, err = ann.Sanctions(within(t), "club")
	wantCode(t, err, "forbidden")
	_, err = mod.Moderate(within(t), "lobby", "mute", bob.User.ID, 0)
	wantCode(t, err, "not_joined")
	_, err = mod.Moderate(within(t), "club", "mute", mod.User.ID, 0)
	wantCode(t, err, "bad_request")
	for _, c := range []*client.Client{ann, mod, enter(t, n, productToken(t, "all", time.Hour, map[string]string{"*": "moderate"}), true)} {
		_, err = c.Moderate(within(t), client.Everywhere, "mute", bob.User.ID, 0)
		wantCode(t, err, "forbidden")
		_, err = c.Announce(within(t), client.Everywhere, "hear ye")
		wantCode(t, err, "forbidden")
		_, err = c.Sanctions(within(t), client.Everywhere)
		wantCode(t, err, "forbidden")
	}
	_, err = admin.Join(within(t), client.Everywhere, nil)
	wantCode(t, err, "bad_request")

	moderate(t, mod, "club", "mute", bob.User.ID, 60)
	if _, err := mod.Announce(within(t), "club", "hear ye"); err != nil {
		t.Fatal(err)
	}
	moderate(t, admin, "club", "unmute", bob.User.ID, 0)
	testbed.Eventually(t, 10*time.Second, "all is told", func() bool { return ann.Last("club").Seq == 3 })
	m := ann.Messages("club")
	if a := m[0].Act; a == nil || a.Kind != "mute" || a.User != (client.User{ID: "bob", Name: "bob"}) || a.Until == "" || m[0].User.ID != "mod" || m[0].Text != "" {
		t.Errorf("told %+v, %+v", m[0], a)
	}
	if m[1].Text != "hear ye" || !m[1].Announcement || m[1].Act != nil {
		t.Errorf("told %+v", m[1])
	}
	if a := m[2].Act; a == nil || a.Kind != "unmute" || a.Until != "" {
		t.Errorf("told %+v", a)
	}
	// It is a record, which nobody changes.
	for _, verb := range []string{"delete", "react", "edit"} {
		_, err := mod.Change(within(t), verb, "club", "k", client.Position{Seq: 1, ID: m[0].ID}, "👍")
		wantCode(t, err, "bad_request")
	}
	_, err = ann.Reply(within(t), "club", "k", client.Position{Seq: 1, ID: m[0].ID}, "why?")
	wantCode(t, err, "bad_request")
}

func TestWhoIsMutedSaysNothing(t *testing.T) {
	_, mod, ann, bob, _ := club(t)
	said, err := bob.Send(within(t), "club", "before", "hello")
	if err != nil {
		t.Fatal(err)
	}
	moderate(t, mod, "club", "mute", bob.User.ID, 3600)
	_, err = bob.Send(within(t), "club", "after", "hello?")
	wantCode(t, err, "forbidden")
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Retryable || e.RetryMS < 3500e3 || e.RetryMS > 3601e3 || !strings.Contains(e.Text, "muted") {
		t.Errorf("refused with %+v", err)
	}
	for _, verb := range []string{"edit", "delete", "react"} {
		_, err = bob.Change(within(t), verb, "club", "k", said, "👍")
		wantCode(t, err, "forbidden")
	}
	testbed.Eventually(t, 10*time.Second, "Bob is told", func() bool { return bob.Last("club").Seq == 2 })
	_, err = bob.Do(within(t), "typing", map[string]any{"room": "club"})
	wantCode(t, err, "forbidden")
	if e, err := bob.Do(within(t), "send", map[string]any{"room": "club", "key": "before", "text": "hello"}); err != nil || !e.Sent.Duplicate {
		t.Errorf("the repeat of what was said before: %+v, %v", e.Sent, err)
	}
	sayMany(t, ann, "club", 1)
	testbed.Eventually(t, 10*time.Second, "Bob goes on hearing", func() bool { return bob.Last("club").Seq == 3 })
	list, err := mod.Sanctions(within(t), "club")
	if err != nil || len(list) != 1 || list[0].Kind != "mute" || list[0].User != (client.User{ID: "bob", Name: "bob"}) || list[0].Until == "" {
		t.Errorf("the sanctions are %+v, %v", list, err)
	}
	moderate(t, mod, "club", "unmute", bob.User.ID, 0)
	sayMany(t, bob, "club", 1)
	moderate(t, mod, "club", "mute", bob.User.ID, 1)
	testbed.Eventually(t, 10*time.Second, "Bob may speak again", func() bool {
		_, err := bob.Send(within(t), "club", client.NewKey(), "hello again")
		return err == nil
	})
}

func TestWhoIsKickedOrBannedHasToGo(t *testing.T) {
	n, mod, ann, bob, _ := club(t)
	moderate(t, mod, "club", "kick", bob.User.ID, 0)
	wantRemoved(t, bob, "kicked", 1)
	for verb, fields := range map[string]map[string]any{
		"send": {"room": "club", "key": "k", "text": "hi"}, "history": {"room": "club"}, "typing": {"room": "club"}, "leave": {"room": "club"},
	} {
		_, err := bob.Do(within(t), verb, fields)
		wantCode(t, err, "not_joined")
	}
	back := func() error {
		last := bob.Last("club")
		_, err := bob.Join(within(t), "club", &last)
		return err
	}
	if err := back(); err != nil {
		t.Fatal(err)
	}
	sayMany(t, bob, "club", 1)

	moderate(t, mod, "club", "ban", bob.User.ID, 2)
	until := wantRemoved(t, bob, "banned", 2).Until
	err := back()
	wantCode(t, err, "forbidden")
	if e, ok := errors.AsType[*client.Error](err); !ok || e.RetryMS == 0 || e.RetryMS > 2001 || until == "" {
		t.Errorf("refused with %+v, removed until %q", err, until)
	}
	_, err = enter(t, n, productToken(t, "bob", time.Hour, map[string]string{"club": "moderate"}), false).Join(within(t), "club", nil)
	wantCode(t, err, "forbidden")
	if _, err := bob.Join(within(t), "lobby", nil); err != nil {
		t.Errorf("in another room: %v", err)
	}
	testbed.Eventually(t, 10*time.Second, "the ban ends", func() bool { return back() == nil })
	moderate(t, mod, "club", "ban", bob.User.ID, 0)
	if until := wantRemoved(t, bob, "banned", 3).Until; until != "" {
		t.Errorf("for good is until %q", until)
	}
	moderate(t, mod, "club", "unban", bob.User.ID, 0)
	testbed.Eventually(t, 10*time.Second, "the ban is known to have ended", func() bool { return back() == nil })
	sayMany(t, ann, "club", 1)
}

func TestNothingHoldsForAdministrators(t *testing.T) {
	n, mod, ann, _, admin := club(t)
	moderate(t, mod, "club", "mute", admin.User.ID, 0)
	moderate(t, mod, "club", "ban", admin.User.ID, 0)
	sayMany(t, admin, "club", 1)
	testbed.Eventually(t, 10*time.Second, "Ann hears it", func() bool { return ann.Last("club").Seq == 3 })
	enter(t, n, adminToken(t, "root"), true)
	if removed := admin.Removed(); len(removed) > 0 {
		t.Errorf("removed: %+v", removed)
	}
	// Who is an administrator no more has to go.
	if _, err := admin.Do(within(t), "refresh", map[string]any{"token": productToken(t, "root", time.Hour, map[string]string{"club": "write"})}); err != nil {
		t.Fatal(err)
	}
	wantRemoved(t, admin, "banned", 1)
}

func TestABanEverywhereEndsSessions(t *testing.T) {
	n, mod, ann, bob, admin := club(t)
	again := enter(t, n, productToken(t, "bob", time.Hour, nil), false)
	moderate(t, admin, client.Everywhere, "kick", "bob", 0)
	wantClose(t, bob.Ended(within(t)), 4004, "kicked")
	wantClose(t, again.Ended(within(t)), 4004, "kicked")
	bob = enter(t, n, productToken(t, "bob", time.Hour, map[string]string{"club": "write"}), true)
	moderate(t, admin, client.Everywhere, "ban", "bob", 3600)
	wantClose(t, bob.Ended(within(t)), 4501, "banned")
	_, err := client.Connect(within(t), n.URL, "", productToken(t, "bob", time.Hour, nil))
	wantCode(t, err, "forbidden")
	c, err := client.Dial(within(t), n.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	_, err = c.Do(within(t), "connect", map[string]any{"token": productToken(t, "bob", time.Hour, nil)})
	if e, ok := errors.AsType[*client.Error](err); !ok || e.RetryMS < 3500e3 {
		t.Errorf("refused with %v", err)
	}
	wantClose(t, c.Ended(within(t)), 4501, "banned")
	list, err := admin.Sanctions(within(t), client.Everywhere)
	if err != nil || len(list) != 1 || list[0].User.ID != "bob" || list[0].User.Name != "bob" {
		t.Errorf("the sanctions are %+v, %v", list, err)
	}
	moderate(t, admin, client.Everywhere, "unban", "bob", 0)
	testbed.Eventually(t, 10*time.Second, "Bob may come again", func() bool {
		c, err := client.Connect(within(t), n.URL, "", productToken(t, "bob", time.Hour, nil))
		if err != nil {
			return false
		}
		c.Close()
		return true
	})

	said, err := ann.Send(within(t), "club", "before", "hello")
	if err != nil {
		t.Fatal(err)
	}
	moderate(t, admin, client.Everywhere, "mute", "ann", 3600)
	testbed.Eventually(t, 10*time.Second, "Ann is silent", func() bool {
		_, err := ann.Do(within(t), "typing", map[string]any{"room": "club"})
		return err != nil
	})
	_, err = ann.Send(within(t), "club", "k", "hello?")
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Code != "forbidden" || e.RetryMS < 3500e3 {
		t.Errorf("refused with %v", err)
	}
	_, err = ann.Change(within(t), "delete", "club", "k", said, "")
	wantCode(t, err, "forbidden")
	if e, err := ann.Do(within(t), "send", map[string]any{"room": "club", "key": "before", "text": "hello"}); err != nil || !e.Sent.Duplicate {
		t.Errorf("the repeat of what was said before: %+v, %v", e.Sent, err)
	}
	sayMany(t, mod, "club", 1)
	if m := mod.Messages(client.Everywhere); len(m) > 0 {
		t.Errorf("others are told %+v", m)
	}
}

func TestWhatIsAnnouncedToAllReachesAll(t *testing.T) {
	n, mod, _, _, admin := club(t)
	if _, err := admin.Announce(within(t), client.Everywhere, "old news"); err != nil {
		t.Fatal(err)
	}
	late := enter(t, n, productToken(t, "late", time.Hour, nil), false) // in no room
	plain := dial(t, n, "/ws?room=lobby")
	write(t, plain, "here")
	read(t, plain)
	if _, err := admin.Announce(within(t), client.Everywhere, "hear ye"); err != nil {
		t.Fatal(err)
	}
	if got := read(t, plain); got != "hear ye" {
		t.Errorf("plain text is told %q", got)
	}
	for c, want := range map[*client.Client]int{mod: 2, admin: 2, late: 1} {
		testbed.Eventually(t, 10*time.Second, c.User.Name+" is told", func() bool { return len(c.Messages(client.Everywhere)) >= want })
		m := c.Messages(client.Everywhere)
		if last := m[len(m)-1]; len(m) != want || last.Text != "hear ye" || !last.Announcement || last.User.ID != "root" {
			t.Errorf("%s is told %+v", c.User.Name, m)
		}
	}
}

func TestPlainTextIsShownOut(t *testing.T) {
	n := node.Start(t, inProduct)
	admin := enter(t, n, adminToken(t, "root"), false)
	if _, err := admin.Join(within(t), "lobby", nil); err != nil {
		t.Fatal(err)
	}
	plain := dial(t, n, "/ws?room=lobby&name=Bob")
	write(t, plain, "here")
	read(t, plain)
	testbed.Eventually(t, 10*time.Second, "the administrator hears it", func() bool { return admin.Last("lobby").Seq == 1 })
	moderate(t, admin, "lobby", "kick", admin.Messages("lobby")[0].User.ID, 0)
	if a, b := read(t, plain), read(t, plain); a != "* root removed Bob" || b != "! you were removed: kicked" {
		t.Errorf("told %q, %q", a, b)
	}
	_, _, err := plain.ReadMessage()
	wantClose(t, err, 4004, "kicked")
}
