package protocol_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

func read(t *testing.T, conn *websocket.Conn) string {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	kind, frame, err := conn.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	if kind != websocket.TextMessage {
		t.Fatalf("a frame of kind %d", kind)
	}
	return string(frame)
}

// The oldest kind of client opens a WebSocket, sends strings and prints what arrives.
func TestPlainTextNeedsNothingButStrings(t *testing.T) {
	n := node.Start(t)
	ann, bob := dial(t, n, "/ws"), dial(t, n, "/ws")
	// Joining is not announced in plain text: a message that comes back shows that it is done.
	write(t, ann, "are you there?")
	read(t, ann)
	testbed.Eventually(t, 10*time.Second, "both are members", func() bool { return strings.Contains(metrics(t, n), "chorus_members 2") })

	write(t, bob, "hello\nAnn")
	for name, conn := range map[string]*websocket.Conn{"Ann": ann, "Bob": bob} {
		got := read(t, conn)
		if name == "Bob" && got == "are you there?" {
			got = read(t, conn) // he may have joined before it was said
		}
		if got != "hello\nAnn" {
			t.Fatalf("%s got %q", name, got)
		}
	}
	write(t, ann, strings.Repeat("x", 4001))
	if got := read(t, ann); got != "! not sent: text: 4001 characters, the limit is 4000" {
		t.Fatalf("a text that is too long got %q", got)
	}
	write(t, ann, `{"id":1,"ping":{}}`) // just a text here
	if got := read(t, ann); got != `{"id":1,"ping":{}}` {
		t.Fatalf("got %q", got)
	}
}

func TestPlainTextAndTheProtocolMeetInOneRoom(t *testing.T) {
	n := node.Start(t)
	bob := n.Join(t, "Bob", "tea-room")
	ann := dial(t, n, "/ws?room=Tea-Room&name="+url.QueryEscape("Ann  Lee"))
	write(t, ann, "hello")
	if got := read(t, ann); got != "hello" {
		t.Fatalf("got %q", got)
	}
	testbed.Eventually(t, 10*time.Second, "Bob is shown it", func() bool { return bob.Last("tea-room").Seq == 1 })
	if m := bob.Messages("tea-room")[0]; m.User.Name != "Ann Lee" || m.Text != "hello" {
		t.Fatalf("Bob is shown %+v", m)
	}
	for i := range 300 { // batches come apart again
		if _, err := bob.Send(within(t), "tea-room", client.NewKey(), fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 300 {
		if got := read(t, ann); got != fmt.Sprint(i) {
			t.Fatalf("message %d is %q", i, got)
		}
	}
}

func TestPlainTextParametersAreChecked(t *testing.T) {
	n := node.Start(t)
	for query, says := range map[string]string{
		"room=a%20b":       "room: ",
		"room=":            "room: is missing",
		"room={x}":         "room: ",
		"name=a%E2%80%AEb": "name: ",
	} {
		_, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(n.URL, "http")+"/ws?"+query, nil)
		if err == nil || response == nil || response.StatusCode != http.StatusBadRequest {
			t.Fatalf("%s: %v, %+v", query, err, response)
		}
		if body := bodyOf(t, response); !strings.Contains(body, says) || !strings.Contains(body, `"bad_request"`) {
			t.Fatalf("%s: %s", query, body)
		}
	}
}
