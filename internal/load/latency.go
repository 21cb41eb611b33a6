package load

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// latency notes durations from a microsecond to ten minutes, as long as it counts.
type latency struct {
	counting atomic.Bool
	mu       sync.Mutex
	all      *hdrhistogram.Histogram
	// lately holds what came since it was last asked for.
	lately *hdrhistogram.Histogram
}

func newLatency() *latency { return &latency{all: newHistogram(), lately: newHistogram()} }

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, (10 * time.Minute).Microseconds(), 3)
}

func (l *latency) record(d time.Duration) {
	if !l.counting.Load() {
		return
	}
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
