package session

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"chorus/internal/auth"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/limit"
	"chorus/internal/wire"
)

// Client is what is known of a client before it says anything.
type Client struct {
	Address string // for the log
	// Limits is what the session may do. The session closes it.
	Limits *limit.Session
	// Plain is set for clients that speak plain text.
	Plain *Plain
}

// Plain is what a client that speaks plain text has said in its address. Both have passed the rules of
// package chat.
type Plain struct {
	Room string
	Name string
}

// Session is one connected client. There are many, most of them idle: what is here costs memory for each.
type Session struct {
	// constant after construction
	group     *Group
	transport transport
	client    Client
	slot      uint8

	// welcomed says that what is announced everywhere is for this session too.
	welcomed atomic.Bool

	// owned by the goroutine that waits for a frame or carries one out
	begun   time.Duration // since the group's start
	user    *chat.User    // nobody until connect; does not change, since others have it as well
	rights  auth.Rights
	members []*hub.Member
	mailbox *hub.Member // nil until it is asked for
	// unconnected ends the session if it does not connect in time. It is nil when there is no need to.
	unconnected *time.Timer

	// heard is when the client last sent a frame or a pong, counted from the group's start: a
	// clock that is set must not close everybody.
	heard atomic.Int64

	// subject is whom a kick or ban everywhere ends: the user, nil until connect and for administrators.
	subject atomic.Pointer[chat.User]

	// token is nil where the session's token does not end.
	token atomic.Pointer[tokenEnd]

	queue queue
}

var nobody = new(chat.User)

// newSession returns a session that has no transport yet.
func newSession(g *Group, c Client) *Session {
	s := &Session{group: g, client: c, slot: randomSlot(), user: nobody}
	s.hear()
	return s
}

// start begins the session's life, once it is in the group, and leaves the rest to other goroutines: wait and
// proceed take turns until it ends.
func (s *Session) start() {
	s.begin()
	go s.wait()
}

// wait waits for the next frame, and does nothing else: so it needs no more than the smallest stack there is.
// What is carried out needs one that is four times as large, and has it in another goroutine, for as long as
// that takes.
func (s *Session) wait() {
	err := s.transport.await()
	go s.proceed(err)
}

func (s *Session) proceed(err error) {
	growStack()
	if s.carryOut(err) {
		go s.wait()
	} else {
		s.finish()
	}
}

// growStack makes the stack as large as most commands need it, while nothing is on it. It would grow twice
// otherwise, and what is on it would be copied.
//
//go:noinline
func growStack() {
	var large [4 << 10]byte
	runtime.KeepAlive(&large)
}

// run is the session's whole life, for an event stream: the goroutine of the request has to stay.
func (s *Session) run() {
	s.begin()
	for s.carryOut(s.transport.await()) {
	}
	s.finish()
}

// carryOut carries out the frame that has come, unless there was an error, and reports whether the session
// goes on.
func (s *Session) carryOut(err error) bool {
	if err == nil {
		err = s.readFrame()
	}
	if err != nil {
		s.queue.end(reasonOf(err))
	}
	return !s.queue.ending()
}

func (s *Session) begin() {
	s.begun = s.group.now()
	s.group.node.Metrics.Sessions.WithLabelValues(s.protocol()).Inc()
	if s.client.Plain == nil {
		s.unconnected = time.AfterFunc(s.group.options.ConnectTimeout, func() { s.End(ConnectTimeout) })
	} else if s.joinPlain() != nil {
		s.End(Unavailable)
	}
}

// finish leaves the rooms, writes what is queued, and says why it is over.
func (s *Session) finish() {
	defer s.group.sessions.Done()
	defer s.group.node.Metrics.Sessions.WithLabelValues(s.protocol()).Dec()
	defer s.group.remove(s)
	defer s.client.Limits.Close()
	defer s.transport.Close()

	if s.unconnected != nil {
		s.unconnected.Stop()
	}
	for _, m := range s.members {
		m.Drop()
	}
	if s.mailbox != nil {
		s.mailbox.Leave()
	}
	reason := s.drainQueue()
	if reason.Code != 0 {
		s.transport.sayGoodbye(reason)
	}
	s.group.node.Metrics.Closes.WithLabelValues(reason.Name).Inc()
	s.group.node.Log.Debug("a session ended", "reason", reason.Name, "user", s.user.ID,
		"address", s.client.Address, "lasted", (s.group.now() - s.begun).Round(time.Millisecond))
}

// protocol returns what the session counts as.
func (s *Session) protocol() string {
	if s.client.Plain != nil {
		return "plain"
	}
	return s.transport.protocol()
}

// End ends the session for a reason, after the command under way and what is queued. The first
// reason given counts.
func (s *Session) End(r Reason) {
	s.queue.end(r)
	s.transport.interrupt()
}

// drain tells the client when it will be closed, and closes it then.
func (s *Session) drain(after time.Duration) {
	s.push(wire.EventFrame(wire.Event{Draining: &wire.Draining{ReconnectMS: after.Milliseconds()}}))
	time.AfterFunc(after, func() { s.End(Shutdown) })
}

var readBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// readFrame carries out the frame that has come.
func (s *Session) readFrame() error {
	buffer := readBuffers.Get().(*bytes.Buffer)
	defer readBuffers.Put(buffer)
	buffer.Reset()
	if err := s.transport.read(buffer); err != nil {
		return err
	}
	if !utf8.Valid(buffer.Bytes()) {
		return InvalidUTF8
	}
	s.hear()
	if s.client.Plain != nil {
		s.handlePlain(buffer.Bytes())
	} else {
		s.handleLines(buffer.Bytes())
	}
	return nil
}

// reasonOf returns why reading has failed.
func reasonOf(err error) Reason {
	if reason, said := errors.AsType[Reason](err); said {
		return reason
	}
	return Gone
}

// ping asks for a sign of life, or ends the session if nothing has come for two intervals.
func (s *Session) ping(now time.Time) {
	if s.silence(now) > 2*s.group.options.PingInterval {
		s.End(PingTimeout)
		return
	}
	if s.transport.stuck(s.group.options.PingInterval) {
		s.End(FrameTimeout)
		return
	}
	s.push(wire.PingFrame)
}

func (s *Session) hear() { s.heard.Store(int64(s.group.now())) }

// silence is for how long nothing has come from the client.
func (s *Session) silence(now time.Time) time.Duration {
	return now.Sub(s.group.started) - time.Duration(s.heard.Load())
}

// context returns the context of what the session does: it goes on when the client is gone,
// because what was asked for may already have been done.
func (s *Session) context() context.Context { return s.group.ctx }
