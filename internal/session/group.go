// Package session is one connected client: the commands it sends, the bounded queue of what it
// is sent, and how it ends.
//
// An idle session is one goroutine that waits for the next frame. Another one carries out what has come, and
// one fills the queue while a member is behind. A few goroutines write for all sessions; only who has to be
// waited for, as event streams always have to be, has one of its own meanwhile. What is written is shared with
// other sessions where it can be.
package session

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"chorus/internal/auth"
	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/memory"
	"chorus/internal/metrics"
)

// Options are the limits of a session.
type Options struct {
	QueueBytes     int           `help:"What may wait to be written to a session. A member with more waiting goes on from the log." default:"262144"`
	MaxRooms       int           `help:"Rooms a session may be in at a time." default:"100"`
	PingInterval   time.Duration `help:"Time between pings of a session. One that is not heard of for two intervals is closed." default:"25s"`
	ConnectTimeout time.Duration `help:"Time for a session to send its connect command." default:"5s"`
	RefreshGrace   time.Duration `help:"Time for a session to send a fresh token when its token has ended." default:"30s"`
	WriteTimeout   time.Duration `help:"How long a client that is written to may take nothing, until it is cut off; it comes back to where it was." default:"30s"`
	DrainRate      int           `help:"Sessions that a stopping node sends to other nodes in a second, so that these are not overrun." default:"500"`
}

// Validate names the field that is out of its limits.
func (o *Options) Validate() error {
	switch {
	case o.QueueBytes < minQueueBytes:
		return errors.New("queue-bytes: must be at least 131072")
	case o.MaxRooms < 1:
		return errors.New("max-rooms: must be at least 1")
	case o.PingInterval < time.Second:
		return errors.New("ping-interval: must be at least 1s")
	case o.ConnectTimeout < 100*time.Millisecond:
		return errors.New("connect-timeout: must be at least 100ms")
	case o.RefreshGrace < time.Second:
		return errors.New("refresh-grace: must be at least 1s")
	case o.DrainRate < 1:
		return errors.New("drain-rate: must be at least 1")
	case o.WriteTimeout < 100*time.Millisecond:
		return errors.New("write-timeout: must be at least 100ms")
	}
	return nil
}

// minQueueBytes leaves place for a page or two.
const minQueueBytes = 128 << 10

// Node is what sessions need of the node they are on.
type Node struct {
	Name    string
	Bus     bus.Bus
	Hub     *hub.Hub
	Auth    *auth.Auth
	Log     *slog.Logger
	Metrics *metrics.Metrics
	Memory  *memory.Budget
}

// slots is into how many parts the ping interval is divided.
const slots = 100

// Group is all sessions of a node. Its methods may be called concurrently.
type Group struct {
	// constant after construction
	node    Node
	options Options
	started time.Time
	ctx     context.Context // ends with Shutdown, when the sessions have
	cancel  context.CancelFunc

	writers    writers
	everywhere *everywhere
	courier    *courier

	// unauthorized bounds what the log says of one mistake.
	unauthorized *rate.Limiter

	sessions sync.WaitGroup // end before ctx does: what they ask for goes on until then
	running  sync.WaitGroup // writers, slow writes, catch-ups, the sweep, the watch, everywhere, the courier: end after

	mu sync.Mutex
	// slots hold the sessions by the moment of the ping interval at which they are pinged.
	// Each session has a random one: pings that go out together are lost together.
	slots  [slots]map[*Session]struct{}
	closed bool
}

// NewGroup returns a group without sessions. Shutdown ends it.
func NewGroup(n Node, o Options) *Group {
	ctx, cancel := context.WithCancel(context.Background())
	g := &Group{
		node: n, options: o, started: time.Now(), ctx: ctx, cancel: cancel,
		writers:      newWriters(),
		unauthorized: rate.NewLimiter(rate.Every(10*time.Second), 3),
	}
	for i := range g.slots {
		g.slots[i] = make(map[*Session]struct{})
	}
	g.everywhere = newEverywhere(g)
	g.courier = newCourier(n.Bus)
	g.running.Go(g.sweep)
	g.running.Go(g.watch)
	g.running.Go(func() { g.courier.run(ctx) })
	g.running.Go(func() { g.everywhere.run(ctx) })
	return g
}

