package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// Reconnect lets people talk, cuts the connections of all but the senders at once, and lets them come back
// to where they were.
func (r *Run) Reconnect(ctx context.Context, t *Talk) (*Report, error) {
	return r.reconnect(ctx, t, nil, func(_ context.Context, _ *session, others []*member) error {
		hangUp(others)
		return nil
	})
}

// Failover is Reconnect where the connections are not cut: all but the senders are connected to the first
// address, whose node is the first process, and this is killed. They come back to the other addresses. A process
// that does not listen at the first address is left alone.
func (r *Run) Failover(ctx context.Context, t *Talk) (*Report, error) {
	urls := r.Options.URLs
	if len(urls) < 2 || len(r.Options.Servers) == 0 {
		return nil, errors.New("--kill: one node is to die, so it needs two --url, and the --server-pid of the first")
	}
	if err := checkListens(r.Options.Servers[0], urls[0]); err != nil {
		return nil, err
	}
	arrange := func(c *crowd) {
		for i, m := range c.senders(t) {
			m.url = urls[1+i%(len(urls)-1)]
		}
		for _, m := range c.listeners(t) {
			m.url = urls[0]
		}
	}
	return r.reconnect(ctx, t, arrange, killFirst)
}

// killFirst kills the first process, and sends those whose connections end to the other addresses.
func killFirst(ctx context.Context, s *session, others []*member) error {
	urls := s.Options.URLs
	s.crowd.expectCuts(true)
	defer s.crowd.expectCuts(false)
	if err := s.gauge.servers[0].kill(); err != nil {
		return fmt.Errorf("--kill: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.Options.Patience)
	defer cancel()
	for i, m := range others {
		select {
		case <-m.ended:
		case <-ctx.Done():
			return fmt.Errorf("the node was killed, and connections to %s are still there: %w", urls[0], ctx.Err())
		}
		m.url = urls[1+i%(len(urls)-1)]
	}
	return nil
}

func (r *Run) reconnect(ctx context.Context, t *Talk, arrange func(*crowd), cut func(context.Context, *session, []*member) error) (*Report, error) {
	var failed error
	report, err := r.talk(ctx, "reconnect", t, arrange, func(s *session, rest func()) {
		others := s.crowd.listeners(t)
		if failed = cut(ctx, s, others); failed == nil {
			failed = s.comeBack(ctx, others)
		}
		rest()
	})
	if failed != nil {
		return nil, failed
	}
	return report, err
}

// comeBack connects members again, and waits until they have all that had been said by then.
func (s *session) comeBack(ctx context.Context, others []*member) error {
	from, err := s.gauge.read(ctx, s.crowd)
	if err != nil {
		return err
	}
	times := newLatency()
	if err := s.crowd.connect(ctx, others, times.record); err != nil {
		return err
	}
	heads := make(map[*room]uint64)
	for _, r := range s.crowd.rooms {
		heads[r] = r.head.Load()
	}
	s.crowd.await(ctx, func() bool {
		return !slices.ContainsFunc(others, func(m *member) bool { return m.last.Load() < heads[m.room] })
	})
	live, err := s.gauge.read(ctx, s.crowd)
	s.report.cameBack(len(others), from, live, times.percentiles())
	return cmp.Or(err, ctx.Err())
}
