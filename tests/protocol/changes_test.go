package protocol_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"chorus/internal/chat"
	"chorus/internal/server"
	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// wantRefused checks that something was refused, and with what words.
func wantRefused(t *testing.T, err error, code, field, says string) {
	t.Helper()
	var refusal *client.Error
	if !errors.As(err, &refusal) || refusal.Code != code || refusal.Field != field || !strings.Contains(refusal.Text, says) || refusal.Retryable {
		t.Errorf("got %+v, want %s of %q, %q", err, code, field, says)
	}
}

func send(t *testing.T, c *client.Client, room, text string) client.Position {
	t.Helper()
	p, err := c.Send(within(t), room, client.NewKey(), text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func change(t *testing.T, c *client.Client, verb, room string, of client.Position, what string) client.Position {
	t.Helper()
	p, err := c.Change(within(t), verb, room, client.NewKey(), of, what)
	if err != nil {
		t.Fatalf("%s %v: %v", verb, of, err)
	}
	return p
}

func wantShown(t *testing.T, c *client.Client, room string, want []client.Shown) {
	t.Helper()
	var got []client.Shown
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s was shown %+v", c.User.Name, got)
		}
	})
	testbed.Eventually(t, 10*time.Second, fmt.Sprintf("%s is shown %+v", c.User.Name, want), func() bool {
		got = c.Shown(room)
		return reflect.DeepEqual(got, want)
	})
}

func TestWhoSaidItMayChangeIt(t *testing.T) {
	n := node.Start(t)
	ann, bob := n.Join(t, "Ann", "lobby"), n.Join(t, "Bob", "lobby")
	first, second := send(t, ann, "lobby", "frist"), send(t, ann, "lobby", "second")
	_, err := bob.Change(within(t), "edit", "lobby", "k", first, "mine")
	wantRefused(t, err, "forbidden", "", "you may not edit")
	_, err = bob.Change(within(t), "delete", "lobby", "k", first, "")
	wantRefused(t, err, "forbidden", "", "you may not delete")

	change(t, ann, "edit", "lobby", first, "first")
	change(t, bob, "react", "lobby", first, "👍")
	change(t, ann, "react", "lobby", first, "👍🏽")
	change(t, ann, "react", "lobby", first, "😀")
	change(t, ann, "unreact", "lobby", first, "😀")
	if _, err := bob.Reply(within(t), "lobby", "r1", first, "yes"); err != nil {
		t.Fatal(err)
	}
	if _, err := bob.Reply(within(t), "lobby", "r2", second, "hm"); err != nil {
		t.Fatal(err)
	}
	change(t, ann, "delete", "lobby", second, "")
	want := []client.Shown{
		{Seq: 1, Text: "first", Edited: true, Reactions: []string{"👍 " + bob.User.ID, "👍🏽 " + ann.User.ID}},
		{Seq: 2, Deleted: true},
		{Seq: 8, Text: "yes", Quote: "first"},
		{Seq: 9, Text: "hm"},
	}
	wantShown(t, ann, "lobby", want)
	wantShown(t, bob, "lobby", want)
	wantShown(t, n.Join(t, "Late", "lobby"), "lobby", want)
	if m := bob.Messages("lobby")[7]; *m.Reply != (client.Reply{Position: first, User: ann.User, Text: "first"}) {
		t.Errorf("the reply says of what it answers %+v", *m.Reply)
	}
}

