package bustest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"chorus/internal/bus"
	"chorus/internal/chat"
)

// ChangeDraft returns a draft that changes a message. what is the text of an edit, or an emoji.
func ChangeDraft(u chat.User, of chat.Position, kind chat.Kind, what string) chat.Draft {
	d := chat.Draft{Key: chat.NewID(), User: u, Change: &chat.Change{Of: of, Kind: kind}}
	if kind == chat.Edit {
		d.Text = what
	} else {
		d.Change.Emoji = what
	}
	return d
}

// ReplyDraft returns a draft that answers a message.
func ReplyDraft(u chat.User, of *chat.Message, text string) chat.Draft {
	reply := &chat.Reply{Position: of.Position(), User: of.User, Text: chat.Excerpt(of.Text)}
	return chat.Draft{Key: chat.NewID(), User: u, Text: text, Reply: reply}
}

// Publish publishes a draft.
func Publish(t testing.TB, b bus.Bus, room string, d chat.Draft) bus.Receipt {
	t.Helper()
	r, err := b.Publish(context.Background(), room, chat.Position{}, d)
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	return r
}

func publishError(b bus.Bus, d chat.Draft) error {
	_, err := b.Publish(context.Background(), "lobby", chat.Position{}, d)
	return err
}

// refusedAs reports whether a publish was refused for that reason. To refuse is to answer: whoever is told so is not
// told as well that the database does not answer.
func refusedAs(err, reason error) bool {
	return errors.Is(err, reason) && !errors.Is(err, bus.ErrUnavailable)
}

func inForce(t *testing.T, b bus.Bus, messages []chat.Message) chat.Changes {
	t.Helper()
	c, err := b.Changes(context.Background(), "lobby", messages)
	if err != nil {
		t.Fatalf("changes: %v", err)
	}
	return c
}

// wantInForce checks what is in force for the whole log.
func wantInForce(t *testing.T, b bus.Bus, want chat.Changes) {
	t.Helper()
	if got := inForce(t, b, after(t, b, "lobby", chat.Position{}, plenty)); !reflect.DeepEqual(got, want) {
		t.Fatalf("in force is %s, want %s", write(got), write(want))
	}
}

func write(c chat.Changes) (s string) {
	for seq, f := range c {
		s += fmt.Sprintf("%d: %+v; ", seq, *f)
	}
	return s
}

func findsAt(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	at := sayMany(t, a, "lobby", 3)
	if m, err := b.At(context.Background(), "lobby", at[2]); err != nil || m.Position() != at[2] || m.Text != "message 2" {
		t.Fatalf("got %+v, %v", m, err)
	}
	for _, p := range []chat.Position{{}, {Seq: 2, ID: at[3].ID}, {Seq: 2}, {Seq: 4, ID: "x"}, {ID: at[2].ID}} {
		if m, err := b.At(context.Background(), "lobby", p); !refusedAs(err, bus.ErrFork) {
			t.Errorf("at %v: %+v, %v", p, m, err)
		}
	}
}

