package bustest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"chorus/internal/bus"
	"chorus/internal/chat"
)

// publishesTogether is about what is published on a node at the same moment: a bus may hand it to the
// database together, and each has its own answer all the same.
func publishesTogether(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	first := Publish(t, a, "lobby", chat.Draft{Key: "first", User: ann, Text: "first"})
	Publish(t, a, "lobby", ActDraft(chat.Mute, bob, inMS(3600e3)))
	nowhere := chat.Message{Seq: 1, ID: "nowhere"}

	const rounds = 50
	var wg sync.WaitGroup
	publish := func(node bus.Bus, d chat.Draft, want func(bus.Receipt, error) bool) {
		wg.Go(func() {
			if r, err := node.Publish(context.Background(), "lobby", first.Position, d); !want(r, err) {
				t.Errorf("%q: %+v, %v", d.Text, r, err)
			}
		})
	}
	stored := func(r bus.Receipt, err error) bool { return err == nil && !r.Duplicate }
	for i := range rounds {
		node := []bus.Bus{a, b}[i%2]
		publish(node, chat.Draft{Key: chat.NewID(), User: ann, Text: fmt.Sprint("said ", i)}, stored)
		publish(node, chat.Draft{Key: chat.NewID(), User: bob, Text: "muted", Standing: chat.Judged}, func(_ bus.Receipt, err error) bool {
			return errors.As(err, new(*bus.SanctionError))
		})
		publish(node, chat.Draft{Key: "first", User: ann, Text: "again"}, func(r bus.Receipt, err error) bool {
			return err == nil && r.Duplicate && r.Position == first.Position
		})
		publish(node, ReplyDraft(ann, &nowhere, "to nothing"), func(_ bus.Receipt, err error) bool { return errors.Is(err, bus.ErrFork) })
		publish(node, ChangeDraft(ann, first.Position, chat.Edit, fmt.Sprint("edited ", i)), stored)
	}
	wg.Wait()

	log := after(t, b, "lobby", chat.Position{}, plenty)
	wantSeqs(t, log, 1, 2+2*rounds)
	said := map[string]int{}
	for i := range log {
		said[log[i].Text]++
		if i > 0 && !log[i].Follows(log[i-1].Position()) {
			t.Fatalf("%+v does not follow %+v", log[i], log[i-1])
		}
	}
	for i := range rounds {
		if said[fmt.Sprint("said ", i)] != 1 || said[fmt.Sprint("edited ", i)] != 1 {
			t.Fatalf("said was %v", said)
		}
	}
}
