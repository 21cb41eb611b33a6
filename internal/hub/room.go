package hub

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/wire"
)

// room is a room's members on this node, and the newest part of its log.
type room struct {
	// constant after construction
	hub  *Hub
	name string
	// mailbox is for a user's mailbox, which is a room without messages and without presence.
	mailbox bool
	ctx     context.Context // ends with close
	cancel  context.CancelFunc
	opened  chan struct{} // closed when the room is open, or err says why not

	// written before opened is closed
	err          error
	subscription bus.Subscription

	// guarded by hub.mu
	users  int
	unused time.Time // when users fell to zero

	inbox  inbox
	roster roster

	// mu makes a member's going live and a message's going out two separate moments.
	mu   sync.Mutex
	tail tail // written by the pump alone
	// weight is what the hub's memory counts of the tail, -1 once the room is closed.
	weight int
	// sanctions are not older than the tail's head.
	sanctions chat.Sanctions
	members   []*Member // in no order
}

const (
	// pageMessages is how many messages are read from the log at a time. For a member it begins with
	// firstPage: messages may be long, and the place for them small.
	pageMessages = 256
	firstPage    = 32
	// frameBytes is about how large a frame for many messages becomes.
	frameBytes = 32 << 10
)

func newRoom(h *Hub, name string) *room {
	ctx, cancel := context.WithCancel(h.ctx)
	r := &room{hub: h, name: name, mailbox: chat.IsMailbox(name), ctx: ctx, cancel: cancel, opened: make(chan struct{})}
	r.inbox.startPump = func() { h.running.Go(r.pump) }
	r.roster.room = r
	r.inbox.pumping = true // until the room is open, what is relayed only waits
	return r
}

// open subscribes, and only then reads the log: whatever is said in between is in one of them
// or in both.
func (r *room) open() {
	if r.err = r.load(); r.err != nil {
		r.cancel()
		if r.subscription != nil {
			r.subscription.Close()
		}
		r.hub.discard(r)
		close(r.opened)
		return
	}
	close(r.opened)
	r.pump()
}

func (r *room) load() (err error) {
	if r.subscription, err = r.hub.bus.Subscribe(r.ctx, r.name, r); err != nil {
		return err
	}
	return r.reload()
}

// reload takes the tail from the log, whatever it was before. Members whose position is not
// in the log find out when they catch up.
func (r *room) reload() error { return r.hub.page(r.ctx, r.readTail) }

func (r *room) readTail() error {
	messages, err := r.hub.bus.Before(r.ctx, r.name, nil, r.hub.options.TailMessages)
	if err != nil {
		return err
	}
	sanctions, err := r.sanctionsOf() // after the messages, or acts in between would be missed
	if err != nil {
		return err
	}
	r.sayGoodbye(r.replace(messages, sanctions))
	return nil
}

// replace takes another tail, and returns the members that may not be here any more.
func (r *room) replace(messages []chat.Message, sanctions chat.Sanctions) []*Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.tail
	r.tail, r.sanctions = tail{}, sanctions
	r.remember(messages)
	for _, m := range r.members {
		if m.live {
			m.fallBehind(old.head)
		}
	}
	return r.judge(&old)
}

// isOpen reports whether opening is over; then close does not wait.
func (r *room) isOpen() bool {
	select {
	case <-r.opened:
		return true
	default:
		return false
	}
}

// close ends the subscription and the pump. It may be called more than once.
func (r *room) close() {
	r.cancel()
	<-r.opened // soon: opening has the same context
	r.inbox.close()
	r.mu.Lock()
	r.weigh(-1)
	r.mu.Unlock()
	if r.err == nil {
		r.subscription.Close()
	}
}

// pump takes what was relayed to the members, and ends when there is nothing more: a quiet
// room has no goroutine.
func (r *room) pump() {
	for r.ctx.Err() == nil {
		all, ok := r.inbox.take()
		if !ok {
			return
		}
		if all.trim {
			r.trim()
		}
		if all.resync {
			r.repair("resync")
			r.missed()
		}
		r.absorb(all.messages)
		for i := range all.signals {
			r.pass(&all.signals[i])
		}
	}
}

// absorb delivers messages as far as they follow the head, and reads the log where they don't. What
// was relayed and is not in the log has been lost by it since then.
func (r *room) absorb(messages []chat.Message) {
	r.hub.metrics.Relayed.Add(float64(len(messages)))
	repaired, again := false, moved{}
	for len(messages) > 0 && r.ctx.Err() == nil {
		head := r.tail.head // the pump is the only writer
		switch m := &messages[0]; {
		case m.Seq <= head.Seq && !r.tail.contradicts(m):
			messages = messages[1:] // known from the log
		case m.Follows(head):
			n := 1
			for n < len(messages) && messages[n].Follows(messages[n-1].Position()) {
				n++
			}
			r.deliver(messages[:n])
			messages = messages[n:]
		case !repaired:
			r.repair("gap")
			repaired = true
		default:
			r.insist(func() error { return r.sayAgain(messages[:1], again) })
			messages = messages[1:]
		}
	}
}

// repair reads the log from the head on, and does not give up before it has.
func (r *room) repair(cause string) {
	r.hub.metrics.Repairs.WithLabelValues(cause).Inc()
	r.insist(r.readOn)
}

func (r *room) readOn() error {
	for {
		var page []chat.Message
		err := r.hub.page(r.ctx, func() (err error) {
			page, err = r.hub.bus.After(r.ctx, r.name, r.tail.head, pageMessages)
			return err
		})
		switch {
		case errors.Is(err, bus.ErrFork):
			return r.heal()
		case errors.Is(err, bus.ErrExpired):
			return r.reload()
		case err != nil:
			return err
		}
		r.deliver(page)
		if len(page) < pageMessages {
			return nil
		}
	}
}

// insist tries until it works or the room is closed.
func (r *room) insist(try func() error) {
	const longest = time.Second
	first := true
	for wait := 50 * time.Millisecond; r.ctx.Err() == nil; wait = min(2*wait, longest) {
		err := try()
		if err == nil {
			return
		}
		if first && r.ctx.Err() == nil {
			r.hub.log.Warn("a room can't read its log, trying until it can", "room", r.name, "error", err)
		}
		first = false
		select {
		case <-time.After(wait/2 + rand.N(wait)):
		case <-r.ctx.Done():
		}
	}
}

// deliver offers messages that follow the head to all live members, encoded once for all of
// them.
func (r *room) deliver(messages []chat.Message) {
	for len(messages) > 0 {
		batch := throughAct(upTo(messages, frameBytes))
		messages = messages[len(batch):]
		r.sayGoodbye(r.offer(batch))
	}
}

// offer returns the members that were put out by what they were offered.
func (r *room) offer(batch []chat.Message) []*Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	head := r.tail.head
	r.remember(batch)
	shown := r.tail.requote(batch)
	frame := wire.MessagesFrame(shown)
	last := &batch[len(batch)-1] // the only one that may be an act
	r.hear(last)
	delivered := 0
	for _, m := range r.members {
		switch {
		case !m.live:
		case m.give(shown, frame):
			delivered++
		default:
			r.hub.metrics.Overflows.Inc()
			m.fallBehind(head)
		}
	}
	r.hub.metrics.Deliveries.Add(float64(delivered * len(batch)))
	return r.carryOut(last)
}
