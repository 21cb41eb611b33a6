package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/metrics"
	"chorus/internal/webhook"
	"chorus/tests/receiver"
)

const (
	secret      = receiver.Secret
	otherSecret = "whsec_b3RoZXItc2VjcmV0LW9mLXRoaXJ0eS10d28tYnl0ZXM="
)

var ann = chat.User{ID: "u-ann", Name: "Ann"}

func options() webhook.Options {
	return webhook.Options{
		URL: "https://user:hunter2@receiver.example/hook?token=hunter3", Secret: secret,
		Events: []string{"message"}, Timeout: 10 * time.Second, Queue: 100,
	}
}

// transport is a receiver without a network. It remembers when what was posted.
type transport struct {
	mu     sync.Mutex
	times  []time.Time
	posts  []*http.Request
	bodies []string
	signed bool                                          // all of them, when they were posted
	answer func(ctx context.Context, n int) (int, error) // to the post number n, from 1 on
}

func (r *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(request.Body)
	r.mu.Lock()
	r.times, r.posts, r.bodies = append(r.times, time.Now()), append(r.posts, request), append(r.bodies, string(body))
	n := len(r.posts)
	r.signed = (r.signed || n == 1) && receiver.Signed(request.Header, body, secret)
	r.mu.Unlock()
	status, err := r.answer(request.Context(), n)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Location": {"https://elsewhere.example/"}}, Body: http.NoBody, Request: request}, nil
}

// world is a node's webhooks in a time that passes when all wait.
type world struct {
	*transport
	memory   *bus.Memory
	queue    bus.Queue
	webhooks *webhook.Webhooks
	bus      bus.Bus
	log      bytes.Buffer
}

func inWorld(t *testing.T, o webhook.Options, answer func(ctx context.Context, n int) (int, error), test func(t *testing.T, w *world)) {
	t.Helper()
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := &world{transport: &transport{answer: answer}, memory: bus.NewMemory(bus.Options{Retention: 100})}
		w.queue = w.memory.Queue(webhook.QueueName, o.Queue)
		w.webhooks = webhook.NewOver(w.transport, w.queue, o, slog.New(slog.NewTextHandler(&w.log, nil)), metrics.New())
		w.bus = w.webhooks.Over(w.memory)
		test(t, w)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		w.webhooks.Shutdown(ctx)
		if log := w.log.String(); strings.Contains(log, "hunter") || strings.Contains(log, "whsec") || strings.Contains(log, "MfKQ9r8") {
			t.Errorf("a secret is in the log: %s", log)
		}
	})
}

func (w *world) say(t *testing.T, key, text string) (bus.Receipt, error) {
	t.Helper()
	return w.bus.Publish(t.Context(), "lobby", chat.Position{}, chat.Draft{Key: key, User: ann, Text: text})
}

