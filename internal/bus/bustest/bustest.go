// Package bustest holds the rules that every bus.Bus keeps, as tests.
package bustest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
	"chorus/tests/testbed"
)

// RosterSize is how many users of a room the buses name.
const RosterSize = 3

// Factory returns two nodes' buses over the same, empty logs with room for retention messages
// in each, and closes them when the test ends.
type Factory func(t *testing.T, retention int) (a, b bus.Bus)

// Run checks the rules on what make returns.
func Run(t *testing.T, make Factory) {
	for _, rule := range []struct {
		name  string
		check func(t *testing.T, make Factory)
	}{
		{"a log numbers and chains its messages", numbersAndChains},
		{"what was said comes back as it was said", keepsContent},
		{"rooms have nothing to do with each other", keepsRoomsApart},
		{"a key is stored once", claimsKeys},
		{"a key repeated at the same time is stored once", claimsKeysConcurrently},
		{"what is published at the same time is answered each for itself", publishesTogether},
		{"reading after a position goes on in pages", readsAfter},
		{"reading before a position goes back in pages", readsBefore},
		{"a position that is not in the log is a fork", refusesForeignPositions},
		{"a log that was rewound is not continued", refusesToContinueRewound},
		{"what the log has need not be restored", restoresNothing},
		{"an empty log is restored, in one order by all", restoresEmpty},
		{"old messages are dropped, and that is said", expires},
		{"a message is found at its position", findsAt},
		{"changes are entries, and what is in force is known", changes},
		{"what refers to nothing, or to what was deleted, is refused", refusesReferences},
		{"a repeated change is answered whatever has happened since", claimsChanges},
		{"a message has so many reactions and no more", limitsReactions},
		{"restored changes are in force again", restoresChanges},
		{"what was deleted is known as long as something may refer to it", remembersDeleted},
		{"acts of moderators are entries, and who is sanctioned is known", acts},
		{"who is muted or banned is refused, unless it was said before", refusesSanctioned},
		{"sanctions end", endsSanctions},
		{"restored sanctions are in force again", restoresSanctions},
		{"what is published after Subscribe returns is relayed", relaysAtOnce},
		{"all nodes are relayed the log's order", relaysInOrder},
		{"a signal is relayed to all, and not logged", relaysSignals},
		{"a user comes and goes once, whatever the number of nodes", presentOnce},
		{"each change leads from one roster to the next", chainsRosters},
		{"a node that has died takes nobody else with it", reaps},
		{"of a crowd only the number is told", countsCrowds},
		{"rooms in which somebody is are listed in pages", listsRooms},
		{"who comes and goes is announced, once where nobody dies", announcesComings},
		{"what could not be announced is announced again", announcesComingsAgain},
		{"what a node could not announce before it died is announced by others", announcesForTheDead},
		{"a room keeps so many comings and no more", boundsComings},
		{"a crowd that comes or goes is announced whole", announcesCrowds},
		{"of two nodes that announce at the same time none takes anything off the other", announcesTogether},
		{"a notice is in both users' lists, and told to both", notifies},
		{"a read mark moves forward only", marksRead},
		{"what users are called is known to those who have not met them", introduces},
		{"a room has one subscription, until it is closed", subscribesOnce},
		{"all nodes have one secret", sharesSecret},
		{"an item of a queue is lent to one at a time", lendsToOne},
		{"an item that is not done in time is lent again", lendsAgain},
		{"an item can be put off, and only while it is there", putsOff},
		{"an id is in a queue once", queuesOnce},
		{"a full queue drops its oldest items", dropsOldest},
		{"a cancelled call of a queue fails, and so does all after Close", endsQueues},
		{"a cancelled call fails, and so does all after Close", ends},
	} {
		t.Run(rule.name, func(t *testing.T) { rule.check(t, make) })
	}
}

const plenty = 1000

var (
	ann = chat.User{ID: "u-ann", Name: "Ann"}
	bob = chat.User{ID: "u-bob", Name: "Bob"}
)

