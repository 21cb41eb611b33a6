package bus_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"chorus/internal/bus"
	"chorus/internal/bus/bustest"
	"chorus/internal/chat"
	"chorus/tests/testbed"
)

// answerTime is what users are promised when Redis does not answer.
const answerTime = 3 * time.Second

var ann = chat.User{ID: "u-ann", Name: "Ann"}

func draft(key string) chat.Draft { return chat.Draft{Key: key, User: ann, Text: "hello"} }

func wantUnavailable(t *testing.T, b bus.Bus, key string) {
	t.Helper()
	start := time.Now()
	_, err := b.Publish(t.Context(), "lobby", chat.Position{}, draft(key))
	if took := time.Since(start); !errors.Is(err, bus.ErrUnavailable) || took > answerTime {
		t.Fatalf("got %v after %s", err, took)
	}
}

// wantOnce checks that the room has one message, and returns it.
func wantOnce(t *testing.T, b bus.Bus) chat.Message {
	t.Helper()
	messages, err := b.After(t.Context(), "lobby", chat.Position{}, 10)
	if err != nil || len(messages) != 1 {
		t.Fatalf("the log has %+v, %v", messages, err)
	}
	return messages[0]
}

func TestAnAnswerThatIsLostDoesNotDoubleTheMessage(t *testing.T) {
	proxy := testbed.StartProxy(t, miniredis.RunT(t).Addr())
	b := connect(t, "redis://"+proxy.Addr(), 100)
	bustest.Say(t, b, "elsewhere", ann, "so that the script is known")
	proxy.Mute(true)
	wantUnavailable(t, b, "k") // but it was stored
	proxy.Mute(false)
	var again bus.Receipt
	testbed.Eventually(t, 10*time.Second, "the repeat is answered", func() bool {
		var err error
		again, err = b.Publish(t.Context(), "lobby", chat.Position{}, draft("k"))
		return err == nil
	})
	if stored := wantOnce(t, b); again.Position != stored.Position() || !again.Duplicate {
		t.Fatalf("the repeat got %+v, stored is %+v", again, stored)
	}
}

func TestARedisThatForgotTheScriptIsGivenItAgain(t *testing.T) {
	redis := testbed.StartRedis(t)
	b := connect(t, redis.URL(), 100)
	admin := redis.Client()
	defer admin.Close()
	for range 3 {
		if err := admin.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		bustest.Say(t, b, "lobby", ann, "hello")
	}
}

func TestARedisThatIsNotThereIsFoundWhenItComes(t *testing.T) {
	redis := testbed.StartRedis(t)
	redis.Kill()
	b := connect(t, redis.URL(), 100)
	wantUnavailable(t, b, "k")
	if err := b.Ready(t.Context()); !errors.Is(err, bus.ErrUnavailable) {
		t.Fatalf("ready: %v", err)
	}
	if _, err := b.Subscribe(t.Context(), "lobby", &bustest.Inbox{}); !errors.Is(err, bus.ErrUnavailable) {
		t.Fatalf("subscribe: %v", err)
	}
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	inbox := &bustest.Inbox{}
	testbed.Eventually(t, 10*time.Second, "a subscription", func() bool {
		_, err := b.Subscribe(t.Context(), "lobby", inbox)
		return err == nil
	})
	bustest.Say(t, b, "lobby", ann, "hello")
	inbox.Wait(t, 1)
	testbed.Eventually(t, 10*time.Second, "ready", func() bool { return b.Ready(t.Context()) == nil })
}

func TestAPausedRedisIsReportedInTimeAndDoublesNothing(t *testing.T) {
	redis := testbed.StartRedis(t)
	b := connect(t, redis.URL(), 100)
	bustest.Say(t, b, "elsewhere", ann, "so that the script is known")
	redis.Pause()
	wantUnavailable(t, b, "k") // it will be carried out all the same
	redis.Resume()
	var receipt bus.Receipt
	testbed.Eventually(t, 10*time.Second, "the repeat is answered", func() (ok bool) {
		var err error
		receipt, err = b.Publish(t.Context(), "lobby", chat.Position{}, draft("k"))
		return err == nil
	})
	if stored := wantOnce(t, b); receipt.Position != stored.Position() {
		t.Fatalf("receipt %+v, stored %+v", receipt, stored)
	}
}

