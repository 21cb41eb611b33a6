package session

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"chorus/internal/wire"
)

// kernelBytes is what the kernel keeps of what a client has not taken. By itself it would let that
// grow to megabytes for each slow reader, and wake who writes only when a third of them was taken:
// a reader that is slow but steady would look as if it took nothing.
const kernelBytes = 64 << 10

// Bound bounds what the kernel keeps of what a client has not taken, and returns the connection as the kernel
// knows it: nil where it is not TCP, as under TLS, or closed already.
func Bound(conn net.Conn) syscall.RawConn {
	c, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	_ = c.SetWriteBuffer(kernelBytes) // without it a slow reader only costs more
	raw, _ := c.SyscallConn()
	return raw
}

// socket is a WebSocket.
type socket struct {
	*websocket.Conn
	session *Session
	raw     syscall.RawConn // may be nil, see Bound

	// owned by the goroutine that reads
	frame     io.LimitedReader
	pings     int // from the client, since pingsFrom
	pingsFrom time.Duration

	// frameBegun is when the frame that is being read began, counted from the group's start; 0 between frames.
	frameBegun atomic.Int64
}

var _ transport = (*socket)(nil)

// newSocket returns the socket of a session.
func newSocket(conn *websocket.Conn, of *Session) *socket {
	s := &socket{Conn: conn, session: of, raw: Bound(conn.NetConn())}
	conn.SetPongHandler(func(string) error {
		of.hear()
		return nil
	})
	conn.SetPingHandler(s.pinged)
	conn.SetCloseHandler(func(int, string) error { return nil }) // it is answered when what is being written is
	return s
}

func (s *socket) await() error {
	kind, r, err := s.NextReader()
	if err != nil {
		return whyGone(err)
	}
	if kind != websocket.TextMessage {
		return BinaryFrame
	}
	s.frame = io.LimitedReader{R: r, N: wire.MaxFrameBytes + 1}
	s.frameBegun.Store(int64(s.session.group.now()))
	return nil
}

func (s *socket) read(into *bytes.Buffer) error {
	_, err := into.ReadFrom(&s.frame)
	s.frame.R = nil
	s.frameBegun.Store(0)
	if err == nil && into.Len() > wire.MaxFrameBytes {
		return FrameTooLarge
	}
	return whyGone(err)
}

// whyGone returns the reason that is in an error of the library, if there is one.
func whyGone(err error) error {
	if errors.Is(err, websocket.ErrReadLimit) {
		return FrameTooLarge // of a length that no frame can have
	}
	if said, ok := errors.AsType[*websocket.CloseError](err); ok && said.Code != websocket.CloseAbnormalClosure {
		return bye(said.Code)
	}
	return err
}

func (s *socket) interrupt() { s.SetReadDeadline(time.Now()) }

// stuck looks at frames that come in pieces: there may be empty ones, and pongs in between.
func (s *socket) stuck(limit time.Duration) bool {
	begun := s.frameBegun.Load()
	return begun != 0 && s.session.group.now()-time.Duration(begun) > limit
}

// pinged answers a ping of the client. Pings never reach the commands, and do not keep a
// session that answers none alive.
func (s *socket) pinged(data string) error {
	const most = 100
	if now := s.session.group.now(); now-s.pingsFrom > s.session.group.options.PingInterval {
		s.pings, s.pingsFrom = 0, now
	}
	if s.pings++; s.pings > most {
		return PingFlood
	}
	s.session.answer(wire.PongFrame(data))
	return nil
}

// Frames are written to the connection below the library: they are there already, made once for all who are sent
// them, and the library can't write as much as goes without waiting. It writes nothing itself but the goodbye, and
// what it says to a client that does not keep the protocol.

func (s *socket) try(f wire.Framed) (n int, err error) {
	if s.raw == nil {
		return 0, nil
	}
	return tryWrite(s.raw, f.Bytes)
}

func (s *socket) finish(f wire.Framed, n int) error {
	s.NetConn().SetWriteDeadline(time.Time{}) // a cut was for a write before this one
	_, err := s.NetConn().Write(f.Bytes[n:])
	return err
}

func (s *socket) taken() (bytes uint64, more bool) { return Taken(s.raw) }

func (s *socket) cut() { s.NetConn().SetWriteDeadline(time.Now()) }

func (s *socket) protocol() string { return wire.Subprotocol }

// sayGoodbye sends the close frame and ends its side of the connection, for which the client waits before it does.
// It reads on for a moment: a connection that is closed with something unread in it is reset, and the client may
// never see the reason. Who has said goodbye itself sends nothing more.
func (s *socket) sayGoodbye(r Reason) {
	const moment = time.Second
	message := websocket.FormatCloseMessage(r.Code, r.Name)
	if s.WriteControl(websocket.CloseMessage, message, time.Now().Add(moment)) != nil || r.isBye() {
		return
	}
	raw := s.NetConn()
	if c, ok := raw.(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite() // fails when the client is gone
	}
	raw.SetReadDeadline(time.Now().Add(moment))
	_, _ = io.Copy(io.Discard, io.LimitReader(raw, 1<<20))
}
