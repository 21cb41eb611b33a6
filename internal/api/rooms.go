package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/wire"
)

type roomState struct {
	Room string        `json:"room"`
	Head chat.Position `json:"head"`
}

// room says how far a room's log goes. A room in which nothing was said yet is at position 0.
func (a *API) room(r *http.Request) (answer, error) {
	if _, err := query(r); err != nil {
		return answer{}, err
	}
	room, err := chat.Room(r.PathValue("room"))
	if err != nil {
		return answer{}, err
	}
	head, err := a.head(r.Context(), room)
	return answer{http.StatusOK, roomState{Room: room, Head: head}}, err
}

func (a *API) head(ctx context.Context, room string) (chat.Position, error) {
	heads, err := a.node.Bus.Heads(ctx, []string{room})
	if err != nil {
		return chat.Position{}, err
	}
	head, known := heads[room]
	if !known {
		return chat.Position{}, bus.ErrUnavailable
	}
	return head, nil
}

type messagePage struct {
	Room     string           `json:"room"`
	Messages []jsontext.Value `json:"messages"`
	More     bool             `json:"more"`
	Head     chat.Position    `json:"head"`
}

// messages reads a page of a room's log, back from a position or the end, or forward from a position.
func (a *API) messages(r *http.Request) (answer, error) {
	q, err := query(r, "before", "after", "limit")
	if err != nil {
		return answer{}, err
	}
	room, err := chat.Room(r.PathValue("room"))
	if err != nil {
		return answer{}, err
	}
	if q["before"] != nil && q["after"] != nil {
		return answer{}, wire.BadRequest("after", "can't be given with before")
	}
	before, err := position(q, "before")
	if err != nil {
		return answer{}, err
	}
	after, err := position(q, "after")
	if err != nil {
		return answer{}, err
	}
	limit, err := limitOf(q)
	if err != nil {
		return answer{}, err
	}
	var found []chat.Message // one more than asked for, if there is one
	if after != nil {
		found, err = a.node.Hub.After(r.Context(), room, *after, limit+1)
	} else {
		found, err = a.node.Hub.Before(r.Context(), room, before, limit+1)
	}
	if err != nil {
		return answer{}, err
	}
	page := messagePage{Room: room, More: len(found) > limit}
	switch {
	case page.More && after != nil:
		found = found[:limit]
	case page.More:
		found = found[1:]
	}
	page.Messages = objects(found)
	// Read last, so that it is not behind the messages.
	page.Head, err = a.head(r.Context(), room)
	return answer{http.StatusOK, page}, err
}

// query returns a request's parameters, of which there may be one of each of these names.
func query(r *http.Request, names ...string) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, wire.BadRequest("query", "can't be read")
	}
	for name, values := range q {
		switch {
		case !slices.Contains(names, name):
			return nil, wire.BadRequest(shorten(name), "unknown parameter")
		case len(values) > 1:
			return nil, wire.BadRequest(name, "doubled parameter")
		}
	}
	return q, nil
}

func shorten(s string) string {
	const limit = 40
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// position reads SEQ:ID; "0:" is before the first message.
func position(q url.Values, name string) (*chat.Position, error) {
	if q[name] == nil {
		return nil, nil
	}
	seq, id, found := strings.Cut(q.Get(name), ":")
	n, err := strconv.ParseUint(seq, 10, 53)
	if !found || err != nil {
		return nil, wire.BadRequest(name, "must be SEQ:ID, a message's seq and its id")
	}
	if (n == 0) != (id == "") {
		return nil, wire.BadRequest(name, "a seq needs its id, and seq 0 has none")
	}
	return &chat.Position{Seq: n, ID: id}, nil
}

func limitOf(q url.Values) (int, error) {
	if q["limit"] == nil {
		return wire.DefaultHistory, nil
	}
	n, err := strconv.Atoi(q.Get("limit"))
	if err != nil || n < 1 || n > wire.MaxHistory {
		return 0, wire.BadRequest("limit", fmt.Sprintf("must be a number from 1 to %d", wire.MaxHistory))
	}
	return n, nil
}

type draft struct {
	Text         string    `json:"text"`
	User         chat.User `json:"user"`
	Announcement bool      `json:"announcement"`
}

// say stores a message of any user.
func (a *API) say(r *http.Request) (answer, error) {
	var d draft
	room, key, err := entryOf(r, &d)
	if err != nil {
		return answer{}, err
	}
	if err := d.check(); err != nil {
		return answer{}, err
	}
	return a.store(r, room, chat.Draft{Key: key, User: d.User, Text: d.Text, Announcement: d.Announcement || room == chat.Everywhere})
}

// entryOf reads a request for an entry in a log: where, under which key, and what its body says.
func entryOf(r *http.Request, body any) (room, key string, err error) {
	if _, err := query(r); err != nil {
		return "", "", err
	}
	if room, err = roomOf(r); err != nil {
		return "", "", err
	}
	if key, err = idempotencyKey(r); err != nil {
		return "", "", err
	}
	return room, key, decode(r, body)
}

// roomOf returns the room that a path names, or everywhere if it names none.
func roomOf(r *http.Request) (string, error) {
	if name := r.PathValue("room"); name != "" {
		return chat.Room(name)
	}
	return chat.Everywhere, nil
}

// store publishes an entry and answers where it is in the log.
func (a *API) store(r *http.Request, room string, d chat.Draft) (answer, error) {
	// Once begun it is brought to its end, though the client may be gone.
	ctx := context.WithoutCancel(r.Context())
	receipt, err := a.publish(ctx, room, d)
	if err != nil {
		return answer{}, err
	}
	status := http.StatusCreated
	if receipt.Duplicate {
		status = http.StatusOK
	}
	return answer{status, wire.Sent{
		Room: room, Seq: receipt.Seq, ID: receipt.ID, Time: wire.FormatTime(receipt.Time), Duplicate: receipt.Duplicate,
	}}, nil
}

func (a *API) publish(ctx context.Context, room string, d chat.Draft) (bus.Receipt, error) {
	start := time.Now()
	receipt, err := a.node.Hub.Publish(ctx, room, d)
	a.node.Metrics.PublishTime.Observe(time.Since(start).Seconds())
	switch {
	case err != nil:
	case receipt.Duplicate:
		a.node.Metrics.Duplicates.Inc()
	default:
		a.node.Metrics.Published.Inc()
	}
	return receipt, err
}

// check applies the rules to the fields and normalises them.
func (d *draft) check() error {
	var err error
	d.Text, err = chat.Text(d.Text)
	return cmp.Or(err, checkUser(&d.User))
}

func checkUser(u *chat.User) error {
	var nameErr, avatarErr error
	u.Name, nameErr = chat.Name(u.Name)
	u.Avatar, avatarErr = chat.Avatar(u.Avatar)
	return cmp.Or(checked("user.id", chat.Key(u.ID)), checked("user.name", nameErr), checked("user.avatar", avatarErr))
}

// idempotencyKey is what makes a request one that can be repeated.
func idempotencyKey(r *http.Request) (string, error) {
	const header = "Idempotency-Key"
	values := r.Header.Values(header)
	if len(values) > 1 {
		return "", wire.BadRequest(header, "doubled header")
	}
	key := r.Header.Get(header)
	return key, checked(header, chat.Key(key))
}