// Start begins a session on a connection, which belongs to it from now on, and returns at once.
// After Shutdown it says goodbye instead, which may take two seconds.
func (g *Group) Start(conn *websocket.Conn, c Client) {
	s := newSession(g, c)
	s.transport = newSocket(conn, s)
	if !g.add(s) {
		s.transport.sayGoodbye(Shutdown)
		conn.Close()
		c.Limits.Close()
		return
	}
	go s.start()
}

// Stream is a session on an event stream, and returns when it has ended. The context ends when the client
// is gone.
func (g *Group) Stream(ctx context.Context, to Writer, c Client) {
	s := newSession(g, c)
	events := newEventStream(g.courier.newStream(), to)
	s.transport = events
	g.courier.add(events)
	defer g.courier.remove(events)
	defer context.AfterFunc(ctx, events.gone)()
	switch {
	case events.begin() != nil:
		c.Limits.Close()
	case g.add(s):
		s.run()
	default:
		events.sayGoodbye(Shutdown)
		c.Limits.Close()
	}
}

// Post hands a frame to an event stream, wherever that is. It fails with bus.ErrUnavailable, and may then
// have been taken or not.
func (g *Group) Post(ctx context.Context, stream string, n uint64, frame string) (chat.PostResult, error) {
	return g.courier.post(ctx, stream, n, frame)
}

// now is counted from the group's start.
func (g *Group) now() time.Duration { return time.Since(g.started) }

// add takes in a session that is about to run, unless there are to be no more.
func (g *Group) add(s *Session) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.slots[s.slot][s] = struct{}{}
	g.sessions.Add(1)
	return true
}

func (g *Group) remove(s *Session) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.slots[s.slot], s)
}

// sweep pings each session once in a ping interval. One sweep for all costs less than a timer
// for each.
func (g *Group) sweep() {
	tick := time.NewTicker(g.options.PingInterval / time.Duration(len(g.slots)))
	defer tick.Stop()
	for slot := 0; ; slot = (slot + 1) % len(g.slots) {
		select {
		case <-g.ctx.Done():
			return
		case now := <-tick.C:
			for _, s := range g.inSlot(slot, anybody) {
				s.ping(now)
				s.checkExpiry(now)
			}
		}
	}
}

func (g *Group) inSlot(slot int, which func(*Session) bool) (sessions []*Session) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for s := range g.slots[slot] {
		if which(s) {
			sessions = append(sessions, s)
		}
	}
	return sessions
}

func anybody(*Session) bool { return true }

// Shutdown tells all sessions when they will be closed, closes each at its time, after the answers
// to the commands under way, and waits for them. The times are spread at random, so that the
// nodes which take over get a steady stream of clients. When the context ends first, it cuts the
// connections. Sessions that are started later are closed at once.
func (g *Group) Shutdown(ctx context.Context) {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	sessions := g.all()
	spread := time.Duration(len(sessions)) * time.Second / time.Duration(g.options.DrainRate)
	if deadline, ok := ctx.Deadline(); ok {
		spread = min(spread, time.Until(deadline)*8/10) // leaves time for the last ones
	}
	for _, s := range sessions {
		s.drain(time.Duration(rand.Int64N(int64(max(spread, 0)) + 1)))
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		g.sessions.Wait()
		g.cancel()
		g.running.Wait()
	}()
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	g.cancel()
	for _, s := range g.all() {
		s.transport.Close()
	}
	<-ended
}

func (g *Group) all() (sessions []*Session) {
	for slot := range g.slots {
		sessions = append(sessions, g.inSlot(slot, anybody)...)
	}
	return sessions
}

func randomSlot() uint8 { return uint8(rand.N(slots)) }
