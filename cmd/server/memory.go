package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// memory gives back to the system what a busy time has left, once it is over: a thousand people who come at
// once leave as much garbage as they need themselves, and the runtime would keep the place of it for long. It
// would also let the little garbage of a quiet time grow to as much as is in use. What people who are gone have left is
// found by a collection alone: without one the node would take it for what is in use, and let nobody in.
type memory struct {
	allocated uint64        // bytes, ever
	tidied    uint64        // those of them that had been when memory was given back
	at        time.Time     // when that was
	took      time.Duration // how long it took
}

// giveBack looks at the memory from time to time until the context ends.
func (m *memory) giveBack(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			m.tidy(now)
		case <-ctx.Done():
			return
		}
	}
}

// tidy gives memory back when little has happened since the last call, but much since memory was given back, or
// that is some time ago: it costs a collection, so the time is longer where that takes longer. It reports whether it did.
func (m *memory) tidy(now time.Time) bool {
	const (
		much  = 8 << 20 // bytes
		often = 15 * time.Second
		cost  = 200 // times as long as it takes nothing is done
	)
	read := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(read)
	allocated, live := read[0].Value.Uint64(), read[1].Value.Uint64()
	busy := allocated-m.allocated > much
	m.allocated = allocated
	due := now.Sub(m.at) > max(often, cost*m.took)
	if busy || !due && allocated-m.tidied < max(much, live/4) {
		return false
	}
	begun := time.Now()
	runtime.GC() // what lies in pools outlives one collection
	debug.FreeOSMemory()
	m.tidied, m.at, m.took = allocated, now, time.Since(begun)
	return true
}
