package bustest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/tests/testbed"
)

var mod = chat.User{ID: "u-mod", Name: "Mod"}

// ActDraft returns a draft by which a moderator does something to a user.
func ActDraft(kind chat.ActKind, u chat.User, until time.Time) chat.Draft {
	return chat.Draft{Key: chat.NewID(), User: mod, Act: &chat.Act{Kind: kind, User: chat.User{ID: u.ID, Name: u.Name}, Until: until}}
}

// inMS returns the time in so many milliseconds, as it can be kept.
func inMS(n int) time.Time {
	return time.Now().Add(time.Duration(n) * time.Millisecond).UTC().Truncate(time.Millisecond)
}

func wantSanctions(t *testing.T, b bus.Bus, room string, want ...chat.Sanction) {
	t.Helper()
	got, err := b.Sanctions(context.Background(), room)
	if err != nil || len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Fatalf("the sanctions are %+v, %v, want %+v", got, err, want)
	}
}

// sayAs publishes a new text with a standing.
func sayAs(b bus.Bus, u chat.User, standing chat.Standing) error {
	return publishError(b, chat.Draft{Key: chat.NewID(), User: u, Text: "hi", Standing: standing})
}

func wantRefused(t *testing.T, err error, kind chat.ActKind, until time.Time) {
	t.Helper()
	var refused *bus.SanctionError
	if !errors.As(err, &refused) || errors.Is(err, bus.ErrUnavailable) || refused.Kind != kind || !refused.Until.Equal(until) {
		t.Fatalf("got %v, want that it is refused by a %s until %v", err, kind, until)
	}
}

func acts(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	inbox := &Inbox{}
	subscribe(t, b, "lobby", inbox)
	wantSanctions(t, a, "lobby")
	hour, day := inMS(3600e3), inMS(86400e3)
	for i, d := range []chat.Draft{
		ActDraft(chat.Mute, ann, hour), ActDraft(chat.Mute, ann, day), ActDraft(chat.Ban, ann, time.Time{}), ActDraft(chat.Kick, bob, time.Time{}),
		ActDraft(chat.Ban, chat.User{ID: "u-nameless"}, hour), ActDraft(chat.Mute, bob, hour), ActDraft(chat.Unmute, bob, time.Time{}),
		ActDraft(chat.Unban, bob, time.Time{}),
	} {
		d.Text = []string{"", "a reason"}[i%2]
		r := Publish(t, []bus.Bus{a, b}[i%2], "lobby", d)
		m := inbox.Wait(t, int(r.Seq))[r.Seq-1]
		if logged, err := a.At(context.Background(), "lobby", r.Position); err != nil || !reflect.DeepEqual(logged, m) || !reflect.DeepEqual(m.Draft, d) {
			t.Fatalf("done %+v, logged %+v, relayed %+v, %v", d, logged, m, err)
		}
	}
	want := []chat.Sanction{
		{User: ann, Kind: chat.Ban}, {User: ann, Kind: chat.Mute, Until: day}, {User: chat.User{ID: "u-nameless"}, Kind: chat.Ban, Until: hour},
	}
	wantSanctions(t, a, "lobby", want...)
	wantSanctions(t, b, "lobby", want...)
	wantSanctions(t, b, "elsewhere")
}

