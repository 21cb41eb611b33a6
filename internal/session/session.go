package session

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"chorus/internal/auth"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/limit"
	"chorus/internal/wire"
)

// kernelBytes is what the kernel keeps of what a client has not taken. By itself it would let that
// grow to megabytes for each slow reader, and wake the writer only when a third of them was taken:
// a reader that is slow but steady would look as if it took nothing.
const kernelBytes = 64 << 10

// Client is what is known of a client before it says anything.
type Client struct {
	Address string // for the log
	// Limits is what the session may do. The session closes it.
	Limits *limit.Session
	// Plain is set for clients that speak plain text; Room and Name are for them alone and
	// have passed the rules of package chat.
	Plain bool
	Room  string
	Name  string
}

// Session is one connected client.
type Session struct {
	// constant after construction
	group  *Group
	conn   *websocket.Conn
	client Client
	slot   int
	ended  chan struct{} // closed at the very end

	// owned by the goroutine that reads
	user      chat.User // its ID is empty until connect
	rights    auth.Rights
	members   map[string]*hub.Member
	mailbox   *hub.Member // nil until it is asked for
	pings     int         // from the client, since pingsFrom
	pingsFrom time.Time

	// heard is when the client last sent a frame or a pong, counted from the group's start: a
	// clock that is set must not close everybody.
	heard atomic.Int64

	// frameBegun is when the frame that is being read began, counted in the same way; 0 between frames.
	frameBegun atomic.Int64

	// subject is the user's id, "" until connect, and for administrators: whom a kick or ban everywhere
	// ends.
	subject atomic.Value
	// welcomed says that what is announced everywhere is for this session too.
	welcomed atomic.Bool

	// expires is when the session's token ends, in seconds since 1970; 0 for never.
	expires atomic.Int64
	// refreshAsked is owned by the group's sweep: for which end a fresh token was asked for, and when.
	refreshAsked struct {
		end int64
		at  time.Time
	}

	queue queue
}

func newSession(g *Group, conn *websocket.Conn, c Client) *Session {
	s := &Session{
		group:   g,
		conn:    conn,
		client:  c,
		slot:    randomSlot(g),
		ended:   make(chan struct{}),
		members: make(map[string]*hub.Member),
	}
	s.queue.changed.L = &s.queue.mu
	s.hear()
	if c, ok := conn.NetConn().(*net.TCPConn); ok {
		_ = c.SetWriteBuffer(kernelBytes) // without it a slow reader only costs more
	}
	conn.SetReadLimit(wire.MaxFrameBytes)
	conn.SetPongHandler(func(string) error {
		s.hear()
		return nil
	})
	conn.SetPingHandler(s.pinged)
	return s
}

func (s *Session) protocol() string {
	if s.client.Plain {
		return "plain"
	}
	return wire.Subprotocol
}

// run is the session's life.
func (s *Session) run() {
	sessions := s.group.node.Metrics.Sessions.WithLabelValues(s.protocol())
	sessions.Inc()
	defer close(s.ended)
	defer sessions.Dec()
	defer s.group.remove(s)
	defer s.client.Limits.Close()
	defer s.conn.Close()

	started := time.Now()
	s.queue.end(s.read())
	for _, m := range s.members {
		m.Drop()
	}
	if s.mailbox != nil {
		s.mailbox.Leave()
	}
	reason := s.queue.drain()
	s.sayGoodbye(reason)
	s.group.node.Metrics.Closes.WithLabelValues(reason.Name).Inc()
	s.group.node.Log.Debug("a session ended", "reason", reason.Name, "user", s.user.ID,
		"address", s.client.Address, "lasted", time.Since(started).Round(time.Millisecond))
}

// End ends the session for a reason, after the command under way and what is queued. The first
// reason given counts.
func (s *Session) End(r Reason) {
	s.queue.end(r)
	s.conn.SetReadDeadline(time.Now()) // wakes up the reading goroutine
}

// drain tells the client when it will be closed, and closes it then.
func (s *Session) drain(after time.Duration) {
	s.push(wire.EventFrame(wire.Event{Draining: &wire.Draining{ReconnectMS: after.Milliseconds()}}))
	time.AfterFunc(after, func() { s.End(Shutdown) })
}

