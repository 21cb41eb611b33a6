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
// would also let the little garbage of a quiet time grow to as much as is in use.
type memory struct {
	allocated uint64 // bytes, ever
	tidied    uint64 // those of them that had been when memory was given back
}

// giveBack looks at the memory from time to time until the context ends.
func (m *memory) giveBack(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			m.tidy()
		case <-ctx.Done():
			return
		}
	}
}

// tidy gives memory back when little has happened since the last call, but much since memory was given back:
// it costs a collection. It reports whether it did.
func (m *memory) tidy() bool {
	const much = 8 << 20 // bytes
	now := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(now)
	allocated, live := now[0].Value.Uint64(), now[1].Value.Uint64()
	busy := allocated-m.allocated > much
	m.allocated = allocated
	if busy || allocated-m.tidied < max(much, live/4) {
		return false
	}
	m.tidied = allocated
	runtime.GC() // what lies in pools outlives one collection
	debug.FreeOSMemory()
	return true
}