func TestModeratorsMayDeleteButNotEdit(t *testing.T) {
	n := node.Start(t, inProduct)
	enter := func(name, access string) *client.Client {
		c, err := client.Connect(within(t), n.URL, "", productToken(t, name, time.Hour, map[string]string{"news": access}))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		if _, err := c.Join(within(t), "news", nil); err != nil {
			t.Fatal(err)
		}
		return c
	}
	ann, mod, reader := enter("ann", "write"), enter("mod", "moderate"), enter("reader", "read")
	p := send(t, ann, "news", "hello")
	for _, verb := range []string{"edit", "delete", "react", "unreact"} {
		_, err := reader.Change(within(t), verb, "news", "k", p, map[string]string{"edit": "text", "react": "👍", "unreact": "👍"}[verb])
		wantRefused(t, err, "forbidden", "", "you may read, but not write")
		_, err = ann.Change(within(t), verb, "elsewhere", "k", p, map[string]string{"edit": "text", "react": "👍", "unreact": "👍"}[verb])
		wantCode(t, err, "not_joined")
	}
	_, err := mod.Change(within(t), "edit", "news", "k", p, "moderated")
	wantRefused(t, err, "forbidden", "", "you may not edit")
	change(t, mod, "delete", "news", p, "")
	wantShown(t, ann, "news", []client.Shown{{Seq: 1, Deleted: true}})
}

func TestOnlyMessagesThatAreThereCanBeReferredTo(t *testing.T) {
	n := node.Start(t, func(c *server.Config) { c.Hub.TailMessages = 10 })
	ann := n.Join(t, "Ann", "lobby")
	first, second := send(t, ann, "lobby", "first"), send(t, ann, "lobby", "second")
	edit, err := ann.Change(within(t), "edit", "lobby", "edit-1", first, "once")
	if err != nil {
		t.Fatal(err)
	}
	refer := func(p client.Position) map[string]error {
		_, edit := ann.Change(within(t), "edit", "lobby", "new", p, "text")
		_, remove := ann.Change(within(t), "delete", "lobby", "new", p, "")
		_, react := ann.Change(within(t), "react", "lobby", "new", p, "👍")
		_, unreact := ann.Change(within(t), "unreact", "lobby", "new", p, "👍")
		_, reply := ann.Reply(within(t), "lobby", "new", p, "text")
		return map[string]error{"edit.of": edit, "delete.of": remove, "react.of": react, "unreact.of": unreact, "send.reply": reply}
	}
	check := func() {
		t.Helper()
		for _, p := range []client.Position{{Seq: 1, ID: second.ID}, {Seq: 4000, ID: "x"}} {
			for _, err := range refer(p) {
				wantRefused(t, err, "fork", "", "not in the log")
			}
		}
		for field, err := range refer(edit) {
			wantRefused(t, err, "bad_request", field, "is not a message")
		}
		for field, err := range refer(client.Position{}) {
			wantRefused(t, err, "bad_request", field, "is missing")
		}
		if e, err := ann.Do(within(t), "edit", map[string]any{"room": "lobby", "key": "edit-1", "of": client.Position{Seq: 4000, ID: "x"}, "text": "t"}); err != nil || !e.Sent.Duplicate {
			t.Errorf("a repeat whose message is gone got %+v, %v", e.Sent, err)
		}
	}
	check() // from the tail
	remove, err := ann.Change(within(t), "delete", "lobby", "delete-1", first, "")
	if err != nil {
		t.Fatal(err)
	}
	for field, err := range refer(first) {
		wantRefused(t, err, "bad_request", field, "was deleted")
	}
	for key, verb := range map[string]string{"edit-1": "edit", "delete-1": "delete"} {
		fields := map[string]any{"room": "lobby", "key": key, "of": first}
		want := remove
		if verb == "edit" {
			fields["text"], want = "once", edit
		}
		if e, err := ann.Do(within(t), verb, fields); err != nil || !e.Sent.Duplicate || e.Sent.Seq != want.Seq || e.Sent.ID != want.ID {
			t.Errorf("repeating %s got %+v, %v", verb, e.Sent, err)
		}
	}
	sayMany(t, ann, "lobby", 20)
	testbed.Eventually(t, 10*time.Second, "Ann is shown all", func() bool { return ann.Last("lobby").Seq == 24 })
	check() // from the log
}

