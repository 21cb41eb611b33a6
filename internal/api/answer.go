package api

import (
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"chorus/internal/chat"
	"chorus/internal/hub"
	"chorus/internal/wire"
)

// handler carries out a request. An error is answered as one.
type handler func(*http.Request) (answer, error)

type answer struct {
	status int
	body   any // encoded as JSON, unless it is JSON already
}

// failure is an error whose status does not follow from its code.
type failure struct {
	status  int
	refusal *wire.Error
	header  http.Header
}

func (f *failure) Error() string { return f.refusal.Error() }

// statuses are those of the codes that there are over HTTP.
var statuses = map[wire.Code]int{
	wire.CodeBadRequest:  http.StatusBadRequest,
	wire.CodeForbidden:   http.StatusForbidden,
	wire.CodeNotFound:    http.StatusNotFound,
	wire.CodeFork:        http.StatusConflict,
	wire.CodeExpired:     http.StatusGone,
	wire.CodeUnavailable: http.StatusServiceUnavailable,
	wire.CodeInternal:    http.StatusInternalServerError,
}

// serve makes an http.HandlerFunc of a handler.
func (a *API) serve(route string, handle handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		result, err := handle(r)
		if err != nil {
			f := a.failureOf(err)
			maps.Copy(w.Header(), f.header)
			if f.refusal.Retryable {
				seconds := max((f.refusal.RetryAfterMS+999)/1000, 1)
				w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
			}
			a.node.Metrics.Errors.WithLabelValues(string(f.refusal.Code)).Inc()
			result = answer{status: f.status, body: wire.Event{Error: f.refusal}}
		}
		a.count(route, result.status)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(result.status)
		if encoded, ok := result.body.([]byte); ok {
			_, _ = w.Write(encoded)
			return
		}
		_ = json.MarshalWrite(w, result.body) // the client may be gone
	}
}

// failureOf is what a client is told of an error. It masks and logs what it does not know.
func (a *API) failureOf(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	var refusal *wire.Error
	var fieldErr *chat.FieldError
	if !errors.As(err, &refusal) {
		refusal = hub.Refusal(err)
	}
	if refusal == nil && errors.As(err, &fieldErr) {
		refusal = wire.BadRequest(fieldErr.Field, fieldErr.Reason)
	}
	if refusal == nil {
		a.node.Log.Error("a request of the API failed", "error", err)
		refusal = wire.TryAgain(wire.CodeInternal, "the node failed, try again")
	}
	return &failure{status: statuses[refusal.Code], refusal: refusal}
}

// maxBodyBytes has place for the longest text with all of its characters escaped.
const maxBodyBytes = 64 << 10

// decode reads a request's body strictly.
func decode(r *http.Request, v any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return &failure{
			status:  http.StatusUnsupportedMediaType,
			refusal: wire.BadRequest("Content-Type", "must be application/json"),
		}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBodyBytes+1))
	switch {
	case err != nil:
		return wire.BadRequest("body", "can't be read")
	case len(body) > maxBodyBytes:
		return &failure{
			status:  http.StatusRequestEntityTooLarge,
			refusal: wire.BadRequest("body", "the limit is "+strconv.Itoa(maxBodyBytes)+" bytes"),
			header:  http.Header{"Connection": {"close"}}, // rather than read the rest of it
		}
	}
	return wire.DecodeBody(body, v)
}

// checked returns an error of package chat for the name that the field has in a request.
func checked(field string, err error) error {
	var fieldErr *chat.FieldError
	if errors.As(err, &fieldErr) {
		return &chat.FieldError{Field: field, Reason: fieldErr.Reason}
	}
	return err
}

// objects are messages as they stand in message events.
func objects(messages []chat.Message) []jsontext.Value {
	all := make([]jsontext.Value, len(messages))
	for i := range messages {
		all[i] = wire.AppendMessageObject(nil, &messages[i])
	}
	return all
}
