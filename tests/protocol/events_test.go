package protocol_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"chorus/internal/limit"
	"chorus/internal/server"
	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// overEvents connects by an event stream.
func overEvents(t *testing.T, name string, n *node.Node) *client.Client {
	t.Helper()
	c, err := client.ConnectByEvents(within(t), n.URL, name, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// open opens an event stream that nobody has connected by.
func open(t *testing.T, n *node.Node) *client.Events {
	t.Helper()
	e, err := client.OpenEvents(n.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// wantPosted posts a frame, and checks how that is answered.
func wantPosted(t *testing.T, n *node.Node, stream, count, frame string, status int) {
	t.Helper()
	got, err := client.Post(n.URL, stream, count, frame)
	if err != nil || got != status {
		t.Errorf("post %s of %.40q is answered with %d, %v, want %d", count, frame, got, err, status)
	}
}

func TestAnEventStreamCarriesTheSameConversation(t *testing.T) {
	n := node.Start(t)
	ann, bob := overEvents(t, "Ann", n), n.Join(t, "Bob", "lobby")
	said := sayMany(t, bob, "lobby", 300)
	if _, err := ann.Join(within(t), "lobby", &client.Position{}); err != nil {
		t.Fatal(err)
	}
	waitFor(t, ann, "lobby", 300)
	answered := send(t, ann, "lobby", "line one\nline two")
	change(t, bob, "react", "lobby", answered, "👍")
	waitFor(t, bob, "lobby", 302)
	waitFor(t, ann, "lobby", 302)
	if !slices.EqualFunc(ann.Shown("lobby"), bob.Shown("lobby"), func(a, b client.Shown) bool { return a.Text == b.Text && a.Seq == b.Seq }) {
		t.Errorf("Ann is shown %+v", ann.Shown("lobby"))
	}
	if err := ann.Violation(); err != nil {
		t.Error(err)
	}
	if got := metrics(t, n); !strings.Contains(got, `chorus_sessions{protocol="chorus.v1+events"} 1`) {
		t.Error("it is not counted")
	}

	ann.Close()
	testbed.Eventually(t, 10*time.Second, "the node notices that she is gone", func() bool {
		return strings.Contains(metrics(t, n), `chorus_closes_total{reason="gone"} 1`)
	})
	back := overEvents(t, "Ann", n)
	if _, err := back.Join(within(t), "lobby", &said[299]); err != nil {
		t.Fatal(err)
	}
	waitFor(t, back, "lobby", 302)
	if got := back.Messages("lobby"); len(got) != 2 {
		t.Errorf("coming back brings %d messages", len(got))
	}
}

func TestPostsAreCarriedOutOnceAndInOrder(t *testing.T) {
	n := node.Start(t)
	bob, e := n.Join(t, "Bob", "lobby"), open(t, n)
	wantPosted(t, n, e.ID, "2", `{"id":9,"ping":{}}`, 409)
	for range 3 {
		wantPosted(t, n, e.ID, "1", `{"id":1,"connect":{"name":"Ann"}}`+"\n"+`{"id":2,"join":{"room":"lobby"}}`, 204)
	}
	for range 3 {
		wantPosted(t, n, e.ID, "2", `{"id":3,"send":{"room":"lobby","key":"a","text":"one"}}`, 204)
	}
	wantPosted(t, n, e.ID, "3", "", 204) // nothing, as an answer to a ping
	wantPosted(t, n, e.ID, "4", `{"id":4,"send":{"room":"lobby","key":"b","text":"two"}}`, 204)
	waitFor(t, bob, "lobby", 2)
	if got := texts(bob.Messages("lobby")); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("Bob is shown %q", got)
	}
	if got := metrics(t, n); !strings.Contains(got, `chorus_commands_total{verb="send"} 2`) {
		t.Error("a repeat was carried out")
	}
	e.Close()
	testbed.Eventually(t, 10*time.Second, "the stream is gone", func() bool {
		status, err := client.Post(n.URL, e.ID, "5", "")
		return err == nil && status == 410
	})
}

func TestPostsThatAreRubbishAreRefused(t *testing.T) {
	n := node.Start(t)
	e := open(t, n)
	for _, count := range []string{"", "0", "-1", "one", "1.5", "99999999999999999999"} {
		wantPosted(t, n, e.ID, count, "", 400)
	}
	wantPosted(t, n, e.ID, "1", "\xff\xfe", 400)
	wantPosted(t, n, e.ID, "1", strings.Repeat(" ", 16<<10+1), 413)
	wantPosted(t, n, e.ID, "1", strings.Repeat(" ", 16<<10), 204)
	for _, stream := range []string{"x", strings.Repeat("x", 5000), "%2e%2e%2f", e.ID[:31], e.ID + "x", e.ID[:16] + strings.Repeat("x", 16)} {
		wantPosted(t, n, stream, "1", "", 410)
	}
	wantPosted(t, n, strings.Repeat("x", 32), "1", "", 503) // of a node that is not there

	for url, method := range map[string]string{"/events": http.MethodGet, "/events/" + e.ID + "?n=2": http.MethodPost} {
		for origin, want := range map[string]bool{"": true, n.URL: true, "http://evil.example": false} {
			request, err := http.NewRequestWithContext(within(t), method, n.URL+url, nil)
			if err != nil {
				t.Fatal(err)
			}
			if origin != "" {
				request.Header.Set("Origin", origin)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if allowed := response.StatusCode != 403; allowed != want || want && response.Header.Get("Access-Control-Allow-Origin") != origin {
				t.Errorf("%s of %q: %d %v", method, origin, response.StatusCode, response.Header)
			}
		}
	}
}

func TestEventStreamsEndAsWebSocketsDo(t *testing.T) {
	n := node.Start(t, func(c *server.Config) {
		c.Session.ConnectTimeout, c.Session.PingInterval, c.Session.WriteTimeout = time.Second, time.Second, 1200*time.Millisecond
	})
	silent := open(t, n)
	wantClose(t, silent.Ended(), 4000, "connect_timeout")

	deaf := open(t, n)
	deaf.Deaf = true
	wantPosted(t, n, deaf.ID, "1", `{"id":1,"connect":{"name":"Deaf"}}`, 204)
	ann := overEvents(t, "Ann", n) // answers pings
	wantClose(t, deaf.Ended(), 4001, "ping_timeout")

	if _, err := ann.Join(within(t), "lobby", nil); err != nil {
		t.Fatal(err)
	}
	sayMany(t, ann, "lobby", 1)
	n.Stop()
	wantClose(t, ann.Ended(within(t)), 1012, "shutdown")
	if _, draining := ann.Draining(); !draining {
		t.Error("she was not told before")
	}
}

func TestWhoTakesNothingOfAnEventStreamIsCut(t *testing.T) {
	n := node.Start(t, func(c *server.Config) { c.Session.WriteTimeout = 300 * time.Millisecond })
	e := open(t, n)
	wantPosted(t, n, e.ID, "1", `{"id":1,"connect":{"name":"Ann"}}`+"\n"+`{"id":2,"join":{"room":"lobby"}}`, 204)
	bob := n.Join(t, "Bob", "lobby")
	testbed.Eventually(t, 30*time.Second, "it is cut", func() bool {
		for range 50 {
			send(t, bob, "lobby", strings.Repeat("long ", 700))
		}
		return strings.Contains(metrics(t, n), `chorus_closes_total{reason="write_timeout"} 1`)
	})
}

func TestAnAddressMayPostSoOften(t *testing.T) {
	n := node.Start(t, func(c *server.Config) {
		c.Limit = limit.Options{PostsPerAddress: rate(t, "1/h:3"), ConnectsPerAddress: rate(t, "1/h:1")}
	})
	e := open(t, n)
	for _, count := range []string{"1", "2", "3"} {
		wantPosted(t, n, e.ID, count, "", 204)
	}
	wantPosted(t, n, e.ID, "4", "", 429)
	if _, err := client.OpenEvents(n.URL); err == nil || !strings.Contains(err.Error(), "429") {
		t.Errorf("a second stream: %v", err)
	}
}

func TestWhoPostsWithoutReadingIsNotReadFrom(t *testing.T) {
	n := node.Start(t)
	e := open(t, n)
	wantPosted(t, n, e.ID, "1", `{"id":1,"connect":{"name":"Ann"}}`+"\n"+`{"id":2,"join":{"room":"lobby"}}`, 204)
	bob := n.Join(t, "Bob", "lobby")
	for range 20 {
		send(t, bob, "lobby", strings.Repeat("long ", 700))
	}
	history := strings.Repeat(`{"id":3,"history":{"room":"lobby"}}`+"\n", 400)
	for count := 2; ; count++ {
		status, err := client.Post(n.URL, e.ID, fmt.Sprint(count), history)
		if err == nil && status == 429 {
			return
		}
		if err != nil || status != 204 || count > 100 {
			t.Fatalf("post %d is answered with %d, %v", count, status, err)
		}
	}
}