func refusesSanctioned(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	first := chat.Draft{Key: "k", User: bob, Text: "before"}
	stored := Publish(t, a, "lobby", first)
	hour := inMS(3600e3)

	Publish(t, a, "lobby", ActDraft(chat.Mute, bob, hour))
	wantRefused(t, sayAs(b, bob, chat.Judged), chat.Mute, hour)
	wantRefused(t, publishError(b, ChangeDraft(bob, stored.Position, chat.Edit, "edited")), chat.Mute, hour)
	wantRefused(t, publishError(b, ChangeDraft(bob, stored.Position, chat.React, "👍")), chat.Mute, hour)
	by := ActDraft(chat.Kick, ann, time.Time{})
	by.User = bob
	wantRefused(t, publishError(b, by), chat.Mute, hour)
	if r := Publish(t, b, "lobby", first); !r.Duplicate || r.Position != stored.Position {
		t.Fatalf("the repeat of what was said before got %+v", r)
	}
	Publish(t, a, "elsewhere", chat.Draft{Key: "k2", User: bob, Text: "not muted here"})

	Publish(t, a, "lobby", ActDraft(chat.Ban, bob, time.Time{}))
	wantRefused(t, sayAs(b, bob, chat.Judged), chat.Ban, time.Time{}) // rather than what ends sooner
	if err := sayAs(b, bob, chat.Exempt); err != nil {
		t.Fatalf("an administrator: %v", err)
	}
	_, err := b.Publish(context.Background(), "lobby", chat.Position{Seq: 100, ID: "lost"}, chat.Draft{Key: "k3", User: bob, Text: "hi"})
	if !refusedAs(err, bus.ErrRewound) { // which may have to bring the sanctions back first
		t.Fatalf("in a log that was rewound: %v", err)
	}
	Publish(t, b, "lobby", ActDraft(chat.Unban, bob, time.Time{}))
	wantRefused(t, sayAs(b, bob, chat.Judged), chat.Mute, hour)
	Publish(t, b, "lobby", ActDraft(chat.Unmute, bob, time.Time{}))
	if err := sayAs(b, bob, chat.Judged); err != nil {
		t.Fatalf("when all is over: %v", err)
	}

	wantRefused(t, sayAs(b, ann, chat.Silenced), chat.Mute, time.Time{})
	first.Standing = chat.Silenced
	if r := Publish(t, b, "lobby", first); !r.Duplicate {
		t.Fatalf("a repeat of somebody who is silenced got %+v", r)
	}
}

func endsSanctions(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	soon := inMS(1000)
	Publish(t, a, "lobby", ActDraft(chat.Ban, bob, soon))
	Publish(t, a, "lobby", ActDraft(chat.Mute, ann, soon))
	Publish(t, a, "lobby", ActDraft(chat.Kick, ann, time.Time{}))
	wantRefused(t, sayAs(b, bob, chat.Judged), chat.Ban, soon)
	testbed.Eventually(t, 10*time.Second, "Bob may speak again", func() bool { return sayAs(b, bob, chat.Judged) == nil })
	if time.Now().Before(soon) {
		t.Fatal("the ban ended too soon")
	}
	wantSanctions(t, a, "lobby")
	if err := sayAs(b, ann, chat.Judged); err != nil {
		t.Fatal(err)
	}
}

func restoresSanctions(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	hour := inMS(3600e3)
	for _, d := range []chat.Draft{
		ActDraft(chat.Ban, bob, time.Time{}), ActDraft(chat.Mute, ann, time.Time{}), ActDraft(chat.Unmute, ann, time.Time{}),
		ActDraft(chat.Mute, mod, hour), ActDraft(chat.Kick, ann, time.Time{}),
	} {
		d.Standing = chat.Exempt
		Publish(t, a, "lobby", d)
	}
	held := after(t, b, "lobby", chat.Position{}, plenty)
	// What somebody said before they were banned is put back all the same.
	d := chat.Draft{Key: "k", User: bob, Text: "hi"}
	held = append(held, chat.Message{Seq: 6, ID: "six", Prev: held[4].ID, Time: held[4].Time, Draft: d})
	for i := range held {
		held[i].Room = "emptied"
	}
	if err := b.Restore(context.Background(), "emptied", held, nil); err != nil {
		t.Fatal(err)
	}
	if restored := after(t, a, "emptied", chat.Position{}, plenty); !reflect.DeepEqual(restored, held) {
		t.Fatalf("restored %+v", restored)
	}
	want := []chat.Sanction{{User: bob, Kind: chat.Ban}, {User: mod, Kind: chat.Mute, Until: hour}}
	wantSanctions(t, a, "emptied", want...)
	d.Key = "another"
	_, err := a.Publish(context.Background(), "emptied", chat.Position{}, d)
	wantRefused(t, err, chat.Ban, time.Time{})

	// A node knows what holds though it remembers no more than the last message.
	last := held[5]
	last.Room = "lost"
	if err := b.Restore(context.Background(), "lost", []chat.Message{last}, want); err != nil {
		t.Fatal(err)
	}
	wantSanctions(t, a, "lost", want...)
	if err := b.Restore(context.Background(), "lost", []chat.Message{last}, []chat.Sanction{}); err != nil {
		t.Fatal(err)
	}
	wantSanctions(t, a, "lost", want...) // nothing was to be put back
	next := last
	next.Seq, next.ID, next.Prev, next.Key = 7, "seven", "six", "k7"
	if err := b.Restore(context.Background(), "lost", []chat.Message{last, next}, []chat.Sanction{}); err != nil {
		t.Fatal(err)
	}
	wantSanctions(t, a, "lost")
}
