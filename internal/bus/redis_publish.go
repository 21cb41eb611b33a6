package bus

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"chorus/internal/chat"
)

var (
	//go:embed publish.lua
	publishSource string

	publishScript = newScript(commonSource + publishSource)
)

// Publish implements Bus.
func (b *Redis) Publish(ctx context.Context, room string, known chat.Position, d chat.Draft) (Receipt, error) {
	body, err := encodeBody(d)
	if err != nil {
		return Receipt{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	waiting := &draft{ctx: ctx, known: known, Draft: d, body: body, answered: make(chan struct{})}
	if b.drafts.add(room, waiting) {
		b.drafts.running.Go(b.publishRounds)
	}
	select {
	case <-waiting.answered:
		return waiting.receipt, cmp.Or(b.publishing.result(ctx, waiting.failure), waiting.refusal)
	case <-ctx.Done():
		return Receipt{}, b.publishing.result(ctx, ctx.Err()) // the call may go on, and write the receipt
	}
}

// publishRounds publishes what waits until nothing does.
func (b *Redis) publishRounds() {
	for calls := b.drafts.next(nil); len(calls) > 0; calls = b.drafts.next(calls) {
		b.publish(calls)
		// Who has just been answered may be about to say more, and comes along. Where nobody is, this takes no time.
		runtime.Gosched()
	}
}

// publish makes the calls of a round, and answers all drafts.
func (b *Redis) publish(calls []call) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	arguments := make([][]any, len(calls))
	for i, c := range calls {
		arguments[i] = b.arguments(c)
	}
	for i, reply := range b.evalAll(ctx, publishScript, arguments) {
		c := calls[i]
		answers, err := reply.Slice()
		if err == nil && len(answers) != len(c.drafts) {
			err = fmt.Errorf("the publish script returned %d answers to %d messages", len(answers), len(c.drafts))
		}
		for i, d := range c.drafts {
			if d.failure = err; err == nil {
				d.receipt, d.refusal, d.failure = receipt(answers[i])
			}
			close(d.answered)
		}
	}
}

// arguments returns what the publish script is called with.
func (b *Redis) arguments(c call) []any {
	known := c.drafts[0].known
	for _, d := range c.drafts {
		if d.known.Seq > known.Seq {
			known = d.known
		}
	}
	first := &c.drafts[0].Draft
	reference := referenceOf(first)
	args := make([]any, 0, 1+5+7+4*len(c.drafts)+5)
	args = append(args, 4, logKey(c.room), claimsKey(c.room), olderClaimsKey(c.room), sanctionsKey(c.room))
	if reference != nil {
		args[0] = 5
		args = append(args, changesKey(c.room))
	}
	args = append(args, b.relays.channel(c.room), b.retention, ClaimTime.Milliseconds(), known.Seq, known.ID, b.relayVerb, len(c.drafts))
	for _, d := range c.drafts {
		args = append(args, claimOf(&d.Draft))
	}
	for _, d := range c.drafts {
		args = append(args, chat.NewID(), d.body, judged(&d.Draft))
	}
	switch {
	case first.Act != nil:
		args = append(args, string(first.Act.Kind), first.Act.User.ID, heldAs(first.Act))
	case reference != nil:
		args = append(args, reference.kind, reference.of.Seq, reference.of.ID, reference.what, chat.MaxReactions)
	}
	return args
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
