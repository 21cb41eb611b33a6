// Package client is a small chorus.v1 client for tests. It trusts nothing: it keeps what it is
// sent, and notices whatever the protocol says cannot happen.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/websocket"
)

// Subprotocol is what the client asks for.
const Subprotocol = "chorus.v1"

// Client is one session. Its methods may be called concurrently.
type Client struct {
	Conn  *websocket.Conn // nil over an event stream
	User  User
	Token string
	Node  string

	watch   func(Event) // may be nil
	carrier carrier

	mu       sync.Mutex
	next     uint64
	answers  map[uint64]chan Event
	views    map[string]*view
	violated error
	draining *time.Duration
	removed  []Removed
	notices  []Notice
	marks    []ReadMark
	ended    error
	done     chan struct{}
}

// carrier is what carries frames.
type carrier interface {
	ReadFrame() ([]byte, error)
	WriteFrame(frame []byte) error
	Close()
}

func newClient(c carrier, watch func(Event)) *Client {
	client := &Client{
		carrier: c, watch: watch,
		answers: map[uint64]chan Event{}, views: map[string]*view{}, done: make(chan struct{}),
	}
	go client.read()
	return client
}

// view is what somebody sees of a room.
type view struct {
	messages []Message
	resets   []string
	people   *people // nil until the roster comes
}

// Dialer opens connections in another way than the usual one.
type Dialer struct {
	// Watch, if there is one, is called with each event, in the order of arrival, before the
	// client itself takes note of it.
	Watch func(Event)
	// Net, if there is one, opens the TCP connection.
	Net func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Dial opens a connection to a node's or balancer's base URL, such as http://localhost:8080.
func Dial(ctx context.Context, base string) (*Client, error) { return new(Dialer).Dial(ctx, base) }

// Dial does what the function of this name does.
func (d *Dialer) Dial(ctx context.Context, base string) (*Client, error) {
	dialer := websocket.Dialer{Subprotocols: []string{Subprotocol}, NetDialContext: d.Net}
	conn, response, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(base, "http")+"/ws", http.Header{})
	if err != nil {
		if response != nil {
			return nil, fmt.Errorf("%w: %s", err, response.Status)
		}
		return nil, err
	}
	c := newClient(&socket{Conn: conn}, d.Watch)
	c.Conn = conn
	return c, nil
}

// Connect opens a connection and connects as a name, or as the user of a token.
func Connect(ctx context.Context, base, name, token string) (*Client, error) {
	return new(Dialer).Connect(ctx, base, name, token)
}

// Connect does what the function of this name does.
func (d *Dialer) Connect(ctx context.Context, base, name, token string) (*Client, error) {
	c, err := d.Dial(ctx, base)
	if err != nil {
		return nil, err
	}
	if err := c.introduce(ctx, name, token); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// introduce connects as a name, or as the user of a token, over a connection that is open.
func (c *Client) introduce(ctx context.Context, name, token string) error {
	fields := map[string]any{}
	if name != "" {
		fields["name"] = name
	}
	if token != "" {
		fields["token"] = token
	}
	e, err := c.Do(ctx, "connect", fields)
	if err != nil {
		return err
	}
	c.User, c.Token, c.Node = e.Welcome.User, e.Welcome.Token, e.Welcome.Node
	return nil
}

// Do sends a command and waits for its answer. A refusal is returned as an *Error.
func (c *Client) Do(ctx context.Context, verb string, fields any) (Event, error) {
	c.mu.Lock()
	c.next++
	id, answer := c.next, make(chan Event, 1)
	c.answers[id] = answer
	c.mu.Unlock()
	line, err := json.Marshal(map[string]any{"id": id, verb: fields})
	if err != nil {
		return Event{}, err
	}
	if err := c.Write(line); err != nil {
		return Event{}, err
	}
	var e Event
	select {
	case e = <-answer:
	case <-c.done:
		select {
		case e = <-answer: // the last thing that came before the end
		default:
			return Event{}, fmt.Errorf("no answer: %w", c.ended)
		}
	case <-ctx.Done():
		return Event{}, ctx.Err()
	}
	if e.Error != nil {
		return e, e.Error
	}
	return e, nil
}

// Write sends a text frame as it is.
func (c *Client) Write(frame []byte) error { return c.carrier.WriteFrame(frame) }

// Join joins a room after a position, or with nil at its newest messages.
func (c *Client) Join(ctx context.Context, room string, since *Position) (head Position, err error) {
	return c.join(ctx, map[string]any{"room": room}, since)
}

// JoinAndWatch joins a room, and asks to be told who is there.
func (c *Client) JoinAndWatch(ctx context.Context, room string, since *Position) (head Position, err error) {
	return c.join(ctx, map[string]any{"room": room, "presence": true}, since)
}

func (c *Client) join(ctx context.Context, fields map[string]any, since *Position) (head Position, err error) {
	if since != nil {
		fields["since"] = since
	}
	e, err := c.Do(ctx, "join", fields)
	if err != nil {
		return Position{}, err
	}
	return e.Joined.Head, nil
}

// NewKey returns a new random key.
func NewKey() string { return rand.Text() }

// Send says something in a room under a key and returns its position.
func (c *Client) Send(ctx context.Context, room, key, text string) (Position, error) {
	e, err := c.Do(ctx, "send", map[string]any{"room": room, "key": key, "text": text})
	if err != nil {
		return Position{}, err
	}
	return Position{e.Sent.Seq, e.Sent.ID}, nil
}

// Messages returns what the client has been shown of a room since the last reset.
func (c *Client) Messages(room string) []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v := c.views[room]; v != nil {
		return slices.Clone(v.messages)
	}
	return nil
}