func changes(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	inbox := &Inbox{}
	subscribe(t, b, "lobby", inbox)
	at := sayMany(t, a, "lobby", 4)
	wantInForce(t, b, chat.Changes{})
	for i, d := range []chat.Draft{
		ChangeDraft(ann, at[1], chat.Edit, "once"),
		ChangeDraft(ann, at[1], chat.Edit, "twice  with spaces\nand a line"),
		ChangeDraft(ann, at[1], chat.React, "👍"),
		ChangeDraft(bob, at[1], chat.React, "👍"),
		ChangeDraft(bob, at[1], chat.React, "👍"), // said again under another key
		ChangeDraft(bob, at[1], chat.React, "👍🏽"),
		ChangeDraft(bob, at[1], chat.React, "1️⃣"),
		ChangeDraft(bob, at[1], chat.Unreact, "1️⃣"),
		ChangeDraft(bob, at[1], chat.Unreact, "😀"),
		ChangeDraft(ann, at[2], chat.React, "😀"),
		ChangeDraft(ann, at[2], chat.Unreact, "😀"),
		ChangeDraft(ann, at[3], chat.Edit, "a secret"),
		ChangeDraft(bob, at[3], chat.React, "😀"),
		ChangeDraft(bob, at[3], chat.Delete, ""),
	} {
		r := Publish(t, []bus.Bus{a, b}[i%2], "lobby", d)
		m := inbox.Wait(t, int(r.Seq))[r.Seq-1]
		if logged, err := a.At(context.Background(), "lobby", r.Position); err != nil || !reflect.DeepEqual(logged, m) || !reflect.DeepEqual(m.Draft, d) {
			t.Fatalf("said %+v, logged %+v, relayed %+v, %v", d, logged, m, err)
		}
	}
	want := chat.Changes{
		1: {Edit: 6, Text: "twice  with spaces\nand a line", Reactions: []chat.Reaction{
			{Emoji: "👍", Users: []string{ann.ID, bob.ID}}, {Emoji: "👍🏽", Users: []string{bob.ID}},
		}},
		3: {Deleted: true},
	}
	wantInForce(t, a, want)
	wantInForce(t, b, want)

	log := after(t, a, "lobby", chat.Position{}, plenty)
	wantSeqs(t, log, 1, 18)
	// A part of the log gets what is in force for it, and for what it refers to outside of it.
	for _, c := range []struct {
		from, to int
		seqs     []uint64
	}{{1, 2, nil}, {3, 3, nil}, {2, 3, []uint64{3}}, {4, 5, []uint64{1}}, {4, 18, []uint64{1, 3}}, {0, 18, []uint64{1, 3}}} {
		got := inForce(t, b, log[c.from:c.to])
		if len(got) != len(c.seqs) {
			t.Errorf("for %d to %d in force is %s", c.from, c.to, write(got))
		}
		for _, seq := range c.seqs {
			if !reflect.DeepEqual(got[seq], want[seq]) {
				t.Errorf("for %d to %d in force is %s", c.from, c.to, write(got))
			}
		}
	}
	if got := inForce(t, b, nil); len(got) != 0 {
		t.Errorf("for nothing in force is %s", write(got))
	}
}

func refusesReferences(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	at := sayMany(t, a, "lobby", 3)
	of := after(t, a, "lobby", at[1], 1)[0]
	drafts := func(p chat.Position) []chat.Draft {
		there := of
		there.Seq, there.ID = p.Seq, p.ID
		return []chat.Draft{
			ChangeDraft(ann, p, chat.Edit, "text"), ChangeDraft(ann, p, chat.Delete, ""),
			ChangeDraft(bob, p, chat.React, "👍"), ChangeDraft(bob, p, chat.Unreact, "👍"), ReplyDraft(bob, &there, "text"),
		}
	}
	for _, p := range []chat.Position{{}, {Seq: 2, ID: at[3].ID}, {Seq: 4, ID: "x"}, {Seq: 2}} {
		for _, d := range drafts(p) {
			if err := publishError(b, d); !refusedAs(err, bus.ErrFork) {
				t.Errorf("%+v of %v: %v", d, p, err)
			}
		}
	}
	reply := ReplyDraft(bob, &of, "while it is there")
	Publish(t, b, "lobby", reply)
	if got := before(t, a, "lobby", nil, 1)[0]; !reflect.DeepEqual(got.Draft, reply) {
		t.Fatalf("logged is %+v, said was %+v", got.Draft, reply)
	}
	Publish(t, a, "lobby", ChangeDraft(ann, at[2], chat.Delete, ""))
	for _, d := range drafts(at[2]) {
		if err := publishError(b, d); !refusedAs(err, bus.ErrDeleted) {
			t.Errorf("%+v of what was deleted: %v", d, err)
		}
	}
	// Before anything else counts whether the log is whole.
	_, err := a.Publish(context.Background(), "lobby", chat.Position{Seq: 400, ID: "lost"}, drafts(at[2])[0])
	if !refusedAs(err, bus.ErrRewound) {
		t.Errorf("knowing more than the log has: %v", err)
	}
	wantSeqs(t, after(t, a, "lobby", at[0], plenty), 1, 5)
	if got := inForce(t, b, before(t, a, "lobby", nil, 2)); !got[2].Deleted {
		t.Errorf("for the reply in force is %s", write(got))
	}
}

