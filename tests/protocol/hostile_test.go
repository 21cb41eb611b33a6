package protocol_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"chorus/internal/server"
	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// closeOf reads until the connection ends.
func closeOf(t *testing.T, conn *websocket.Conn) error {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			return err
		}
	}
}

func TestFramesThatAreNoCommandsAreAnsweredWithErrors(t *testing.T) {
	n := node.Start(t)
	conn := dial(t, n, "/ws", client.Subprotocol)
	write(t, conn, `{"id":1,"connect":{"name":"Ann"}}`)
	readLines(t, conn, 1)
	for _, frame := range []string{
		"hello", "null", "[]", "{}", `{"id":2}`, `{"id":-1,"ping":{}}`, `{"ping":{}}`, `{"id":2,"nonsense":{}}`,
		strings.Repeat("[", 8000), strings.Repeat(`{"id":`, 2000), `{"id":1e400,"ping":{}}`,
		`{"id":2,"join":{"room":"a","room":"b"}}`, `{"id":2,"join":{"room":"{x}"}}`, `{"id":2,"join":{"room":"a\nb"}}`,
	} {
		write(t, conn, frame)
		if got := readLines(t, conn, 1)[0]; !strings.Contains(got, `"code":"bad_request"`) || len(got) > 500 {
			t.Errorf("%.60s: got %.600s", frame, got)
		}
	}
	// A frame goes on after a line that is wrong, and empty lines are nothing.
	write(t, conn, "\n{}\n\n"+`{"id":9,"ping":{}}`+"\r\n")
	if got := readLines(t, conn, 2); !strings.Contains(got[0], "bad_request") || got[1] != `{"id":9,"pong":{}}` {
		t.Errorf("got %q", got)
	}
}

