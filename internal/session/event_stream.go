package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"chorus/internal/chat"
	"chorus/internal/wire"
)

// Writer is what an event stream is written to: the answer to a request. While one goroutine writes and flushes, others
// call the other methods.
type Writer interface {
	io.Writer
	Flush() error
	SetWriteDeadline(time.Time) error
	// Taken returns how many bytes the client has taken, as [Taken] does.
	Taken() (bytes uint64, more bool)
}

// waitingPosts is how many posts may wait for the commands of those before them.
const waitingPosts = 8

// eventStream is the way around a network that has no place for WebSockets: what a session is sent are
// server-sent events in the answer to one request, and what it says comes in requests of their own.
type eventStream struct {
	// constant after construction
	id    string
	to    Writer
	posts chan string
	over  chan struct{} // closed by interrupt
	end   func()        // closes over

	frame string // owned by the goroutine that reads

	mu      sync.Mutex
	next    uint64 // the n of the post to come
	writing bool
	left    bool // the client is gone, or was cut off
	ended   bool // all was said
}

var _ transport = (*eventStream)(nil)

// errLeft is what writing fails with once the client is gone.
var errLeft = errors.New("the client is gone")

func newEventStream(id string, to Writer) *eventStream {
	over := make(chan struct{})
	return &eventStream{
		id: id, to: to, next: 1,
		posts: make(chan string, waitingPosts), over: over, end: sync.OnceFunc(func() { close(over) }),
	}
}

// begin tells the client where its posts go. The answer takes as long as the session.
func (s *eventStream) begin() error {
	const moment = 10 * time.Second // nobody watches it yet
	return s.emit("stream", []byte(s.id), time.Now().Add(moment))
}

// take takes a post, if it is the next one: a client may repeat what it does not know to have arrived.
func (s *eventStream) take(n uint64, frame string) chat.PostResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case n < s.next:
		return chat.PostTaken
	case n > s.next:
		return chat.PostEarly
	}
	select {
	case s.posts <- frame:
		s.next++
		return chat.PostTaken
	default:
		return chat.PostBusy
	}
}

func (s *eventStream) await() error {
	select {
	case s.frame = <-s.posts:
		return nil
	case <-s.over:
		return errLeft
	}
}

func (s *eventStream) read(into *bytes.Buffer) error {
	into.WriteString(s.frame)
	s.frame = "" // it may be large, and the next one far
	return nil
}

func (s *eventStream) interrupt() { s.end() }

// stuck is never so: a post is taken as a whole.
func (s *eventStream) stuck(time.Duration) bool { return false }

// try leaves all to be finished: what there is between a request's answer and the system can only wait.
func (s *eventStream) try(wire.Framed) (n int, err error) { return 0, nil }

// finish writes a frame as an event. So is a ping, since scripts are not shown comments: they answer with an empty
// post. It also keeps proxies from closing what is silent.
func (s *eventStream) finish(f wire.Framed, _ int) error {
	if f.Lines == nil {
		return s.emit("ping", []byte("{}"), time.Time{})
	}
	return s.emit("", f.Lines, time.Time{})
}

func (s *eventStream) taken() (bytes uint64, more bool) { return s.to.Taken() }

func (s *eventStream) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writing {
		_ = s.to.SetWriteDeadline(time.Now()) // fails where the client is gone
	}
}

func (s *eventStream) protocol() string { return wire.Subprotocol + "+events" }

func (s *eventStream) sayGoodbye(r Reason) {
	const moment = time.Second
	said := fmt.Appendf(nil, `{"code":%d,"reason":%q}`, r.Code, r.Name)
	_ = s.emit("close", said, time.Now().Add(moment)) // the client may be gone
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}

// emit writes an event, without a name for a frame. It fails when the client has not taken it by a time, unless that
// is zero.
func (s *eventStream) emit(name string, data []byte, by time.Time) error {
	if err := s.beginWriting(by); err != nil {
		return err
	}
	return s.endWriting(writeEvent(s.to, name, data))
}

func (s *eventStream) beginWriting(by time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left {
		return errLeft
	}
	err := s.to.SetWriteDeadline(by) // a cut was for a write before this one
	s.writing = err == nil
	return err
}

func (s *eventStream) endWriting(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = false
	if err == nil && s.left {
		err = errLeft
	}
	return err
}

func writeEvent(to Writer, name string, data []byte) error {
	if name != "" {
		if _, err := fmt.Fprintf(to, "event: %s\n", name); err != nil {
			return err
		}
	}
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		if _, err := fmt.Fprintf(to, "data: %s\n", line); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(to, "\n"); err != nil {
		return err
	}
	return to.Flush()
}

// gone is called when the client is gone. A write that is under way finds that out by itself: what it fails
// with says why.
func (s *eventStream) gone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = true
	if !s.writing {
		s.interrupt()
	}
}

// Close cuts the client off, unless all was said: then the answer comes to its end.
func (s *eventStream) Close() error {
	s.interrupt()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil
	}
	s.left = true
	return s.to.SetWriteDeadline(time.Now())
}
