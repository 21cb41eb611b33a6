// Package webhook tells another program what happens, by signed HTTP requests to its URL.
//
// An event waits in a queue that all nodes share (bus.Queue). A message is acknowledged only when its
// event is in there, so who gets no answer sends again, and the event is queued again. Each node takes
// events out, posts them and takes them off the queue when the receiver has answered 2xx: each is
// delivered at least once, in no particular order. Receivers know repeats by webhook-id.
//
// The requests are those of standardwebhooks.com, so that receivers find a library to check them with.
package webhook

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"golang.org/x/time/rate"

	"chorus/internal/bus"
	"chorus/internal/metrics"
)

// Options say who is told, and of what.
type Options struct {
	URL         string        `help:"Where to post events. Without it nothing is posted." placeholder:"URL"`
	Secret      string        `help:"What events are signed with: whsec_ and 24 to 64 random bytes as base64." placeholder:"SECRET"`
	OtherSecret string        `help:"Another secret that events are signed with as well. To replace the secret, give the new one here until the receiver knows it." placeholder:"SECRET"`
	Events      []string      `help:"Events to post: message, join, leave." default:"message,join,leave" placeholder:"EVENT"`
	Timeout     time.Duration `help:"Time for the receiver to answer." default:"10s"`
	Queue       int           `help:"Events that may wait to be posted, of all nodes together; beyond that the oldest are dropped." default:"100000"`
}

// Validate names the field that can't be used, and never says what is in a secret or the URL.
func (o *Options) Validate() error {
	if o.URL == "" {
		return nil
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("webhook-url: must be an http or https URL")
	}
	if err := checkSecret(o.Secret); err != nil {
		return fmt.Errorf("webhook-secret: %w", err)
	}
	if o.OtherSecret != "" {
		if err := checkSecret(o.OtherSecret); err != nil {
			return fmt.Errorf("webhook-other-secret: %w", err)
		}
	}
	for _, e := range o.Events {
		if !slices.Contains([]Type{Message, Join, Leave}, Type(e)) {
			return fmt.Errorf("webhook-events: %q is none of %s, %s and %s", e, Message, Join, Leave)
		}
	}
	switch {
	case o.Timeout < 100*time.Millisecond || o.Timeout > time.Minute:
		return errors.New("webhook-timeout: must be from 100ms to 1m")
	case o.Queue < 1 || o.Queue > 10_000_000:
		return errors.New("webhook-queue: must be from 1 to 10000000")
	}
	return nil
}

func checkSecret(s string) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
	if err != nil || len(key) < 24 || len(key) > 64 {
		return errors.New("must be whsec_ and 24 to 64 random bytes as base64")
	}
	return nil
}

// QueueName is the name of the queue that all nodes share.
const QueueName = "webhooks"

// Webhooks posts a node's share of the events. Its methods may be called concurrently.
type Webhooks struct {
	// constant after construction
	queue   bus.Queue
	options Options
	signers []*standardwebhooks.Webhook
	client  *http.Client
	log     *slog.Logger
	metrics *metrics.Metrics

	taking, posting        context.Context // end with Shutdown: no more events, and none under way
	stopTaking, cutPosts   context.CancelFunc
	running                sync.WaitGroup // the worker and what it posts
	wake                   chan struct{}  // something was queued here
	slots                  chan struct{}  // one for each post under way
	sayFailure, sayDropped *rate.Limiter  // bound what the log says of one mistake
}

// maxPosts is how many events a node posts at the same time.
const maxPosts = 16

// New returns Webhooks that post at once. Shutdown ends them. The options must have been validated.
func New(q bus.Queue, o Options, log *slog.Logger, m *metrics.Metrics) *Webhooks {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = maxPosts
	return newOver(transport, q, o, log, m)
}

func newOver(transport http.RoundTripper, q bus.Queue, o Options, log *slog.Logger, m *metrics.Metrics) *Webhooks {
	w := &Webhooks{
		queue: q, options: o, log: log, metrics: m,
		wake: make(chan struct{}, 1), slots: make(chan struct{}, maxPosts),
		sayFailure: rate.NewLimiter(rate.Every(10*time.Second), 3),
		sayDropped: rate.NewLimiter(rate.Every(10*time.Second), 3),
	}
	for _, secret := range []string{o.Secret, o.OtherSecret} {
		if secret != "" {
			signer, _ := standardwebhooks.NewWebhook(secret) // was validated
			w.signers = append(w.signers, signer)
		}
	}
	w.client = &http.Client{
		Transport: transport,
		// What the operator has not named gets nothing.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	w.taking, w.stopTaking = context.WithCancel(context.Background())
	w.posting, w.cutPosts = context.WithCancel(context.Background())
	w.running.Go(w.work)
	return w
}

// Shutdown takes no more events and waits for the posts under way. When the context ends first, it cuts
// them; other nodes will post those events.
func (w *Webhooks) Shutdown(ctx context.Context) {
	w.stopTaking()
	defer context.AfterFunc(ctx, w.cutPosts)()
	w.running.Wait()
	w.cutPosts()
	w.client.CloseIdleConnections()
}
