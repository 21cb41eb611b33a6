package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// room is what its members have in common.
type room struct {
	name string
	// head is the newest message that the service has acknowledged.
	head atomic.Uint64
	// acknowledged counts the messages, so that one that was stored twice is found.
	acknowledged atomic.Uint64
	// end is the newest message that was acknowledged or shown to anybody, when findEnds was called.
	end uint64
	// unknown counts the refusals after which the message may be stored nevertheless.
	unknown atomic.Uint64
}

// member is one connection, in one room.
type member struct {
	crowd    *crowd
	room     *room
	number   uint64
	url      string
	name     string
	observes bool // what texts say, see observe
	slow     bool // it will stop reading, so it is not asked how long messages are under way

	conn  *websocket.Conn
	ready chan struct{} // closed when it was let into the room
	ended chan struct{} // closed when nothing is read any more
	err   error         // why, readable after ended

	// Of the reading goroutine.
	token  string // with which to come back as the same user
	lastID []byte // the id of the newest message, or what a service has in its place
	view   view
	newest map[uint64]uint64 // the count of the newest message of each sender, where it observes

	// What the view is after each frame, for everybody.
	last, delivered atomic.Uint64

	lost   atomic.Bool // the connection, for whatever reason
	wasCut atomic.Bool // it ended by itself, which is among the flaws

	paused atomic.Pointer[chan struct{}] // until it is closed nothing is read

	writing    sync.Mutex
	frame      []byte        // guarded by writing
	references atomic.Uint64 // of sends
	underWay   atomic.Int64
	answered   atomic.Pointer[func(ok bool)] // called for each answer to a send, by the reading goroutine
}

// view is what a member was shown of its room.
type view struct {
	begun bool // so that it is known which message is next: from the start, as the room is new, but not after a reset
	last  uint64
	flaws Flaws
	shown uint64
}

// Flaws count what is wrong with what was delivered. All that is right is none.
type Flaws struct {
	// Missing are messages that were left out, or had not arrived when the patience was over.
	Missing uint64 `json:"missing"`
	// Repeated are messages that came after they, or later ones, had come.
	Repeated uint64 `json:"repeated"`
	// Resets count how often the service said that a view can't be continued.
	Resets uint64 `json:"resets"`
	// Cut are connections that ended without being asked to.
	Cut int `json:"cut"`
	// Stored are messages more, or fewer, in the rooms than were acknowledged: the sum of what each room is off.
	Stored uint64 `json:"stored"`
	// Unanswered are sends that were neither acknowledged nor refused, on connections that were not cut.
	Unanswered uint64 `json:"unanswered"`
	// Disordered are messages that an observer was shown after later ones of the same sender, or again with
	// another number, or that nobody in the room sent like this.
	Disordered uint64 `json:"disordered"`
}

// Plus returns the sum of both.
func (f Flaws) Plus(other Flaws) Flaws {
	return Flaws{
		f.Missing + other.Missing, f.Repeated + other.Repeated, f.Resets + other.Resets, f.Cut + other.Cut, f.Stored + other.Stored,
		f.Unanswered + other.Unanswered, f.Disordered + other.Disordered,
	}
}

// dial connects, and waits until it is let into the room. It may be called again after an end.
func (m *member) dial(ctx context.Context) error {
	address, header := m.crowd.dialect.dial(m.url)
	d := websocket.Dialer{NetDialContext: m.crowd.net.DialContext, ReadBufferSize: 4096, WriteBufferSize: 1024, WriteBufferPool: &m.crowd.writeBuffers}
	conn, response, err := d.DialContext(ctx, address, header)
	if err != nil {
		if response != nil {
			return notUpgraded(m.crowd.dialect, response)
		}
		return err
	}
	m.conn, m.ready, m.ended = conn, make(chan struct{}), make(chan struct{})
	m.lost.Store(false)
	m.wasCut.Store(false)
	hello := m.crowd.dialect.greet(m)
	go m.read()
	if err := m.write(hello); err != nil {
		return err
	}
	select {
	case <-m.ready:
		return nil
	case <-m.ended:
		return m.err
	case <-ctx.Done():
		return fmt.Errorf("not let into the room: %w", ctx.Err())
	}
}

func (m *member) write(frame []byte) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	return m.writeLocked(frame)
}

