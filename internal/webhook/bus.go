package webhook

import (
	"context"
	"errors"
	"sync"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
)

// Over returns a bus that announces what is published by it, and has published only what is announced; and
// that has told of who comes and goes only when that is announced. Whoever publishes and tells need not
// know of it. It is called before the bus is used.
func (w *Webhooks) Over(b bus.Bus) bus.Bus {
	if w.Wants(Join) || w.Wants(Leave) {
		b.Announce(w.options.Queue, w.announceComings)
	}
	return &announcing{Bus: b, webhooks: w}
}

type announcing struct {
	bus.Bus
	webhooks *Webhooks
}

// publishTimeout is for publishing and announcing together: users are promised an answer within 3 seconds.
const publishTimeout = 2500 * time.Millisecond

// Publish implements bus.Bus. If the message is stored and can't be announced, it fails as if the
// outcome were not known. The repeat under the same key announces the message.
func (a *announcing) Publish(ctx context.Context, room string, known chat.Position, d chat.Draft) (bus.Receipt, error) {
	if _, _, direct := chat.Parties(room); direct || !a.webhooks.Wants(Message) { // what is said there is for two
		return a.Bus.Publish(ctx, room, known, d)
	}
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	r, err := a.Bus.Publish(ctx, room, known, d)
	if err != nil {
		return r, err
	}
	m := chat.Message{Room: room, Seq: r.Seq, ID: r.ID, Time: r.Time, Draft: d}
	if r.Duplicate {
		// A repeat may say something else than what is stored.
		if m, err = a.stored(ctx, m); err != nil {
			return bus.Receipt{}, err
		}
	}
	if err := a.webhooks.Announce(ctx, messageEvent(&m)); err != nil {
		return bus.Receipt{}, err
	}
	return r, nil
}

// stored returns a message as it is in the log, or as it is given where the log does not keep it any
// more.
func (a *announcing) stored(ctx context.Context, m chat.Message) (chat.Message, error) {
	stored, err := a.At(ctx, m.Room, m.Position())
	if errors.Is(err, bus.ErrFork) {
		return m, nil
	}
	return stored, err
}

// comingsAtOnce is how many comings are on their way to the queue at the same time.
const comingsAtOnce = 32

// announceComings queues events of who came to rooms and who left them. It is a bus.Announcer.
func (w *Webhooks) announceComings(ctx context.Context, comings []bus.Coming, dropped int) error {
	w.sayFull(dropped)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var queueing sync.WaitGroup
	slots := make(chan struct{}, comingsAtOnce)
	for i := range comings {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break // one has failed, and all will be announced again
		}
		queueing.Go(func() {
			defer func() { <-slots }()
			if err := w.Announce(ctx, comingEvent(&comings[i])); err != nil {
				cancel(err)
			}
		})
	}
	queueing.Wait()
	return context.Cause(ctx)
}
