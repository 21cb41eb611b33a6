package server

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
	"unicode/utf8"

	"chorus/internal/chat"
	"chorus/internal/limit"
	"chorus/internal/session"
	"chorus/internal/wire"
)

// stream is a session whose frames are the answer to the request.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	if !s.mayConnect(w, r) {
		return
	}
	var client session.Client
	if !s.open(w, r, &client) {
		return
	}
	h := w.Header()
	letRead(h, r)
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would wait until it has enough to send
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // nothing more is to come, but the end
	conn, _ := r.Context().Value(connKey{}).(net.Conn)
	s.sessions.Stream(r.Context(), answer{w, control, session.Bound(conn)}, client)
}

// answer is the answer to a request, as it is written.
type answer struct {
	io.Writer
	*http.ResponseController
	conn syscall.RawConn // may be nil
}

// Taken implements session.Writer.
func (a answer) Taken() (bytes uint64, more bool) { return session.Taken(a.conn) }

// connKey is what a request's context has its connection under.
type connKey struct{}

// post takes what the client of an event stream says. The stream may be any node's.
func (s *Server) post(w http.ResponseWriter, r *http.Request) {
	if !s.origins.allow(r) {
		s.answerPost(w, "origin", http.StatusForbidden, wire.CodeForbidden, "pages of "+r.Header.Get("Origin")+" may not post here")
		return
	}
	letRead(w.Header(), r)
	if err := s.limits.Allow(limit.Post, s.clients.of(r)); err != nil {
		s.metrics.Posts.WithLabelValues("limit").Inc()
		writeTooMany(w, err)
		return
	}
	n, err := strconv.ParseUint(r.URL.Query().Get("n"), 10, 64)
	if err != nil || n == 0 {
		s.answerPost(w, "bad_request", http.StatusBadRequest, wire.CodeBadRequest, "n: must be 1, 2, 3 …")
		return
	}
	frame, status, reason := frameOf(w, r)
	if reason != "" {
		s.answerPost(w, "bad_request", status, wire.CodeBadRequest, reason)
		return
	}
	s.pass(w, r, n, frame)
}

// frameOf reads a frame, or returns why it can't be one.
func frameOf(w http.ResponseWriter, r *http.Request) (frame string, status int, reason string) {
	read, err := io.ReadAll(http.MaxBytesReader(w, r.Body, wire.MaxFrameBytes))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return "", http.StatusRequestEntityTooLarge, fmt.Sprintf("a frame has at most %d bytes", wire.MaxFrameBytes)
	case err != nil:
		return "", http.StatusBadRequest, "the frame did not come to its end"
	case !utf8.Valid(read):
		return "", http.StatusBadRequest, "a frame must be UTF-8"
	}
	return string(read), 0, ""
}

// pass hands a frame to its stream.
func (s *Server) pass(w http.ResponseWriter, r *http.Request, n uint64, frame string) {
	result, err := s.sessions.Post(r.Context(), r.PathValue("stream"), n, frame)
	switch {
	case err != nil:
		s.answerPost(w, "unavailable", http.StatusServiceUnavailable, wire.CodeUnavailable, "the node with the stream does not answer, post it again")
	case result == chat.PostTaken:
		s.metrics.Posts.WithLabelValues(string(result)).Inc()
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNoContent)
	case result == chat.PostBusy:
		s.metrics.Posts.WithLabelValues(string(result)).Inc()
		writeTooMany(w, &limit.Refusal{What: "posts at once", Wait: time.Second})
	case result == chat.PostEarly:
		s.answerPost(w, string(result), http.StatusConflict, wire.CodeBadRequest, "n: the post before it has not come")
	default:
		s.answerPost(w, string(chat.PostGone), http.StatusGone, wire.CodeNotFound, "this stream has ended")
	}
}

func (s *Server) answerPost(w http.ResponseWriter, result string, status int, code wire.Code, message string) {
	s.metrics.Posts.WithLabelValues(result).Inc()
	writeError(w, status, code, message)
}

// letRead has a browser show the answer to a page of another origin, which is allowed to connect.
func letRead(h http.Header, r *http.Request) {
	h.Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); origin != "" {
		h.Set("Access-Control-Allow-Origin", origin)
	}
}