// Say publishes a text under a new key.
func Say(t testing.TB, b bus.Bus, room string, u chat.User, text string) bus.Receipt {
	t.Helper()
	r, err := b.Publish(context.Background(), room, chat.Position{}, chat.Draft{Key: chat.NewID(), User: u, Text: text})
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	return r
}

func sayMany(t *testing.T, b bus.Bus, room string, n int) []chat.Position {
	t.Helper()
	positions := []chat.Position{{}} // positions[seq]
	for i := range n {
		positions = append(positions, Say(t, b, room, ann, fmt.Sprint("message ", i+1)).Position)
	}
	return positions
}

func after(t *testing.T, b bus.Bus, room string, since chat.Position, limit int) []chat.Message {
	t.Helper()
	messages, err := b.After(context.Background(), room, since, limit)
	if err != nil {
		t.Fatalf("after %v: %v", since, err)
	}
	return messages
}

func before(t *testing.T, b bus.Bus, room string, pos *chat.Position, limit int) []chat.Message {
	t.Helper()
	messages, err := b.Before(context.Background(), room, pos, limit)
	if err != nil {
		t.Fatalf("before %v: %v", pos, err)
	}
	return messages
}

// wantSeqs checks that the messages are those from first to last and form a chain.
func wantSeqs(t *testing.T, messages []chat.Message, first, last uint64) {
	t.Helper()
	if uint64(len(messages)) != last-first+1 {
		t.Fatalf("%d messages, want those from %d to %d", len(messages), first, last)
	}
	for i, m := range messages {
		if m.Seq != first+uint64(i) {
			t.Fatalf("message %d has seq %d, want %d", i, m.Seq, first+uint64(i))
		}
		if i > 0 && !m.Follows(messages[i-1].Position()) {
			t.Fatalf("message %d does not follow the one before it", m.Seq)
		}
	}
}

func numbersAndChains(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	start := time.Now().Add(-time.Minute)
	first := Say(t, a, "lobby", ann, "hello")
	second := Say(t, b, "lobby", bob, "hi")
	if first.Seq != 1 || second.Seq != 2 || first.ID == second.ID || first.ID == "" {
		t.Fatalf("receipts %+v and %+v", first, second)
	}
	if first.Duplicate || first.Time.Before(start) || second.Time.Before(first.Time) {
		t.Fatalf("receipts %+v and %+v", first, second)
	}
	messages := after(t, b, "lobby", chat.Position{}, 10)
	wantSeqs(t, messages, 1, 2)
	if m := messages[0]; m.Position() != first.Position || m.Prev != "" || !m.Time.Equal(first.Time) || m.Room != "lobby" {
		t.Fatalf("logged %+v, receipt %+v", m, first)
	}
	if m := messages[1]; m.Position() != second.Position || m.Prev != first.ID {
		t.Fatalf("logged %+v, receipt %+v", m, second)
	}
}

func keepsContent(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	inbox := &Inbox{}
	subscribe(t, b, "café-聊天", inbox)
	for i, text := range []string{
		"plain", "two\nlines\twith a tab", `"quotes" and \backslashes\`, "语言 🎵 e\u0301", "{}[]:, %s *",
		"<script>alert(1)</script> &amp;", " spaces around ", "\u2028",
	} {
		d := chat.Draft{Key: chat.NewID(), User: chat.User{ID: "u1", Name: `Zoë "Z" O'Hara 🎵`}, Text: text}
		if _, err := a.Publish(context.Background(), "café-聊天", chat.Position{}, d); err != nil {
			t.Fatal(err)
		}
		relayed := inbox.Wait(t, i+1)[i]
		logged := before(t, b, "café-聊天", nil, 1)[0]
		if logged.Draft != d || relayed != logged {
			t.Fatalf("said %+v, logged %+v, relayed %+v", d, logged, relayed)
		}
	}
}

