package bus

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"chorus/internal/chat"
)

var (
	//go:embed publish.lua
	publishSource string

	publishScript = newScript(commonSource + publishSource)
)

// drafts are what waits to be published, by room. While a call of the script is under way for a room, what
// comes meanwhile waits, and goes with the next one: in a quiet room nothing waits, in a busy one the database
// does once for many messages what it has to do for each call, and relays them together.
type drafts struct {
	mu      sync.Mutex
	rooms   map[string][]*draft // those with a call under way
	running sync.WaitGroup
}

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

// mostTogether is how many messages are published by one call.
const mostTogether = 64

// Publish implements Bus.
func (b *Redis) Publish(ctx context.Context, room string, known chat.Position, d chat.Draft) (Receipt, error) {
	body, err := encodeBody(d)
	if err != nil {
		return Receipt{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	waiting := &draft{ctx: ctx, known: known, Draft: d, body: body, answered: make(chan struct{})}
	if b.drafts.begin(room, waiting) {
		b.publish(ctx, room, []*draft{waiting})
		if next := b.drafts.next(room); next != nil {
			b.drafts.running.Go(func() { b.publishAll(room, next) })
		}
	}
	select {
	case <-waiting.answered:
		return waiting.receipt, cmp.Or(b.publishing.result(ctx, waiting.failure), waiting.refusal)
	case <-ctx.Done():
		return Receipt{}, b.publishing.result(ctx, ctx.Err()) // the call may go on, and write the receipt
	}
}

// begin reports whether a draft can be published at once; otherwise it waits for the call under way.
func (d *drafts) begin(room string, waiting *draft) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	queue, busy := d.rooms[room]
	if busy {
		d.rooms[room] = append(queue, waiting)
		return false
	}
	if d.rooms == nil {
		d.rooms = make(map[string][]*draft)
	}
	d.rooms[room] = nil
	return true
}

// next returns what is to be published by the next call; when there is nothing, no call is under way any more.
func (d *drafts) next(room string) []*draft {
	// Who has just been answered may be about to say more, and comes along. Where nobody is, this takes no time.
	runtime.Gosched()
	d.mu.Lock()
	defer d.mu.Unlock()
	queue := slices.DeleteFunc(d.rooms[room], func(w *draft) bool { return w.ctx.Err() != nil }) // nobody waits for it
	n := together(queue)
	if n == 0 {
		delete(d.rooms, room)
		return nil
	}
	d.rooms[room] = queue[n:]
	return queue[:n:n]
}

// together returns how many of those that wait can be published by one call. What refers to another message,
// and what a moderator does, goes alone, and all have to know of the same log. A repeat of one of them is for
// the next call to find.
func together(queue []*draft) int {
	for i, d := range queue {
		alone := d.Act != nil || referenceOf(&d.Draft) != nil
		elsewhere := d.known.Seq == queue[0].known.Seq && d.known.ID != queue[0].known.ID
		repeat := func(earlier *draft) bool { return earlier.User.ID == d.User.ID && earlier.Key == d.Key }
		switch {
		case i == mostTogether, i > 0 && (alone || elsewhere), slices.ContainsFunc(queue[:i], repeat):
			return i
		case alone:
			return 1
		}
	}
	return len(queue)
}

// publishAll publishes what waits in a room until nothing does.
func (b *Redis) publishAll(room string, next []*draft) {
	for ; next != nil; next = b.drafts.next(room) {
		ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
		b.publish(ctx, room, next)
		cancel()
	}
}

// publish calls the script, and answers all drafts.
func (b *Redis) publish(ctx context.Context, room string, all []*draft) {
	answers, err := b.callPublish(ctx, room, all)
	if err == nil && len(answers) != len(all) {
		err = fmt.Errorf("the publish script returned %d answers to %d messages", len(answers), len(all))
	}
	for i, d := range all {
		if d.failure = err; err == nil {
			d.receipt, d.refusal, d.failure = receipt(answers[i])
		}
		close(d.answered)
	}
}

func (b *Redis) callPublish(ctx context.Context, room string, all []*draft) ([]any, error) {
	known := all[0].known
	for _, d := range all {
		if d.known.Seq > known.Seq {
			known = d.known
		}
	}
	keys := []string{logKey(room), claimsKey(room), olderClaimsKey(room), sanctionsKey(room)}
	args := make([]any, 0, 7+4*len(all)+5)
	args = append(args, b.relays.channel(room), b.retention, ClaimTime.Milliseconds(), known.Seq, known.ID, b.relayVerb, len(all))
	for _, d := range all {
		args = append(args, claimOf(&d.Draft))
	}
	for _, d := range all {
		args = append(args, chat.NewID(), d.body, judged(&d.Draft))
	}
	if first := &all[0].Draft; first.Act != nil {
		args = append(args, string(first.Act.Kind), first.Act.User.ID, heldAs(first.Act))
	} else if r := referenceOf(first); r != nil {
		keys = append(keys, changesKey(room))
		args = append(args, r.kind, r.of.Seq, r.of.ID, r.what, chat.MaxReactions)
	}
	reply, err := b.eval(ctx, publishScript, keys, args)
	if err != nil {
		return nil, err
	}
	return reply.Slice()
}

// refusals are what the publish script returns instead of a receipt.
var refusals = map[string]error{"rewound": ErrRewound, "fork": ErrFork, "deleted": ErrDeleted, "full": ErrTooManyReactions}

// receipt reads the script's answer to one message: a receipt, a refusal, or nothing that it could say.
func receipt(answer any) (r Receipt, refusal, err error) {
	text, _ := answer.(string)
	if refusal := refusals[text]; refusal != nil {
		return r, refusal, nil
	}
	fields := strings.Split(text, " ")
	if len(fields) == 3 && fields[0] == "refused" {
		return r, refusedBy(fields[1], fields[2]), nil
	}
	if r.Duplicate = fields[0] == "again"; r.Duplicate {
		fields = fields[1:]
	}
	if len(fields) != 3 {
		return r, nil, fmt.Errorf("the publish script answered %q", text)
	}
	if r.Seq, err = strconv.ParseUint(fields[0], 10, 64); err != nil {
		return r, nil, err
	}
	r.ID = fields[1]
	r.Time, err = parseTime(fields[2])
	return r, nil, err
}
