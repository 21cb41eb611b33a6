package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// memory gives back to the system what a busy time has left, once it is over: a thousand people who come at
// once leave as much garbage as they need themselves, and the runtime would keep the place of it for long.
type memory struct {
	allocated uint64 // bytes, ever
	busy      bool
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

// tidy gives memory back when little has happened since the last call, but much before: it costs a
// collection. It reports whether it did.
func (m *memory) tidy() bool {
	const much = 8 << 20 // bytes
	allocated := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(allocated)
	fresh := allocated[0].Value.Uint64() - m.allocated
	m.allocated += fresh
	if fresh > much || !m.busy {
		m.busy = fresh > much
		return false
	}
	m.busy = false
	debug.FreeOSMemory()
	return true
}
