package protocol_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"chorus/internal/limit"
	"chorus/internal/server"
	"chorus/tests/client"
	"chorus/tests/node"
)

func rate(t *testing.T, text string) (r limit.Rate) {
	t.Helper()
	if err := r.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return r
}

// wantLimited checks that something was refused with the time to wait.
func wantLimited(t *testing.T, err error) *client.Error {
	t.Helper()
	var refusal *client.Error
	if !errors.As(err, &refusal) || refusal.Code != "rate_limited" || !refusal.Retryable || refusal.RetryMS <= 0 {
		t.Fatalf("got %+v", err)
	}
	return refusal
}

func TestWhoDoesTooMuchIsToldHowLongToWait(t *testing.T) {
	n := node.Start(t, func(c *server.Config) {
		c.Limit = limit.Options{
			MessagesPerSession: rate(t, "5/s:3"), JoinsPerSession: rate(t, "1/h:3"), HistoryPerSession: rate(t, "1/h:2"),
		}
	})
	ann := n.Join(t, "Ann", "lobby")
	sayMany(t, ann, "lobby", 3)
	_, err := ann.Send(within(t), "lobby", "k", "one more")
	refusal := wantLimited(t, err)
	time.Sleep(time.Duration(refusal.RetryMS) * time.Millisecond)
	if p, err := ann.Send(within(t), "lobby", "k", "one more"); err != nil || p.Seq != 4 {
		t.Errorf("after waiting as long as was said: %v, %v", p, err)
	}
	for _, room := range []string{"one", "two"} {
		if _, err := ann.Join(within(t), room, nil); err != nil {
			t.Fatal(err)
		}
	}
	_, err = ann.Join(within(t), "three", nil)
	wantLimited(t, err)
	history := func() error {
		_, err := ann.Do(within(t), "history", map[string]any{"room": "lobby"})
		return err
	}
	for range 2 {
		if err := history(); err != nil {
			t.Fatal(err)
		}
	}
	wantLimited(t, history())
}

func TestPlainTextIsLimitedAsWell(t *testing.T) {
	n := node.Start(t, func(c *server.Config) { c.Limit = limit.Options{MessagesPerSession: rate(t, "1/h:1")} })
	conn := dial(t, n, "/ws")
	write(t, conn, "one")
	write(t, conn, "two")
	for range 2 {
		if got := read(t, conn); got != "one" && !strings.HasPrefix(got, "! not sent: too many messages, try again in ") {
			t.Errorf("got %q", got)
		}
	}
}

func TestAnAddressAndAUserMayHaveSoManySessions(t *testing.T) {
	n := node.Start(t, func(c *server.Config) { c.Limit = limit.Options{SessionsPerAddress: 3, SessionsPerUser: 2} })
	ann := n.Join(t, "Ann", "lobby")
	again := n.Resume(t, "Ann", ann.Token, "lobby", nil)
	third, err := client.Dial(t.Context(), n.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, err = third.Do(within(t), "connect", map[string]any{"token": ann.Token})
	wantLimited(t, err)

	_, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(n.URL, "http")+"/ws", nil)
	if err == nil || response == nil || response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") == "" {
		t.Fatalf("a fourth connection of an address: %v, %+v", err, response)
	}
	if body := bodyOf(t, response); !strings.Contains(body, `"rate_limited"`) {
		t.Errorf("its answer: %s", body)
	}
	again.Close()
	// What is left is there for whoever comes: the refused session may still connect.
	if _, err := third.Do(within(t), "connect", map[string]any{"name": "Bob"}); err != nil {
		t.Error(err)
	}
	third.Close()
}
