package session

import (
	"runtime"
	"sync"

	"chorus/internal/wire"
)

// writers write for all sessions of a group: a few goroutines, while there is something to write, that never wait
// for a client. One for each session that is written to would cost a fifth of what the write does, and begin at
// once: here sessions wait their turn while the node is busy, and what comes until then goes along.
type writers struct {
	most int // constant after construction

	mu      sync.Mutex
	running int
	// first to last are the sessions whose turn it will be, in a list through their queues.
	first, last *Session
	due         int
}

// perWriter is for how many sessions that wait another writer is begun.
const perWriter = 16

func newWriters() writers { return writers{most: runtime.GOMAXPROCS(0)} }

// add has a session written. It is not to be added again before its turn has begun.
func (w *writers) add(s *Session) {
	if w.put(s) {
		s.group.running.Go(w.run)
	}
}

// put reports whether another writer is to be begun.
func (w *writers) put(s *Session) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last == nil {
		w.first = s
	} else {
		w.last.queue.nextDue = s
	}
	w.last = s
	w.due++
	if w.running == w.most || w.due <= w.running*perWriter {
		return false
	}
	w.running++
	return true
}

// next returns whose turn it is. nil ends the writer.
func (w *writers) next() *Session {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.first
	if s == nil {
		w.running--
		return nil
	}
	w.first, s.queue.nextDue = s.queue.nextDue, nil
	if w.first == nil {
		w.last = nil
	}
	w.due--
	return s
}

func (w *writers) run() {
	growStack()
	var spare []*wire.Frame
	for s := w.next(); s != nil; s = w.next() {
		spare = s.turn(spare)
	}
}
