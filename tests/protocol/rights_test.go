package protocol_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"

	"chorus/internal/server"
	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

const productSecret = "the secret of the product, which is long enough"

// productToken is what a product would give to somebody.
func productToken(t *testing.T, sub string, life time.Duration, rooms map[string]string) string {
	t.Helper()
	s, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": sub, "name": sub, "exp": time.Now().Add(life).Unix(), "chorus": map[string]any{"rooms": rooms},
	}).SignedString([]byte(productSecret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func inProduct(c *server.Config) {
	c.Auth.JWTSecret, c.Auth.PublicRooms, c.Auth.JWTLeeway = productSecret, []string{"lobby"}, 0
}

func TestRoomsAreOpenToThoseWhoMayEnterThem(t *testing.T) {
	n := node.Start(t, inProduct)
	ann, err := client.Connect(within(t), n.URL, "", productToken(t, "ann", time.Hour, map[string]string{"team-*": "write", "news": "read"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ann.Close)
	if ann.User.ID != "ann" || ann.Token != "" {
		t.Errorf("welcomed as %+v with the token %q", ann.User, ann.Token)
	}
	guest := n.Join(t, "Guest", "lobby")
	_, err = guest.Join(within(t), "team-one", nil)
	wantCode(t, err, "forbidden")
	_, err = guest.Do(within(t), "history", map[string]any{"room": "team-one"})
	wantCode(t, err, "not_joined")

	e, err := ann.Do(within(t), "join", map[string]any{"room": "team-one"})
	if err != nil || e.Joined.Access != "write" {
		t.Fatalf("got %+v, %v", e.Joined, err)
	}
	sayMany(t, ann, "team-one", 1)
	e, err = ann.Do(within(t), "join", map[string]any{"room": "news"})
	if err != nil || e.Joined.Access != "read" {
		t.Fatalf("got %+v, %v", e.Joined, err)
	}
	_, err = ann.Send(within(t), "news", "k", "hello")
	wantCode(t, err, "forbidden")

	_, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(n.URL, "http")+"/ws?room=team-one", nil)
	if err == nil || response == nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("plain text in a room that is not public: %v, %+v", err, response)
	}
}

func TestAFreshTokenMayOpenLess(t *testing.T) {
	n := node.Start(t, inProduct)
	ann, err := client.Connect(within(t), n.URL, "", productToken(t, "ann", time.Hour, map[string]string{"one": "write", "two": "write"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ann.Close)
	for _, room := range []string{"one", "two"} {
		if _, err := ann.Join(within(t), room, nil); err != nil {
			t.Fatal(err)
		}
	}
	_, err = ann.Do(within(t), "refresh", map[string]any{"token": productToken(t, "bob", time.Hour, nil)})
	wantCode(t, err, "bad_request")
	_, err = ann.Do(within(t), "refresh", map[string]any{"token": "rubbish"})
	wantCode(t, err, "unauthorized")
	if e, err := ann.Do(within(t), "refresh", map[string]any{"token": productToken(t, "ann", time.Hour, map[string]string{"one": "read"})}); err != nil || e.Refreshed.Expires == "" {
		t.Fatalf("got %+v, %v", e.Refreshed, err)
	}
	testbed.Eventually(t, 10*time.Second, "Ann is told that she is not in two any more", func() bool {
		removed := ann.Removed()
		return len(removed) == 1 && removed[0] == client.Removed{Room: "two", Reason: "rights"}
	})
	_, err = ann.Send(within(t), "two", "k", "hello")
	wantCode(t, err, "not_joined")
	_, err = ann.Send(within(t), "one", "k", "hello")
	wantCode(t, err, "forbidden")
}

func TestATokenThatEndsIsAskedFor(t *testing.T) {
	n := node.Start(t, inProduct, func(c *server.Config) { c.Session.PingInterval = time.Second })
	asked := make(chan int, 10)
	dialer := client.Dialer{Watch: func(e client.Event) {
		if e.Refresh != nil {
			asked <- e.Refresh.Seconds
		}
	}}
	ann, err := dialer.Connect(within(t), n.URL, "", productToken(t, "ann", 2*time.Second, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ann.Close)
	select {
	case seconds := <-asked:
		if seconds <= 0 {
			t.Errorf("within %d seconds", seconds)
		}
	case <-within(t).Done():
		t.Fatal("nobody asks for a fresh token")
	}
	if _, err := ann.Do(within(t), "refresh", map[string]any{"token": productToken(t, "ann", time.Hour, nil)}); err != nil {
		t.Fatal(err)
	}
	if _, err := ann.Join(within(t), "lobby", nil); err != nil {
		t.Fatal(err)
	}
	sayMany(t, ann, "lobby", 1)
}

func TestWithoutAFreshTokenASessionEnds(t *testing.T) {
	n := node.Start(t, inProduct, func(c *server.Config) {
		c.Session.PingInterval, c.Session.RefreshGrace = time.Second, time.Second
	})
	ann, err := client.Connect(within(t), n.URL, "", productToken(t, "ann", 2*time.Second, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ann.Close)
	guest := n.Join(t, "Guest", "lobby")
	wantClose(t, ann.Ended(within(t)), 4003, "token_expired")
	sayMany(t, guest, "lobby", 1) // guests go on
}

func TestWithoutGuestsATokenIsNeeded(t *testing.T) {
	n := node.Start(t, inProduct, func(c *server.Config) { c.Auth.Guests = false })
	_, err := client.Connect(within(t), n.URL, "Ann", "")
	wantCode(t, err, "unauthorized")
	_, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(n.URL, "http")+"/ws", nil)
	if err == nil || response == nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("plain text: %v, %+v", err, response)
	}
}
