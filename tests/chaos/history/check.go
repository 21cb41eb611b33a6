package history

import (
	"fmt"
	"slices"
	"time"
)

// Violation is a promise that was not kept.
type Violation struct {
	Rule   string
	Detail string
}

func (v Violation) String() string { return v.Rule + ": " + v.Detail }

// The rules. Each is a sentence of the contract.
const (
	OneMeaning    = "a position means one message everywhere"
	AckedOnce     = "what was acknowledged is in the log once, where the answer says"
	NeverTwice    = "a key is in a log at most once"
	RefusedNever  = "what was refused is in no log"
	SaidAsWritten = "a text is stored as it was written"
	Chained       = "a log has no holes, and each message names the one before it"
	Contiguous    = "a view goes on without holes, and changes course only at a reset"
	ShownOnce     = "nothing is shown twice"
	InOrder       = "what was asked for after an answer comes after it"
	AtTheHead     = "in the end everybody was shown everything"
)

// Check returns what is wrong with a run, at most a few violations of each rule.
func Check(r *Run) []Violation {
	c := &checker{run: r, forgot: len(r.Before) > 0, at: map[string]map[uint64]*Entry{}, byKey: map[string]map[author][]*Entry{}}
	c.indexLogs()
	c.indexSnapshots()
	c.checkSends()
	c.checkOrder()
	for v, shown := range r.Views {
		c.checkView(v, shown)
	}
	c.checkMeaning()
	return c.violations
}

type author struct{ user, key string }

type checker struct {
	run        *Run
	forgot     bool                           // Redis was made to forget something
	before     map[string]map[author]int      // what was in a log before that, and how many came after it
	at         map[string]map[uint64]*Entry   // by room and seq
	byKey      map[string]map[author][]*Entry // by room
	violations []Violation
}

func (c *checker) violated(rule, format string, args ...any) {
	const most = 5
	n := 0
	for _, v := range c.violations {
		if v.Rule == rule {
			n++
		}
	}
	if n < most {
		c.violations = append(c.violations, Violation{rule, fmt.Sprintf(format, args...)})
	}
}

func (c *checker) indexLogs() {
	for room, log := range c.run.Logs {
		c.at[room], c.byKey[room] = map[uint64]*Entry{}, map[author][]*Entry{}
		for i := range log {
			e := &log[i]
			c.at[room][e.Seq] = e
			a := author{e.User, e.Key}
			c.byKey[room][a] = append(c.byKey[room][a], e)
			if len(c.byKey[room][a]) == 2 {
				c.violated(NeverTwice, "%s has %q of %s at %d and %d", room, e.Text, e.User, c.byKey[room][a][0].Seq, e.Seq)
			}
			switch {
			case i == 0 && e.Seq != 1 && !c.forgot:
				c.violated(Chained, "%s begins with %d", room, e.Seq)
			case i > 0 && (e.Seq != log[i-1].Seq+1 || e.Prev != log[i-1].ID):
				c.violated(Chained, "in %s %d %s, which names %s, follows %d %s", room, e.Seq, e.ID, e.Prev, log[i-1].Seq, log[i-1].ID)
			}
		}
	}
}

func (c *checker) checkSends() {
	for _, s := range c.run.Sends {
		stored := c.byKey[s.Room][author{s.User, s.Key}]
		switch s.Outcome {
		case Failed:
			if len(stored) > 0 {
				c.violated(RefusedNever, "%s was refused %q in %s, but it is number %d", s.Person, s.Text, s.Room, stored[0].Seq)
			}
		case OK:
			switch {
			case len(stored) == 0 && c.expired(s):
				// It was stored, and is older than all that the nodes remembered.
			case len(stored) == 0:
				c.violated(AckedOnce, "%s was told that %q is number %d of %s, but it is not there", s.Person, s.Text, s.At.Seq, s.Room)
			case stored[0].Position != s.At && !c.forgot:
				c.violated(AckedOnce, "%s was told that %q is number %d %s of %s, but it is %d %s", s.Person, s.Text, s.At.Seq, s.At.ID, s.Room, stored[0].Seq, stored[0].ID)
			}
		}
		if len(stored) > 0 && stored[0].Text != s.Text {
			c.violated(SaidAsWritten, "%q became %q", s.Text, stored[0].Text)
		}
	}
}

func (c *checker) indexSnapshots() {
	c.before = map[string]map[author]int{}
	for _, logs := range c.run.Before {
		for room, log := range logs {
			if c.before[room] == nil {
				c.before[room] = map[author]int{}
			}
			for i, e := range log {
				a := author{e.User, e.Key}
				c.before[room][a] = max(c.before[room][a], len(log)-1-i)
			}
		}
	}
}

// remembered is how many messages of a room a node remembers.
const remembered = 256

