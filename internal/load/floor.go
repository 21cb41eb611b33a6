package load

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Floor is the least that a service can be that hands out messages of a room: one process, one write for
// each delivery, and nothing else: no database, no queues, no history, no checks. It speaks as much of
// chorus.v1 as the generator needs, so that every figure can be put beside what the machine allows.
type Floor struct {
	mu    sync.Mutex
	rooms map[string]*floorRoom
}

type floorRoom struct {
	mu      sync.Mutex
	seq     uint64
	members map[net.Conn]bool
}

// Serve serves until the context ends.
func (f *Floor) Serve(ctx context.Context, l net.Listener) error {
	f.rooms = make(map[string]*floorRoom)
	server := &http.Server{Handler: f, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { server.Close() })
	go giveBack(ctx)
	if err := server.Serve(l); ctx.Err() == nil {
		return err
	}
	return nil
}

// giveBack gives garbage back to the system, or it would count as what connections need.
func giveBack(ctx context.Context) {
	for ctx.Err() == nil {
		sleep(ctx, 5*time.Second)
		debug.FreeOSMemory()
	}
}

// ServeHTTP implements http.Handler.
func (f *Floor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u := websocket.Upgrader{Subprotocols: []string{"chorus.v1"}, CheckOrigin: func(*http.Request) bool { return true }, ReadBufferSize: 512}
	c, err := u.Upgrade(w, r, nil)
	if err != nil {
		return // the client was told
	}
	go f.serve(c) // what the request needed is given back
}

func (f *Floor) serve(c *websocket.Conn) {
	conn := c.NetConn()
	defer conn.Close()
	var in *floorRoom
	defer func() {
		if in != nil {
			in.mu.Lock()
			delete(in.members, conn)
			in.mu.Unlock()
		}
	}()
	for {
		_, frame, err := c.ReadMessage()
		if err != nil {
			return
		}
		for line := range bytes.SplitSeq(frame, []byte("\n")) {
			id, rest := number(bytes.TrimPrefix(line, answerAhead))
			switch room, text := between(rest, `"room":"`), between(rest, `"text":"`); {
			case room == nil:
				writeFrame(conn, fmt.Appendf(nil, `{"id":%d,"welcome":{"token":""}}`, id))
			case text == nil:
				var head uint64
				in, head = f.join(string(room), conn)
				writeFrame(conn, fmt.Appendf(nil, `{"id":%d,"joined":{"room":%q,"head":{"seq":%d,"id":""}}}`, id, room, head))
			case in != nil:
				in.say(conn, id, room, text)
			}
		}
	}
}

func between(b []byte, ahead string) []byte {
	at := bytes.Index(b, []byte(ahead))
	if at < 0 {
		return nil
	}
	b = b[at+len(ahead):]
	return b[:max(0, bytes.IndexByte(b, '"'))]
}

func (f *Floor) join(name string, conn net.Conn) (r *floorRoom, head uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r = f.rooms[name]; r == nil {
		r = &floorRoom{members: make(map[net.Conn]bool)}
		f.rooms[name] = r
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.members[conn] = true
	return r, r.seq
}

func (r *floorRoom) say(from net.Conn, id uint64, room, text []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seq++
	message := fmt.Appendf(nil, `{"message":{"room":"%s","seq":%d,"id":"","text":"%s"}}`, room, r.seq, text)
	frame := appendFrame(nil, message)
	for conn := range r.members {
		_, _ = conn.Write(frame) // who is gone is found by their reader
	}
	writeFrame(from, fmt.Appendf(nil, `{"id":%d,"sent":{"room":"%s","seq":%d}}`, id, room, r.seq))
}

func writeFrame(conn net.Conn, payload []byte) { _, _ = conn.Write(appendFrame(nil, payload)) }

// appendFrame appends an unmasked text frame of less than 64 KiB.
func appendFrame(b, payload []byte) []byte {
	b = append(b, 0x81)
	if len(payload) < 126 {
		b = append(b, byte(len(payload)))
	} else {
		b = append(b, 126, byte(len(payload)>>8), byte(len(payload)))
	}
	return append(b, payload...)
}
