package bustest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/tests/testbed"
)

func mailbox(t *testing.T, b bus.Bus, user string) bus.Mailbox {
	t.Helper()
	m, err := b.Mailbox(context.Background(), user)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func notifies(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	ctx := context.Background()
	var inboxes [2]Inbox
	subscribe(t, b, chat.Mailbox(ann.ID), &inboxes[0])
	subscribe(t, b, chat.Mailbox(bob.ID), &inboxes[1])
	older, newer := chat.Direct(ann.ID, bob.ID), chat.Direct(ann.ID, "u-eve")
	for _, room := range []string{older, newer} {
		n := chat.Notice{Room: room, User: ann, Head: Say(t, a, room, ann, "hi").Position}
		for range 2 { // tried again
			if err := a.Notify(ctx, n); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Millisecond) // the lists are ordered by milliseconds
	}
	if got := mailbox(t, b, ann.ID).Direct; !slices.Equal(got, []string{newer, older}) {
		t.Errorf("Ann talks in %v", got)
	}
	if got := mailbox(t, b, bob.ID).Direct; !slices.Equal(got, []string{older}) {
		t.Errorf("Bob talks in %v", got)
	}
	for i, want := range []int{4, 2} {
		testbed.Eventually(t, 10*time.Second, "both are told", func() bool { return len(inboxes[i].Signals()) == want })
	}
	if n := inboxes[1].Signals()[0].Notice; n == nil || n.Room != older || n.User != ann || n.Head.Seq != 1 {
		t.Errorf("Bob is told %+v", n)
	}
	if err := a.Notify(ctx, chat.Notice{Room: "lobby"}); err == nil {
		t.Error("somebody was notified of the lobby")
	}
	for i := range bus.MaxDirect + 1 {
		if err := a.Notify(ctx, chat.Notice{Room: chat.Direct(ann.ID, fmt.Sprint("u-", i))}); err != nil {
			t.Fatal(err)
		}
	}
	if got := mailbox(t, a, ann.ID).Direct; len(got) != bus.MaxDirect || slices.Contains(got, older) {
		t.Errorf("Ann talks in %d rooms", len(got))
	}
}

func marksRead(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	ctx := context.Background()
	room := chat.Direct(ann.ID, bob.ID)
	at := sayMany(t, a, room, 5)
	var inbox, partner Inbox
	subscribe(t, b, chat.Mailbox(ann.ID), &inbox)
	subscribe(t, b, room, &partner)
	for _, c := range []struct{ to, head, want chat.Position }{
		{at[2], at[5], at[2]},
		{at[4], at[5], at[4]},
		{at[3], at[5], at[4]}, // another device is slower
		{at[4], at[5], at[4]},
		{at[3], at[3], at[3]}, // the log has lost what came after
	} {
		got, err := a.MarkRead(ctx, chat.ReadMark{Room: room, User: ann.ID, At: c.to}, c.head)
		if err != nil || got != c.want {
			t.Fatalf("a mark to %v: %v, %v, want %v", c.to, got, err, c.want)
		}
		if kept, err := b.ReadMark(ctx, ann.ID, room); err != nil || kept != c.want {
			t.Fatalf("the mark is %v, %v, want %v", kept, err, c.want)
		}
	}
	if got, err := b.ReadMark(ctx, ann.ID, "lobby"); err != nil || !got.IsZero() {
		t.Errorf("a mark that nobody made: %v, %v", got, err)
	}
	for _, i := range []*Inbox{&inbox, &partner} {
		testbed.Eventually(t, 10*time.Second, "each move is told once", func() bool { return len(i.Signals()) == 3 })
		if r := i.Signals()[1].Read; r == nil || *r != (chat.ReadMark{Room: room, User: ann.ID, At: at[4]}) {
			t.Errorf("told %+v", r)
		}
	}
	if _, err := a.MarkRead(ctx, chat.ReadMark{Room: "lobby", User: ann.ID, At: at[1]}, at[1]); err != nil {
		t.Fatal(err)
	}
	if got := mailbox(t, b, ann.ID).Read; len(got) != 2 || got[room] != at[3] || got["lobby"] != at[1] {
		t.Errorf("marks %v", got)
	}
	for i := range bus.MaxMarks - 2 {
		if _, err := a.MarkRead(ctx, chat.ReadMark{Room: fmt.Sprint("room-", i), User: ann.ID, At: at[1]}, at[1]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.MarkRead(ctx, chat.ReadMark{Room: "one-more", User: ann.ID, At: at[1]}, at[1]); !errors.Is(err, bus.ErrTooManyMarks) {
		t.Errorf("a mark too many: %v", err)
	}
	if _, err := a.MarkRead(ctx, chat.ReadMark{Room: "lobby", User: ann.ID, At: at[2]}, at[2]); err != nil {
		t.Errorf("a mark that was there: %v", err)
	}
}

func introduces(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	ctx := context.Background()
	renamed := bob
	renamed.Name, renamed.Avatar = "Robert", "https://example.com/bob.png"
	for _, u := range []chat.User{ann, bob, renamed} {
		if err := a.Introduce(ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	got, err := b.Introduced(ctx, []string{ann.ID, "u-nobody", bob.ID})
	if err != nil || len(got) != 2 || got[ann.ID] != ann || got[bob.ID] != renamed {
		t.Errorf("known: %v, %v", got, err)
	}
}