// Resets returns the reasons for which the view of a room was reset.
func (c *Client) Resets(room string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v := c.views[room]; v != nil {
		return slices.Clone(v.resets)
	}
	return nil
}

// Draining reports whether the node has said that it is stopping, and after what time it closes
// this session.
func (c *Client) Draining() (after time.Duration, draining bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining == nil {
		return 0, false
	}
	return *c.draining, true
}

// Removed returns what rooms the session was taken out of.
func (c *Client) Removed() []Removed {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.removed)
}

// Last returns the position of the last message shown.
func (c *Client) Last(room string) Position {
	m := c.Messages(room)
	if len(m) == 0 {
		return Position{}
	}
	return Position{m[len(m)-1].Seq, m[len(m)-1].ID}
}

// Violation returns the first thing that the protocol says cannot happen.
func (c *Client) Violation() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.violated
}

// Done is closed when the connection has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

// Ended returns what the connection ended with, once it has; a *websocket.CloseError if the node
// said why. It waits for the end.
func (c *Client) Ended(ctx context.Context) error {
	select {
	case <-c.done:
		return c.ended
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close says goodbye and closes the connection.
func (c *Client) Close() {
	c.carrier.Close()
	<-c.done
}

func (c *Client) read() {
	defer close(c.done)
	for {
		frame, err := c.carrier.ReadFrame()
		if err != nil {
			c.ended = err
			return
		}
		for line := range bytes.SplitSeq(frame, []byte("\n")) {
			c.take(line)
		}
	}
}

func (c *Client) take(line []byte) {
	var e Event
	err := json.Unmarshal(line, &e, json.RejectUnknownMembers(true))
	if c.watch != nil {
		c.watch(e)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
		c.violate(fmt.Errorf("can't read %q: %w", line, err))
	case e.ID != 0:
		if answer := c.answers[e.ID]; answer != nil {
			delete(c.answers, e.ID)
			answer <- e
		}
	case e.Message != nil:
		c.show(*e.Message)
	case e.Roster != nil:
		c.view(e.Roster.Room).people = newPeople(e.Roster)
	case e.Presence != nil:
		if err := c.view(e.Presence.Room).people.change(e.Presence); err != nil {
			c.violate(err)
		}
	case e.Notice != nil:
		c.notices = append(c.notices, *e.Notice)
	case e.Read != nil:
		c.marks = append(c.marks, *e.Read)
	case e.Draining != nil:
		after := time.Duration(e.Draining.ReconnectMS) * time.Millisecond
		c.draining = &after
	case e.Removed != nil:
		c.removed = append(c.removed, *e.Removed)
	case e.Reset != nil:
		v := c.view(e.Reset.Room)
		v.messages, v.resets = nil, append(v.resets, e.Reset.Reason)
	}
}

func (c *Client) view(room string) *view {
	v := c.views[room]
	if v == nil {
		v = &view{}
		c.views[room] = v
	}
	return v
}

func (c *Client) show(m Message) {
	v := c.view(m.Room)
	// What is announced everywhere is a part of a log that nobody is shown all of.
	if n := len(v.messages); n > 0 && m.Room != Everywhere && m.Seq != v.messages[n-1].Seq+1 {
		c.violate(fmt.Errorf("in %s message %d came after %d", m.Room, m.Seq, v.messages[n-1].Seq))
	}
	v.messages = append(v.messages, m)
}

func (c *Client) violate(err error) { c.violated = errors.Join(c.violated, err) }
