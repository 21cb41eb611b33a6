package session

import (
	"context"
	"sync"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
)

const (
	// postTimeout is how long a post waits for the node that has its stream.
	postTimeout = 3 * time.Second
	// postsUnderWay bounds the posts that wait for other nodes, and the answers that wait to be signalled.
	postsUnderWay = 4096
)

// courier takes posts to the event streams that they are for: of this node, or by signals to the node that
// has them, since a balancer sends requests to any. A node has one channel for them all, and the id of a
// stream begins with the node's. What gets lost the client repeats, and the stream knows it by its number.
type courier struct {
	// constant after construction
	node       string // what this node is called by the others here
	bus        bus.Bus
	answers    chan answer   // to signal
	subscribed chan struct{} // closed when answers of other nodes can come

	mu      sync.Mutex
	streams map[string]*eventStream
	waiting map[string]chan<- chat.PostResult // for other nodes, by ref
}

var _ bus.Sink = (*courier)(nil)

// answer is what has become of a post, for the node that has sent it.
type answer struct {
	to string
	chat.Posted
}

func newCourier(b bus.Bus) *courier {
	return &courier{
		node: chat.NewID(), bus: b,
		answers:    make(chan answer, postsUnderWay),
		subscribed: make(chan struct{}),
		streams:    make(map[string]*eventStream),
		waiting:    make(map[string]chan<- chat.PostResult),
	}
}

// run subscribes, as soon as the database is there, and signals answers until the context ends.
func (c *courier) run(ctx context.Context) {
	var subscription bus.Subscription
	err := insist(ctx, func() (err error) {
		subscription, err = c.bus.Subscribe(ctx, chat.PostChannel(c.node), c)
		return err
	})
	if err != nil {
		return
	}
	defer subscription.Close()
	close(c.subscribed)
	for {
		select {
		case a := <-c.answers:
			_ = c.bus.Signal(ctx, chat.PostChannel(a.to), chat.Signal{Posted: &a.Posted}) // or the post is repeated
		case <-ctx.Done():
			return
		}
	}
}

// newStream returns an id that nobody can guess.
func (c *courier) newStream() string { return c.node + chat.NewID() }

// nodeOf returns the node of a stream. ok is false for what can't be the id of one.
func nodeOf(stream string) (node string, ok bool) {
	half := len(stream) / 2
	return stream[:half], len(stream) == 2*len(chat.NewID()) && chat.Key(stream) == nil
}

func (c *courier) add(s *eventStream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.streams[s.id] = s
}

func (c *courier) remove(s *eventStream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.streams, s.id)
}

func (c *courier) post(ctx context.Context, stream string, n uint64, frame string) (chat.PostResult, error) {
	node, ok := nodeOf(stream)
	switch {
	case !ok:
		return chat.PostGone, nil
	case node == c.node:
		return c.take(stream, n, frame), nil
	}
	ref, result, ok := c.expect()
	if !ok {
		return "", bus.ErrUnavailable
	}
	defer c.forget(ref)
	ctx, cancel := context.WithTimeout(ctx, postTimeout)
	defer cancel()
	select {
	case <-c.subscribed:
	case <-ctx.Done():
		return "", bus.ErrUnavailable
	}
	post := chat.Post{Stream: stream, N: n, Frame: frame, From: c.node, Ref: ref}
	if err := c.bus.Signal(ctx, chat.PostChannel(node), chat.Signal{Post: &post}); err != nil {
		return "", err
	}
	select {
	case r := <-result:
		return r, nil
	case <-ctx.Done():
		return "", bus.ErrUnavailable // the node may be gone
	}
}

func (c *courier) take(stream string, n uint64, frame string) chat.PostResult {
	c.mu.Lock()
	s := c.streams[stream]
	c.mu.Unlock()
	if s == nil {
		return chat.PostGone
	}
	return s.take(n, frame)
}

// expect returns where an answer will come. ok is false where too many are waited for.
func (c *courier) expect() (ref string, result <-chan chat.PostResult, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) >= postsUnderWay {
		return "", nil, false
	}
	come := make(chan chat.PostResult, 1)
	ref = chat.NewID()
	c.waiting[ref] = come
	return ref, come, true
}

func (c *courier) forget(ref string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, ref)
}

// Signal implements bus.Sink.
func (c *courier) Signal(s chat.Signal) {
	switch {
	case s.Post != nil:
		result := c.take(s.Post.Stream, s.Post.N, s.Post.Frame)
		select {
		case c.answers <- answer{s.Post.From, chat.Posted{Ref: s.Post.Ref, Result: result}}:
		default: // as if it had been lost
		}
	case s.Posted != nil:
		c.mu.Lock()
		result := c.waiting[s.Posted.Ref]
		delete(c.waiting, s.Posted.Ref) // there is place for one
		c.mu.Unlock()
		if result != nil {
			result <- s.Posted.Result
		}
	}
}

// Relay implements bus.Sink. Nothing is said in the channel.
func (c *courier) Relay(chat.Message) {}

// Resync implements bus.Sink. What was missed is repeated by those who have no answer.
func (c *courier) Resync() {}
