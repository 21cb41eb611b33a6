package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// crowd is all connections of a run.
type crowd struct {
	options *Options
	dialect dialect
	net     net.Dialer
	members []*member
	rooms   []*room

	sends, refusals atomic.Uint64
	firstRefusal    atomic.Pointer[Refusal]
	latency         *latency
	buffers         sync.Pool
	writeBuffers    sync.Pool

	mu       sync.Mutex
	leaving  bool // connections may end, or be ended
	cuts     int
	firstCut error
}

// observers is how many connections look at how long messages are under way, at the most. Where some stop reading,
// it is up to twice as many.
const observers = 64

// newCrowd returns members that are not connected yet, in rooms that nobody else has.
func newCrowd(o *Options, rooms, members int) *crowd {
	c := &crowd{options: o, dialect: dialects[o.Dialect], latency: newLatency(),
		buffers: sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}}
	run := strconv.FormatUint(rand.Uint64(), 36)
	for i := range rooms {
		r := &room{name: fmt.Sprintf("load-%s-%d", run, i)}
		c.rooms = append(c.rooms, r)
		for j := range members {
			n := len(c.members)
			// Each room's members begin with another address, and so do its senders, who are the first.
			c.members = append(c.members, &member{crowd: c, room: r, number: uint64(n), url: o.URLs[(i+j)%len(o.URLs)],
				name: fmt.Sprintf("Load %d", n), view: view{begun: true}})
		}
	}
	chooseObservers(c.members)
	return c
}

// chooseObservers takes one by chance out of each of so many equal parts: from all rooms alike, and without a
// step that meets the one with which addresses or senders are chosen.
func chooseObservers(members []*member) {
	n := min(observers, len(members))
	for i := range n {
		from, to := i*len(members)/n, (i+1)*len(members)/n
		members[from+rand.IntN(to-from)].observes = true
	}
}

// slowDown returns so many of those who do not send, who are to stop reading, or all where there are not as many.
// How long messages are under way is then measured by as many of the others as without them.
func (c *crowd) slowDown(t *Talk, slow int) []*member {
	stopping := c.listeners(t)
	stopping = stopping[max(0, len(stopping)-slow):]
	for _, m := range stopping {
		m.slow = true
	}
	chooseObservers(slices.DeleteFunc(slices.Clone(c.members), func(m *member) bool { return m.slow }))
	return stopping
}

// connect connects members, as fast as the options say. Each is waited for as long as there is patience. How long
// it took counts from when it was due: who waits because too many are being connected is late.
func (c *crowd) connect(ctx context.Context, members []*member, took func(time.Duration)) error {
	begun := time.Now()
	group, dialing := errgroup.WithContext(ctx)
	group.SetLimit(c.options.Dialing)
	for i, m := range members {
		due := begun
		if c.options.Ramp > 0 {
			due = begun.Add(time.Duration(float64(i) / c.options.Ramp * float64(time.Second)))
			sleep(dialing, time.Until(due))
		}
		if dialing.Err() != nil {
			break // group.Wait or ctx says why
		}
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(dialing, c.options.Patience)
			defer cancel()
			if err := m.dial(ctx); err != nil {
				address, _ := c.dialect.dial(m.url)
				return fmt.Errorf("connecting to %s: %w", address, err)
			}
			took(time.Since(due))
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// cut notes that a connection has ended by itself, and reports whether that was wrong.
func (c *crowd) cut(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leaving {
		return false
	}
	c.cuts++
	if c.firstCut == nil {
		c.firstCut = err
	}
	return true
}

// leave ends all connections.
func (c *crowd) leave() {
	c.expectCuts(true)
	hangUp(c.members)
}

// expectCuts says whether connections may end.
func (c *crowd) expectCuts(expected bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaving = expected
}

// hangUp ends connections all at once, and waits until nothing is read from them any more.
func hangUp(members []*member) {
	for _, m := range members {
		if m.conn != nil {
			m.conn.NetConn().Close()
		}
	}
	for _, m := range members {
		if m.conn != nil {
			<-m.ended
		}
	}
}

// delivered returns how many messages all members were shown.
func (c *crowd) delivered() (n uint64) {
	for _, m := range c.members {
		n += m.delivered.Load()
	}
	return n
}

// await waits until a condition holds, as long as there is patience.
func (c *crowd) await(ctx context.Context, holds func() bool) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Patience)
	defer cancel()
	for !holds() && ctx.Err() == nil {
		sleep(ctx, 5*time.Millisecond)
	}
}

