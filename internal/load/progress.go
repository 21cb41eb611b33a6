package load

import (
	"fmt"
	"time"
)

// say says every second how a count goes on, until the returned function is called.
func (s *session) say(what string, count func() uint64, times *latency) (stop func()) {
	if s.Progress == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		var last uint64
		begun := time.Now()
		for {
			select {
			case <-ticker.C:
			case <-done:
				return
			}
			now, within := count(), ""
			if p := times.since(); p.Max > 0 { // else nothing came, or it does not count yet
				within = fmt.Sprintf("  99 %% within %.1f ms", p.P99)
			}
			fmt.Fprintf(s.Progress, "%4.0f s  %9d %s/s%s\n", time.Since(begun).Seconds(), now-last, what, within)
			last = now
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

func (l *latency) count() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uint64(l.all.TotalCount())
}
