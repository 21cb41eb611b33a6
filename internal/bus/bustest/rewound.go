package bustest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"chorus/internal/bus"
	"chorus/internal/chat"
)

func refusesToContinueRewound(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	at := sayMany(t, a, "lobby", 3)
	publish := func(known chat.Position) error {
		_, err := b.Publish(context.Background(), "lobby", known, chat.Draft{Key: chat.NewID(), User: bob, Text: "hi"})
		return err
	}
	for _, known := range []chat.Position{{Seq: 4, ID: "lost"}, {Seq: 400, ID: "lost"}, {Seq: 3, ID: "another"}} {
		if err := publish(known); !refusedAs(err, bus.ErrRewound) {
			t.Errorf("knowing %v: %v", known, err)
		}
	}
	wantSeqs(t, after(t, a, "lobby", at[0], 10), 1, 3)
	for _, known := range []chat.Position{at[3], at[1], at[0]} {
		if err := publish(known); err != nil {
			t.Errorf("knowing %v: %v", known, err)
		}
	}
	_, err := b.Publish(context.Background(), "silent", chat.Position{Seq: 1, ID: "lost"}, chat.Draft{Key: "k", User: bob, Text: "hi"})
	if !refusedAs(err, bus.ErrRewound) {
		t.Errorf("in an empty log: %v", err)
	}
}

func restoresNothing(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	sayMany(t, a, "lobby", 10)
	held := after(t, b, "lobby", chat.Position{}, 10)
	for _, part := range [][]chat.Message{held, held[3:5], held[9:]} {
		if err := b.Restore(context.Background(), "lobby", part, nil); err != nil {
			t.Fatal(err)
		}
	}
	other := held[9]
	other.ID = "another"
	later := chat.Message{Room: "lobby", Seq: 20, ID: "twenty", Prev: "nineteen", Draft: held[0].Draft}
	for _, part := range [][]chat.Message{{other}, {later}} {
		if err := b.Restore(context.Background(), "lobby", part, nil); !errors.Is(err, bus.ErrFork) {
			t.Errorf("restoring %d %s: %v", part[0].Seq, part[0].ID, err)
		}
	}
	wantSeqs(t, after(t, b, "lobby", chat.Position{}, 20), 1, 10)
}

func restoresEmpty(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	sayMany(t, a, "lobby", 10)
	held := after(t, b, "lobby", chat.Position{}, 10)
	for i := range held {
		held[i].Room = "emptied"
	}
	inbox := &Inbox{}
	subscribe(t, a, "emptied", inbox)
	var wg sync.WaitGroup
	for i := range 8 { // each node holds another part of the end
		wg.Go(func() {
			node := []bus.Bus{a, b}[i%2]
			if err := node.Restore(context.Background(), "emptied", held[min(i, 3):], nil); err != nil && !errors.Is(err, bus.ErrFork) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	restored := before(t, a, "emptied", nil, 20)
	if len(restored) < 7 || !slices.Equal(restored, held[len(held)-len(restored):]) {
		t.Fatalf("restored %+v", restored)
	}
	if got := inbox.Wait(t, len(restored)); !slices.Equal(got, restored) {
		t.Fatal("what was relayed differs from what was restored")
	}
	d := held[9].Draft
	r, err := b.Publish(context.Background(), "emptied", held[9].Position(), d)
	if err != nil || !r.Duplicate || r.Position != held[9].Position() || !r.Time.Equal(held[9].Time) {
		t.Fatalf("repeating what was restored: %+v, %v", r, err)
	}
	Say(t, a, "emptied", bob, "and on it goes")
	wantSeqs(t, before(t, b, "emptied", nil, 5), 7, 11)
}