// While Redis is busy with something else, people go on talking in two rooms. What they said is published by one call
// for each room.
func TestWhatIsSaidMeanwhileIsPublishedTogether(t *testing.T) {
	redis := testbed.StartRedis(t)
	b := connect(t, redis.URL(), 100)
	bustest.Say(t, b, "elsewhere", ann, "so that the script is known")
	admin := redis.Client()
	defer admin.Close()
	if err := admin.ConfigResetStat(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}

	const each = 40
	var talking sync.WaitGroup
	say := func(room, key string) {
		talking.Go(func() {
			if _, err := b.Publish(t.Context(), room, chat.Position{}, draft(key)); err != nil {
				t.Error(err)
			}
		})
	}
	drafts := func(wantRounds, wantWaiting int) {
		testbed.Eventually(t, 2*time.Second, "drafts", func() bool {
			rounds, waiting := b.Drafts()
			return rounds == wantRounds && waiting == wantWaiting
		})
	}
	redis.Pause()
	say("elsewhere", "k")
	drafts(1, 0)
	for i := range each {
		say("lobby", fmt.Sprint(i))
		say("lounge", fmt.Sprint(i))
	}
	drafts(1, 2*each)
	redis.Resume()
	talking.Wait()
	drafts(0, 0)

	stats, err := admin.InfoMap(t.Context(), "commandstats").Result()
	if calls := stats["Commandstats"]["cmdstat_evalsha"]; err != nil || !strings.HasPrefix(calls, "calls=3,") {
		t.Errorf("%v, the script was called as %q", err, calls)
	}
	for _, room := range []string{"lobby", "lounge"} {
		if log, err := b.After(t.Context(), room, chat.Position{}, 2*each); err != nil || len(log) != each {
			t.Errorf("%s has %d messages, %v", room, len(log), err)
		}
	}
}

func TestARelayThatGoesSilentIsNoticedAndResynced(t *testing.T) {
	redis := testbed.StartRedis(t)
	proxy := testbed.StartProxy(t, redis.Addr())
	var log record
	b := connectLogging(t, "redis://"+proxy.Addr(), 100, &log)
	other := connect(t, redis.URL(), 100)
	inbox := &bustest.Inbox{}
	if _, err := b.Subscribe(t.Context(), "lobby", inbox); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, 5*time.Second, "ready", func() bool { return b.Ready(t.Context()) == nil })

	proxy.Silence(true)
	bustest.Say(t, other, "lobby", ann, "nobody there can hear this")
	testbed.Eventually(t, 5*time.Second, "the silence is noticed", func() bool { return log.has("the relay was lost") })
	if err := b.Ready(t.Context()); !errors.Is(err, bus.ErrUnavailable) {
		t.Fatalf("ready: %v", err)
	}
	proxy.Silence(false)
	testbed.Eventually(t, 10*time.Second, "told to resync", func() bool { return inbox.Resyncs() > 0 })
	bustest.Say(t, other, "lobby", ann, "back again")
	if got := inbox.Wait(t, 1); got[0].Text != "back again" {
		t.Fatalf("relayed %+v", got)
	}
}

// A Redis that takes every command, and whose relay answers and brings nothing.
func TestARelayThatBringsNothingIsNoticed(t *testing.T) {
	proxy := testbed.StartProxy(t, miniredis.RunT(t).Addr())
	b := connect(t, "redis://"+proxy.Addr(), 100)
	inbox := &bustest.Inbox{}
	if _, err := b.Subscribe(t.Context(), "lobby", inbox); err != nil {
		t.Fatal(err)
	}
	proxy.Deafen(true)
	bustest.Say(t, b, "lobby", ann, "stored, but not heard")
	testbed.Eventually(t, 5*time.Second, "told to resync", func() bool { return inbox.Resyncs() > 0 })
	proxy.Deafen(false)
	testbed.Eventually(t, 5*time.Second, "ready", func() bool { return b.Ready(t.Context()) == nil })
}

// record is a log that a test reads.
type record struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *record) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(line)
}

func (r *record) has(part string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Contains(r.text.String(), part)
}

func TestACutRelayIsResynced(t *testing.T) {
	redis := testbed.StartRedis(t)
	proxy := testbed.StartProxy(t, redis.Addr())
	b := connect(t, "redis://"+proxy.Addr(), 100)
	inbox := &bustest.Inbox{}
	if _, err := b.Subscribe(t.Context(), "lobby", inbox); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		proxy.Cut()
		testbed.Eventually(t, 10*time.Second, "told to resync", func() bool { return inbox.Resyncs() >= n })
	}
}

