package limit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how often something may be done, such as 10/s, 600/m or 100/h, and after a colon how often
// at once: 10/s:50. Without one that is as often as in ten seconds, at least once. "off" is no limit.
type Rate struct {
	perSecond float64 // 0 is no limit
	burst     int
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
	r.perSecond = n / per.Seconds()
	r.burst = max(1, int(10*r.perSecond))
	if hasBurst {
		if r.burst, err = strconv.Atoi(burst); err != nil || r.burst < 1 {
			return fmt.Errorf("%q: what may be done at once must be a number from 1 on, not %q", s, burst)
		}
	}
	return nil
}

func (r Rate) limiter() *rate.Limiter {
	if r.perSecond == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(r.perSecond), r.burst)
}

// filled is how long a limiter takes to forget all that was done.
func (r Rate) filled() time.Duration {
	if r.perSecond == 0 {
		return 0
	}
	seconds := min(float64(r.burst)/r.perSecond, (30 * 24 * time.Hour).Seconds())
	return time.Duration(seconds * float64(time.Second))
}
