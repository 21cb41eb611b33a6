// Package memory is what a node may have in memory, and what of that is left.
//
// One number is set. 32 MiB of that are for the program itself. What can grow fast gets shares of the rest, in
// which each byte is counted: what waits for slow readers, and what rooms remember. Both can be refused: it
// stands in the log. What grows with those who are there is not counted; when half of the rest is in use, nobody
// more is taken in. The other half is for what is garbage until it is collected, and for the shares.
package memory

import (
	"errors"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// Least is the least that a node can be given, in bytes.
const Least = 64 << 20

// Program is what a process has in memory that the Go runtime knows nothing of: the program itself, in bytes.
const Program = 32 << 20

// Parts is into how many parts the rest is divided, of which queues and tails have one each.
const Parts = 8

// Budget is what a node may have in memory. nil is as much as there is. Its methods may be called concurrently.
type Budget struct {
	limit int64 // of what the runtime knows, in bytes

	queues, tails Share
}

// New returns a budget of so many bytes, for which [Validate] has no error; with 0 there is no limit.
func New(limit int64) *Budget {
	if limit == 0 {
		return nil
	}
	limit -= Program
	return &Budget{limit: limit, queues: Share{most: limit / Parts}, tails: Share{most: limit / Parts}}
}

// Validate returns an error that says what is wrong with a limit.
func Validate(limit int64) error {
	if limit != 0 && limit < Least {
		return errors.New("must be at least 64MiB")
	}
	return nil
}

// Enforce has the Go runtime collect garbage in time, for all of the process.
func (b *Budget) Enforce() {
	if b != nil {
		debug.SetMemoryLimit(b.limit)
	}
}

// Tight reports whether half of it, without what is for the program, is in use, so that nobody more is to be taken in.
func (b *Budget) Tight() bool {
	if b == nil {
		return false
	}
	inUse := [...]metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(inUse[:])
	return inUse[0].Value.Uint64()+inUse[1].Value.Uint64() > uint64(b.limit/2)
}

// Queues is the share of what waits to be written to sessions. It is an eighth.
func (b *Budget) Queues() *Share {
	if b == nil {
		return nil
	}
	return &b.queues
}

// Tails is the share of what rooms remember. It is an eighth.
func (b *Budget) Tails() *Share {
	if b == nil {
		return nil
	}
	return &b.tails
}

// Pages is how many pages of the log are to be read at a time: each may have some megabytes. A budget that is nil has
// no such number, and is not to be asked.
func (b *Budget) Pages() int {
	const most, each = 16, 64 << 20
	return int(min(most, max(1, b.limit/each)))
}

// Share is a part of a budget, in bytes. nil is one without a limit, of which nothing is counted. Its methods
// may be called concurrently.
type Share struct {
	most int64
	held atomic.Int64
}

// Limited reports whether there is a limit, so that what is held has to be counted.
func (s *Share) Limited() bool { return s != nil }

// Hold counts so many bytes more, or less.
func (s *Share) Hold(bytes int) {
	if s != nil && bytes != 0 {
		s.held.Add(int64(bytes))
	}
}

// Full reports whether all of it is held: only who needs it most is to get more.
func (s *Share) Full() bool { return s != nil && s.held.Load() >= s.most }

// Over reports whether as much again is held: nobody is to get anything of their own.
func (s *Share) Over() bool { return s != nil && s.held.Load() >= 2*s.most }
