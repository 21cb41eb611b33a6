package testbed

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// Proxy passes TCP connections on, and can be told to fail in the ways in which networks do.
type Proxy struct {
	target   string
	listener net.Listener
	silent   atomic.Bool // swallow everything
	mute     atomic.Bool // swallow what the server says
	deaf     atomic.Bool // swallow what the server relays

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// StartProxy starts a proxy in front of an address, until the test ends.
func StartProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{target: target, listener: l, conns: make(map[net.Conn]struct{})}
	go p.accept()
	t.Cleanup(func() {
		l.Close()
		p.Cut()
	})
	return p
}

// Addr is where the proxy listens.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Silence makes the proxy swallow everything, on old and new connections, without closing them:
// what a partition looks like. Until it is called with false; what was swallowed is lost.
func (p *Proxy) Silence(on bool) { p.silent.Store(on) }

// Mute makes the proxy swallow the server's answers alone: what was asked for is done, and nobody
// learns of it.
func (p *Proxy) Mute(on bool) { p.mute.Store(on) }

// Deafen makes the proxy swallow what the server relays to subscribers, and nothing else: what a
// subscriber of the wrong server experiences.
func (p *Proxy) Deafen(on bool) { p.deaf.Store(on) }

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
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = struct{}{}, struct{}{}
		p.mu.Unlock()
		go p.pass(client, server, func(data []byte) bool {
			return p.silent.Load() || p.mute.Load() || p.deaf.Load() && bytes.HasPrefix(data, []byte("*3\r\n$7\r\nmessage\r\n"))
		})
		go p.pass(server, client, func([]byte) bool { return p.silent.Load() })
	}
}

func (p *Proxy) pass(to, from net.Conn, swallow func([]byte) bool) {
	defer func() {
		to.Close()
		from.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, to)
		delete(p.conns, from)
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !swallow(buffer[:n]) {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
