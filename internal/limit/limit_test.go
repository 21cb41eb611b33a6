package limit_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"chorus/internal/limit"
)

func rate(t *testing.T, text string) (r limit.Rate) {
	t.Helper()
	if err := r.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return r
}

// newLimiter returns a Limiter in a test whose time is not real.
func newLimiter(t *testing.T, o limit.Options) *limit.Limiter {
	l := limit.New(o)
	t.Cleanup(l.Close)
	return l
}

func open(t *testing.T, l *limit.Limiter, address, user string) *limit.Session {
	t.Helper()
	s, err := l.Open(address)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetUser(user); err != nil {
		t.Fatal(err)
	}
	return s
}

// allowed returns how many actions in a row are allowed.
func allowed(t *testing.T, s *limit.Session, a limit.Action) (n int) {
	t.Helper()
	for range 1000 {
		var refusal *limit.Refusal
		if err := s.Allow(a); errors.As(err, &refusal) {
			if refusal.Wait <= 0 {
				t.Fatalf("refused without a time to wait")
			}
			return n
		} else if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func TestASessionMayDoSomethingAtOnceAndThenSteadily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, limit.Options{MessagesPerSession: rate(t, "2/s:5")})
		s := open(t, l, "192.0.2.1", "ann")
		if n := allowed(t, s, limit.Message); n != 5 {
			t.Errorf("%d at once, not 5", n)
		}
		var refusal *limit.Refusal
		if !errors.As(s.Allow(limit.Message), &refusal) {
			t.Fatal("one more is allowed")
		}
		time.Sleep(refusal.Wait)
		if err := s.Allow(limit.Message); err != nil {
			t.Errorf("after waiting as long as was said: %v", err)
		}
		if n := allowed(t, s, limit.Join); n != 1000 {
			t.Errorf("%d joins: they have no limit here", n)
		}
		l.Close()
	})
}

func TestWithoutANumberAsMuchMayBeDoneAtOnceAsInTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for text, want := range map[string]int{"45/s": 450, "90/s": 900, "0.7/s": 7, "3/s": 30, "1/m": 1} {
			l := newLimiter(t, limit.Options{MessagesPerSession: rate(t, text)})
			if n := allowed(t, open(t, l, "192.0.2.1", "ann"), limit.Message); n != want {
				t.Errorf("%s: %d at once, not %d", text, n, want)
			}
			l.Close()
		}
	})
}

func TestUsersAndAddressesHaveTheirLimitsOverAllSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, limit.Options{
			MessagesPerSession: rate(t, "1/h:5"), MessagesPerUser: rate(t, "1/h:8"), MessagesPerAddress: rate(t, "1/h:12"),
		})
		for _, c := range []struct {
			address, user string
			want          int
		}{
			{"192.0.2.1", "ann", 5},  // as a session
			{"192.0.2.1", "ann", 3},  // the rest of 8 as a user
			{"192.0.2.1", "bob", 4},  // the rest of 12 of the address
			{"192.0.2.2", "bob", 4},  // another address, the rest of 8 as a user
			{"2001:db8::1", "cy", 5}, // IPv6: the first 64 bits are one address
			{"2001:db8::2:1", "di", 5}, {"2001:db8::3:1", "ed", 2}, {"2001:db8:0:1::1", "fay", 5},
		} {
			if n := allowed(t, open(t, l, c.address, c.user), limit.Message); n != c.want {
				t.Errorf("%s from %s may send %d, not %d", c.user, c.address, n, c.want)
			}
		}
		l.Close()
	})
}

func TestWhatWasRefusedDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, limit.Options{MessagesPerSession: rate(t, "1/h:10"), MessagesPerAddress: rate(t, "1/s:1")})
		s := open(t, l, "192.0.2.1", "ann")
		for range 10 { // each is refused often by the address, which must not use up the session's
			if n := allowed(t, s, limit.Message); n != 1 {
				t.Fatalf("%d are allowed", n)
			}
			time.Sleep(time.Second)
		}
		l.Close()
	})
}

func TestSessionsAreCountedWhileTheyAreOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, limit.Options{SessionsPerAddress: 3, SessionsPerUser: 2})
		first := open(t, l, "192.0.2.1", "ann")
		open(t, l, "192.0.2.1", "ann")
		third, err := l.Open("192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		if third.SetUser("ann") == nil {
			t.Error("a third session of a user is allowed")
		}
		if _, err := l.Open("192.0.2.1"); err == nil {
			t.Error("a fourth session of an address is allowed")
		}
		third.Close()
		first.Close()
		open(t, l, "192.0.2.1", "ann")
		l.Close()
	})
}

func TestConnectingAgainDoesNotHelpAndIsForgottenInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, limit.Options{ConnectsPerAddress: rate(t, "1/m:5"), MessagesPerUser: rate(t, "1/m:2")})
		connect := func() (n int) {
			for range 10 {
				s, err := l.Open("192.0.2.1")
				if err != nil {
					return n
				}
				s.Close()
				n++
			}
			return n
		}
		if n := connect(); n != 5 {
			t.Errorf("%d times, not 5", n)
		}
		time.Sleep(2*time.Minute + time.Second)
		if n := connect(); n != 2 {
			t.Errorf("two minutes later %d times more, not 2", n)
		}
		for i := range 1000 {
			s, err := l.Open(fmt.Sprint("10.0.", i/250, ".", i%250))
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
		}
		if n := l.Remembered(); n != 1001 {
			t.Errorf("%d addresses are remembered", n)
		}
		time.Sleep(10 * time.Minute)
		if n := l.Remembered(); n != 0 {
			t.Errorf("ten minutes later %d addresses are remembered", n)
		}
		l.Close()
	})
}

func TestRatesThatAreNoneAreRefused(t *testing.T) {
	for _, text := range []string{"", "10", "10/x", "-1/s", "0/s", "ten/s", "10/s:0", "10/s:many", "1e9/s", "NaN/s"} {
		var r limit.Rate
		if err := r.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is accepted as %+v", text, r)
		}
	}
}

// Posts come to any node, also to one where their address has no session.
func TestAnAddressIsLimitedWithoutSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, limit.Options{PostsPerAddress: rate(t, "1/s:2")})
		post := func(address string) bool { return l.Allow(limit.Post, address) == nil }
		for i, want := range []bool{true, true, false} {
			if got := post("192.0.2.1"); got != want {
				t.Errorf("post %d: %v", i, got)
			}
		}
		if !post("192.0.2.2") {
			t.Error("others are limited as well")
		}
		time.Sleep(time.Second)
		if !post("192.0.2.1") {
			t.Error("not one more after a second")
		}
		var refusal *limit.Refusal
		if err := l.Allow(limit.Post, "192.0.2.1"); !errors.As(err, &refusal) || refusal.Wait != time.Second {
			t.Errorf("refused with %v", err)
		}
		time.Sleep(2 * time.Minute)
		if n := l.Remembered(); n != 0 {
			t.Errorf("%d addresses are remembered", n)
		}
	})
}
