package compose_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"chorus/tests/client"
)

const (
	room    = "lobby"
	patient = 20 * time.Second // for anything that is on its way
)

// person is somebody in the lobby, over as many connections as it takes.
type person struct {
	t        *testing.T
	base     string
	name     string
	byEvents bool // where no WebSocket gets through

	*client.Client          // the latest connection
	earlier        []string // what was shown over the ones before it
	at             client.Position
}

// enter connects a new person and joins the lobby, at its beginning.
func (c *cluster) enter(name string) *person {
	c.t.Helper()
	return c.bring(&person{name: name})
}

// bring connects a person, in whatever way that one goes.
func (c *cluster) bring(p *person) *person {
	c.t.Helper()
	p.t, p.base = c.t, "http://"+c.host
	if err := p.connect(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { p.Close() })
	return p
}

// connect opens a connection, for the same user as before if there was one, and goes on after the
// last message shown.
func (p *person) connect() error {
	ctx, cancel := context.WithTimeout(p.t.Context(), patient)
	defer cancel()
	name, token := p.name, ""
	if p.Client != nil {
		name, token = "", p.Token
	}
	dial := client.Connect
	if p.byEvents {
		dial = client.ConnectByEvents
	}
	next, err := dial(ctx, p.base, name, token)
	if err != nil {
		return err
	}
	if _, err := next.Join(ctx, room, &p.at); err != nil {
		next.Close()
		return err
	}
	p.Client = next
	return nil
}

// disconnected waits until the connection has ended, and returns the close code.
func (p *person) disconnected() int {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	err := p.Ended(ctx)
	if ctx.Err() != nil {
		p.t.Fatalf("%s is still connected", p.name)
	}
	p.earlier = p.shown()
	if last := p.Last(room); last.Seq > 0 {
		p.at = last
	}
	var end *websocket.CloseError
	if errors.As(err, &end) {
		return end.Code
	}
	return websocket.CloseAbnormalClosure
}

// send says something and waits until it is in the log.
func (p *person) send(text, key string) error {
	ctx, cancel := context.WithTimeout(p.t.Context(), patient)
	defer cancel()
	_, err := p.Send(ctx, room, key, text)
	return err
}

// shown returns the texts of all messages that the person has ever been shown.
func (p *person) shown() []string {
	all := slices.Clone(p.earlier)
	for _, m := range p.Messages(room) {
		all = append(all, m.Text)
	}
	return all
}

// hears waits until everything has arrived that was ever said, and checks that it was just that.
func (p *person) hears(everything []string) {
	p.t.Helper()
	for deadline := time.Now().Add(patient); len(p.shown()) < len(everything) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if got := p.shown(); !slices.Equal(got, everything) {
		p.t.Fatalf("%s was shown %q, want %q", p.name, got, everything)
	}
	if resets := p.Resets(room); len(resets) > 0 {
		p.t.Errorf("%s was reset: %q", p.name, resets)
	}
	if err := p.Violation(); err != nil {
		p.t.Errorf("%s: %v", p.name, err)
	}
}
