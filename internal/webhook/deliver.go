package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"chorus/internal/bus"
)

const (
	// pollInterval is how often a node looks for events of others and for those that are due again.
	pollInterval = time.Second
	// settling is what a node is given beyond the receiver's time, before its events are lent to others.
	settling = 5 * time.Second
	// An event that failed is posted again at a random moment within a time as long as it is old, so
	// that the waits grow with its age, and need not be remembered by anybody.
	shortestWait = time.Second
	longestWait  = 15 * time.Minute
	// giveUpAfter is how old an event becomes.
	giveUpAfter = 24 * time.Hour
)

// work takes events from the queue, as many as there are slots, until Shutdown.
func (w *Webhooks) work() {
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for {
		n := w.reserve()
		if n == 0 {
			return
		}
		lent, queued, err := w.queue.Take(w.taking, n, w.options.Timeout+settling)
		for range n - len(lent) {
			<-w.slots
		}
		if err == nil {
			w.metrics.WebhookQueue.Set(float64(queued))
		}
		for _, i := range lent {
			w.running.Go(func() { w.deliver(i) })
		}
		if len(lent) == n {
			continue // there may be more
		}
		select {
		case <-w.wake:
		case <-poll.C:
		case <-w.taking.Done():
		}
	}
}

// reserve waits for a slot, and takes all that are free. It returns 0 after Shutdown.
func (w *Webhooks) reserve() (n int) {
	if w.taking.Err() != nil {
		return 0
	}
	select {
	case w.slots <- struct{}{}:
	case <-w.taking.Done():
		return 0
	}
	for n = 1; ; n++ {
		select {
		case w.slots <- struct{}{}:
		default:
			return n
		}
	}
}

// deliver posts an event and says what has become of it. If that can't be said now, the event will be
// lent to somebody, and posted, again.
func (w *Webhooks) deliver(i bus.Item) {
	defer func() { <-w.slots }()
	err := w.post(i)
	settle := context.Background() // also after Shutdown: the bus ends later, and bounds its commands itself
	switch {
	case err == nil:
		w.metrics.WebhookPosts.WithLabelValues("taken").Inc()
		err = w.queue.Done(settle, i.ID)
	case w.posting.Err() != nil:
		err = w.queue.Later(settle, i.ID, 0)
	case i.Age > giveUpAfter:
		w.metrics.WebhookPosts.WithLabelValues("failed").Inc()
		w.metrics.WebhookDropped.WithLabelValues("expired").Inc()
		w.log.Warn("a webhook was not taken for too long, it is dropped", "event", i.ID, "age", i.Age.Round(time.Second), "error", err)
		err = w.queue.Done(settle, i.ID)
	default:
		w.metrics.WebhookPosts.WithLabelValues("failed").Inc()
		if w.sayFailure.Allow() {
			w.log.Warn("a webhook was not taken, it will be posted again", "event", i.ID, "age", i.Age.Round(time.Second), "error", err)
		}
		err = w.queue.Later(settle, i.ID, rand.N(min(max(i.Age, shortestWait), longestWait)))
	}
	if err != nil {
		w.log.Debug("what became of a webhook could not be noted, it will be posted again", "event", i.ID, "error", err)
	}
}

// post sends an event. Its errors have neither the URL nor a secret in them.
func (w *Webhooks) post(i bus.Item) error {
	ctx, cancel := context.WithTimeout(w.posting, w.options.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.options.URL, bytes.NewReader(i.Payload))
	if err != nil {
		return errors.New("the URL can't be used")
	}
	now := time.Now()
	var signatures []string
	for _, s := range w.signers {
		signature, err := s.Sign(i.ID, now, i.Payload)
		if err != nil {
			return errors.New("it can't be signed")
		}
		signatures = append(signatures, signature)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Chorus")
	request.Header.Set(standardwebhooks.HeaderWebhookID, i.ID)
	request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	request.Header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	response, err := w.client.Do(request)
	if err != nil {
		var withURL *url.Error
		if errors.As(err, &withURL) {
			return withURL.Err
		}
		return err
	}
	defer response.Body.Close()
	const worthReading = 64 << 10 // so that the connection can be used again
	_, _ = io.CopyN(io.Discard, response.Body, worthReading)
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("the receiver answered %d", response.StatusCode)
	}
	return nil
}
