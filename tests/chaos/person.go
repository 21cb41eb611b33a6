package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"chorus/tests/chaos/history"
	"chorus/tests/client"
)

// person talks in some rooms, over whatever connection there is, and notes down what they see: as
// the page does, a message is sent again under its key until it is answered, and a room is joined
// again after the last message shown.
type person struct {
	rig   *rig
	name  string
	rooms []string
	rnd   *rand.Rand

	// owned by live
	token   string
	user    string
	pending *history.Send
	said    int

	slow atomic.Bool // reads a byte a second

	mu      sync.Mutex
	current *client.Client
}

// live connects and talks until the context ends.
func (p *person) live(ctx context.Context) {
	for ctx.Err() == nil {
		c, err := p.connect(ctx)
		if err != nil {
			sleep(ctx, 50*time.Millisecond+random(p.rnd, 200*time.Millisecond))
			continue
		}
		p.use(ctx, c)
		c.Close()
		if err := c.Violation(); err != nil {
			p.rig.violated(asDocumented, "%s: %v", p.name, err)
		}
	}
	if p.pending != nil {
		p.pending.Outcome = history.Unknown
		p.rig.recorder.Sent(*p.pending)
	}
}

func (p *person) connect(ctx context.Context) (*client.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	dialer := client.Dialer{Watch: p.note, Net: p.dial}
	c, err := dialer.Connect(ctx, p.rig.anyNode(p.rnd).url(), p.name, p.token)
	if err != nil {
		return nil, err
	}
	p.token, p.user = c.Token, c.User.ID
	for _, room := range p.rooms {
		v := history.View{Person: p.name, Room: room}
		since := p.rig.recorder.Last(v)
		p.rig.recorder.Shown(v, history.Shown{Kind: history.Joined, At: since})
		if _, err := c.JoinAndWatch(ctx, room, (*client.Position)(since)); err != nil {
			c.Close()
			return nil, err
		}
	}
	p.mu.Lock()
	p.current = c
	p.mu.Unlock()
	return c, nil
}

// note takes down what was shown. It is called by one connection at a time.
func (p *person) note(e client.Event) {
	switch {
	case e.Message != nil:
		m := e.Message
		p.rig.recorder.Shown(history.View{Person: p.name, Room: m.Room}, history.Shown{
			Kind: history.Message, At: &history.Position{Seq: m.Seq, ID: m.ID}, User: m.User.ID, Key: m.Key, Text: m.Text,
		})
	case e.Reset != nil:
		p.rig.recorder.Shown(history.View{Person: p.name, Room: e.Reset.Room}, history.Shown{Kind: history.Reset, Reason: e.Reset.Reason})
	}
}

// use talks until the connection is no good any more.
func (p *person) use(ctx context.Context, c *client.Client) {
	for {
		if p.pending == nil && p.rig.talking.Load() {
			p.pending = p.think()
		}
		if p.pending == nil {
			select {
			case <-c.Done():
			case <-ctx.Done():
			}
			return
		}
		wait, ok := p.ask(ctx, c)
		if !ok {
			return
		}
		select {
		case <-time.After(wait):
		case <-c.Done():
			return
		case <-ctx.Done():
			return
		}
	}
}

// think makes up something to say: mostly short, sometimes long (or always, where that is wanted), and now
// and then too long.
func (p *person) think() *history.Send {
	p.said++
	p.rig.unsaid.Add(1)
	text := fmt.Sprintf("%s says %d", p.name, p.said)
	switch n := p.rnd.IntN(100); {
	case n < 1:
		text += strings.Repeat(" too much", 500)
	case n < 11 || p.rig.verbose.Load():
		text += strings.Repeat(" and more", 300)
	}
	return &history.Send{
		Person: p.name, User: p.user, Room: p.rooms[p.rnd.IntN(len(p.rooms))], Key: client.NewKey(), Text: text,
		Invoked: p.rig.recorder.Now(),
	}
}

// patience is how long somebody waits for an answer before they look for another node: longer than
// a node may take to say that Redis does not answer.
const patience = 4 * time.Second

// ask sends the pending message, and returns how long to wait before the next thing. ok is false when
// the connection is no good any more.
func (p *person) ask(ctx context.Context, c *client.Client) (wait time.Duration, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	asked := time.Now()
	s := p.pending
	at, err := c.Send(ctx, s.Room, s.Key, s.Text)
	var refusal *client.Error
	switch {
	case err == nil:
		s.Outcome, s.At = history.OK, history.Position(at)
	case errors.As(err, &refusal) && refusal.Retryable:
		return 50*time.Millisecond + random(p.rnd, 100*time.Millisecond), true
	case errors.As(err, &refusal):
		s.Outcome = history.Failed
	default:
		p.checkDrained(c, asked)
		return 0, false
	}
	s.Answered = p.rig.recorder.Now()
	p.rig.recorder.Sent(*s)
	p.pending = nil
	p.rig.unsaid.Add(-1)
	return time.Duration(p.rnd.ExpFloat64() * float64(p.rig.options.pace)), true
}

// checkDrained checks that a node that stopped in good order answered what it had been asked.
func (p *person) checkDrained(c *client.Client, asked time.Time) {
	const onItsWay = time.Second
	select {
	case <-c.Done():
	default:
		return
	}
	var closed *websocket.CloseError
	if errors.As(c.Ended(context.Background()), &closed) && closed.Code == websocket.CloseServiceRestart && time.Since(asked) > onItsWay {
		p.rig.violated(answersFinished, "%s was sent away without an answer to what %s asked for %s before", p.name, p.name, time.Since(asked))
	}
}

// disconnect breaks the connection, as a network does.
func (p *person) disconnect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != nil {
		p.current.Conn.NetConn().Close()
	}
}

// sleep waits for a time, or until the context ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// slowConn is a connection of somebody who can be made to read a byte a second.
type slowConn struct {
	net.Conn
	slow *atomic.Bool
}

func (p *person) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	// Small, so that it is the node that has to keep what is not read.
	_ = c.(*net.TCPConn).SetReadBuffer(16 << 10)
	return &slowConn{c, &p.slow}, nil
}

func (c *slowConn) Read(b []byte) (int, error) {
	if !c.slow.Load() {
		return c.Conn.Read(b)
	}
	for range 10 { // a second, or until it is over
		time.Sleep(100 * time.Millisecond)
		if !c.slow.Load() {
			break
		}
	}
	return c.Conn.Read(b[:1])
}