// listen waits a moment, in which what is said twice or too late would arrive.
func (c *crowd) listen(ctx context.Context) { sleep(ctx, 500*time.Millisecond) }

// findEnds finds the end of each room.
func (c *crowd) findEnds() {
	for _, m := range c.members {
		m.room.end = max(m.room.end, m.room.head.Load(), m.last.Load())
	}
}

// hasArrived reports whether every member has been shown all that was acknowledged, or shown to others, and
// everything that was sent has been answered. Nothing arrives at who is gone.
func (c *crowd) hasArrived() bool {
	c.findEnds()
	for _, m := range c.members {
		if !m.isGone() && (m.underWay.Load() > 0 || m.last.Load() < m.room.end) {
			return false
		}
	}
	return true
}

// catchUp waits until members were shown what is acknowledged by now, as long as there is patience, and
// returns how many were.
func (c *crowd) catchUp(ctx context.Context, members []*member) int {
	ctx, cancel := context.WithTimeout(ctx, c.options.Patience)
	defer cancel()
	var there atomic.Int64
	var group sync.WaitGroup
	for _, m := range members {
		group.Go(func() {
			if m.reach(ctx, m.room.head.Load()) {
				there.Add(1)
			}
		})
	}
	group.Wait()
	return int(there.Load())
}

// reach waits until a member was shown a message, and reports whether it was. A member that is gone comes
// back to where it was, if the service lets it.
func (m *member) reach(ctx context.Context, seq uint64) bool {
	for ctx.Err() == nil && m.last.Load() < seq {
		wait := 5 * time.Millisecond
		if m.isGone() {
			if !m.crowd.dialect.resumes() {
				break
			}
			if m.dial(ctx) != nil {
				wait = 200 * time.Millisecond
			}
		}
		sleep(ctx, wait)
	}
	return m.last.Load() >= seq
}

func (m *member) isGone() bool {
	select {
	case <-m.ended:
		return true
	default:
		return false
	}
}

// flaws returns what was wrong with what was delivered. It is called when nothing is read any more.
func (c *crowd) flaws() Flaws {
	var sum Flaws
	c.findEnds()
	unanswered := make(map[*room]uint64)
	for _, m := range c.members {
		f := m.view.flaws
		sum.Missing += f.Missing
		if !m.wasCut.Load() { // else nothing more could come, and the cut counts
			sum.Missing += m.room.end - m.last.Load()
		}
		sum.Repeated += f.Repeated
		sum.Resets += f.Resets
		sum.Disordered += f.Disordered
		if n := max(0, m.underWay.Load()); n > 0 {
			unanswered[m.room] += uint64(n)
			if !m.wasCut.Load() {
				sum.Unanswered += uint64(n)
			}
		}
	}
	for _, r := range c.rooms {
		sum.Stored += r.misstored(unanswered[r])
	}
	sum.Cut = c.cuts
	return sum
}

// misstored returns how many messages a room has more, or fewer, than were acknowledged. Of what was not
// answered, or with an error that leaves it open, it is not known whether it was stored.
func (r *room) misstored(unanswered uint64) uint64 {
	end, acknowledged := r.end, r.acknowledged.Load()
	if end < acknowledged {
		return acknowledged - end
	}
	more := end - acknowledged
	return more - min(more, unanswered+r.unknown.Load())
}