// expired reports whether a message was lost that Redis had, and nodes need not have remembered: it is
// older than all that was put back, or than all that was there to be said again.
func (c *checker) expired(s Send) bool {
	log := c.run.Logs[s.Room]
	after, had := c.before[s.Room][author{s.User, s.Key}]
	return had && (after >= remembered || len(log) > 0 && s.At.Seq < log[0].Seq)
}

// checkOrder compares the log's order with the order of real time: where one send was answered
// before another one was asked for, it must come first. What was put back in another place than the
// answer said has lost its place.
func (c *checker) checkOrder() {
	byRoom := map[string][]Send{}
	for _, s := range c.run.Sends {
		if e := c.at[s.Room][s.At.Seq]; s.Outcome == OK && e != nil && e.Position == s.At {
			byRoom[s.Room] = append(byRoom[s.Room], s)
		}
	}
	for room, sends := range byRoom {
		answered := slices.SortedFunc(slices.Values(sends), func(a, b Send) int { return int(a.Answered - b.Answered) })
		invoked := slices.SortedFunc(slices.Values(sends), func(a, b Send) int { return int(a.Invoked - b.Invoked) })
		var latest Send // of those answered before, the one that stands last
		next := 0
		for _, s := range invoked {
			for ; next < len(answered) && answered[next].Answered < s.Invoked; next++ {
				if answered[next].At.Seq > latest.At.Seq {
					latest = answered[next]
				}
			}
			if s.At.Seq < latest.At.Seq {
				c.violated(InOrder, "in %s %q, asked for %s after %q was answered, stands before it", room, s.Text,
					(s.Invoked - latest.Answered).Round(time.Microsecond), latest.Text)
			}
		}
	}
}

func (c *checker) checkView(v View, shown []Shown) {
	var at *Position // nil: it begins anew
	seen := map[author]uint64{}
	for i, s := range shown {
		switch s.Kind {
		case Reset:
			if !c.forgot {
				c.violated(Contiguous, "the view that %s has of %s was reset (%s), though nothing was forgotten", v.Person, v.Room, s.Reason)
			}
			at = nil
			clear(seen)
		case Joined:
			if at != nil && (s.At == nil || *s.At != *at) {
				c.violated(Contiguous, "%s joined %s after %v, having been shown %d: the rig is broken", v.Person, v.Room, s.At, at.Seq)
			}
		case Message:
			if at != nil && s.At.Seq != at.Seq+1 {
				c.violated(Contiguous, "%s was shown %d of %s after %d", v.Person, s.At.Seq, v.Room, at.Seq)
			}
			a := author{s.User, s.Key}
			if before, twice := seen[a]; twice {
				c.violated(ShownOnce, "%s was shown %q of %s at %d and at %d", v.Person, s.Text, v.Room, before, s.At.Seq)
			}
			seen[a] = s.At.Seq
			at = s.At
			if e := c.at[v.Room][s.At.Seq]; (e == nil || e.Position != *s.At) && !c.excused(v.Room, s, shown[i+1:]) {
				c.violated(Contiguous, "%s was shown %q as %d of %s, which is not in the log, and was never reset", v.Person, s.Text, s.At.Seq, v.Room)
			}
		}
	}
	log := c.run.Logs[v.Room]
	if len(log) > 0 && (at == nil || *at != log[len(log)-1].Position) {
		c.violated(AtTheHead, "%s has come to %v of %s, the head is %d", v.Person, at, v.Room, log[len(log)-1].Seq)
	}
}

// excused reports whether somebody may have been shown what is not in the log: it was void later, or
// is older than what was put back.
func (c *checker) excused(room string, s Shown, later []Shown) bool {
	if slices.ContainsFunc(later, func(s Shown) bool { return s.Kind == Reset }) {
		return true
	}
	log := c.run.Logs[room]
	return c.forgot && len(log) > 0 && s.At.Seq < log[0].Seq
}

// checkMeaning compares what all people were shown at a position with each other and the logs.
func (c *checker) checkMeaning() {
	type place struct {
		room string
		Position
	}
	meaning := map[place]Shown{}
	for room, log := range c.run.Logs {
		for _, e := range log {
			meaning[place{room, e.Position}] = Shown{User: e.User, Key: e.Key, Text: e.Text}
		}
	}
	for v, shown := range c.run.Views {
		for _, s := range shown {
			if s.Kind != Message {
				continue
			}
			p := place{v.Room, *s.At}
			m, known := meaning[p]
			if known && (m.User != s.User || m.Key != s.Key || m.Text != s.Text) {
				c.violated(OneMeaning, "%d %s of %s is %q to %s and %q elsewhere", s.At.Seq, s.At.ID, v.Room, s.Text, v.Person, m.Text)
			}
			meaning[p] = s
		}
	}
}
