package server

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"chorus/internal/api"
	"chorus/internal/auth"
	"chorus/internal/chat"
	"chorus/internal/limit"
	"chorus/internal/session"
	"chorus/internal/wire"
)

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ws", s.upgrade())
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.Registry, promhttp.HandlerOpts{}))
	mux.Handle("GET /", s.pages)
	// Apart, because the API answers all methods, and what it does not know as well.
	all := http.NewServeMux()
	all.Handle("/", mux)
	all.Handle("/api/", api.New(api.Node{Bus: s.bus, Hub: s.hub, Log: s.log, Metrics: s.metrics}, s.config.API))
	return secured(all)
}

// secured sets the headers that every answer carries. The page needs nothing that is inline, and
// from elsewhere only pictures: those that people link to, and the badge that it draws onto its icon
// itself (data:). So nothing else of the kind is allowed, nor what the machine has beside a screen.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; "+
			"img-src 'self' https: data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "+
			"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Permissions-Policy", "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), serial=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// upgrade makes sessions of requests. The handler returns when the session begins, so that
// nothing of the request is kept for the session's life.
func (s *Server) upgrade() http.HandlerFunc {
	upgrader := websocket.Upgrader{
		HandshakeTimeout: 10 * time.Second,
		ReadBufferSize:   512, // per session; larger frames take more reads
		WriteBufferSize:  4096,
		WriteBufferPool:  new(sync.Pool),
		Subprotocols:     []string{wire.Subprotocol},
		CheckOrigin:      func(*http.Request) bool { return true }, // checked below, with an answer that says more
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
			writeError(w, status, wire.CodeBadRequest, reason.Error())
		},
	}
	return func(w http.ResponseWriter, r *http.Request) {
		refuse := func(label string, status int, code wire.Code, message string) {
			s.metrics.Upgrades.WithLabelValues(label).Inc()
			writeError(w, status, code, message)
		}
		if s.stopping.Load() {
			refuse("stopping", http.StatusServiceUnavailable, wire.CodeUnavailable, "this node is stopping, connect again")
			return
		}
		if !s.origins.allow(r) {
			// A browser does not show the page why, so the log has to. Anybody can cause this.
			if s.refusedOrigins.Allow() {
				s.log.Warn("a page's origin is not allowed to connect, see --origins and --trusted-proxies",
					"origin", r.Header.Get("Origin"), "host", r.Host, "scheme", s.clients.scheme(r))
			}
			refuse("origin", http.StatusForbidden, wire.CodeForbidden,
				"pages of "+r.Header.Get("Origin")+" may not connect here, see --origins and --trusted-proxies")
			return
		}
		client, err := clientOf(r)
		if err != nil {
			refuse("bad_request", http.StatusBadRequest, wire.CodeBadRequest, err.Error())
			return
		}
		if client.Plain && !s.mayTalkPlainly(client.Room) {
			refuse("plain_text", http.StatusForbidden, wire.CodeForbidden,
				"plain text is for guests in public rooms, connect with "+wire.Subprotocol+" and a token")
			return
		}
		client.Address = s.clients.of(r)
		if client.Limits, err = s.limits.Open(client.Address); err != nil {
			s.metrics.Upgrades.WithLabelValues("limit").Inc()
			writeTooMany(w, err)
			return
		}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			client.Limits.Close()
			s.metrics.Upgrades.WithLabelValues("handshake").Inc()
			return // the upgrader has answered
		}
		s.sessions.Start(conn, client)
	}
}

// mayTalkPlainly reports whether somebody may talk in a room who can't say who they are.
func (s *Server) mayTalkPlainly(room string) bool {
	return s.auth.Guests() && s.auth.Public().In(room) >= auth.Write
}

// clientOf reads what a request says of the client: by its subprotocol, and for plain text by
// its parameters.
func clientOf(r *http.Request) (c session.Client, err error) {
	wanted := websocket.Subprotocols(r)
	for _, p := range wanted {
		if p == wire.Subprotocol {
			return c, nil
		}
	}
	if len(wanted) > 0 {
		return c, &chat.FieldError{Field: "Sec-WebSocket-Protocol", Reason: "must be " + wire.Subprotocol + ", or nothing for plain text"}
	}
	c = session.Client{Plain: true, Room: "lobby", Name: "guest"}
	query := r.URL.Query()
	if query.Has("room") {
		if c.Room, err = chat.Room(query.Get("room")); err != nil {
			return c, err
		}
	}
	if query.Has("name") {
		c.Name, err = chat.Name(query.Get("name"))
	}
	return c, err
}

type status struct {
	Status string `json:"status"`
	Node   string `json:"node"`
	Reason string `json:"reason,omitzero"`
}

// health says that the process works.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, status{Status: "ok", Node: s.name})
}

// ready says whether new sessions should be sent here.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if s.stopping.Load() {
		writeJSON(w, http.StatusServiceUnavailable, status{Status: "stopping", Node: s.name})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.bus.Ready(ctx); err != nil {
		s.log.Debug("not ready", "error", err)
		writeJSON(w, http.StatusServiceUnavailable, status{Status: "unavailable", Node: s.name, Reason: "the database does not answer"})
		return
	}
	writeJSON(w, http.StatusOK, status{Status: "ok", Node: s.name})
}

func writeError(w http.ResponseWriter, code int, c wire.Code, message string) {
	writeJSON(w, code, wire.Event{Error: &wire.Error{Code: c, Message: message, Retryable: c == wire.CodeUnavailable}})
}

// writeTooMany answers with how long to wait, in both ways in which clients look for it.
func writeTooMany(w http.ResponseWriter, err error) {
	var tooMuch *limit.Refusal
	if !errors.As(err, &tooMuch) {
		tooMuch = &limit.Refusal{What: "requests"}
	}
	e := wire.RateLimited(tooMuch.Error(), tooMuch.Wait)
	w.Header().Set("Retry-After", strconv.FormatInt((e.RetryAfterMS+999)/1000, 10))
	writeJSON(w, http.StatusTooManyRequests, wire.Event{Error: e})
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.MarshalWrite(w, v) // the client may be gone
}
