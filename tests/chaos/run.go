package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"chorus/tests/chaos/history"
)

// report is what a run has come to.
type report struct {
	options    options
	strikes    map[string]int
	healing    time.Duration // the longest
	run        *history.Run
	violations []history.Violation
}

// run lets people talk while things break, and checks everything. An error means that the rig could
// not do its work, a violation that Chorus could not.
func run(ctx context.Context, o options) (*report, error) {
	r := newRig(o)
	defer r.stop()
	rest, stopWatching := context.WithCancel(ctx)
	defer r.watching.Wait()
	defer stopWatching()
	if err := r.start(rest); err != nil {
		return nil, err
	}
	before, err := r.usages()
	if err != nil {
		return nil, err
	}
	r.say("seed %d: %d nodes over a %s Redis, %d people in %d rooms", o.seed, o.nodes, o.redis, o.people, o.rooms)

	var living sync.WaitGroup
	life, leave := context.WithCancel(ctx)
	defer leave()
	r.populate(life, &living)
	result := &report{options: o, strikes: map[string]int{}}
	if err := r.breakThings(ctx, result); err != nil {
		return nil, err
	}
	r.talking.Store(false)
	r.say("nobody says anything new")
	if err := r.settle(ctx); err != nil {
		return nil, err
	}
	leave()
	living.Wait()
	r.checkLeaks(before)

	result.run = r.recorder.Run()
	result.violations = append(r.violations, history.Check(result.run)...)
	return result, ctx.Err()
}

// breakThings lets faults strike until it is time: those that are named; or all in turn, and then
// pairs of them at once.
func (r *rig) breakThings(ctx context.Context, result *report) error {
	faults := faultsFor(r.options.redis)
	end := r.recorder.Now() + r.options.duration
	pause := func() { sleep(ctx, 300*time.Millisecond+random(r.rnd, 700*time.Millisecond)) }
	pause()
	if len(r.options.faults) > 0 {
		for _, name := range r.options.faults {
			i := slices.IndexFunc(faults, func(f fault) bool { return f.name == name })
			if i < 0 {
				return fmt.Errorf("there is no fault %q; there are: %s", name, faultNames(faults))
			}
			if err := r.let(ctx, result, faults[i]); err != nil {
				return err
			}
			pause()
		}
		return nil
	}
	for _, i := range r.rnd.Perm(len(faults)) {
		if r.recorder.Now() >= end || ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.let(ctx, result, faults[i]); err != nil {
			return err
		}
		pause()
	}
	for r.recorder.Now() < end && ctx.Err() == nil {
		pair := r.rnd.Perm(len(faults))[:2]
		one, other := faults[pair[0]], faults[pair[1]]
		if !goTogether(one, other) {
			continue
		}
		if err := r.let(ctx, result, one, other); err != nil {
			return err
		}
		pause()
	}
	return ctx.Err()
}

// let lets faults strike at once, and checks what has to be true afterwards.
func (r *rig) let(ctx context.Context, result *report, faults ...fault) error {
	r.say("%s", faultNames(faults))
	began := r.recorder.Now()
	nodes := r.rnd.Perm(len(r.nodes)) // two faults at once strike different nodes
	errs := make([]error, len(faults))
	strikes := make([]*strike, len(faults))
	var striking sync.WaitGroup
	for i, f := range faults {
		result.strikes[f.name]++
		strikes[i] = &strike{rig: r, rnd: rand.New(rand.NewPCG(r.rnd.Uint64(), 0)), node: nodes[i]}
		striking.Go(func() { errs[i] = f.inject(ctx, strikes[i]) })
	}
	striking.Wait()
	for i, err := range errs {
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("%s: %w", faults[i].name, err)
		}
	}
	if len(faults) == 1 && faults[0].dead {
		r.checkReady(strikes[0], began)
	}
	took := r.healed(ctx)
	result.healing = max(result.healing, took)
	r.say("  mended, and sends work on all nodes after %s", took.Round(time.Millisecond))
	return nil
}

// checkReady checks that no node said that it was ready when it must have known better.
func (r *rig) checkReady(s *strike, began time.Duration) {
	const noticed = 5 * time.Second
	for i, p := range r.nodes {
		if !s.all && i != s.node {
			continue
		}
		// A question that was asked in the last moment may be answered when all is well again.
		switch asked, yes := p.readyBetween(began+noticed, r.recorder.Now()-time.Second); {
		case yes > 0:
			r.violated(truthfulReady, "%s said %d times of %d that it is ready", p.name, yes, asked)
		case asked == 0:
			r.violated(truthfulReady, "%s was never asked: this machine is too slow to tell", p.name)
		}
	}
}

func (p *report) print(out io.Writer) {
	sends := map[history.Outcome]int{}
	for _, s := range p.run.Sends {
		sends[s.Outcome]++
	}
	shown, joins, resets := 0, 0, map[string]int{}
	for _, view := range p.run.Views {
		for _, s := range view {
			switch s.Kind {
			case history.Message:
				shown++
			case history.Joined:
				joins++
			case history.Reset:
				resets[s.Reason]++
			}
		}
	}
	stored := 0
	for _, log := range p.run.Logs {
		stored += len(log)
	}
	fmt.Fprintf(out, "\nseed             %d\n", p.options.seed)
	fmt.Fprintf(out, "sends            %d acknowledged, %d refused, %d never answered\n", sends[history.OK], sends[history.Failed], sends[history.Unknown])
	fmt.Fprintf(out, "in the logs      %d messages\n", stored)
	fmt.Fprintf(out, "shown            %d times, over %d joins, with resets %v\n", shown, joins, resets)
	fmt.Fprintf(out, "longest healing  %s\n", p.healing.Round(time.Millisecond))
	fmt.Fprintf(out, "faults\n")
	for _, f := range faultsFor(p.options.redis) {
		fmt.Fprintf(out, "  %3d  %s\n", p.strikes[f.name], f.name)
	}
	if len(p.violations) == 0 {
		fmt.Fprintf(out, "\nAll promises were kept.\n")
		return
	}
	fmt.Fprintf(out, "\nPromises that were not kept:\n")
	for _, v := range p.violations {
		fmt.Fprintf(out, "  %s\n", v)
	}
}
