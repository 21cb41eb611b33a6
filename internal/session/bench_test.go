package session

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/limit"
	"chorus/internal/memory"
	"chorus/internal/metrics"
	"chorus/internal/wire"
)

// A delivered copy is what a service like this pays for: one operation here is one message for one member,
// from the bus to the socket, so that allocs/op says what a copy allocates.
func BenchmarkFanOut(b *testing.B) {
	for _, members := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			r := newStage(b, members)
			b.ReportAllocs()
			for sent := 0; b.Loop(); sent++ {
				if sent%members == 0 {
					r.say(b)
				}
			}
		})
	}
}

// Pages that a member reads on from are encoded for it alone: here one operation is one message.
func BenchmarkCatchUp(b *testing.B) {
	const messages = 200
	r := newStage(b, 1)
	for range messages {
		r.say(b)
	}
	since := r.first
	b.ReportAllocs()
	for read := 0; b.Loop(); read++ {
		if read%messages != 0 {
			continue
		}
		m := r.join(b, r.sessions[0], &since)
		r.wait(b)
		m.Leave()
	}
}

// stage is a room with members whose clients read, and look at nothing.
type stage struct {
	bus      bus.Bus
	group    *Group
	sessions []*Session
	first    chat.Position
	said     int
	written  chan struct{} // something was written
	texts    atomic.Int64  // that were written
	expected int64
}

// newQuietGroup returns a group in which nothing happens by itself. It ends with the test, without waiting for clients.
func newQuietGroup(t testing.TB, b bus.Bus, budget *memory.Budget) *Group {
	m, log := metrics.New(), slog.New(slog.DiscardHandler)
	h := hub.New(b, hub.Options{TailMessages: 256, TailBytes: 256 << 10, Linger: time.Minute}, log, m, budget)
	g := NewGroup(Node{Name: "node", Bus: b, Hub: h, Log: log, Metrics: m, Memory: budget},
		Options{QueueBytes: 256 << 10, MaxRooms: 10, PingInterval: time.Hour, ConnectTimeout: time.Hour, WriteTimeout: time.Hour, DrainRate: 1_000_000})
	t.Cleanup(func() {
		g.Shutdown(t.Context())
		h.Close()
	})
	return g
}

func newStage(t testing.TB, members int) *stage {
	r := &stage{bus: bus.NewMemory(bus.Options{Retention: 10_000}), written: make(chan struct{}, 1)}
	r.group = newQuietGroup(t, r.bus, nil)
	connect := connector(t)
	for range members {
		client, conn, limits := connect()
		go func() { _, _ = io.Copy(io.Discard, client.NetConn()) }()
		s := newSession(r.group, Client{Limits: limits})
		s.transport = &counted{newSocket(conn, s), r}
		r.group.add(s)
		s.start()
		r.sessions = append(r.sessions, s)
		r.join(t, s, nil)
	}
	r.say(t)
	return r
}

// connector returns a function that connects a client, and returns both ends and what a session may do.
func connector(t testing.TB) func() (client, server *websocket.Conn, own *limit.Session) {
	limits := limit.New(limit.Options{})
	t.Cleanup(limits.Close)
	var upgrader websocket.Upgrader
	conns := make(chan *websocket.Conn)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		conn, err := upgrader.Upgrade(w, req, nil)
		if err != nil {
			t.Error(err)
		}
		conns <- conn
	}))
	t.Cleanup(server.Close)
	return func() (*websocket.Conn, *websocket.Conn, *limit.Session) {
		client, response, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		t.Cleanup(func() { client.Close() })
		own, err := limits.Open("127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		return client, <-conns, own
	}
}

func (r *stage) join(t testing.TB, s *Session, since *chat.Position) *hub.Member {
	m, head, err := r.group.node.Hub.Join(t.Context(), "lobby", hub.Visit{User: &chat.User{ID: "bob", Name: "Bob"}, Since: since}, s)
	if err != nil {
		t.Fatal(err)
	}
	if since != nil {
		r.expected += int64(head.Seq - since.Seq)
	}
	s.Behind(m)
	return m
}

// say says something and waits until it was written to all members.
func (r *stage) say(t testing.TB) {
	draft := chat.Draft{Key: fmt.Sprint(r.said), User: chat.User{ID: "eve", Name: "Eve"}, Text: strings.Repeat("x", 128)}
	receipt, err := r.bus.Publish(t.Context(), "lobby", chat.Position{}, draft)
	if err != nil {
		t.Fatal(err)
	}
	if r.said++; r.said == 1 {
		r.first = receipt.Position
	}
	r.expected += int64(len(r.sessions))
	r.wait(t)
}

func (r *stage) wait(t testing.TB) {
	for r.texts.Load() < r.expected {
		select {
		case <-r.written:
		case <-t.Context().Done():
			t.Fatal("it was not written")
		}
	}
}

// counted counts what was written.
type counted struct {
	*socket
	stage *stage
}

func (c *counted) try(f wire.Framed) (n int, err error) {
	defer c.count(bytes.Count(f.Lines, []byte("\n")) + 1)
	return c.socket.try(f)
}

func (c *counted) count(texts int) {
	c.stage.texts.Add(int64(texts))
	select {
	case c.stage.written <- struct{}{}:
	default:
	}
}
