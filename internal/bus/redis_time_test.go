package bus_test

import (
	"errors"
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
	inBubble(t, func(t *testing.T, _ *miniredis.Miniredis, b *bus.Redis) {
		say := func() bus.Receipt {
			r, err := b.Publish(t.Context(), "lobby", chat.Position{}, draft("k"))
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		first := say()
		time.Sleep(bus.ClaimTime - time.Second)
		if again := say(); !again.Duplicate || again.Position != first.Position {
			t.Errorf("just before the end of it a repeat got %+v", again)
		}
		time.Sleep(2 * time.Second)
		if late := say(); late.Duplicate || late.Seq != 2 {
			t.Errorf("after it, a repeat got %+v", late)
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
