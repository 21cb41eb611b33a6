package server

import (
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"chorus/internal/auth"
	"chorus/internal/chat"
	"chorus/internal/session"
	"chorus/internal/wire"
)

// upgrade makes sessions of requests. The handler returns when the session begins, so that
// nothing of the request is kept for the session's life.
func (s *Server) upgrade() http.HandlerFunc {
	upgrader := websocket.Upgrader{
		HandshakeTimeout: 10 * time.Second,
		ReadBufferSize:   256,            // per session; larger frames take one more read
		WriteBufferPool:  new(sync.Pool), // or each session would have a buffer; frames are not written through the library
		Subprotocols:     []string{wire.Subprotocol},
		CheckOrigin:      func(*http.Request) bool { return true }, // checked below, with an answer that says more
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
			writeError(w, status, wire.CodeBadRequest, reason.Error())
		},
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.mayConnect(w, r) {
			return
		}
		client, err := clientOf(r)
		if err != nil {
			s.refuse(w, "bad_request", http.StatusBadRequest, wire.CodeBadRequest, err.Error())
			return
		}
		if client.Plain != nil && !s.mayTalkPlainly(client.Plain.Room) {
			s.refuse(w, "plain_text", http.StatusForbidden, wire.CodeForbidden,
				"plain text is for guests in public rooms, connect with "+wire.Subprotocol+" and a token")
			return
		}
		if !s.open(w, r, &client) {
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

// mayConnect refuses a session, whatever would carry it, where the node is stopping or has no memory for it,
// and to pages from elsewhere.
func (s *Server) mayConnect(w http.ResponseWriter, r *http.Request) bool {
	if s.stopping.Load() {
		s.refuse(w, "stopping", http.StatusServiceUnavailable, wire.CodeUnavailable, "this node is stopping, connect again")
		return false
	}
	if s.memory.Tight() {
		w.Header().Set("Retry-After", "5")
		s.refuse(w, "memory", http.StatusServiceUnavailable, wire.CodeUnavailable, "this node has no memory left for more, connect again later")
		return false
	}
	if !s.origins.allow(r) {
		// A browser does not show the page why, so the log has to. Anybody can cause this.
		if s.refusedOrigins.Allow() {
			s.log.Warn("a page's origin is not allowed to connect, see --origins and --trusted-proxies",
				"origin", r.Header.Get("Origin"), "host", r.Host, "scheme", s.clients.scheme(r))
		}
		s.refuse(w, "origin", http.StatusForbidden, wire.CodeForbidden,
			"pages of "+r.Header.Get("Origin")+" may not connect here, see --origins and --trusted-proxies")
		return false
	}
	return true
}

// open counts a session of the request's address, or refuses it.
func (s *Server) open(w http.ResponseWriter, r *http.Request, c *session.Client) bool {
	c.Address = s.clients.of(r)
	var err error
	if c.Limits, err = s.limits.Open(c.Address); err != nil {
		s.metrics.Upgrades.WithLabelValues("limit").Inc()
		writeTooMany(w, err)
		return false
	}
	return true
}

func (s *Server) refuse(w http.ResponseWriter, label string, status int, code wire.Code, message string) {
	s.metrics.Upgrades.WithLabelValues(label).Inc()
	writeError(w, status, code, message)
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
	said := &session.Plain{Room: "lobby", Name: "guest"}
	c.Plain = said
	query := r.URL.Query()
	if query.Has("room") {
		if said.Room, err = chat.Room(query.Get("room")); err != nil {
			return c, err
		}
	}
	if query.Has("name") {
		said.Name, err = chat.Name(query.Get("name"))
	}
	return c, err
}