// read carries out what the client sends until it is over, and returns why.
func (s *Session) read() Reason {
	handle := s.handleLines
	if s.client.Plain {
		if refusal := s.joinPlain(); refusal != nil {
			return Unavailable
		}
		handle = s.handlePlain
	} else {
		s.conn.SetReadDeadline(time.Now().Add(s.group.options.ConnectTimeout))
	}
	for !s.queue.ending() {
		if reason, ok := s.readFrame(handle); !ok {
			return reason
		}
	}
	return Gone // the reason was given before
}

var readBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (s *Session) readFrame(handle func([]byte)) (Reason, bool) {
	kind, r, err := s.conn.NextReader()
	if err != nil {
		return s.whyGone(err), false
	}
	if kind != websocket.TextMessage {
		return BinaryFrame, false
	}
	buffer := readBuffers.Get().(*bytes.Buffer)
	defer readBuffers.Put(buffer)
	buffer.Reset()
	s.frameBegun.Store(max(int64(time.Since(s.group.started)), 1))
	_, err = buffer.ReadFrom(r)
	s.frameBegun.Store(0)
	if err != nil {
		return s.whyGone(err), false
	}
	if !utf8.Valid(buffer.Bytes()) {
		return InvalidUTF8, false
	}
	s.hear()
	handle(buffer.Bytes())
	return Reason{}, true
}

// errPingFlood is what the ping handler ends the reading with.
var errPingFlood = errors.New("too many pings")

func (s *Session) whyGone(err error) Reason {
	var netErr net.Error
	switch {
	case errors.Is(err, errPingFlood):
		return PingFlood
	case errors.Is(err, websocket.ErrReadLimit):
		return FrameTooLarge
	case websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway, websocket.CloseNoStatusReceived):
		return Bye
	case s.user.ID == "" && errors.As(err, &netErr) && netErr.Timeout():
		return ConnectTimeout // there is no other read deadline, but for End
	}
	return Gone
}

// pinged answers a ping of the client. Pings never reach the commands, and do not keep a
// session that answers none alive.
func (s *Session) pinged(data string) error {
	const most = 100
	if now := time.Now(); now.Sub(s.pingsFrom) > s.group.options.PingInterval {
		s.pings, s.pingsFrom = 0, now
	}
	if s.pings++; s.pings > most {
		return errPingFlood
	}
	err := s.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
	var netErr net.Error
	if errors.Is(err, websocket.ErrCloseSent) || errors.As(err, &netErr) && netErr.Timeout() {
		return nil // the reading shows what has happened
	}
	return err
}

// ping asks for a pong, or ends the session if nothing has come for two intervals.
func (s *Session) ping(now time.Time) {
	if now.Sub(s.group.started)-time.Duration(s.heard.Load()) > 2*s.group.options.PingInterval {
		s.End(PingTimeout)
		return
	}
	// A frame may come in pieces, empty ones too, and pongs in between.
	if begun := s.frameBegun.Load(); begun != 0 && now.Sub(s.group.started)-time.Duration(begun) > s.group.options.PingInterval {
		s.End(FrameTimeout)
		return
	}
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	if s.queue.reason == nil {
		s.queue.pingDue = true
		s.startWriter()
	}
}

func (s *Session) hear() { s.heard.Store(int64(time.Since(s.group.started))) }

// sayGoodbye sends the close frame, where there is one to send, and gives the client a moment to
// take it: a connection that is closed with something unread in it is reset, and the client may
// never see the reason.
func (s *Session) sayGoodbye(r Reason) {
	if r == Gone || r == WriteTimeout {
		return
	}
	const moment = time.Second
	if r.Code != 0 {
		message := websocket.FormatCloseMessage(r.Code, r.Name)
		if s.conn.WriteControl(websocket.CloseMessage, message, time.Now().Add(moment)) != nil {
			return
		}
	}
	raw := s.conn.NetConn()
	raw.SetReadDeadline(time.Now().Add(moment))
	_, _ = io.Copy(io.Discard, io.LimitReader(raw, 1<<20))
}

// context returns the context of what the session does: it goes on when the client is gone,
// because what was asked for may already have been done.
func (s *Session) context() context.Context { return s.group.ctx }