func (w *world) queued(t *testing.T) int {
	t.Helper()
	_, n, err := w.queue.Take(t.Context(), 0, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func always(status int) func(context.Context, int) (int, error) {
	return func(context.Context, int) (int, error) { return status, nil }
}

func TestAMessageIsPostedAtOnceAndSigned(t *testing.T) {
	o := options()
	o.OtherSecret = otherSecret
	inWorld(t, o, always(204), func(t *testing.T, w *world) {
		r, err := w.say(t, "k", "hello")
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(w.posts) != 1 || w.queued(t) != 0 {
			t.Fatalf("%d posts, %d are queued", len(w.posts), w.queued(t))
		}
		p := w.posts[0]
		if want := `{"type":"message","time":"2000-01-01T00:00:00.000Z","data":{"room":"lobby","seq":1,"id":"` + r.ID +
			`","key":"k","user":{"id":"u-ann","name":"Ann"},"text":"hello","time":"2000-01-01T00:00:00.000Z"}}`; w.bodies[0] != want {
			t.Errorf("posted is %s, want %s", w.bodies[0], want)
		}
		if p.Header.Get("webhook-id") != "message_"+r.ID || p.Method != "POST" || p.URL.Path != "/hook" {
			t.Errorf("posted is %+v", p)
		}
		for _, s := range []string{secret, otherSecret} {
			if !receiver.Signed(p.Header, []byte(w.bodies[0]), s) {
				t.Errorf("it is not signed with %s: %v", s, p.Header)
			}
		}
		if receiver.Signed(p.Header, []byte(w.bodies[0]+" "), secret) {
			t.Error("a body that was tampered with counts as signed")
		}
	})
}

func TestWhatIsNotTakenIsPostedAgain(t *testing.T) {
	answers := []int{500, 301, 410, 404, 0, 200}
	inWorld(t, options(), func(_ context.Context, n int) (int, error) {
		if answers[n-1] == 0 {
			return 0, errors.New("connection refused")
		}
		return answers[n-1], nil
	}, func(t *testing.T, w *world) {
		if _, err := w.say(t, "k", "hello"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if len(w.posts) != len(answers) || w.queued(t) != 0 {
			t.Fatalf("%d posts, %d are queued", len(w.posts), w.queued(t))
		}
		for i, p := range w.posts {
			if p.URL.Host != "receiver.example" || p.Header.Get("webhook-id") != w.posts[0].Header.Get("webhook-id") || w.bodies[i] != w.bodies[0] {
				t.Errorf("post %d is another one: %+v", i+1, p)
			}
		}
		if !w.signed {
			t.Error("not all of them were signed anew")
		}
		if !strings.Contains(w.log.String(), "the receiver answered 500") {
			t.Errorf("the log does not say why: %s", w.log.String())
		}
	})
}

func TestWaitsGrowUntilAnEventIsGivenUp(t *testing.T) {
	inWorld(t, options(), always(503), func(t *testing.T, w *world) {
		if _, err := w.say(t, "k", "hello"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(48 * time.Hour)
		synctest.Wait()
		n := len(w.times)
		if w.queued(t) != 0 || n < 100 || n > 500 {
			t.Fatalf("%d posts, %d are queued", n, w.queued(t))
		}
		if age := w.times[n-1].Sub(w.times[0]); age < 24*time.Hour || age > 25*time.Hour {
			t.Errorf("it was given up after %s", age)
		}
		for i := 1; i < n; i++ {
			wait, age := w.times[i].Sub(w.times[i-1]), w.times[i-1].Sub(w.times[0])
			if longest := min(max(age, time.Second), 15*time.Minute) + 2*time.Second; wait > longest {
				t.Errorf("after %s it was posted only %s later", age, wait)
			}
		}
		if !strings.Contains(w.log.String(), "it is dropped") {
			t.Errorf("the log does not say so: %s", w.log.String())
		}
	})
}

func TestAReceiverThatHangsHoldsUpNobodyForLong(t *testing.T) {
	inWorld(t, options(), func(ctx context.Context, n int) (int, error) {
		if n <= 2 {
			<-ctx.Done()
			return 0, ctx.Err()
		}
		return 200, nil
	}, func(t *testing.T, w *world) {
		for _, key := range []string{"a", "b", "c", "d"} {
			if _, err := w.say(t, key, "hello"); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n := w.queued(t); n != 2 {
			t.Fatalf("%d are queued beside those that hang", n)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := w.queued(t); n != 0 {
			t.Errorf("%d are still queued", n)
		}
	})
}

func TestAFullQueueForgetsTheOldestAndSaysSo(t *testing.T) {
	o := options()
	o.Queue = 3
	inWorld(t, o, always(500), func(t *testing.T, w *world) {
		for _, key := range []string{"a", "b", "c", "d", "e"} {
			if _, err := w.say(t, key, "hello"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
		}
		if n := w.queued(t); n != 3 || !strings.Contains(w.log.String(), "the queue of webhooks is full") {
			t.Errorf("%d are queued: %s", n, w.log.String())
		}
	})
}

func TestPostsThatAreCutAreLeftToOthers(t *testing.T) {
	inWorld(t, options(), func(ctx context.Context, _ int) (int, error) {
		<-ctx.Done()
		return 0, ctx.Err()
	}, func(t *testing.T, w *world) {
		if _, err := w.say(t, "k", "hello"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		w.webhooks.Shutdown(ctx)
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("it took %s", took)
		}
		if lent, _, err := w.queue.Take(t.Context(), 1, time.Minute); len(lent) != 1 {
			t.Errorf("another node is lent %v, %v", lent, err)
		}
	})
}

func TestOptionsThatCannotWorkAreRefusedWithoutSayingASecret(t *testing.T) {
	for want, change := range map[string]func(o *webhook.Options){
		"webhook-url":          func(o *webhook.Options) { o.URL = "ftp://user:hunter2@example.com" },
		"webhook-secret":       func(o *webhook.Options) { o.Secret = "" },
		"webhook-other-secret": func(o *webhook.Options) { o.OtherSecret = "whsec_hunter2=" },
		"webhook-events":       func(o *webhook.Options) { o.Events = []string{"message", "edit"} },
		"webhook-timeout":      func(o *webhook.Options) { o.Timeout = 0 },
		"webhook-queue":        func(o *webhook.Options) { o.Queue = 0 },
	} {
		o := options()
		change(&o)
		if err := o.Validate(); err == nil || !strings.HasPrefix(err.Error(), want+": ") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := new(webhook.Options).Validate(); err != nil {
		t.Errorf("without a URL: %v", err)
	}
}
