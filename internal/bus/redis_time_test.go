package bus_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"

	"chorus/internal/bus"
	"chorus/internal/bus/bustest"
	"chorus/internal/chat"
)

// inBubble runs a test over a miniredis in which time passes when everybody waits.
func inBubble(t *testing.T, test func(t *testing.T, m *miniredis.Miniredis, b *bus.Redis)) {
	synctest.Test(t, func(t *testing.T) {
		m := miniredis.NewMiniRedis()
		m.ClockTTL(true)
		b, err := bus.NewRedisOver(m.Dial, bus.Options{Retention: 100}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		test(t, m, b)
		b.Close()
		m.Close()
	})
}

func TestAKeyIsClaimedForTenMinutes(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *miniredis.Miniredis, b *bus.Redis) { claimsForTenMinutes(t, b) })
	synctest.Test(t, func(t *testing.T) { claimsForTenMinutes(t, bus.NewMemory(bus.Options{Retention: 100})) })
}

// claimsForTenMinutes says something each minute and repeats it just before and just after the end of its
// claim, for long enough that whatever keeps claims together has to let some of them go, and others not.
func claimsForTenMinutes(t *testing.T, b bus.Bus) {
	say := func(minute int) bus.Receipt {
		r, err := b.Publish(t.Context(), "lobby", chat.Position{}, draft(fmt.Sprint("k", minute)))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := make(map[int]bus.Receipt)
	for minute := range 45 {
		old := minute - int(bus.ClaimTime/time.Minute)
		if old >= 0 {
			if again := say(old); !again.Duplicate || again.Position != first[old].Position || !again.Time.Equal(first[old].Time) {
				t.Errorf("%T: what was said in minute %d is, a second before the end of its claim, %+v", b, old, again)
			}
		}
		time.Sleep(time.Second)
		first[minute] = say(minute)
		time.Sleep(time.Second)
		if old >= 0 {
			if late := say(old); late.Duplicate {
				t.Errorf("%T: what was said in minute %d is, a second after the end of its claim, %+v", b, old, late)
			}
		}
		time.Sleep(58 * time.Second)
	}
}

// A claim that was put back is one on what was said then, not now.
func TestARestoredClaimEndsAsItWouldHave(t *testing.T) {
	test := func(t *testing.T, b bus.Bus, forget func()) {
		first := bustest.Say(t, b, "lobby", ann, "the first")
		d := draft("k")
		r, err := b.Publish(t.Context(), "lobby", first.Position, d)
		if err != nil {
			t.Fatal(err)
		}
		held, err := b.After(t.Context(), "lobby", chat.Position{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(bus.ClaimTime - time.Minute)
		forget()
		if err := b.Restore(t.Context(), "lobby", held, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(59 * time.Second)
		if again, err := b.Publish(t.Context(), "lobby", r.Position, d); err != nil || !again.Duplicate || again.Position != r.Position {
			t.Errorf("%T: before its end a repeat got %+v, %v", b, again, err)
		}
		time.Sleep(2 * time.Second)
		if late, err := b.Publish(t.Context(), "lobby", r.Position, d); err != nil || late.Duplicate {
			t.Errorf("%T: after its end a repeat got %+v, %v", b, late, err)
		}
	}
	inBubble(t, func(t *testing.T, m *miniredis.Miniredis, b *bus.Redis) { test(t, b, m.FlushAll) })
	synctest.Test(t, func(t *testing.T) {
		b := bus.NewMemory(bus.Options{Retention: 100})
		test(t, b, func() { b.Rewind("lobby", 0) })
	})
}

func TestClaimsAreKeptForTwoClaimTimesAtMost(t *testing.T) {
	inBubble(t, func(t *testing.T, m *miniredis.Miniredis, b *bus.Redis) {
		claims := func() (n int) {
			for _, key := range m.Keys() {
				if !strings.Contains(key, ":claims") {
					continue
				}
				if left := m.TTL(key); left <= 0 || left > 2*bus.ClaimTime+time.Minute {
					t.Errorf("%s expires in %s", key, left)
				}
				fields, err := m.HKeys(key)
				if err != nil {
					t.Fatal(err)
				}
				n += len(fields) - 1 // without when it was begun
			}
			return n
		}
		for range 90 {
			bustest.Say(t, b, "lobby", ann, "hello")
			if n := claims(); n > 2*10+1 {
				t.Fatalf("%d claims are kept", n)
			}
			time.Sleep(time.Minute)
		}
		time.Sleep(2 * bus.ClaimTime)
		if n := claims(); n != 0 {
			t.Fatalf("%d claims are left of a room that is quiet", n)
		}
	})
}

// The relay may fail although the message is stored. Then the sender is told that the outcome is not
// known, and whoever missed the message sees it by the next one.
func TestAFailureInTheMiddleOfTheScript(t *testing.T) {
	inBubble(t, func(t *testing.T, m *miniredis.Miniredis, b *bus.Redis) {
		inbox := &bustest.Inbox{}
		if _, err := b.Subscribe(t.Context(), "lobby", inbox); err != nil {
			t.Fatal(err)
		}
		var failing atomic.Bool
		failing.Store(true)
		m.Server().SetPreHook(func(p *server.Peer, command string, args ...string) bool {
			if failing.Load() && strings.EqualFold(command, "PUBLISH") && args[0] == "chorus:{lobby}" {
				p.WriteError("ERR out of order")
				return true
			}
			return false
		})
		if _, err := b.Publish(t.Context(), "lobby", chat.Position{}, draft("k")); !errors.Is(err, bus.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		failing.Store(false)
		again, err := b.Publish(t.Context(), "lobby", chat.Position{}, draft("k"))
		stored := wantOnce(t, b)
		if err != nil || !again.Duplicate || again.Position != stored.Position() {
			t.Fatalf("the repeat got %+v, %v", again, err)
		}
		bustest.Say(t, b, "lobby", ann, "next")
		synctest.Wait()
		got := inbox.Messages()
		if len(got) != 1 || got[0].Text != "next" || !got[0].Follows(again.Position) {
			t.Fatalf("relayed %+v", got)
		}
	})
}
