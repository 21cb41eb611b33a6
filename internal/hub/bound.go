package hub

import (
	"errors"
	"time"

	"chorus/internal/chat"
)

// ErrNoMemory means that a node has no memory for what is wanted. It may later.
var ErrNoMemory = errors.New("this node has no memory left for more")

// MayPublish fails with ErrNoMemory while rooms remember too much for another message. What a moderator does is
// small, and may be what ends that.
func (h *Hub) MayPublish(d chat.Draft) error {
	if d.Act == nil && h.memory.Tails().Over() {
		return ErrNoMemory
	}
	return nil
}

// LittleTail is how many bytes a room keeps of what is new while rooms remember more than there is memory for.
const LittleTail = 16 << 10

// remember is called under the room's lock. While rooms remember more than there is memory for, they keep
// little of what is new, and then the newest message alone.
func (r *room) remember(messages []chat.Message) {
	o, all := r.hub.options, r.hub.memory.Tails()
	switch {
	case all.Over():
		o.TailMessages = 1
	case all.Full():
		o.TailBytes = min(o.TailBytes, LittleTail)
	}
	r.tail.push(messages, &o)
	r.weigh(r.tail.weight())
}

// weigh is called under the room's lock.
func (r *room) weigh(bytes int) {
	if r.weight >= 0 {
		r.hub.memory.Tails().Hold(max(bytes, 0) - r.weight)
		r.weight = bytes
	}
}

// trimTails has rooms forget all but their newest messages when they remember too much: those in which nothing is
// said would do it never.
func (h *Hub) trimTails() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-tick.C:
		}
		if !h.memory.Tails().Over() {
			continue
		}
		for _, r := range h.openRooms() {
			if r.remembersMore() {
				r.inbox.putTrim()
			}
		}
	}
}

// remembersMore reports whether there is anything to forget.
func (r *room) remembersMore() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.tail.messages) > 1
}

// trim is called by the pump. Rooms do it until it is enough.
func (r *room) trim() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.hub.memory.Tails().Full() {
		return
	}
	o := r.hub.options
	o.TailMessages = 1
	r.tail.push(nil, &o)
	r.weigh(r.tail.weight())
}
