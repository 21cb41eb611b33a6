// Package receiver is another program that webhooks are posted to. It trusts nothing: it checks each
// signature as docs/webhooks.md says, and not with the library that made it.
package receiver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Secret is what a receiver of tests knows, and a node has to sign with.
const Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// Post is a request that was posted, with a good signature.
type Post struct {
	ID   string // webhook-id
	Body string
	Type string
	Time string
	Text string // of a message
	Room string
	User string // the name
	// Status is what it was answered with.
	Status int
}

// Receiver is one that listens. Its methods may be called concurrently.
type Receiver struct {
	URL string
	t   testing.TB

	mu     sync.Mutex
	answer func(p Post, times int) int
	posts  []Post
}

// Start starts a receiver, which the test's end stops. answer says what a post is answered with that has
// come so many times, this one counted.
func Start(t testing.TB, answer func(p Post, times int) int) *Receiver {
	t.Helper()
	r := &Receiver{t: t, answer: answer}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.URL = server.URL + "/hook"
	return r
}

// Always answers each post in one way.
func Always(status int) func(Post, int) int { return func(Post, int) int { return status } }

// Answer changes what posts are answered with.
func (r *Receiver) Answer(answer func(p Post, times int) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // the node has cut it
	}
	if request.Method != "POST" || request.Header.Get("Content-Type") != "application/json" || !Signed(request.Header, body, Secret) {
		r.t.Errorf("posted was %s with %v: %s", request.Method, request.Header, body)
	}
	var event struct {
		Type string `json:"type"`
		Time string `json:"time"`
		Data struct {
			Text string `json:"text"`
			Room string `json:"room"`
			User struct {
				Name string `json:"name"`
			} `json:"user"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		r.t.Errorf("posted was %s: %v", body, err)
	}
	p := Post{
		ID: request.Header.Get("webhook-id"), Body: string(body),
		Type: event.Type, Time: event.Time, Text: event.Data.Text, Room: event.Data.Room, User: event.Data.User.Name,
	}
	r.mu.Lock()
	times := 1
	for _, other := range r.posts {
		if other.ID != p.ID {
			continue
		}
		times++
		if other.Body != p.Body {
			r.t.Errorf("event %s was posted as %s and as %s", p.ID, other.Body, p.Body)
		}
	}
	p.Status = r.answer(p, times)
	r.posts = append(r.posts, p)
	r.mu.Unlock()
	w.WriteHeader(p.Status)
}

// Posts returns what has been posted so far.
func (r *Receiver) Posts() []Post {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.posts)
}

// Taken returns the texts of the messages that were taken, each once, sorted.
func (r *Receiver) Taken() (texts []string) {
	for _, p := range r.taken() {
		if p.Type == "message" {
			texts = append(texts, p.Text)
		}
	}
	slices.Sort(texts)
	return texts
}

// Comings returns who came and went by the events that were taken, each once, such as "join Ann lobby",
// sorted.
func (r *Receiver) Comings() (comings []string) {
	for _, p := range r.taken() {
		if p.Type == "join" || p.Type == "leave" {
			comings = append(comings, p.Type+" "+p.User+" "+p.Room)
		}
	}
	slices.Sort(comings)
	return comings
}

func (r *Receiver) taken() (taken []Post) {
	seen := map[string]bool{}
	for _, p := range r.Posts() {
		if p.Status < 300 && !seen[p.ID] {
			seen[p.ID] = true
			taken = append(taken, p)
		}
	}
	return taken
}

// Signed reports whether one of a post's signatures is good, and its time close to now.
func Signed(header http.Header, body []byte, secret string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return slices.ContainsFunc(strings.Fields(header.Get("webhook-signature")), func(signature string) bool {
		return hmac.Equal([]byte(signature), []byte(want))
	})
}
