// Package history is what happened in a run of nodes and people, as the people saw it, and the check
// of it against what Chorus promises.
//
// The check trusts nobody's word but Redis' final logs and what each person noted down: when they
// asked for what, what they were answered, what they were shown, in which order.
package history

import (
	"sync"
	"time"
)

// Position is a message in a room's log.
type Position struct {
	Seq uint64
	ID  string
}

// Outcome is how a send ended for the one who asked for it.
type Outcome string

// The outcomes that there are.
const (
	OK      Outcome = "ok"      // acknowledged
	Failed  Outcome = "failed"  // refused for good: it must never be in a log
	Unknown Outcome = "unknown" // never answered: it may be in the log, once
)

// Send is one message that somebody wanted said, however often it was asked for.
type Send struct {
	Person, User    string
	Room, Key, Text string
	// Invoked is when it was first asked for, Answered when the answer had come, both since the
	// beginning of the run.
	Invoked, Answered time.Duration
	Outcome           Outcome
	At                Position // where the answer says it is
}

// Kind is what a person was shown.
type Kind string

// The kinds that there are.
const (
	Joined  Kind = "joined"  // not shown: what comes next continues what was shown, after a position
	Message Kind = "message" // shown
	Reset   Kind = "reset"   // all of the room that was shown so far is void
)

// Shown is one thing in a person's view of a room.
type Shown struct {
	Kind Kind
	// At is the message's position; for Joined the one after which it continues, nil for a first
	// look.
	At              *Position
	User, Key, Text string
	Reason          string // of a Reset
}

// Entry is a message in a final log.
type Entry struct {
	Position
	Prev            string
	User, Key, Text string
}

// Run is all that happened.
type Run struct {
	Sends []Send
	Views map[View][]Shown
	// Logs are what Redis has in the end, by room.
	Logs map[string][]Entry
	// Before are the logs as they were each time before Redis was made to forget something. After that a
	// log may begin later, and what was put back may stand in another place than the answer said.
	Before []map[string][]Entry
}

// View is a person's view of a room.
type View struct{ Person, Room string }

// Recorder takes down a run while it goes on. Its methods may be called concurrently.
type Recorder struct {
	begin time.Time

	mu  sync.Mutex
	run Run
}

// NewRecorder begins a run.
func NewRecorder() *Recorder {
	return &Recorder{begin: time.Now(), run: Run{Views: map[View][]Shown{}, Logs: map[string][]Entry{}}}
}

// Now returns the time since the beginning.
func (r *Recorder) Now() time.Duration { return time.Since(r.begin) }

// Sent takes down a send that has come to its end.
func (r *Recorder) Sent(s Send) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.run.Sends = append(r.run.Sends, s)
}

// Shown takes down what somebody was shown.
func (r *Recorder) Shown(v View, s Shown) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.run.Views[v] = append(r.run.Views[v], s)
}

// Last returns the position that a view has come to, nil where it has to begin anew.
func (r *Recorder) Last(v View) *Position {
	r.mu.Lock()
	defer r.mu.Unlock()
	return last(r.run.Views[v])
}

func last(view []Shown) *Position {
	for i := len(view) - 1; i >= 0; i-- {
		switch view[i].Kind {
		case Message:
			return view[i].At
		case Reset:
			return nil
		}
	}
	return nil
}

// Logged takes down the final logs.
func (r *Recorder) Logged(logs map[string][]Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.run.Logs = logs
}

// Forgets takes down the logs as they are, before Redis is made to forget something.
func (r *Recorder) Forgets(logs map[string][]Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.run.Before = append(r.run.Before, logs)
}

// Run returns what has been taken down. It is called when the run is over.
func (r *Recorder) Run() *Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &r.run
}