func TestWhatIsNoTextEndsTheSession(t *testing.T) {
	n := node.Start(t)
	conn := dial(t, n, "/ws", client.Subprotocol)
	if err := conn.WriteMessage(websocket.BinaryMessage, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	wantClose(t, closeOf(t, conn), 1003, "binary_frame")

	conn = dial(t, n, "/ws", client.Subprotocol)
	write(t, conn, "\xff\xfe")
	wantClose(t, closeOf(t, conn), 1007, "invalid_utf8")

	conn = dial(t, n, "/ws", client.Subprotocol)
	write(t, conn, strings.Repeat(" ", 16<<10))
	readNothingWrong(t, conn)
	go conn.WriteMessage(websocket.TextMessage, []byte(strings.Repeat("x", 1<<20))) // far more than is read
	wantClose(t, closeOf(t, conn), 1009, "frame_too_large")

	const head, mask = "\x81\xff", "\x00\x00\x00\x00"
	for what, raw := range map[string]string{
		"one byte too many":                "\x81\xfe\x40\x01" + mask + strings.Repeat(" ", 16385),
		"too many in pieces":               "\x01\xfe\x40\x00" + mask + strings.Repeat(" ", 16384) + "\x80\x81" + mask + " ",
		"as many as nobody has":            head + "\x40\x00\x00\x00\x00\x00\x00\x00" + mask + strings.Repeat(" ", 16385),
		"as many as can't be written down": head + "\x80\x00\x00\x00\x00\x00\x00\x00" + mask,
	} {
		t.Run(what, func(t *testing.T) {
			wantClose(t, closeAfter(t, n, raw), 1009, "frame_too_large")
		})
	}
}

// closeAfter writes bytes below the protocol, and reads until the connection ends.
func closeAfter(t *testing.T, n *node.Node, raw string) error {
	t.Helper()
	conn := dial(t, n, "/ws", client.Subprotocol)
	if _, err := conn.NetConn().Write([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	return closeOf(t, conn)
}

// What the library says to those who do not keep the protocol, and what they say who end in order.
func TestAClosedSessionIsToldWhy(t *testing.T) {
	n := node.Start(t)
	for what, test := range map[string]struct {
		raw, reason string
		code        int
	}{
		"goodbye":                 {"\x88\x82\x00\x00\x00\x00\x03\xe8", "bye", 1000},
		"a code of its own":       {"\x88\x82\x00\x00\x00\x00\x10\xe1", "bye", 4321},
		"goodbye without a code":  {"\x88\x80\x00\x00\x00\x00", "", 1005},
		"a code that is not sent": {"\x88\x82\x00\x00\x00\x00\x03\xee", "bad close code 1006", 1002},
		"a frame without a mask":  {"\x81\x02{}", "bad MASK", 1002},
	} {
		t.Run(what, func(t *testing.T) {
			wantClose(t, closeAfter(t, n, test.raw), test.code, test.reason)
		})
	}
}

// readNothingWrong checks that the session still answers.
func readNothingWrong(t *testing.T, conn *websocket.Conn) {
	t.Helper()
	write(t, conn, `{"id":5,"ping":{}}`)
	if got := readLines(t, conn, 2)[1]; !strings.Contains(got, `"id":5`) {
		t.Fatalf("got %q", got)
	}
}

func TestWhoDoesNotConnectIsClosed(t *testing.T) {
	n := node.Start(t, func(c *server.Config) { c.Session.ConnectTimeout = time.Second })
	early := n.Join(t, "Early", "lobby")
	silent := dial(t, n, "/ws", client.Subprotocol)
	wantClose(t, closeOf(t, silent), 4000, "connect_timeout")

	busy := dial(t, n, "/ws", client.Subprotocol)
	go func() { // pings and wrong commands do not prolong it
		for busy.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) == nil {
			time.Sleep(20 * time.Millisecond)
		}
	}()
	wantClose(t, closeOf(t, busy), 4000, "connect_timeout")

	testbed.Eventually(t, 10*time.Second, "both are counted", func() bool {
		return strings.Contains(metrics(t, n), `chorus_closes_total{reason="connect_timeout"} 2`)
	})
	sayMany(t, early, "lobby", 1) // connected in time, so never closed for it
}

func TestWhoAnswersNoPingIsClosed(t *testing.T) {
	n := node.Start(t, func(c *server.Config) {
		// What a client takes is looked at more often than it is pinged: that its system has taken a ping is no
		// sign of life.
		c.Session.PingInterval, c.Session.WriteTimeout = time.Second, 1200*time.Millisecond
	})
	answers := n.Join(t, "Answers", "lobby")
	deaf := dial(t, n, "/ws", client.Subprotocol)
	pinged := make(chan struct{}, 10)
	deaf.SetPingHandler(func(string) error { pinged <- struct{}{}; return nil })
	write(t, deaf, `{"id":1,"connect":{"name":"Deaf"}}`)
	wantClose(t, closeOf(t, deaf), 4001, "ping_timeout")
	if len(pinged) == 0 {
		t.Error("it was never pinged")
	}
	sayMany(t, answers, "lobby", 1)
}

func TestAPingFloodEndsTheSession(t *testing.T) {
	n := node.Start(t)
	conn := dial(t, n, "/ws", client.Subprotocol)
	write(t, conn, `{"id":1,"connect":{"name":"Ann"}}`)
	readLines(t, conn, 1)
	for range 101 {
		if err := conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	wantClose(t, closeOf(t, conn), 4500, "ping_flood")
}

func TestWhoSendsWithoutReadingIsNotReadFrom(t *testing.T) {
	n := node.Start(t, func(c *server.Config) { c.Session.WriteTimeout = 300 * time.Millisecond })
	conn := dial(t, n, "/ws", client.Subprotocol)
	write(t, conn, `{"id":1,"connect":{"name":"Ann"}}`+"\n"+`{"id":2,"join":{"room":"lobby"}}`)
	sayMany(t, n.Join(t, "Bob", "lobby"), "lobby", 100)
	go func() {
		for conn.WriteMessage(websocket.TextMessage, []byte(`{"id":3,"history":{"room":"lobby","limit":100}}`)) == nil {
		}
	}()
	testbed.Eventually(t, 20*time.Second, "it is closed for taking nothing", func() bool {
		return strings.Contains(metrics(t, n), `chorus_closes_total{reason="write_timeout"} 1`)
	})
}

func TestPagesOfOtherOriginsMayNotConnect(t *testing.T) {
	try := func(n *node.Node, header http.Header) int {
		header.Set("Connection", "Upgrade")
		header.Set("Upgrade", "websocket")
		header.Set("Sec-WebSocket-Version", "13")
		header.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
		request, err := http.NewRequestWithContext(t.Context(), "GET", n.URL+"/ws", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header = header
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	origin := func(o ...string) http.Header { return http.Header{"Origin": o} }

	n := node.Start(t)
	host := n.Server.Addr()
	for want, headers := range map[int][]http.Header{
		101: {{}, origin("http://" + host)},
		403: {origin("https://" + host), origin("http://evil.example"), origin("null"), origin(""),
			origin("http://" + host + ".evil.example"), origin("http://"+host, "http://evil.example"),
			{"Origin": {"https://" + host}, "X-Forwarded-Proto": {"https"}}},
	} {
		for _, h := range headers {
			shown := fmt.Sprint(h)
			if got := try(n, h); got != want {
				t.Errorf("%s: %d, want %d", shown, got, want)
			}
		}
	}
	listed := node.Start(t, func(c *server.Config) { c.Origins = []string{"https://chat.example.com"} })
	if got := try(listed, origin("https://chat.example.com")); got != 101 {
		t.Errorf("a listed origin: %d", got)
	}
	if got := try(listed, origin("http://"+listed.Server.Addr())); got != 403 {
		t.Errorf("the own origin, where a list is given without it: %d", got)
	}
	proxied := node.Start(t, func(c *server.Config) { c.TrustedProxies = []string{"127.0.0.1"} })
	if got := try(proxied, http.Header{"Origin": {"https://" + proxied.Server.Addr()}, "X-Forwarded-Proto": {"https"}}); got != 101 {
		t.Errorf("https by a trusted proxy: %d", got)
	}
	if got := try(n, http.Header{"Sec-Websocket-Protocol": {"chorus.v9, mqtt"}}); got != 400 {
		t.Errorf("foreign subprotocols: %d", got)
	}
}

func TestHalfARequestDoesNotHoldAConnection(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the 10 seconds that a client has for its headers")
	}
	t.Parallel()
	n := node.Start(t)
	conn, err := net.Dial("tcp", n.Server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: x\r\n")
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		return // an answer that says so is as good
	} else if netErr, ok := err.(net.Error); ok && netErr.Timeout() {
		t.Fatal("the connection is still open")
	}
}
