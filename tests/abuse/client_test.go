package abuse_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// errNoPlace is what enter and talk fail with where the node has no memory for it.
var errNoPlace = errors.New("the node has no place for more")

// longest is how long anything may take that is waited for.
const longest = time.Minute

// enter connects somebody who joins rooms, and reads until they are in all of them.
func enter(ctx context.Context, n *node, rooms ...string) (*websocket.Conn, error) {
	return enterBy(ctx, new(net.Dialer).DialContext, n, rooms)
}

// enterClosely does the same with as little as possible that the system takes for who does not read.
func enterClosely(ctx context.Context, n *node, rooms ...string) (*websocket.Conn, error) {
	return enterBy(ctx, func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err == nil {
			err = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		}
		return conn, err
	}, n, rooms)
}

type dial = func(ctx context.Context, network, address string) (net.Conn, error)

func enterBy(ctx context.Context, dial dial, n *node, rooms []string) (*websocket.Conn, error) {
	dialer := websocket.Dialer{Subprotocols: []string{"chorus.v1"}, ReadBufferSize: 1024, WriteBufferSize: 1024, HandshakeTimeout: longest, NetDialContext: dial}
	conn, response, err := dialer.DialContext(ctx, "ws://"+n.address+"/ws", nil)
	if response != nil && response.StatusCode == http.StatusServiceUnavailable && response.Header.Get("Retry-After") != "" {
		return nil, errNoPlace
	}
	if err != nil {
		return nil, err
	}
	if err := join(conn, rooms); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func join(conn *websocket.Conn, rooms []string) error {
	var hello strings.Builder
	hello.WriteString(`{"id":1,"connect":{"name":"Eve"}}`)
	for i, r := range rooms {
		fmt.Fprintf(&hello, "\n"+`{"id":%d,"join":{"room":%q}}`, i+2, r)
	}
	if err := conn.WriteMessage(websocket.TextMessage, []byte(hello.String())); err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Now().Add(longest)); err != nil {
		return err
	}
	for joined := 0; joined < len(rooms); {
		frame, err := read(conn)
		if err != nil {
			return err
		}
		joined += bytes.Count(frame, []byte(`"joined":`))
	}
	return nil
}

// read reads a frame, and fails where it refuses something: with errNoPlace if that is for lack of memory.
func read(conn *websocket.Conn) ([]byte, error) {
	_, frame, err := conn.ReadMessage()
	switch {
	case err != nil:
		return nil, err
	case bytes.Contains(frame, []byte(`"code":"unavailable"`)):
		return nil, errNoPlace
	case bytes.Contains(frame, []byte(`"error":`)):
		return nil, fmt.Errorf("refused: %s", frame)
	}
	return frame, nil
}

// ask asks for what was said in a room before, and does not wait for the answer.
func ask(conn *websocket.Conn, room string) error {
	return conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"id":100,"history":{"room":%q,"limit":50}}`, room))
}

// readOn reads until a message of a room, and fails where one before it is missing or out of order.
func readOn(conn *websocket.Conn, until int) error {
	if err := conn.NetConn().(*net.TCPConn).SetReadBuffer(1 << 20); err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Now().Add(longest)); err != nil {
		return err
	}
	for last := 0; last < until; {
		_, frame, err := conn.ReadMessage()
		if err != nil {
			return fmt.Errorf("after message %d: %w", last, err)
		}
		for line := range bytes.SplitSeq(frame, []byte("\n")) {
			var e struct{ Message *struct{ Seq int } }
			if err := json.Unmarshal(line, &e); err != nil {
				return err
			}
			switch {
			case e.Message == nil:
			case last > 0 && e.Message.Seq != last+1:
				return fmt.Errorf("after message %d comes %d", last, e.Message.Seq)
			default:
				last = e.Message.Seq
			}
		}
	}
	return nil
}

// keys are those of all messages.
var keys atomic.Int64

// largest is a text that makes about as large a message as there can be.
var largest = strings.Repeat("語", 4000)

// talk has somebody say large messages into rooms in turn, a few at a time, until so many are answered.
func talk(conn *websocket.Conn, count int, rooms []string) error {
	const underWay = 8
	for sent, answered := 0, 0; answered < count; {
		for ; sent < count && sent < answered+underWay; sent++ {
			command := fmt.Sprintf(`{"id":%d,"send":{"room":%q,"key":"k%d","text":%q}}`, sent+1000, rooms[sent%len(rooms)], keys.Add(1), largest)
			if err := conn.WriteMessage(websocket.TextMessage, []byte(command)); err != nil {
				return err
			}
		}
		if err := conn.SetReadDeadline(time.Now().Add(longest)); err != nil {
			return err
		}
		frame, err := read(conn)
		if err != nil {
			return err
		}
		answered += bytes.Count(frame, []byte(`,"sent":`))
	}
	return nil
}
