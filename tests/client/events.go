package client

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/websocket"
)

// Events is an event stream, with the posts that belong to it.
type Events struct {
	// ID is the stream's.
	ID string
	// Deaf has it answer no pings. It is set before anything is read.
	Deaf bool

	bases  []string
	events *bufio.Scanner
	cancel context.CancelFunc

	posting sync.Mutex
	n       int
}

// OpenEvents opens an event stream on the first of some nodes. Posts go to each of them in turn.
func OpenEvents(bases ...string) (*Events, error) {
	ctx, cancel := context.WithCancel(context.Background())
	e := &Events{bases: bases, cancel: cancel}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, bases[0]+"/events", nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("the event stream is refused: %s", response.Status)
	}
	e.events = bufio.NewScanner(response.Body)
	e.events.Buffer(nil, 1<<20)
	name, id, err := e.next()
	if err == nil && name != "stream" {
		err = fmt.Errorf("the first event is %s", name)
	}
	e.ID = string(id)
	return e, err
}

// ConnectByEvents does what Connect does, over an event stream.
func ConnectByEvents(ctx context.Context, base, name, token string) (*Client, error) {
	return ConnectByEventsOf(ctx, []string{base}, name, token)
}

// ConnectByEventsOf opens an event stream on the first of some nodes, and posts to each of them in turn.
func ConnectByEventsOf(ctx context.Context, bases []string, name, token string) (*Client, error) {
	e, err := OpenEvents(bases...)
	if err != nil {
		return nil, err
	}
	c := newClient(e, nil)
	if err := c.introduce(ctx, name, token); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// next returns the next event.
func (e *Events) next() (name string, data []byte, err error) {
	var lines [][]byte
	for e.events.Scan() {
		field, value, _ := strings.Cut(e.events.Text(), ": ")
		switch field {
		case "event":
			name = value
		case "data":
			lines = append(lines, []byte(value))
		case "":
			return name, bytes.Join(lines, []byte("\n")), nil
		default:
			return "", nil, fmt.Errorf("what is %q?", e.events.Text())
		}
	}
	return "", nil, errors.Join(errors.New("the event stream has ended"), e.events.Err())
}

// ReadFrame returns the next frame, and answers pings before it.
func (e *Events) ReadFrame() ([]byte, error) {
	for {
		switch name, data, err := e.next(); {
		case err != nil:
			return nil, err
		case name == "":
			return data, nil
		case name == "ping" && !e.Deaf:
			if err := e.WriteFrame(nil); err != nil {
				return nil, err
			}
		case name == "close":
			var why struct {
				Code   int    `json:"code"`
				Reason string `json:"reason"`
			}
			if err := json.Unmarshal(data, &why, json.RejectUnknownMembers(true)); err != nil {
				return nil, err
			}
			return nil, &websocket.CloseError{Code: why.Code, Text: why.Reason}
		}
	}
}

// Ended reads until the stream ends, and returns why.
func (e *Events) Ended() error {
	for {
		if _, err := e.ReadFrame(); err != nil {
			return err
		}
	}
}

// WriteFrame posts a frame.
func (e *Events) WriteFrame(frame []byte) error {
	e.posting.Lock()
	defer e.posting.Unlock()
	e.n++
	return PostUntilTaken(e.bases[e.n%len(e.bases)], e.ID, e.n, string(frame))
}

// PostUntilTaken sends a frame to an event stream by a node, again while that can't reach the stream.
func PostUntilTaken(base, stream string, n int, frame string) error {
	const attempts = 5
	for attempt := 1; ; attempt++ {
		status, err := Post(base, stream, fmt.Sprint(n), frame)
		if err != nil || status == http.StatusNoContent {
			return err
		}
		if status != http.StatusServiceUnavailable || attempt == attempts {
			return fmt.Errorf("post %d by %s is answered with %d", n, base, status)
		}
	}
}

// Post sends a frame to an event stream by a node, and returns the status of the answer.
func Post(base, stream, n, frame string) (status int, err error) {
	response, err := http.Post(base+"/events/"+stream+"?n="+n, "text/plain", strings.NewReader(frame))
	if err != nil {
		return 0, err
	}
	response.Body.Close()
	return response.StatusCode, nil
}

// Close breaks the connection.
func (e *Events) Close() { e.cancel() }