func keepsRoomsApart(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	inbox := &Inbox{}
	subscribe(t, b, "one", inbox)
	Say(t, a, "two", ann, "in two")
	if r := Say(t, a, "one", ann, "in one"); r.Seq != 1 {
		t.Fatalf("the first message of a room has seq %d", r.Seq)
	}
	if got := inbox.Wait(t, 1); got[0].Text != "in one" {
		t.Fatalf("relayed %+v", got)
	}
	wantSeqs(t, before(t, b, "two", nil, 10), 1, 1)
	if got := after(t, b, "never", chat.Position{}, 10); len(got) != 0 {
		t.Fatalf("a room where nothing was said has %+v", got)
	}
}

func claimsKeys(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	d := chat.Draft{Key: "k", User: ann, Text: "once"}
	first, err := a.Publish(context.Background(), "lobby", chat.Position{}, d)
	if err != nil {
		t.Fatal(err)
	}
	Say(t, a, "lobby", bob, "in between")
	d.Text = "a repeat may even differ"
	again, err := b.Publish(context.Background(), "lobby", chat.Position{}, d)
	if err != nil {
		t.Fatal(err)
	}
	if !again.Duplicate || again.Position != first.Position || !again.Time.Equal(first.Time) {
		t.Fatalf("the first receipt was %+v, the repeat's is %+v", first, again)
	}
	d.User = bob
	other, err := b.Publish(context.Background(), "lobby", chat.Position{}, d)
	if err != nil || other.Duplicate || other.Seq != 3 {
		t.Fatalf("another user's same key: %+v, %v", other, err)
	}
	wantSeqs(t, after(t, a, "lobby", chat.Position{}, 10), 1, 3)
}

func claimsKeysConcurrently(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	var wg sync.WaitGroup
	var mu sync.Mutex
	receipts := map[chat.Position]int{}
	originals := 0
	for i := range 20 {
		node := []bus.Bus{a, b}[i%2]
		wg.Go(func() {
			r, err := node.Publish(context.Background(), "lobby", chat.Position{}, chat.Draft{Key: "k", User: ann, Text: "once"})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			receipts[r.Position]++
			if !r.Duplicate {
				originals++
			}
		})
	}
	wg.Wait()
	if len(receipts) != 1 || originals != 1 {
		t.Fatalf("%d originals, receipts %v", originals, receipts)
	}
	wantSeqs(t, after(t, a, "lobby", chat.Position{}, 10), 1, 1)
}

func readsAfter(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	at := sayMany(t, a, "lobby", 10)
	wantSeqs(t, after(t, b, "lobby", at[0], 4), 1, 4)
	wantSeqs(t, after(t, b, "lobby", at[4], 4), 5, 8)
	wantSeqs(t, after(t, b, "lobby", at[8], 4), 9, 10)
	if got := after(t, b, "lobby", at[10], 4); len(got) != 0 {
		t.Fatalf("after the head there is %+v", got)
	}
}

func readsBefore(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	at := sayMany(t, a, "lobby", 10)
	wantSeqs(t, before(t, b, "lobby", nil, 4), 7, 10)
	wantSeqs(t, before(t, b, "lobby", &at[7], 4), 3, 6)
	wantSeqs(t, before(t, b, "lobby", &at[3], 4), 1, 2)
	for _, pos := range []*chat.Position{&at[1], &at[0]} {
		if got := before(t, b, "lobby", pos, 4); len(got) != 0 {
			t.Fatalf("before %v there is %+v", *pos, got)
		}
	}
	if got := before(t, b, "silent", nil, 4); len(got) != 0 {
		t.Fatalf("a silent room has %+v", got)
	}
	heads, err := b.Heads(context.Background(), []string{"silent", "lobby"})
	if err != nil || len(heads) != 2 || heads["silent"] != (chat.Position{}) || heads["lobby"] != at[10] {
		t.Fatalf("the heads are %v, %v", heads, err)
	}
}