func claimsChanges(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	at := sayMany(t, a, "lobby", 1)
	edit, remove := ChangeDraft(ann, at[1], chat.Edit, "text"), ChangeDraft(ann, at[1], chat.Delete, "")
	first, last := Publish(t, a, "lobby", edit), Publish(t, a, "lobby", remove)
	edit.Change = &chat.Change{Kind: chat.Edit} // a repeat may differ
	for want, d := range map[bus.Receipt]chat.Draft{first: edit, last: remove} {
		r, err := b.Publish(context.Background(), "lobby", chat.Position{}, d)
		if err != nil || !r.Duplicate || r.Position != want.Position || !r.Time.Equal(want.Time) {
			t.Errorf("repeating got %+v, %v, the first receipt was %+v", r, err, want)
		}
	}
	wantSeqs(t, after(t, a, "lobby", at[0], plenty), 1, 3)
}

func limitsReactions(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	at := sayMany(t, a, "lobby", 1)
	Publish(t, a, "lobby", ChangeDraft(ann, at[1], chat.Edit, "does not count"))
	for i := range chat.MaxReactions {
		Publish(t, a, "lobby", ChangeDraft(chat.User{ID: fmt.Sprint("u", i)}, at[1], chat.React, "👍"))
	}
	if err := publishError(b, ChangeDraft(ann, at[1], chat.React, "👍")); !refusedAs(err, bus.ErrTooManyReactions) {
		t.Fatalf("one more: %v", err)
	}
	for _, kind := range []chat.Kind{chat.React, chat.Unreact} { // one that is there already
		if err := publishError(b, ChangeDraft(chat.User{ID: "u7"}, at[1], kind, "👍")); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
	}
	Publish(t, b, "lobby", ChangeDraft(ann, at[1], chat.React, "👍"))
}

func restoresChanges(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	at := sayMany(t, a, "lobby", 3)
	for _, d := range []chat.Draft{
		ChangeDraft(ann, at[1], chat.Edit, "once"), ChangeDraft(ann, at[1], chat.Edit, "twice"), ChangeDraft(bob, at[1], chat.React, "👍"),
		ChangeDraft(bob, at[2], chat.React, "👍"), ChangeDraft(bob, at[2], chat.Unreact, "👍"), ChangeDraft(ann, at[3], chat.Delete, ""),
	} {
		Publish(t, a, "lobby", d)
	}
	held := after(t, b, "lobby", chat.Position{}, plenty)
	want := inForce(t, b, held)
	for i := range held {
		held[i].Room = "emptied"
	}
	if err := b.Restore(context.Background(), "emptied", held, nil); err != nil {
		t.Fatal(err)
	}
	restored := after(t, a, "emptied", chat.Position{}, plenty)
	if !reflect.DeepEqual(restored, held) {
		t.Fatalf("restored %+v", restored)
	}
	got, err := a.Changes(context.Background(), "emptied", restored)
	if err != nil || !reflect.DeepEqual(got, want) || len(got) != 2 {
		t.Fatalf("in force is %s, %v, want %s", write(got), err, write(want))
	}
}

func remembersDeleted(t *testing.T, make Factory) {
	const retention = 200
	a, b := make(t, retention)
	at := sayMany(t, a, "lobby", 1)
	of := after(t, a, "lobby", at[0], 1)[0]
	Publish(t, a, "lobby", ReplyDraft(bob, &of, "a reply"))
	Publish(t, a, "lobby", ChangeDraft(ann, at[1], chat.Delete, ""))
	replies := before(t, b, "lobby", nil, 2)
	for i := range 8 * retention {
		Say(t, a, "lobby", ann, "hello")
		if i%100 == 0 {
			last := before(t, a, "lobby", nil, 1)[0]
			Publish(t, a, "lobby", ChangeDraft(ann, last.Position(), chat.Delete, ""))
		}
		if kept := i < retention; (kept || i == 8*retention-1) && i%25 == 24 {
			if got := inForce(t, b, replies); (got[1] != nil && got[1].Deleted) != kept {
				t.Fatalf("after %d messages in force is %s", i, write(got))
			}
		}
	}
}
