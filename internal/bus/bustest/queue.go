package bustest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chorus/internal/bus"
	"chorus/tests/testbed"
)

// long is a lease that does not end during a test.
const long = time.Hour

// makeQueues returns two nodes' access to one queue.
func makeQueues(t *testing.T, make Factory, most int) (a, b bus.Queue) {
	t.Helper()
	x, y := make(t, plenty)
	return x.(bus.Queues).Queue("test", most), y.(bus.Queues).Queue("test", most)
}

// add puts items in. Of one millisecond, the one whose id comes first counts as the oldest.
func add(t *testing.T, q bus.Queue, ids ...string) (dropped int) {
	t.Helper()
	for _, id := range ids {
		n, err := q.Add(context.Background(), id, []byte("payload of "+id))
		if err != nil {
			t.Fatalf("add %s: %v", id, err)
		}
		dropped += n
	}
	return dropped
}

// take returns the ids that are lent, sorted.
func take(t *testing.T, q bus.Queue, n int, lease time.Duration) []string {
	t.Helper()
	lent, queued, err := q.Take(context.Background(), n, lease)
	if err != nil {
		t.Fatalf("take: %v", err)
	}
	if len(lent) > n || len(lent) > queued {
		t.Fatalf("%d of %d are lent, asked for were %d", len(lent), queued, n)
	}
	var ids []string
	for _, i := range lent {
		if string(i.Payload) != "payload of "+i.ID || i.Age < 0 || i.Age > time.Minute {
			t.Fatalf("lent is %+v", i)
		}
		ids = append(ids, i.ID)
	}
	slices.Sort(ids)
	return ids
}

func wantIDs(t *testing.T, got []string, want string) {
	t.Helper()
	if strings.Join(got, " ") != want {
		t.Fatalf("lent are %q, want %q", got, want)
	}
}

func queued(t *testing.T, q bus.Queue) int {
	t.Helper()
	_, n, err := q.Take(context.Background(), 0, long)
	if err != nil {
		t.Fatalf("take: %v", err)
	}
	return n
}

func done(t *testing.T, q bus.Queue, id string) {
	t.Helper()
	if err := q.Done(context.Background(), id); err != nil {
		t.Fatalf("done: %v", err)
	}
}

func lendsToOne(t *testing.T, make Factory) {
	a, b := makeQueues(t, make, plenty)
	const items = 40
	for i := range items {
		add(t, a, fmt.Sprint("item-", i))
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	lent := map[string]int{}
	for i := range 8 {
		q := []bus.Queue{a, b}[i%2]
		wg.Go(func() {
			for {
				got, _, err := q.Take(context.Background(), 3, long)
				if err != nil {
					t.Error(err)
				}
				if len(got) == 0 {
					return
				}
				mu.Lock()
				for _, i := range got {
					lent[i.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for id, times := range lent {
		if times != 1 {
			t.Errorf("%s is lent %d times", id, times)
		}
		done(t, b, id)
	}
	if n := queued(t, a); len(lent) != items || n != 0 {
		t.Errorf("%d were lent, %d are left", len(lent), n)
	}
}

func lendsAgain(t *testing.T, make Factory) {
	a, b := makeQueues(t, make, plenty)
	add(t, a, "x", "y")
	wantIDs(t, take(t, a, 10, 300*time.Millisecond), "x y")
	done(t, a, "y")
	wantIDs(t, take(t, b, 10, long), "")
	testbed.Eventually(t, 5*time.Second, "the other node is lent what was not done", func() bool {
		return slices.Equal(take(t, b, 10, long), []string{"x"})
	})
	done(t, a, "x") // late, but done
	if n := queued(t, b); n != 0 {
		t.Errorf("%d are left", n)
	}
}

func putsOff(t *testing.T, make Factory) {
	a, b := makeQueues(t, make, plenty)
	add(t, a, "x")
	wantIDs(t, take(t, a, 1, long), "x")
	for id, delay := range map[string]time.Duration{"x": 200 * time.Millisecond, "gone": 0} {
		if err := a.Later(context.Background(), id, delay); err != nil {
			t.Fatal(err)
		}
	}
	wantIDs(t, take(t, b, 10, long), "")
	testbed.Eventually(t, 5*time.Second, "the delay is over", func() bool {
		lent, n, err := b.Take(context.Background(), 10, long)
		if err != nil || n != 1 {
			t.Fatalf("%d are queued, %v", n, err)
		}
		return len(lent) == 1 && lent[0].Age >= 200*time.Millisecond // it is as old as it was
	})
	if err := b.Later(context.Background(), "x", 0); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, take(t, a, 10, long), "x")
}

func queuesOnce(t *testing.T, make Factory) {
	a, b := makeQueues(t, make, plenty)
	add(t, a, "x", "y")
	if _, err := b.Add(context.Background(), "x", []byte("another payload")); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, take(t, b, 10, long), "x y") // with the first payload
	add(t, a, "x")
	wantIDs(t, take(t, b, 10, long), "")
	done(t, b, "x")
	add(t, a, "x")
	wantIDs(t, take(t, b, 10, long), "x")
}

func dropsOldest(t *testing.T, make Factory) {
	a, b := makeQueues(t, make, 3)
	if n := add(t, a, "a1", "b2", "c3"); n != 0 {
		t.Fatalf("%d were dropped of a queue with room for all", n)
	}
	wantIDs(t, take(t, b, 1, long), "a1") // what is lent is not safe either
	if n := add(t, b, "d4", "e5"); n != 2 {
		t.Fatalf("%d were dropped", n)
	}
	if err := a.Later(context.Background(), "a1", 0); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, take(t, a, 10, long), "c3 d4 e5")
	if n := queued(t, a); n != 3 {
		t.Fatalf("%d are left", n)
	}
}

func endsQueues(t *testing.T, make Factory) {
	node, _ := make(t, plenty)
	q := node.(bus.Queues).Queue("test", plenty)
	calls := map[string]func(context.Context) error{
		"Add":   func(ctx context.Context) error { _, err := q.Add(ctx, "x", nil); return err },
		"Take":  func(ctx context.Context) error { _, _, err := q.Take(ctx, 1, long); return err },
		"Later": func(ctx context.Context) error { return q.Later(ctx, "x", 0) },
		"Done":  func(ctx context.Context) error { return q.Done(ctx, "x") },
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, call := range calls {
		if err := call(cancelled); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled: %v", name, err)
		}
	}
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
	for name, call := range calls {
		if err := call(context.Background()); !errors.Is(err, bus.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
}
