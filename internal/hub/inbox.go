package hub

import (
	"sync"

	"chorus/internal/chat"
	"chorus/internal/wire"
)

// inboxBytes bounds what may wait for a room's pump. What would go over it is dropped and read
// from the log instead, so that a burst can't fill the memory.
const (
	inboxBytes = 4 << 20
	// inboxSignals bounds the signals that may wait. More are dropped: they are of the moment.
	inboxSignals = 100
)

// inbox is where the bus leaves what it relays. What comes while the pump is busy is taken by
// it as one batch.
type inbox struct {
	startPump func() // constant after construction

	mu       sync.Mutex
	messages []chat.Message
	bytes    int
	signals  []chat.Signal
	resync   bool
	trim     bool
	pumping  bool // a pump is running, or the room is not open yet
	closed   bool
}

// Relay implements bus.Sink.
func (r *room) Relay(m chat.Message) { r.inbox.put(m) }

// Signal implements bus.Sink.
func (r *room) Signal(s chat.Signal) {
	if s.Presence != nil {
		r.roster.step(s.Presence)
		return
	}
	r.inbox.putSignal(s)
}

// Resync implements bus.Sink.
func (r *room) Resync() {
	r.inbox.putResync()
	r.roster.doubt()
	if p := r.hub.presence; p != nil {
		p.doubts()
	}
}

func (i *inbox) put(m chat.Message) {
	i.mu.Lock()
	defer i.mu.Unlock()
	size := wire.EncodedSize(&m)
	if i.bytes+size > inboxBytes {
		i.messages, i.bytes, i.resync = nil, 0, true
	} else {
		i.messages = append(i.messages, m)
		i.bytes += size
	}
	i.start()
}

func (i *inbox) putSignal(s chat.Signal) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case len(i.signals) < inboxSignals:
		i.signals = append(i.signals, s)
	case s.Notice != nil || s.Read != nil:
		i.resync = true // a session has to know that it missed something
	}
	i.start()
}

func (i *inbox) putResync() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.resync = true
	i.start()
}

func (i *inbox) putTrim() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.trim = true
	i.start()
}

func (i *inbox) start() {
	if !i.pumping && !i.closed {
		i.pumping = true
		i.startPump()
	}
}

// relayed is what a pump takes out of the inbox at a time.
type relayed struct {
	messages []chat.Message
	signals  []chat.Signal
	resync   bool
	trim     bool
}

// take empties the inbox. ok is false when there was nothing; then the pump has ended.
func (i *inbox) take() (all relayed, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	all = relayed{i.messages, i.signals, i.resync, i.trim}
	i.messages, i.bytes, i.signals, i.resync, i.trim = nil, 0, nil, false, false
	i.pumping = len(all.messages) > 0 || len(all.signals) > 0 || all.resync || all.trim
	return all, i.pumping
}

// close sees to it that no pump is started any more.
func (i *inbox) close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = true
}
