package bus

import (
	"context"
	"slices"
	"sort"
	"sync"
	"time"

	"chorus/internal/chat"
)

// Memory is a Bus for the sessions of one process: the default, which needs nothing installed.
// Logs are lost with the process.
type Memory struct {
	store      *memoryStore
	announcing announcing // set before anything else is called

	mu            sync.Mutex
	subscriptions map[string]*memorySubscription // guarded by mu; nil once closed
}

var _ Bus = (*Memory)(nil)

// memoryStore is what a database would be: the logs that all peers share.
type memoryStore struct {
	retention  int
	rosterSize int

	mu     sync.Mutex
	logs   map[string]*memoryLog
	leases map[string]time.Time // when each was renewed last
	queues map[string]*memoryQueue
	secret string
	// mailboxes are by user.
	mailboxes map[string]*memoryMailbox
}

type memoryLog struct {
	mu       sync.Mutex
	messages []chat.Message // the newest, without holes
	changes  chat.Changes   // what those among them amount to
	claims   map[claim]Receipt
	// sanctions are what acts amount to, those included whose entry was dropped.
	sanctions chat.Sanctions
	// claimed lists the claims, oldest first.
	claimed       []claim
	subscriptions map[*memorySubscription]struct{}
	roster        memoryRoster
	comings       []Coming // not announced yet, oldest first
}

type claim struct{ user, key string }

type memorySubscription struct {
	bus  *Memory
	room string
	log  *memoryLog
	sink Sink
}

// NewMemory returns a Bus with empty logs.
func NewMemory(o Options) *Memory {
	return newMemory(&memoryStore{
		retention:  o.Retention,
		rosterSize: o.RosterSize,
		logs:       make(map[string]*memoryLog),
		leases:     make(map[string]time.Time),
		queues:     make(map[string]*memoryQueue),
		mailboxes:  make(map[string]*memoryMailbox),
	})
}

func newMemory(s *memoryStore) *Memory {
	return &Memory{store: s, subscriptions: make(map[string]*memorySubscription)}
}

// Peer returns another node's bus over the same logs, for trying several nodes in one process.
func (b *Memory) Peer() *Memory { return newMemory(b.store) }

// read returns a room's log to look at. One where nothing was ever said is not kept for that.
func (s *memoryStore) read(room string) *memoryLog {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.logs[room]; l != nil {
		return l
	}
	return new(memoryLog)
}

// log returns a room's log to add to.
func (s *memoryStore) log(room string) *memoryLog {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.logs[room]
	if l == nil {
		l = &memoryLog{
			claims:        make(map[claim]Receipt),
			subscriptions: make(map[*memorySubscription]struct{}),
		}
		s.logs[room] = l
	}
	return l
}

// Publish implements Bus. Sinks are called under the log's lock, because the order of the relay
// has to be the order of the log; they do not block.
func (b *Memory) Publish(ctx context.Context, room string, known chat.Position, d chat.Draft) (Receipt, error) {
	if err := b.check(ctx); err != nil {
		return Receipt{}, err
	}
	l := b.store.log(room)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now().UTC().Truncate(time.Millisecond)
	l.forgetClaims(now)
	c := claim{d.User.ID, d.Key}
	if r, ok := l.claims[c]; ok {
		r.Duplicate = true
		return r, nil
	}
	head := l.head()
	if head.Seq < known.Seq || head.Seq == known.Seq && head != known {
		return Receipt{}, ErrRewound
	}
	if err := l.refusal(&d, now); err != nil {
		return Receipt{}, err
	}
	if err := l.objection(&d); err != nil {
		return Receipt{}, err
	}
	d.Standing = chat.Judged
	m := chat.Message{Room: room, Seq: head.Seq + 1, ID: chat.NewID(), Prev: head.ID, Time: now, Draft: d}
	return l.add(c, m, b.store.retention), nil
}

// add appends a message under a claim and relays it. Called with mu held.
func (l *memoryLog) add(c claim, m chat.Message, retention int) Receipt {
	l.append(m, retention)
	l.change(&m)
	l.sanction(&m)
	r := Receipt{Position: m.Position(), Time: m.Time}
	if _, claimed := l.claims[c]; !claimed {
		l.claimed = append(l.claimed, c)
	}
	l.claims[c] = r
	for s := range l.subscriptions {
		s.sink.Relay(m)
	}
	return r
}

// Signal implements Bus.
func (b *Memory) Signal(ctx context.Context, room string, signal chat.Signal) error {
	if err := b.check(ctx); err != nil {
		return err
	}
	l := b.store.read(room)
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.subscriptions {
		s.sink.Signal(signal)
	}
	return nil
}

// Restore implements Bus. The memory bus forgets only when it is told to, by Rewind.
func (b *Memory) Restore(ctx context.Context, room string, messages []chat.Message, held []chat.Sanction) error {
	if err := b.check(ctx); err != nil {
		return err
	}
	l := b.store.log(room)
	l.mu.Lock()
	defer l.mu.Unlock()
	forgotten, err := missing(messages, l.head(), func(seq uint64) (chat.Position, bool) {
		if i := l.index(seq); i < len(l.messages) && l.messages[i].Seq == seq {
			return l.messages[i].Position(), true
		}
		return chat.Position{}, false
	})
	for _, m := range forgotten {
		l.add(claim{m.User.ID, m.Key}, m, b.store.retention)
	}
	if len(forgotten) > 0 && held != nil {
		l.sanctions = chat.NewSanctions(held)
	}
	return err
}

