package load

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// latency notes durations from a microsecond to ten minutes.
type latency struct {
	// from and until bound the times at which something has to be meant to be sent to count, in nanoseconds
	// since 1970.
	from, until atomic.Int64

	mu  sync.Mutex
	all *hdrhistogram.Histogram
	// lately holds what came since it was last asked for.
	lately *hdrhistogram.Histogram
}

func newLatency() *latency {
	l := &latency{all: newHistogram(), lately: newHistogram()}
	l.from.Store(math.MaxInt64)
	l.until.Store(math.MaxInt64)
	return l
}

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, (10 * time.Minute).Microseconds(), 3)
}

// arrived records how long something was under way, if it was meant to be sent while it counts. When it
// arrives makes no difference: what is late is what this is about.
func (l *latency) arrived(sent int64) {
	if l.from.Load() <= sent && sent < l.until.Load() {
		l.record(time.Duration(time.Now().UnixNano() - sent))
	}
}

func (l *latency) record(d time.Duration) {
	us := min(max(d.Microseconds(), 1), (10 * time.Minute).Microseconds())
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.all.RecordValue(us) // within the bounds
	_ = l.lately.RecordValue(us)
}

// Percentiles are in milliseconds.
type Percentiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

func percentiles(h *hdrhistogram.Histogram) Percentiles {
	ms := func(q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1000 }
	return Percentiles{ms(50), ms(90), ms(99), ms(99.9), float64(h.Max()) / 1000}
}

func (l *latency) percentiles() Percentiles {
	l.mu.Lock()
	defer l.mu.Unlock()
	return percentiles(l.all)
}

// since returns those of what came since the last call.
func (l *latency) since() Percentiles {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.lately.Reset()
	return percentiles(l.lately)
}
