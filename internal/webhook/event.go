package webhook

import (
	"context"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/internal/wire"
)

// Type says what an event is about.
type Type string

// The types that there are.
const (
	Message Type = "message"
	Join    Type = "join"
	Leave   Type = "leave"
)

// Event is something that has happened.
type Event struct {
	Type Type
	// ID is the same for the same event, however often it is announced, and of no other event of its
	// type. It has letters, digits, '-' and '_' only.
	ID   string
	Time time.Time
	Data jsontext.Value
}

func messageEvent(m *chat.Message) Event {
	return Event{Type: Message, ID: m.ID, Time: m.Time, Data: wire.AppendMessageObject(nil, m)}
}

// comingEvent is the same for the same coming, byte for byte.
func comingEvent(c *bus.Coming) Event {
	kind := Join
	if c.Left {
		kind = Leave
	}
	data, _ := json.Marshal(struct { // of which nothing can fail
		Room string    `json:"room"`
		User chat.User `json:"user"`
	}{c.Room, c.User})
	return Event{Type: kind, ID: c.ID, Time: c.Time, Data: data}
}

// Wants reports whether events of a type are posted.
func (w *Webhooks) Wants(t Type) bool { return slices.Contains(w.options.Events, string(t)) }

// Announce queues an event, if its type is wanted. What fails may be announced again.
func (w *Webhooks) Announce(ctx context.Context, e Event) error {
	if !w.Wants(e.Type) {
		return nil
	}
	body, err := json.Marshal(struct {
		Type Type           `json:"type"`
		Time string         `json:"time"`
		Data jsontext.Value `json:"data"`
	}{e.Type, wire.FormatTime(e.Time), e.Data})
	if err != nil {
		return err
	}
	// The id has no '.', which ends it in what is signed.
	dropped, err := w.queue.Add(ctx, string(e.Type)+"_"+e.ID, body)
	if err != nil {
		return err
	}
	w.sayFull(dropped)
	select {
	case w.wake <- struct{}{}:
	default: // it will be woken up anyway
	}
	return nil
}

// sayFull says that events were dropped, if any were.
func (w *Webhooks) sayFull(dropped int) {
	if dropped == 0 {
		return
	}
	w.metrics.WebhookDropped.WithLabelValues("full").Add(float64(dropped))
	if w.sayDropped.Allow() {
		w.log.Warn("the queue of webhooks is full, its oldest events are dropped", "dropped", dropped, "queue", w.options.Queue)
	}
}
