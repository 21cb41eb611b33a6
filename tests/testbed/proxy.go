package testbed

import (
	"bytes"
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy passes a node's connections to Redis on, and can be told to fail in the ways in which
// networks do.
type Proxy struct {
	listener net.Listener

	mu     sync.Mutex
	target string
	damage [2]Damage // by path
	deaf   bool      // swallow what the server relays
	conns  map[net.Conn]Path
}

// Path is what a connection is used for.
type Path int

// The paths that there are. A connection is one for commands until it subscribes.
const (
	Commands Path = iota
	Relay
)

// Damage is what is wrong with a path. The zero Damage is none.
type Damage struct {
	// SwallowRequests and SwallowReplies drop what is sent without closing anything: together, what
	// a partition looks like; of SwallowReplies alone, what was asked for is done, and nobody learns
	// of it.
	SwallowRequests, SwallowReplies bool
	// Delay holds back everything for a time.
	Delay time.Duration
}

// LaunchProxy starts a proxy in front of an address. Close ends it.
func LaunchProxy(target string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{target: target, listener: l, conns: make(map[net.Conn]Path)}
	go p.accept()
	return p, nil
}

// StartProxy starts a proxy in front of an address, until the test ends.
func StartProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	p, err := LaunchProxy(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// Close ends the proxy and all its connections.
func (p *Proxy) Close() {
	p.listener.Close()
	p.Cut()
}

// Addr is where the proxy listens.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Lead leads new connections to another address. Old ones stay where they are.
func (p *Proxy) Lead(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// Damage damages a path, its old and new connections, until it is told otherwise. What was swallowed
// is lost.
func (p *Proxy) Damage(path Path, d Damage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.damage[path] = d
}

// Silence swallows everything on both paths, or ends that.
func (p *Proxy) Silence(on bool) {
	d := Damage{SwallowRequests: on, SwallowReplies: on}
	p.Damage(Commands, d)
	p.Damage(Relay, d)
}

// Mute swallows the server's answers alone, on both paths, or ends that.
func (p *Proxy) Mute(on bool) {
	p.Damage(Commands, Damage{SwallowReplies: on})
	p.Damage(Relay, Damage{SwallowReplies: on})
}

// Deafen swallows what the server relays to subscribers, and nothing else, or ends that: what a
// subscriber of the wrong server experiences.
func (p *Proxy) Deafen(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = on
}

// Cut closes all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		target := p.target
		p.mu.Unlock()
		server, err := net.Dial("tcp", target)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = Commands, Commands
		p.mu.Unlock()
		go p.pass(client, server, func(data []byte) (bool, time.Duration) {
			d := p.of(client)
			relayed := bytes.HasPrefix(data, []byte("*3\r\n$7\r\nmessage\r\n"))
			return d.SwallowReplies || relayed && p.isDeaf(), d.Delay
		})
		go p.pass(server, client, func(data []byte) (bool, time.Duration) {
			if bytes.Contains(data, []byte("subscribe\r\n")) {
				p.isRelay(client)
			}
			d := p.of(client)
			return d.SwallowRequests, d.Delay
		})
	}
}

func (p *Proxy) of(client net.Conn) Damage {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.damage[p.conns[client]]
}

func (p *Proxy) isDeaf() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.deaf
}

func (p *Proxy) isRelay(client net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, open := p.conns[client]; open {
		p.conns[client] = Relay
	}
}

// piece is something that arrived, and when it is due.
type piece struct {
	data []byte
	due  time.Time
}

func (p *Proxy) pass(to, from net.Conn, damage func([]byte) (swallow bool, delay time.Duration)) {
	pieces := make(chan piece, 1024)
	go func() {
		defer to.Close()
		for piece := range pieces {
			time.Sleep(time.Until(piece.due))
			if _, err := to.Write(piece.data); err != nil {
				from.Close()
			}
		}
	}()
	defer func() {
		close(pieces)
		from.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, from)
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if swallow, delay := damage(buffer[:n]); !swallow {
				pieces <- piece{bytes.Clone(buffer[:n]), time.Now().Add(delay)}
			}
		}
		if err != nil {
			return
		}
	}
}
