package load

import (
	"context"
	"math"
	"sync"
	"time"
)

// talk lets the senders of all rooms talk until the context ends, and returns how many messages were due by
// then and not sent. What is under way then is answered later. Senders whose connection is gone say nothing
// more; they are counted among those who were cut off.
func (c *crowd) talk(ctx context.Context, t *Talk) (owed int) {
	senders := c.senders(t)
	if t.Rate > 0 {
		return openLoop(ctx, senders, t)
	}
	closedLoop(ctx, senders, t)
	return 0
}

// senders returns those who send, one of each room after the other.
func (c *crowd) senders(t *Talk) (senders []*member) {
	for i := range t.Senders {
		for r := range c.rooms {
			senders = append(senders, c.members[r*t.Members+i])
		}
	}
	return senders
}

// listeners returns those who do not send.
func (c *crowd) listeners(t *Talk) (others []*member) {
	for i, m := range c.members {
		if i%t.Members >= t.Senders {
			others = append(others, m)
		}
	}
	return others
}

// closedLoop keeps so many messages of each sender under way: each answer brings the next one about.
func closedLoop(ctx context.Context, senders []*member, t *Talk) {
	const afterRefusal = 100 * time.Millisecond
	var talking sync.RWMutex // held by who sends, so that nothing is sent after the end
	over := false
	for _, m := range senders {
		send := func() {
			talking.RLock()
			defer talking.RUnlock()
			if !over {
				_ = m.send(time.Now(), t.Size)
			}
		}
		answered := func(ok bool) {
			if ok {
				send()
			} else {
				time.AfterFunc(afterRefusal, send)
			}
		}
		m.answered.Store(&answered)
		for range t.InFlight {
			send()
		}
	}
	<-ctx.Done()
	talking.Lock()
	over = true
	talking.Unlock()
}

// openLoop sends at the times that the rate says, whether there are answers or not. A message counts from
// when it was to be sent: what waits because the service does not take more is late, not left out. What still
// waits at the end is sent late too, as much as goes in a second; the number of the others is returned,
// among them what those were to send whose connection is gone.
func openLoop(ctx context.Context, senders []*member, t *Talk) (owed int) {
	const finest, atTheEnd = 200 * time.Microsecond, time.Second
	begun := time.Now()
	every := float64(time.Second) / t.Rate
	dueAt := func(n int) time.Time { return begun.Add(time.Duration(float64(n) * every)) }
	n := 0
	send := func() {
		if senders[n%len(senders)].send(dueAt(n), t.Size) != nil {
			owed++
		}
		n++
	}
	for ctx.Err() == nil {
		if wait := time.Until(dueAt(n)); wait > 0 {
			sleep(ctx, max(wait, finest))
			continue
		}
		send()
	}
	end := time.Now()
	for dueAt(n).Before(end) && time.Since(end) < atTheEnd {
		send()
	}
	return owed + max(0, int(math.Ceil(float64(end.Sub(begun))/every))-n)
}

// sleep waits for a time, or until the context ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
