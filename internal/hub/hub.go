// Package hub is a node's local fan-out: its rooms and their members.
//
// A room takes what the bus relays, checks that each message follows the one before it, and
// offers it to the room's live members as one encoded frame. A relayed message is only a hint:
// when one does not follow, the room reads the log until it does.
//
// A member is live, or it is behind. Joining, coming back, having been too slow: all put a
// member behind at some position, and [Member.CatchUp] takes it from there to the head, page by
// page, from the room's tail or from the log. It becomes live under the room's lock, in the
// moment in which it has everything.
package hub

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/memory"
	"chorus/internal/metrics"
)

// Options say what rooms keep in memory.
type Options struct {
	TailMessages int           `help:"Newest messages of a room that a node with members in it keeps in memory." default:"256"`
	TailBytes    int           `help:"The same in bytes; the newest message is always kept." default:"262144"`
	Linger       time.Duration `name:"room-linger" help:"How long a room without members stays subscribed." default:"30s"`
	Presence     bool          `help:"Tell who is in a room, on all nodes." default:"true" negatable:""`
	Grace        time.Duration `name:"presence-grace" help:"How long somebody counts as present whose connection was lost." default:"5s"`
}

// Validate names the field that is out of its limits.
func (o *Options) Validate() error {
	switch {
	case o.TailMessages < 1 || o.TailMessages > 10_000:
		return errors.New("tail-messages: must be from 1 to 10000")
	case o.TailBytes < 1024:
		return errors.New("tail-bytes: must be at least 1024")
	case o.Linger < 10*time.Millisecond:
		return errors.New("room-linger: must be at least 10ms")
	case o.Grace < 0 || o.Grace > time.Minute:
		return errors.New("presence-grace: must be from 0s to 1m")
	}
	return nil
}

// Hub holds the rooms that have members on this node.
type Hub struct {
	// constant after construction
	bus     bus.Bus
	options Options
	log     *slog.Logger
	metrics *metrics.Metrics
	memory  *memory.Budget
	reads   chan struct{}   // holds one for each page of the log that is being read; nil without a limit
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup // rooms opening and pumping, rosters, presence, and the sweep

	presence *presence // nil where nobody is told who is where

	// mu is held to find, open and leave rooms; never while a message is on its way.
	mu    sync.Mutex
	rooms map[string]*room // nil after Close
}

// New returns a hub without rooms, which keeps to a budget. Close ends it.
func New(b bus.Bus, o Options, log *slog.Logger, m *metrics.Metrics, budget *memory.Budget) *Hub {
	ctx, cancel := context.WithCancel(context.Background())
	h := &Hub{
		bus: b, options: o, log: log, metrics: m, memory: budget,
		ctx: ctx, cancel: cancel, rooms: make(map[string]*room),
	}
	if budget != nil {
		h.reads = make(chan struct{}, budget.Pages())
		h.running.Go(h.trimTails)
	}
	h.running.Go(h.sweep)
	h.running.Go(h.checkHeads)
	if o.Presence {
		h.presence = newPresence(b, o.Grace, log)
		h.running.Go(func() { h.presence.beat(ctx) })
		h.running.Go(func() { h.presence.reap(ctx) })
		h.running.Go(func() { h.presence.tell(ctx) })
	}
	return h
}

// Visit is how a session joins a room.
type Visit struct {
	// User is whose session it is, nil for nobody's. What it points to must not change.
	User *chat.User
	// Since is the last message that the session has been shown. Where it is nil, or can't be continued,
	// the session is shown the room's newest messages, History of them at the most.
	Since   *chat.Position
	History int
	// Roster has the session told who is in the room, and who comes and goes.
	Roster bool
	// Exempt is for whom no kick or ban holds.
	Exempt bool
	// Follow, if there is one, takes the messages in place of the receiver. It is called under the room's
	// lock.
	Follow func([]chat.Message)
}

