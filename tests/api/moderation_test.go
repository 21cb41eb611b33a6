package api_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

func (p *program) act(path, key, action, target string) exchange {
	p.t.Helper()
	body := fmt.Sprintf(`{"action":%q,"target":%q,"reason":"spam","user":{"id":"guard","name":"Guard"}}`, action, target)
	return p.ask("POST", path, body, "Idempotency-Key", key)
}

func TestWhatWasDeletedIsNotHandedOut(t *testing.T) {
	n := node.Start(t, node.API)
	p, ann := startProgram(t, n), n.Join(t, "Ann", "tea-room")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	at, err := ann.Send(ctx, "tea-room", client.NewKey(), "my password is hunter2")
	if err != nil {
		t.Fatal(err)
	}
	for verb, fields := range map[string]map[string]any{
		"react":  {"emoji": "\U0001F62C"},
		"delete": {},
	} {
		fields["room"], fields["key"], fields["of"] = "tea-room", client.NewKey(), at
		if _, err := ann.Do(ctx, verb, fields); err != nil && verb == "delete" {
			t.Fatal(err)
		}
	}
	for _, query := range []string{"", "?after=0:"} {
		if e := p.ask("GET", "/rooms/tea-room/messages"+query, ""); e.status != 200 || strings.Contains(e.text, "hunter2") || !strings.Contains(e.text, `"deleted":true`) {
			t.Errorf("got %d %s", e.status, e.text)
		}
	}
}

func TestAProgramModeratesARoom(t *testing.T) {
	n := node.Start(t, node.API)
	p := startProgram(t, n)
	bob, eve := n.Join(t, "Bob", "lobby"), n.Join(t, "Eve", "lobby")
	if e := p.act("/rooms/Lobby/moderation", "k1", "ban", eve.User.ID); e.status != 201 || e.answer.Room != "lobby" {
		t.Fatalf("got %d %s", e.status, e.text)
	}
	if e := p.act("/rooms/lobby/moderation", "k1", "ban", eve.User.ID); e.status != 200 || !e.answer.Duplicate {
		t.Errorf("again: %d %s", e.status, e.text)
	}
	testbed.Eventually(t, 10*time.Second, "Eve is out", func() bool { return len(eve.Removed()) == 1 })
	waitFor(t, bob, "lobby", 1)
	if e := p.ask("GET", "/rooms/lobby/sanctions", ""); !strings.Contains(e.text, eve.User.ID) || !strings.Contains(e.text, `"kind":"ban"`) {
		t.Errorf("sanctions: %s", e.text)
	}
	body := fmt.Sprintf(`{"text":"hello","user":{"id":%q,"name":"Eve"}}`, eve.User.ID)
	p.ask("POST", "/rooms/lobby/messages", body, "Idempotency-Key", "k2").refused(t, 403, "forbidden", "")
	p.ask("GET", "/rooms/lobby/messages", "")
	p.act("/rooms/lobby/moderation", "k3", "shout", eve.User.ID).refused(t, 400, "bad_request", "action")
	p.act("/rooms/lobby/moderation", "k3", "ban", "").refused(t, 400, "bad_request", "target")
}

func TestAProgramSpeaksToAllAndRevokesAUser(t *testing.T) {
	n := node.Start(t, node.API)
	p := startProgram(t, n)
	bob, eve := n.Join(t, "Bob", "lobby"), n.Join(t, "Eve", "attic")
	const everywhere = "@"
	testbed.Eventually(t, 10*time.Second, "everybody is told", func() bool {
		// Until the node has joined what is everywhere, nobody is.
		p.ask("POST", "/announcements", `{"text":"Tea is ready.","user":{"id":"host","name":"Host"}}`, "Idempotency-Key", client.NewKey())
		return len(bob.Messages(everywhere)) > 0 && len(eve.Messages(everywhere)) > 0
	})
	if e := p.act("/moderation", "k1", "ban", eve.User.ID); e.status != 201 {
		t.Fatalf("got %d %s", e.status, e.text)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var closed *websocket.CloseError
	if err := eve.Ended(ctx); !errors.As(err, &closed) || closed.Code != 4501 {
		t.Errorf("Eve's session ended with %v", err)
	}
	if _, err := client.Connect(ctx, n.URL, "", eve.Token); err == nil {
		t.Error("Eve's token still lets her in")
	}
	if e := p.ask("GET", "/sanctions", ""); !strings.Contains(e.text, eve.User.ID) {
		t.Errorf("sanctions: %s", e.text)
	}
	if e := p.act("/moderation", "k2", "unban", eve.User.ID); e.status != 201 {
		t.Fatalf("got %d %s", e.status, e.text)
	}
	testbed.Eventually(t, 10*time.Second, "Eve may come back", func() bool {
		back, err := client.Connect(ctx, n.URL, "", eve.Token)
		if err == nil {
			back.Close()
		}
		return err == nil
	})
}
