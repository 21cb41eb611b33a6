package protocol_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"chorus/internal/limit"
	"chorus/internal/server"
	"chorus/tests/client"
	"chorus/tests/node"
)

// A frame may come in pieces, and a piece may be empty: such a frame never gets too large.
func TestAFrameThatDoesNotEndEndsTheSession(t *testing.T) {
	n := node.Start(t, func(c *server.Config) { c.Session.PingInterval = time.Second })
	bob := n.Join(t, "Bob", "lobby")
	conn := dial(t, n, "/ws", client.Subprotocol)
	write(t, conn, `{"id":1,"connect":{"name":"Ann"}}`)
	readLines(t, conn, 1)
	stop := make(chan struct{})
	flooding := make(chan struct{})
	go func() {
		defer close(flooding)
		raw := conn.NetConn()
		const masked = 0x80
		begin, next := []byte{0x01, masked, 0, 0, 0, 0}, []byte{0x00, masked, 0, 0, 0, 0}
		_, err := raw.Write(begin)
		for err == nil {
			select {
			case <-stop:
				return
			default:
				_, err = raw.Write(next)
			}
		}
	}()
	wantClose(t, closeOf(t, conn), 4006, "frame_timeout")
	close(stop)
	<-flooding
	sayMany(t, bob, "lobby", 1)
}

func TestTenThousandJoinsAreNotCarriedOut(t *testing.T) {
	n := node.Start(t, func(c *server.Config) { c.Limit.JoinsPerSession = rate(t, "10/s:200") })
	ann := connect(t, n, "Ann")
	for i := range 10_000 {
		_, err := ann.Join(within(t), fmt.Sprint("room-", i%150), nil)
		switch {
		case i < 100 && err != nil:
			t.Fatal(err)
		case 100 <= i && i < 150:
			wantCode(t, err, "too_many_rooms")
		case i >= 150 && err == nil:
			t.Fatalf("join %d of %d rooms succeeds", i, 150)
		}
	}
	sayMany(t, ann, "room-7", 1)
}

func TestAnAddressThatOpensTenThousandConnectionsGetsAsManyAsItMay(t *testing.T) {
	const may = 100
	n := node.Start(t, func(c *server.Config) {
		c.Limit = limit.Options{SessionsPerAddress: may, ConnectsPerAddress: rate(t, "1/h:200")}
	})
	bob := n.Join(t, "Bob", "lobby")
	opened, refused := 1, 0
	for range 10_000 {
		conn, response, err := websocket.DefaultDialer.Dial("ws"+n.URL[len("http"):]+"/ws", nil)
		if err == nil {
			defer conn.Close()
			opened++
			continue
		}
		if response == nil || response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") == "" {
			t.Fatalf("refused with %v", err)
		}
		refused++
	}
	if opened != may || refused != 10_001-may {
		t.Errorf("%d were opened, %d refused", opened, refused)
	}
	sayMany(t, bob, "lobby", 1)
}