// Join makes a member of a room for a receiver. The member begins behind; the caller goes on with
// [Member.CatchUp] until it is live. head is the room's head at this moment.
//
// It fails with a *bus.SanctionError for a user who is banned, with bus.ErrUnavailable when the room
// can't be opened, with ErrNoMemory when the node has none left for a member or a room, with bus.ErrClosed after Close,
// and with the context's error.
func (h *Hub) Join(ctx context.Context, name string, v Visit, r Receiver) (m *Member, head chat.Position, err error) {
	if !chat.Reserved(name) && h.memory.Tight() {
		return nil, chat.Position{}, ErrNoMemory
	}
	room, err := h.acquire(name)
	if err != nil {
		return nil, chat.Position{}, err
	}
	select {
	case <-room.opened:
	case <-ctx.Done():
		h.release(room)
		return nil, chat.Position{}, ctx.Err()
	}
	if room.err != nil {
		h.release(room)
		return nil, chat.Position{}, room.err
	}
	if m, head, err = room.join(v, r); err != nil {
		h.release(room)
	}
	return m, head, err
}

// page calls a function that reads a page of the log, and does with it what is to be done. Where memory is bounded
// few do that at a time: messages may be large, and those who come back at once many. It fails with
// bus.ErrUnavailable when those before it take as long as a database that does not answer.
func (h *Hub) page(ctx context.Context, read func() error) error {
	const longest = 2500 * time.Millisecond
	if h.reads == nil {
		return read()
	}
	timeout := time.NewTimer(longest)
	defer timeout.Stop()
	select {
	case h.reads <- struct{}{}:
	case <-timeout.C:
		return bus.ErrUnavailable
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-h.reads }()
	return read()
}

// acquire returns the room with a user more. A room that is not there yet is opened.
func (h *Hub) acquire(name string) (*room, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms == nil {
		return nil, bus.ErrClosed
	}
	r := h.rooms[name]
	if r == nil {
		if !chat.Reserved(name) && h.memory.Tails().Over() {
			return nil, ErrNoMemory
		}
		r = newRoom(h, name)
		h.rooms[name] = r
		h.count(h.metrics.Rooms, r, 1)
		h.running.Go(r.open)
	}
	r.users++
	return r, nil
}

// count counts rooms and members, of rooms that people know of.
func (h *Hub) count(gauge interface{ Add(float64) }, r *room, n float64) {
	if !chat.Reserved(r.name) {
		gauge.Add(n)
	}
}

// release takes a user from the room. The sweep closes the room some time after the last one.
func (h *Hub) release(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.users--
	if r.users == 0 {
		r.unused = time.Now()
	}
}

// enter and leave count a session of a user in a room, if people can be in it.
func (h *Hub) enter(r *room, v *Visit) {
	if h.presence == nil || chat.Reserved(r.name) {
		return
	}
	h.presence.enter(r.name, v.User)
	if v.Roster {
		r.roster.watch()
	}
}

func (h *Hub) leave(r *room, v *Visit, atOnce bool) {
	if h.presence == nil || chat.Reserved(r.name) {
		return
	}
	h.presence.leave(r.name, v.User.ID, atOnce)
	if v.Roster {
		r.roster.unwatch()
	}
}

// discard takes a room that could not be opened out of the map, so that the next Join tries
// anew.
func (h *Hub) discard(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[r.name] == r {
		delete(h.rooms, r.name)
		h.count(h.metrics.Rooms, r, -1)
	}
}

// sweep closes the rooms that have had no users for a while.
func (h *Hub) sweep() {
	tick := time.NewTicker(h.options.Linger / 4)
	defer tick.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case now := <-tick.C:
			h.closeUnused(now)
		}
	}
}

// closeUnused closes rooms before anybody can open them anew: a room has one subscription.
func (h *Hub) closeUnused(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, r := range h.rooms {
		if r.users == 0 && r.isOpen() && now.Sub(r.unused) >= h.options.Linger {
			delete(h.rooms, name)
			h.count(h.metrics.Rooms, r, -1)
			r.close()
		}
	}
}

// Close ends all rooms and waits for what runs. Members get nothing more. Calling it twice is
// harmless.
func (h *Hub) Close() {
	h.cancel()
	h.mu.Lock()
	rooms := h.rooms
	h.rooms = nil
	h.mu.Unlock()
	for _, r := range rooms {
		r.close()
	}
	h.running.Wait()
}
