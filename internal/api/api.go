// Package api is what other programs use a node by: JSON over HTTP under /api/v1, for who has one of
// the tokens that the operator gave out.
//
// Its contract is openapi.json, which a test compares with what the handlers do. Such a program is
// trusted: it may read every room but direct ones, and speak in each as whoever it says. What a request says is
// checked as strictly as the commands of sessions are, and refused with the same error objects.
package api

import (
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"chorus/internal/bus"
	"chorus/internal/hub"
	"chorus/internal/metrics"
	"chorus/internal/wire"
)

//go:embed openapi.json
var description []byte

// Options say who may use the API.
type Options struct {
	Tokens []string `name:"api-tokens" help:"Tokens by which other programs may use the API, at least 32 characters each. To replace one, give both for a while. Without any the API is off. Best from a file, CHORUS_API_TOKENS_FILE." placeholder:"TOKEN"`
}

const minTokenChars = 32

// Validate names the field that can't be used, and never says what is in it.
func (o *Options) Validate() error {
	for i, token := range o.Tokens {
		if len(token) < minTokenChars {
			return fmt.Errorf("api-tokens: number %d has %d characters, it needs at least %d", i+1, len(token), minTokenChars)
		}
		if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return fmt.Errorf("api-tokens: number %d must be of visible ASCII characters", i+1)
		}
	}
	return nil
}

// Node is what the API needs of the node it is on.
type Node struct {
	Bus     bus.Bus
	Hub     *hub.Hub
	Log     *slog.Logger
	Metrics *metrics.Metrics
}

// API is an http.Handler for all that is under /api/.
type API struct {
	node   Node
	tokens [][sha256.Size]byte
	mux    *http.ServeMux
}

// New returns a handler. The options must have been validated.
func New(n Node, o Options) *API {
	a := &API{node: n, mux: http.NewServeMux()}
	for _, token := range o.Tokens {
		a.tokens = append(a.tokens, sha256.Sum256([]byte(token)))
	}
	a.mux.Handle("/", a.serve("none", a.nowhere))
	if len(a.tokens) == 0 {
		return a
	}
	byPath := make(map[string]methods)
	for _, e := range a.endpoints() {
		if byPath[e.path] == nil {
			byPath[e.path] = make(methods)
			a.mux.Handle(Root+e.path, byPath[e.path])
		}
		handle := e.handle
		if !e.public {
			handle = a.authorized(handle)
		}
		byPath[e.path][e.method] = a.serve(e.method+" "+e.path, handle)
	}
	for path, m := range byPath {
		m[""] = a.serve(path, m.notAllowed)
	}
	return a
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// Root is where all paths of the API begin.
const Root = "/api/v1"

// endpoint is a method of a path. The paths are those of openapi.json.
type endpoint struct {
	method, path string
	handle       handler
	public       bool // needs no token
}

func (a *API) endpoints() []endpoint {
	return []endpoint{
		{method: "GET", path: "/openapi.json", handle: a.describe, public: true},
		{method: "GET", path: "/rooms", handle: a.rooms},
		{method: "GET", path: "/rooms/{room}", handle: a.room},
		{method: "GET", path: "/rooms/{room}/messages", handle: a.messages},
		{method: "POST", path: "/rooms/{room}/messages", handle: a.say},
		{method: "POST", path: "/rooms/{room}/moderation", handle: a.moderate},
		{method: "GET", path: "/rooms/{room}/sanctions", handle: a.sanctions},
		{method: "POST", path: "/announcements", handle: a.say},
		{method: "POST", path: "/moderation", handle: a.moderate},
		{method: "GET", path: "/sanctions", handle: a.sanctions},
		{method: "GET", path: "/rooms/{room}/roster", handle: a.roster},
	}
}

// Endpoints returns the methods and paths that there are, such as "GET /rooms/{room}".
func Endpoints() (all []string) {
	for _, e := range new(API).endpoints() {
		all = append(all, e.method+" "+e.path)
	}
	return all
}

// methods are the handlers of one path, and under "" that of all other methods.
type methods map[string]http.HandlerFunc

// ServeHTTP implements http.Handler.
func (m methods) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // of which net/http keeps the body back
	}
	if m[method] == nil {
		method = ""
	}
	m[method](w, r)
}

func (m methods) notAllowed(_ *http.Request) (answer, error) {
	var allowed []string
	for method := range m {
		if method != "" {
			allowed = append(allowed, method)
		}
	}
	slices.Sort(allowed)
	return answer{}, &failure{
		status:  http.StatusMethodNotAllowed,
		refusal: wire.BadRequest("method", "must be "+strings.Join(allowed, " or ")),
		header:  http.Header{"Allow": allowed},
	}
}

// authorized lets only requests through that carry one of the tokens. Hashes are compared, so that
// neither what is in a token nor its length shows in the time it takes.
func (a *API) authorized(next handler) handler {
	return func(r *http.Request) (answer, error) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		given := sha256.Sum256([]byte(token))
		good := 0
		for i := range a.tokens {
			good |= subtle.ConstantTimeCompare(a.tokens[i][:], given[:])
		}
		if !strings.EqualFold(scheme, "Bearer") || good == 0 {
			return answer{}, &failure{
				status:  http.StatusUnauthorized,
				refusal: wire.Refuse(wire.CodeUnauthorized, "the header Authorization must be Bearer and a token of this API"),
				header:  http.Header{"Www-Authenticate": {"Bearer"}},
			}
		}
		return next(r)
	}
}

func (a *API) nowhere(*http.Request) (answer, error) {
	if len(a.tokens) == 0 {
		return answer{}, wire.Refuse(wire.CodeNotFound, "the API is off here, see --api-tokens")
	}
	return answer{}, wire.Refuse(wire.CodeNotFound, "there is nothing here, see "+Root+"/openapi.json")
}

func (a *API) describe(*http.Request) (answer, error) {
	return answer{status: http.StatusOK, body: description}, nil
}

func (a *API) count(route string, status int) {
	a.node.Metrics.APIRequests.WithLabelValues(route, strconv.Itoa(status)).Inc()
}