// Deleting by hand is not supported, but must not stop a room for ever.
func TestALogWhoseNewestEntryWasDeletedGoesOn(t *testing.T) {
	redis := testbed.StartRedis(t)
	b := connect(t, redis.URL(), 100)
	admin := redis.Client()
	defer admin.Close()
	for range 3 {
		bustest.Say(t, b, "lobby", ann, "hello")
	}
	held, err := b.After(t.Context(), "lobby", chat.Position{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := admin.XDel(t.Context(), "chorus:{lobby}:log", "3-0").Err(); err != nil {
		t.Fatal(err)
	}
	if err := b.Restore(t.Context(), "lobby", held, nil); err != nil {
		t.Fatal(err)
	}
	if err := admin.XDel(t.Context(), "chorus:{lobby}:log", "3-0").Err(); err != nil {
		t.Fatal(err)
	}
	if r := bustest.Say(t, b, "lobby", ann, "instead"); r.Seq != 3 {
		t.Fatalf("got %+v", r)
	}
}

// As redis_time_test.go, but with a real Redis, for which time has to be put back by hand.
func TestClaimsGoFromHashToHash(t *testing.T) {
	redis := testbed.StartRedis(t)
	b := connect(t, redis.URL(), 100)
	admin := redis.Client()
	defer admin.Close()
	const claims = "chorus:{lobby}:claims"
	say := func(key string) (duplicate bool) {
		t.Helper()
		r, err := b.Publish(t.Context(), "lobby", chat.Position{}, draft(key))
		if err != nil {
			t.Fatal(err)
		}
		return r.Duplicate
	}
	for turn := range 4 {
		say(fmt.Sprint("k", turn))
		for old := max(0, turn-2); old <= turn; old++ {
			if kept := turn-old < 2; say(fmt.Sprint("k", old)) != kept {
				t.Errorf("in turn %d, what was claimed in turn %d is no repeat: %t", turn, old, kept)
			}
		}
		if encoding, err := admin.ObjectEncoding(t.Context(), claims).Result(); err != nil || encoding != "hashtable" {
			t.Errorf("the claims are a %s, %v", encoding, err)
		}
		begun := time.Now().Add(-bus.ClaimTime - time.Second).UnixMilli()
		if err := admin.HSet(t.Context(), claims, "since", begun).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFullRedisIsUnavailableAndTheLogSaysWhy(t *testing.T) {
	redis := testbed.StartRedis(t)
	var log record
	b := connectLogging(t, redis.URL(), 100, &log)
	admin := redis.Client()
	defer admin.Close()
	set := func(name, value string) {
		t.Helper()
		if err := admin.ConfigSet(context.Background(), name, value).Err(); err != nil {
			t.Fatal(err)
		}
	}
	set("maxmemory", "1")
	wantUnavailable(t, b, "k")
	if !log.has("OOM") {
		t.Error("the log does not say why")
	}
	set("maxmemory", "0")
	if r, err := b.Publish(t.Context(), "lobby", chat.Position{}, draft("k")); err != nil || r.Seq != 1 || r.Duplicate {
		t.Fatalf("got %+v, %v", r, err)
	}
	// Also when claims are to go to the other hash, which needs no memory.
	begun := time.Now().Add(-bus.ClaimTime - time.Second).UnixMilli()
	if err := admin.HSet(t.Context(), "chorus:{lobby}:claims", "since", begun).Err(); err != nil {
		t.Fatal(err)
	}
	set("maxmemory", "1")
	wantUnavailable(t, b, "k2")
}

// A master that was made a replica, behind a name that leads to the new master: the connections to the
// old one stay open, and must not be used again.
func TestAMasterThatBecameAReplicaIsLeft(t *testing.T) {
	old, next := testbed.StartRedis(t), testbed.StartRedis(t)
	proxy := testbed.StartProxy(t, old.Addr())
	b := connect(t, "redis://"+proxy.Addr(), 100)
	bustest.Say(t, b, "lobby", ann, "before")
	admin := old.Client()
	defer admin.Close()
	host, port, _ := net.SplitHostPort(next.Addr())
	if err := admin.ReplicaOf(t.Context(), host, port).Err(); err != nil {
		t.Fatal(err)
	}
	proxy.Lead(next.Addr())
	for i := range 20 { // on all connections that there are
		testbed.Eventually(t, 10*time.Second, "the new master is found", func() bool {
			_, err := b.Publish(t.Context(), "lobby", chat.Position{}, draft(fmt.Sprint("k", i)))
			return err == nil
		})
	}
}

func TestTwoDatabasesOfOneServerHaveNothingToDoWithEachOther(t *testing.T) {
	redis := testbed.StartRedis(t)
	zero, one := connect(t, "redis://"+redis.Addr()+"/0", 100), connect(t, "redis://"+redis.Addr()+"/1", 100)
	inbox := &bustest.Inbox{}
	if _, err := one.Subscribe(t.Context(), "lobby", inbox); err != nil {
		t.Fatal(err)
	}
	bustest.Say(t, zero, "lobby", ann, "in zero")
	bustest.Say(t, one, "lobby", ann, "in one")
	if got := inbox.Wait(t, 1); got[0].Text != "in one" || got[0].Seq != 1 {
		t.Fatalf("relayed %+v", got)
	}
}

// While the clock of Redis was ahead, claims were begun that would take no turns for as long.
func TestClaimsTakeTurnsAgainAfterTheClockWasAhead(t *testing.T) {
	redis := testbed.StartRedis(t)
	b := connect(t, redis.URL(), 100)
	admin := redis.Client()
	defer admin.Close()
	const claims = "chorus:{lobby}:claims"
	bustest.Say(t, b, "lobby", ann, "first")
	ahead := time.Now().Add(30 * 24 * time.Hour)
	if err := errors.Join(admin.HSet(t.Context(), claims, "since", ahead.UnixMilli()).Err(), admin.PExpireAt(t.Context(), claims, ahead).Err()); err != nil {
		t.Fatal(err)
	}
	bustest.Say(t, b, "lobby", ann, "second")
	if left, err := admin.PTTL(t.Context(), claims).Result(); err != nil || left > 3*bus.ClaimTime {
		t.Errorf("they are kept for %s, %v", left, err)
	}
}