// writeLocked gives up when the service has taken nothing for as long as there is patience.
func (m *member) writeLocked(frame []byte) error {
	_ = m.conn.SetWriteDeadline(time.Now().Add(m.crowd.options.Patience)) // is noted only
	err := m.conn.WriteMessage(websocket.TextMessage, frame)
	if err != nil {
		m.lose(fmt.Errorf("sending: %w", err))
	}
	return err
}

// lose closes a connection on which something went wrong. The first time it is noted, unless the connection
// was closed by the generator itself.
func (m *member) lose(err error) {
	if m.lost.CompareAndSwap(false, true) && !errors.Is(err, net.ErrClosed) && m.crowd.cut(fmt.Errorf("%s: %w", m.url, err)) {
		m.wasCut.Store(true)
	}
	m.conn.NetConn().Close()
}

// send sends a text that was meant to be sent at a time.
func (m *member) send(at time.Time, size int) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	m.underWay.Add(1)
	var text [4096]byte
	count := m.references.Add(1)
	m.frame = m.crowd.dialect.send(m.frame[:0], count-1, m.room.name, appendText(text[:0], stamp{at.UnixNano(), m.number, count}, size))
	return m.writeLocked(m.frame)
}

func (m *member) read() {
	defer close(m.ended)
	for {
		_, r, err := m.conn.NextReader()
		if err == nil {
			err = m.take(r)
		}
		if err != nil {
			m.err = err
			m.lose(err)
			return
		}
	}
}

// take reads a frame into a buffer that only those have who have something to read.
func (m *member) take(r io.Reader) error {
	if wait := m.paused.Load(); wait != nil {
		<-*wait
	}
	buffer := m.crowd.buffers.Get().(*[]byte)
	defer m.crowd.buffers.Put(buffer)
	frame := (*buffer)[:0]
	for {
		n, err := r.Read(frame[len(frame):cap(frame)])
		frame = frame[:len(frame)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if len(frame) == cap(frame) {
			frame = append(frame, 0)[:len(frame)]
		}
	}
	*buffer = frame
	answer, err := m.crowd.dialect.read(frame, m)
	m.last.Store(m.view.last)
	m.delivered.Store(m.view.shown)
	if err == nil && answer != nil {
		err = m.write(answer)
	}
	return err
}

// The following are called by the dialect, with what a frame says.

func (m *member) joined(head uint64) {
	if head == 0 {
		m.view.begun = true
	}
	select {
	case <-m.ready: // a service that answers twice
	default:
		close(m.ready)
	}
}

// shown takes a message's number, and reports whether the message is a new one.
func (m *member) shown(seq uint64) bool {
	v := &m.view
	switch {
	case seq == v.last+1 && v.begun:
	case !v.begun:
		v.begun = true
	case seq > v.last:
		v.flaws.Missing += seq - v.last - 1
	default:
		v.flaws.Repeated++
		return false
	}
	v.last = seq
	v.shown++
	return true
}

func (m *member) reset() {
	m.view.flaws.Resets++
	m.view.begun = false
	clear(m.newest)
}

// observe looks at the stamp in the text of a new message: how long it was under way, and whether its sender's
// messages come in the order in which they were sent. That none is left out is known from their numbers.
func (m *member) observe(text []byte) {
	s, ok := stampOf(text)
	if !ok || s.sender >= uint64(len(m.crowd.members)) || m.crowd.members[s.sender].room != m.room || s.count <= m.newest[s.sender] {
		m.view.flaws.Disordered++
		return
	}
	if m.newest == nil {
		m.newest = make(map[uint64]uint64)
	}
	m.newest[s.sender] = s.count
	if !m.slow {
		m.crowd.latency.arrived(s.at)
	}
}

// sent takes an acknowledgement; its seq is 0 where the service does not say it.
func (m *member) sent(_, seq uint64) {
	seq = cmp.Or(seq, m.room.acknowledged.Add(1))
	for head := m.room.head.Load(); seq > head && !m.room.head.CompareAndSwap(head, seq); head = m.room.head.Load() {
	}
	m.underWay.Add(-1)
	m.crowd.sends.Add(1)
	m.answer(true)
}

// refused takes a refusal; unknown says that the message may be stored nevertheless.
func (m *member) refused(_ uint64, why Refusal, unknown bool) {
	m.crowd.firstRefusal.CompareAndSwap(nil, &why)
	if unknown {
		m.room.unknown.Add(1)
	}
	m.underWay.Add(-1)
	m.crowd.refusals.Add(1)
	m.answer(false)
}

func (m *member) answer(ok bool) {
	if answered := m.answered.Load(); answered != nil {
		(*answered)(ok)
	}
}
