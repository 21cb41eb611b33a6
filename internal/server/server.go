// Package server is a node: it wires the parts together, serves them over HTTP and owns their
// lifecycle.
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"chorus/internal/auth"
	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/limit"
	"chorus/internal/memory"
	"chorus/internal/metrics"
	"chorus/internal/pages"
	"chorus/internal/session"
	"chorus/internal/webhook"
	"chorus/web"
)

// Server is one node.
type Server struct {
	// constant after construction
	config   Config
	name     string
	log      *slog.Logger
	metrics  *metrics.Metrics
	bus      bus.Bus
	webhooks *webhook.Webhooks // nil where nobody is told
	hub      *hub.Hub
	limits   *limit.Limiter
	memory   *memory.Budget
	auth     *auth.Auth
	sessions *session.Group
	origins  origins
	clients  clientAddress
	pages    http.Handler
	http     *http.Server
	listener net.Listener
	stopKeys context.CancelFunc // ends the fetching of keys

	stopping atomic.Bool
	// refusedOrigins bounds what a log says of one mistake.
	refusedOrigins *rate.Limiter
}

// New makes a node that listens already, so that its address is known. Run serves. An error
// names the field of the configuration that can't be used, or is that of listening.
func New(c Config, log *slog.Logger) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	proxies, _ := proxyRanges(c.TrustedProxies) // was validated
	s := &Server{
		config:  c,
		name:    cmp.Or(c.Node, defaultName()),
		metrics: metrics.New(),
		clients: newClientAddress(proxies),

		refusedOrigins: rate.NewLimiter(rate.Every(10*time.Second), 3),
	}
	s.origins = origins{allowed: c.Origins, clients: &s.clients}
	s.log = log.With("node", s.name)
	var err error
	if s.pages, err = newPages(c); err != nil {
		return nil, err
	}
	db, err := newBus(c, s.log)
	if err != nil {
		return nil, err
	}
	s.bus = db
	if s.listener, err = listen(c.Addr); err != nil {
		s.bus.Close()
		return nil, err
	}
	var keys context.Context
	keys, s.stopKeys = context.WithCancel(context.Background())
	if s.auth, err = auth.New(keys, c.Auth, s.log, s.bus.Secret); err != nil {
		s.stopKeys()
		s.listener.Close()
		s.bus.Close()
		return nil, err
	}
	if c.Webhook.URL != "" {
		s.webhooks = webhook.New(db.Queue(webhook.QueueName, c.Webhook.Queue), c.Webhook, s.log, s.metrics)
		s.bus = s.webhooks.Over(s.bus)
	}
	s.limits = limit.New(c.Limit)
	s.memory = memory.New(int64(c.Memory))
	s.hub = hub.New(s.bus, c.Hub, s.log, s.metrics, s.memory)
	s.sessions = session.NewGroup(session.Node{
		Name:    s.name,
		Bus:     s.bus,
		Hub:     s.hub,
		Auth:    s.auth,
		Log:     s.log,
		Metrics: s.metrics,
		Memory:  s.memory,
	}, c.Session)
	s.http = &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ConnContext:       func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// listen listens without TCP's keepalive: sessions are pinged, and other connections have timeouts. It would
// only make four more system calls for each connection, and probe each idle one once more in every interval.
func listen(addr string) (net.Listener, error) {
	config := net.ListenConfig{KeepAlive: -1}
	return config.Listen(context.Background(), "tcp", addr)
}

// database is what a bus can do beyond being one.
type database interface {
	bus.Bus
	bus.Queues
}

func newBus(c Config, log *slog.Logger) (database, error) {
	if c.Redis == "" {
		return bus.NewMemory(c.Bus), nil
	}
	b, err := bus.NewRedis(c.Redis, c.Bus, log)
	if err != nil {
		// The library's error may hold the URL, and the URL a password.
		return nil, errors.New("redis: must be a URL such as redis://user:password@host:6379/0, see the README for Sentinel and Cluster")
	}
	return b, nil
}

// builtInPages is made once for all nodes of a process: tests start many.
var builtInPages = sync.OnceValue(func() http.Handler { return pages.New(web.Files) })

func newPages(c Config) (http.Handler, error) {
	if c.Web == "" {
		return builtInPages(), nil
	}
	h, err := pages.FromDisk(c.Web, web.Files)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return h, nil
}

func defaultName() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "node"
	}
	return strings.ToLower(host) + "-" + chat.NewID()[:4]
}

// Name returns the node's name.
func (s *Server) Name() string { return s.name }

// Memory returns what the node may have in memory.
func (s *Server) Memory() *memory.Budget { return s.memory }

// Addr returns the address that the node listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Run serves until the context ends, then shuts down: it turns unready, refuses new sessions, waits
// for the drain delay, sends its sessions elsewhere and waits for all to end, for the shutdown timeout
// at the most. It is called once.
func (s *Server) Run(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.listener) }()
	var err error
	select {
	case <-ctx.Done():
	case err = <-served:
	}
	s.shutdown()
	return err
}

func (s *Server) shutdown() {
	s.stopping.Store(true)
	time.Sleep(s.config.DrainDelay)
	ctx, cancel := context.WithTimeout(context.Background(), s.config.ShutdownTimeout)
	defer cancel()
	s.sessions.Shutdown(ctx)
	if s.http.Shutdown(ctx) != nil {
		s.http.Close()
	}
	if s.webhooks != nil {
		s.webhooks.Shutdown(ctx)
	}
	s.stopKeys()
	s.limits.Close()
	s.hub.Close()
	s.bus.Close()
}
