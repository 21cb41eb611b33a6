package bus

import (
	"context"
	"slices"
	"sync"

	"chorus/internal/chat"
)

// draft is a message that somebody waits for.
type draft struct {
	ctx   context.Context
	known chat.Position
	chat.Draft
	body string

	answered chan struct{} // closed when one of these is there
	receipt  Receipt
	refusal  error // the script's answer, while the database works
	failure  error
}

// call is what is published in a room by one call of the script.
type call struct {
	room   string
	drafts []*draft
}

// drafts are what waits to be published. It goes in rounds, each a pipeline of calls, one for each room; over a single
// Redis one after the other. A room's call has all that came until its round begins: where it is quiet nothing waits,
// and the busier a node is, the more the database does once for many messages, and relays them together.
type drafts struct {
	most int // how many rounds may be under way at a time; constant after construction

	mu     sync.Mutex
	rooms  map[string][]*draft // what waits in each room that is due or has a call under way
	due    []string            // the rooms whose turn it will be: something waits, and no call is under way
	rounds int                 // how many are under way

	running sync.WaitGroup
}

const (
	// mostTogether is how many messages are published by one call.
	mostTogether = 64
	// mostInRound is from how many messages on a round takes no more calls.
	mostInRound = 1024
)

func newDrafts(rounds int) drafts { return drafts{most: rounds, rooms: make(map[string][]*draft)} }

// add has a draft wait in its room. It reports whether another round is to be begun.
func (d *drafts) add(room string, waiting *draft) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	queue, known := d.rooms[room]
	d.rooms[room] = append(queue, waiting)
	if known {
		return false
	}
	d.due = append(d.due, room)
	if d.rounds == d.most {
		return false
	}
	d.rounds++
	return true
}

// next returns the calls of the next round, after one whose calls have ended. When there are none, the rounds end.
func (d *drafts) next(ended []call) (calls []call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range ended {
		if len(d.rooms[c.room]) > 0 {
			d.due = append(d.due, c.room)
		} else {
			delete(d.rooms, c.room)
		}
	}
	taken := 0
	for n := 0; n < mostInRound && taken < len(d.due); taken++ {
		room := d.due[taken]
		queue := slices.DeleteFunc(d.rooms[room], func(w *draft) bool { return w.ctx.Err() != nil }) // nobody waits for it
		k := together(queue)
		if k == 0 {
			delete(d.rooms, room)
			continue
		}
		d.rooms[room] = queue[k:]
		calls = append(calls, call{room, queue[:k:k]})
		n += k
	}
	d.due = slices.Delete(d.due, 0, taken)
	if len(calls) == 0 {
		d.rounds--
	}
	return calls
}

// together returns how many of those that wait can be published by one call. What refers to another message,
// and what a moderator does, goes alone, and all have to know of the same log. A repeat of one of them is for
// the next call to find.
func together(queue []*draft) int {
	for i, d := range queue {
		alone := d.Act != nil || referenceOf(&d.Draft) != nil
		apart := func(earlier *draft) bool {
			elsewhere := earlier.known.Seq == d.known.Seq && earlier.known.ID != d.known.ID
			repeat := earlier.User.ID == d.User.ID && earlier.Key == d.Key
			return elsewhere || repeat
		}
		switch {
		case i == mostTogether, i > 0 && alone, slices.ContainsFunc(queue[:i], apart):
			return i
		case alone:
			return 1
		}
	}
	return len(queue)
}