// Rewind makes the log forget all after a seq, claims, changes and sanctions included, as a database does that is
// restored from an old snapshot: for tests of what heals it.
func (b *Memory) Rewind(room string, seq uint64) {
	l := b.store.log(room)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.messages[l.index(seq+1):] {
		c := claim{m.User.ID, m.Key}
		delete(l.claims, c)
		l.claimed = slices.DeleteFunc(l.claimed, func(other claim) bool { return other == c })
	}
	l.messages = slices.Clone(l.messages[:l.index(seq+1)])
	l.rechange()
	l.sanctions = nil
	for i := range l.messages {
		l.sanction(&l.messages[i])
	}
}

func (l *memoryLog) head() chat.Position {
	if len(l.messages) == 0 {
		return chat.Position{}
	}
	return l.messages[len(l.messages)-1].Position()
}

// append copies the messages that stay only once in a while, so that it costs the same at any
// retention.
func (l *memoryLog) append(m chat.Message, retention int) {
	l.messages = append(l.messages, m)
	if excess := len(l.messages) - retention; excess > retention/4 {
		l.messages = append(make([]chat.Message, 0, retention+retention/4+2), l.messages[excess:]...)
		l.forgetChanges(retention)
	}
}

func (l *memoryLog) forgetClaims(now time.Time) {
	n := 0
	for n < len(l.claimed) && now.Sub(l.claims[l.claimed[n]].Time) > ClaimTime {
		delete(l.claims, l.claimed[n])
		n++
	}
	clear(l.claimed[:n])
	l.claimed = l.claimed[n:]
}

// After implements Bus.
func (b *Memory) After(ctx context.Context, room string, since chat.Position, limit int) ([]chat.Message, error) {
	if err := b.check(ctx); err != nil {
		return nil, err
	}
	l := b.store.read(room)
	l.mu.Lock()
	defer l.mu.Unlock()
	from := l.index(since.Seq)
	found, err := checkAfter(since, l.messages[from:min(from+limit+1, len(l.messages))])
	return slices.Clone(found[:min(len(found), limit)]), err
}

// Before implements Bus.
func (b *Memory) Before(ctx context.Context, room string, pos *chat.Position, limit int) ([]chat.Message, error) {
	if err := b.check(ctx); err != nil {
		return nil, err
	}
	l := b.store.read(room)
	l.mu.Lock()
	defer l.mu.Unlock()
	if pos == nil {
		return slices.Clone(l.messages[max(0, len(l.messages)-limit):]), nil
	}
	end := l.index(pos.Seq + 1)
	found, err := checkBefore(*pos, l.messages[max(0, end-limit-1):end], end < len(l.messages))
	return slices.Clone(found), err
}

// Heads implements Bus.
func (b *Memory) Heads(ctx context.Context, rooms []string) (map[string]chat.Position, error) {
	if err := b.check(ctx); err != nil {
		return nil, err
	}
	heads := make(map[string]chat.Position, len(rooms))
	for _, room := range rooms {
		l := b.store.read(room)
		l.mu.Lock()
		heads[room] = l.head()
		l.mu.Unlock()
	}
	return heads, nil
}

// index returns where the first message with a Seq of at least seq is.
func (l *memoryLog) index(seq uint64) int {
	return sort.Search(len(l.messages), func(i int) bool { return l.messages[i].Seq >= seq })
}

// Subscribe implements Bus.
func (b *Memory) Subscribe(ctx context.Context, room string, sink Sink) (Subscription, error) {
	if err := b.check(ctx); err != nil {
		return nil, err
	}
	s := &memorySubscription{bus: b, room: room, log: b.store.log(room), sink: sink}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subscriptions == nil {
		return nil, ErrClosed
	}
	if b.subscriptions[room] != nil {
		return nil, ErrSubscribed
	}
	b.subscriptions[room] = s
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.subscriptions[s] = struct{}{}
	return s, nil
}

// Close implements Subscription.
func (s *memorySubscription) Close() {
	s.bus.mu.Lock()
	if s.bus.subscriptions[s.room] == s {
		delete(s.bus.subscriptions, s.room)
	}
	s.bus.mu.Unlock()
	s.stop()
}

func (s *memorySubscription) stop() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	delete(s.log.subscriptions, s)
}

// Ready implements Bus.
func (b *Memory) Ready(ctx context.Context) error { return b.check(ctx) }

// Secret implements Bus.
func (b *Memory) Secret(ctx context.Context, candidate string) (string, error) {
	if err := b.check(ctx); err != nil {
		return "", err
	}
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	if b.store.secret == "" {
		b.store.secret = candidate
	}
	return b.store.secret, nil
}

// Close implements Bus.
func (b *Memory) Close() error {
	b.mu.Lock()
	subscriptions := b.subscriptions
	b.subscriptions = nil
	b.mu.Unlock()
	for _, s := range subscriptions {
		s.stop()
	}
	return nil
}

func (b *Memory) check(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subscriptions == nil {
		return ErrClosed
	}
	return ctx.Err()
}