func TestAMessageHasOnlySoManyReactions(t *testing.T) {
	n := node.Start(t)
	ann := n.Join(t, "Ann", "lobby")
	p := send(t, ann, "lobby", "hello")
	for i := range chat.MaxReactions {
		change(t, ann, "react", "lobby", p, string(rune(0x1F400+i)))
	}
	_, err := ann.Change(within(t), "react", "lobby", "k", p, "👍🏽")
	wantRefused(t, err, "bad_request", "react.of", "500 reactions")
	change(t, ann, "unreact", "lobby", p, "🐀")
	change(t, ann, "react", "lobby", p, "👍🏽")
	// That is a large frame, and one page all the same.
	late := n.Resume(t, "Late", "", "lobby", &client.Position{})
	testbed.Eventually(t, 10*time.Second, "somebody late is shown them all", func() bool {
		shown := late.Shown("lobby")
		return len(shown) == 1 && len(shown[0].Reactions) == chat.MaxReactions && late.Last("lobby") == ann.Last("lobby")
	})
}

func TestHistoryIsHandedOutAsItIsNow(t *testing.T) {
	n := node.Start(t, func(c *server.Config) { c.Hub.TailMessages = 10 })
	ann := n.Join(t, "Ann", "lobby")
	first, second := send(t, ann, "lobby", "frist"), send(t, ann, "lobby", "a secret")
	if _, err := ann.Reply(within(t), "lobby", "r", second, "oh"); err != nil {
		t.Fatal(err)
	}
	change(t, ann, "edit", "lobby", second, "a secret, corrected")
	sayMany(t, ann, "lobby", 30)
	change(t, ann, "edit", "lobby", first, "first")
	change(t, ann, "react", "lobby", first, "👍")
	change(t, ann, "delete", "lobby", second, "")

	late := n.Join(t, "Late", "lobby")
	e, err := late.Do(within(t), "history", map[string]any{"room": "lobby", "before": client.Position{}, "limit": 10})
	if err != nil || len(e.History.Messages) != 0 {
		t.Fatalf("got %+v, %v", e.History, err)
	}
	e, err = late.Do(within(t), "history", map[string]any{"room": "lobby", "limit": 100})
	if err != nil || len(e.History.Messages) != 37 {
		t.Fatalf("got %+v, %v", e.History, err)
	}
	m := e.History.Messages
	if m[0].Text != "first" || !m[0].Edited || m[0].Reactions == nil || !reflect.DeepEqual(*m[0].Reactions, []client.Reaction{{Emoji: "👍", Users: []string{ann.User.ID}}}) {
		t.Errorf("the first is %+v", m[0])
	}
	if m[1].Text != "" || !m[1].Deleted || m[2].Text != "oh" || m[2].Reply.Text != "" || !m[2].Reply.Deleted || m[3].Text != "" || m[3].Change.Kind != "edit" {
		t.Errorf("what was deleted is %+v, %+v, %+v", m[1], m[2], m[3])
	}
	back := n.Resume(t, "Back", "", "lobby", &client.Position{})
	testbed.Eventually(t, 10*time.Second, "Ann, and somebody who was away, are shown all", func() bool {
		return back.Last("lobby").Seq == 37 && ann.Last("lobby").Seq == 37
	})
	for _, m := range back.Messages("lobby") {
		if strings.Contains(m.Text, "secret") || m.Reply != nil && m.Reply.Text != "" {
			t.Errorf("somebody who was away is handed %+v", m)
		}
	}
	if got := back.Shown("lobby"); !reflect.DeepEqual(got, ann.Shown("lobby")) {
		t.Errorf("somebody who was away is shown %+v", got)
	}
}

func TestPlainTextIsToldOfEdits(t *testing.T) {
	n := node.Start(t)
	ann, plain := n.Join(t, "Ann", "lobby"), dial(t, n, "/ws")
	write(t, plain, "hello")
	if got := read(t, plain); got != "hello" {
		t.Fatalf("got %q", got)
	}
	p := send(t, ann, "lobby", "frist")
	change(t, ann, "react", "lobby", p, "👍")
	change(t, ann, "edit", "lobby", p, "first")
	change(t, ann, "delete", "lobby", p, "")
	send(t, ann, "lobby", "next")
	for _, want := range []string{"frist", "* first", "next"} {
		if got := read(t, plain); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}