func refusesForeignPositions(t *testing.T, make Factory) {
	a, _ := make(t, plenty)
	at := sayMany(t, a, "lobby", 3)
	for name, pos := range map[string]chat.Position{
		"another id":        {Seq: 2, ID: at[3].ID},
		"no id":             {Seq: 2},
		"another id, head":  {Seq: 3, ID: "x"},
		"right beyond head": {Seq: 4, ID: "x"},
		"an id before all":  {Seq: 0, ID: at[3].ID},
		"far beyond head":   {Seq: 1 << 40, ID: at[3].ID},
	} {
		if got, err := a.After(context.Background(), "lobby", pos, 10); !errors.Is(err, bus.ErrFork) {
			t.Errorf("after %s: %v, %v", name, got, err)
		}
		if got, err := a.Before(context.Background(), "lobby", &pos, 10); !errors.Is(err, bus.ErrFork) {
			t.Errorf("before %s: %v, %v", name, got, err)
		}
	}
}

func expires(t *testing.T, make Factory) {
	const retention = 200
	a, b := make(t, retention)
	at := sayMany(t, a, "lobby", 3*retention)
	kept := before(t, b, "lobby", nil, 10*retention)
	if len(kept) < retention || len(kept) > 2*retention {
		t.Fatalf("%d messages are kept, at least %d should be", len(kept), retention)
	}
	first := kept[0].Seq
	wantSeqs(t, kept, first, 3*retention)
	for _, pos := range []chat.Position{at[0], at[1], at[first-2]} {
		if got, err := b.After(context.Background(), "lobby", pos, 10); !errors.Is(err, bus.ErrExpired) {
			t.Errorf("after %d, with %d the first one kept: %v, %v", pos.Seq, first, got, err)
		}
	}
	wantSeqs(t, after(t, b, "lobby", at[first-1], 3), first, first+2) // nothing was missed
	if got := before(t, b, "lobby", &at[first-1], 3); len(got) != 0 {
		t.Fatalf("before what was dropped there is %+v", got)
	}
}

func sharesSecret(t *testing.T, make Factory) {
	a, b := make(t, plenty)
	first, err := a.Secret(context.Background(), "one")
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.Secret(context.Background(), "two")
	if err != nil || first != "one" || second != "one" {
		t.Fatalf("secrets %q and %q, %v", first, second, err)
	}
}

func ends(t *testing.T, make Factory) {
	a, _ := make(t, plenty)
	testbed.Eventually(t, 5*time.Second, "ready", func() bool { return a.Ready(context.Background()) == nil })
	draft := chat.Draft{Key: "k", User: ann, Text: "hi"}
	calls := map[string]func(context.Context) error{
		"Publish":   func(ctx context.Context) error { _, err := a.Publish(ctx, "r", chat.Position{}, draft); return err },
		"Signal":    func(ctx context.Context) error { return a.Signal(ctx, "r", chat.Signal{Typing: &ann}) },
		"After":     func(ctx context.Context) error { _, err := a.After(ctx, "r", chat.Position{}, 1); return err },
		"Before":    func(ctx context.Context) error { _, err := a.Before(ctx, "r", nil, 1); return err },
		"Subscribe": func(ctx context.Context) error { _, err := a.Subscribe(ctx, "r", &Inbox{}); return err },
		"At":        func(ctx context.Context) error { _, err := a.At(ctx, "r", chat.Position{Seq: 1, ID: "x"}); return err },
		"Changes": func(ctx context.Context) error {
			_, err := a.Changes(ctx, "r", []chat.Message{{Room: "r", Seq: 1, ID: "x"}})
			return err
		},
		"Sanctions": func(ctx context.Context) error { _, err := a.Sanctions(ctx, "r"); return err },
		"Heads":     func(ctx context.Context) error { _, err := a.Heads(ctx, []string{"r"}); return err },
		"Restore": func(ctx context.Context) error {
			return a.Restore(ctx, "r", []chat.Message{{Room: "r", Seq: 1, ID: "x"}}, nil)
		},
		"Secret": func(ctx context.Context) error { _, err := a.Secret(ctx, "s"); return err },
		"Ready":  func(ctx context.Context) error { return a.Ready(ctx) },
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, call := range calls {
		if err := call(cancelled); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled: %v", name, err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	for name, call := range calls {
		if err := call(context.Background()); !errors.Is(err, bus.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
}
