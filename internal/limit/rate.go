package limit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Rate is how often something may be done, such as 10/s, 600/m or 100/h, and after a colon how often
// at once: 10/s:50. Without one that is as often as in ten seconds, at least once. "off" is no limit.
type Rate struct {
	every time.Duration // 0 is no limit
	// most is what may be used up, in the time that it takes to come back.
	most time.Duration
}

var units = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Rate) UnmarshalText(text []byte) error {
	s := string(text)
	if s == "off" {
		*r = Rate{}
		return nil
	}
	often, burst, hasBurst := strings.Cut(s, ":")
	number, unit, _ := strings.Cut(often, "/")
	n, err := strconv.ParseFloat(number, 64)
	per := units[unit]
	if err != nil || per == 0 || !(n > 0 && n <= 1e6) {
		return fmt.Errorf("%q is not a rate such as 10/s, 600/m or 10/s:50, nor off", s)
	}
	each := float64(per) / n
	atOnce := max(1, int(10*(n/per.Seconds())))
	if hasBurst {
		if atOnce, err = strconv.Atoi(burst); err != nil || atOnce < 1 {
			return fmt.Errorf("%q: what may be done at once must be a number from 1 on, not %q", s, burst)
		}
	}
	const eternity = math.MaxInt64 / 4 // can be added to a time
	r.every = time.Duration(min(each, eternity))
	r.most = time.Duration(min(each*float64(atOnce), eternity))
	return nil
}

// memory is how long it has to be known what was done.
func (r Rate) memory() time.Duration { return min(r.most, 30*24*time.Hour) }

// bucket is a token bucket. It is known by the moment in which it will be full again, counted from the
// limiter's start: each action puts that off. So it costs eight bytes, and starts full as zero.
type bucket time.Duration

// take counts an action, and returns how much too early that is.
func (b *bucket) take(r Rate, now time.Duration) (wait time.Duration) {
	if r.every == 0 {
		return 0
	}
	*b = max(*b, bucket(now)) + bucket(r.every)
	return max(0, time.Duration(*b)-now-r.most)
}

// giveBack is for an action that was taken too early.
func (b *bucket) giveBack(r Rate) { *b -= bucket(r.every) }
