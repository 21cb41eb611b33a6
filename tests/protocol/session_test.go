package protocol_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"chorus/internal/server"
	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

func bodyOf(t *testing.T, r *http.Response) string {
	t.Helper()
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func metrics(t *testing.T, n *node.Node) string {
	t.Helper()
	response, err := http.Get(n.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	return bodyOf(t, response)
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var refusal *client.Error
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func wantClose(t *testing.T, err error, code int, reason string) {
	t.Helper()
	var closed *websocket.CloseError
	if !errors.As(err, &closed) || closed.Code != code || closed.Text != reason {
		t.Errorf("ended with %v, want %d %s", err, code, reason)
	}
}

func TestComingBackContinuesWhereOneWas(t *testing.T) {
	n := node.Start(t, func(c *server.Config) { c.Hub.TailMessages = 20 })
	ann := n.Join(t, "Ann", "lobby")
	at := sayMany(t, ann, "lobby", 1000)
	for _, seen := range []int{0, 1, 500, 979, 980, 981, 999, 1000} { // in the log, around the tail's beginning, in the tail
		since := client.Position{}
		if seen > 0 {
			since = at[seen-1]
		}
		back := n.Resume(t, "Bob", "", "lobby", &since)
		testbed.Eventually(t, 10*time.Second, "Bob is shown the rest", func() bool { return len(back.Messages("lobby")) == 1000-seen })
		if seen < 1000 && back.Messages("lobby")[0].Seq != uint64(seen+1) {
			t.Fatalf("after %d comes %d", seen, back.Messages("lobby")[0].Seq)
		}
		if r := back.Resets("lobby"); r != nil {
			t.Fatalf("after %d the view was reset: %v", seen, r)
		}
		back.Close()
	}
}

func TestAViewThatCannotBeContinuedIsReset(t *testing.T) {
	n := node.Start(t, func(c *server.Config) {
		c.Hub.TailMessages = 20
		c.Bus.Retention = 40
	})
	ann := n.Join(t, "Ann", "lobby")
	at := sayMany(t, ann, "lobby", 100)
	testbed.Eventually(t, 10*time.Second, "Ann is shown all", func() bool { return ann.Last("lobby") == at[99] })
	for name, c := range map[string]struct {
		since  client.Position
		reason string
	}{
		"dropped from the log":   {at[3], "expired"},
		"the beginning":          {client.Position{}, "expired"},
		"another id in the log":  {client.Position{Seq: 70, ID: "another"}, "fork"},
		"another id in the tail": {client.Position{Seq: 95, ID: "another"}, "fork"},
		"another id at the head": {client.Position{Seq: 100, ID: "another"}, "fork"},
		"beyond the head":        {client.Position{Seq: 5000, ID: "another"}, "fork"},
	} {
		back := n.Resume(t, "Bob", "", "lobby", &c.since)
		testbed.Eventually(t, 10*time.Second, name+": Bob is shown the tail", func() bool { return back.Last("lobby") == at[99] })
		if got := back.Resets("lobby"); !slices.Equal(got, []string{c.reason}) {
			t.Errorf("%s: resets %v, want %s", name, got, c.reason)
		}
		if got := back.Messages("lobby"); got[0].Seq != 81 {
			t.Errorf("%s: the view begins with %d", name, got[0].Seq)
		}
		back.Close()
	}
}

// A client that stops reading falls behind and is not cut off; when it reads again it gets all.
func TestASlowReaderMissesNothing(t *testing.T) {
	n := node.Start(t, func(c *server.Config) { c.Session.WriteTimeout = time.Minute })
	slow := dial(t, n, "/ws", client.Subprotocol)
	write(t, slow, `{"id":1,"connect":{"name":"Slow"}}`+"\n"+`{"id":2,"join":{"room":"lobby"}}`)
	readLines(t, slow, 2)
	ann := n.Join(t, "Ann", "lobby")
	const total = 3000
	long := strings.Repeat("long ", 700)
	for i := range total {
		if _, err := ann.Send(within(t), "lobby", client.NewKey(), fmt.Sprint(i, " ", long)); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(metrics(t, n), "chorus_overflows_total 0") {
		t.Error("10 MB fit into the queue and the kernel: the test proves nothing")
	}
	next := 0
	for next < total {
		for _, line := range readLines(t, slow, 1) {
			if !strings.HasPrefix(line, `{"message":{"room":"lobby","seq":`+fmt.Sprint(next+1)+`,`) {
				t.Fatalf("after %d comes %.80s", next, line)
			}
			next++
		}
	}
}

// Who reads little at a time, but steadily, is not cut off, however much there is for it: neither as one who
// takes nothing, though a single write takes longer than the timeout, nor as one who is silent, though each
// ping waits behind all that has not been read.
func TestASteadyReaderIsNotCutOff(t *testing.T) {
	n := node.Start(t, func(c *server.Config) {
		c.Session.WriteTimeout, c.Session.PingInterval = time.Second, time.Second
	})
	slow := &trickle{}
	// From the start: where a window was large once, the system sends little only now and then.
	small := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var refused error
		err := raw.Control(func(fd uintptr) {
			refused = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4<<10)
		})
		return errors.Join(err, refused)
	}}
	dialer := websocket.Dialer{
		Subprotocols: []string{client.Subprotocol},
		NetDial: func(network, addr string) (net.Conn, error) {
			conn, err := small.Dial(network, addr)
			slow.Conn = conn
			return slow, err
		},
	}
	ws, _, err := dialer.DialContext(t.Context(), "ws://"+n.Server.Addr()+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	write(t, ws, `{"id":1,"connect":{"name":"Slow"}}`+"\n"+`{"id":2,"join":{"room":"lobby"}}`)
	readLines(t, ws, 2)
	ann := n.Join(t, "Ann", "lobby")
	long := strings.Repeat("long ", 700)
	const total = 400
	slow.slow.Store(true)
	go func() {
		for i := range total {
			if _, err := ann.Send(t.Context(), "lobby", client.NewKey(), fmt.Sprint(i, " ", long)); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	seen := 0
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); { // five times both
		seen += len(readLines(t, ws, 1))
	}
	slow.slow.Store(false)
	if err := slow.Conn.(*net.TCPConn).SetReadBuffer(1 << 20); err != nil {
		t.Fatal(err)
	}
	for seen < total {
		seen += len(readLines(t, ws, 1))
	}
}

// trickle reads a little at a time while it is slow.
type trickle struct {
	net.Conn
	slow atomic.Bool
}

func (c *trickle) Read(b []byte) (int, error) {
	if c.slow.Load() {
		time.Sleep(40 * time.Millisecond)
		b = b[:min(len(b), 1<<10)]
	}
	return c.Conn.Read(b)
}

func TestHistoryGoesBackInPages(t *testing.T) {
	n := node.Start(t)
	ann := n.Join(t, "Ann", "lobby")
	at := sayMany(t, ann, "lobby", 25)
	history := func(fields map[string]any) (client.Event, error) {
		fields["room"] = "lobby"
		return ann.Do(within(t), "history", fields)
	}
	e, err := history(map[string]any{"limit": 10})
	if err != nil || len(e.History.Messages) != 10 || e.History.Messages[9].Seq != 25 || !e.History.More {
		t.Fatalf("%+v, %v", e.History, err)
	}
	e, err = history(map[string]any{"limit": 10, "before": at[15]})
	if err != nil || texts(e.History.Messages)[0] != "message 6" || !e.History.More {
		t.Fatalf("%+v, %v", e.History, err)
	}
	e, err = history(map[string]any{"limit": 5, "before": at[5]})
	if err != nil || len(e.History.Messages) != 5 || e.History.More {
		t.Fatalf("%+v, %v", e.History, err)
	}
	e, err = history(map[string]any{"before": at[0]})
	if err != nil || len(e.History.Messages) != 0 || e.History.More {
		t.Fatalf("%+v, %v", e.History, err)
	}
	_, err = history(map[string]any{"before": client.Position{Seq: 5, ID: "another"}})
	wantCode(t, err, "fork")

	// Many large messages are more than a page takes, whatever its limit.
	for range 20 {
		if _, err := ann.Send(within(t), "lobby", client.NewKey(), strings.Repeat("語", 4000)); err != nil {
			t.Fatal(err)
		}
	}
	e, err = history(map[string]any{"limit": 20})
	if got := len(e.History.Messages); err != nil || got < 3 || got > 10 || !e.History.More || e.History.Messages[got-1].Seq != 45 {
		t.Fatalf("%d messages, %v", got, err)
	}
}

func TestCommandsOutOfOrderAreRefusedAndChangeNothing(t *testing.T) {
	n := node.Start(t, func(c *server.Config) { c.Session.MaxRooms = 3 })
	c, err := client.Dial(within(t), n.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	do := func(verb string, fields map[string]any) error {
		_, err := c.Do(within(t), verb, fields)
		return err
	}
	wantCode(t, do("join", map[string]any{"room": "lobby"}), "not_connected")
	wantCode(t, do("ping", map[string]any{}), "not_connected")
	wantCode(t, do("connect", map[string]any{"token": "forged"}), "unauthorized")
	wantCode(t, do("connect", map[string]any{"name": "a\u202eb"}), "bad_request")
	if err := do("connect", map[string]any{"name": "Ann"}); err != nil {
		t.Fatal(err)
	}
	wantCode(t, do("connect", map[string]any{"name": "Bob"}), "already_connected")
	wantCode(t, do("send", map[string]any{"room": "lobby", "key": "k", "text": "hi"}), "not_joined")
	wantCode(t, do("history", map[string]any{"room": "lobby"}), "not_joined")
	wantCode(t, do("leave", map[string]any{"room": "lobby"}), "not_joined")
	for _, room := range []string{"one", "two", "three"} {
		if err := do("join", map[string]any{"room": room}); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, do("join", map[string]any{"room": "ONE"}), "already_joined")
	wantCode(t, do("join", map[string]any{"room": "four"}), "too_many_rooms")
	if err := do("leave", map[string]any{"room": "Two"}); err != nil {
		t.Fatal(err)
	}
	if err := do("join", map[string]any{"room": "four"}); err != nil {
		t.Fatal(err)
	}
}

func TestAfterLeavingNothingMoreComes(t *testing.T) {
	n := node.Start(t)
	ann, bob := n.Join(t, "Ann", "lobby"), n.Join(t, "Bob", "lobby")
	sayMany(t, ann, "lobby", 3)
	testbed.Eventually(t, 10*time.Second, "Bob is shown them", func() bool { return bob.Last("lobby").Seq == 3 })
	if _, err := bob.Do(within(t), "leave", map[string]any{"room": "lobby"}); err != nil {
		t.Fatal(err)
	}
	sayMany(t, ann, "lobby", 3)
	testbed.Eventually(t, 10*time.Second, "Ann is shown them", func() bool { return ann.Last("lobby").Seq == 6 })
	since := bob.Last("lobby")
	if since.Seq != 3 {
		t.Fatalf("Bob is shown %d after he left", since.Seq)
	}
	if _, err := bob.Join(within(t), "lobby", &since); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, 10*time.Second, "Bob is shown what he missed", func() bool { return bob.Last("lobby").Seq == 6 })
}

func TestANodeThatStopsSaysSo(t *testing.T) {
	n := node.Start(t)
	ann, plain, silent := n.Join(t, "Ann", "lobby"), dial(t, n, "/ws"), dial(t, n, "/ws", client.Subprotocol)
	sayMany(t, ann, "lobby", 1)
	n.Stop()
	wantClose(t, ann.Ended(within(t)), 1012, "shutdown")
	if _, draining := ann.Draining(); !draining {
		t.Error("Ann was not told before")
	}
	for _, conn := range []*websocket.Conn{plain, silent} {
		var err error
		for err == nil {
			_, _, err = conn.ReadMessage()
		}
		wantClose(t, err, 1012, "shutdown")
	}
}
