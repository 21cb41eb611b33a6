package server

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"chorus/internal/api"
	"chorus/internal/limit"
	"chorus/internal/wire"
)

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ws", s.upgrade())
	mux.HandleFunc("GET /events", s.stream)
	mux.HandleFunc("POST /events/{stream}", s.post)
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
