package load

import (
	"cmp"
	"context"
	"io"
	"time"
)

// Run is a load generator with its options. Progress is where it says how it goes on, a line a second.
// Its methods are the shapes of load; each returns a report, and an error where nothing could be measured.
// One runs at a time.
type Run struct {
	Options  Options
	Progress io.Writer
}

// session is one run of a shape.
type session struct {
	*Run
	crowd  *crowd
	gauge  *gauge
	report *Report
	before reading
}

// begin reads what the service uses before anybody is there. What does not fit is refused before it takes memory.
func (r *Run) begin(ctx context.Context, shape string, rooms, members int) (*session, error) {
	if err := checkFiles(rooms, members, openFiles()); err != nil {
		return nil, err
	}
	g, err := newGauge(&r.Options)
	if err != nil {
		return nil, err
	}
	s := &session{Run: r, crowd: newCrowd(&r.Options, rooms, members), gauge: g}
	s.report = &Report{Shape: shape, URLs: r.Options.URLs, Dialect: r.Options.Dialect, Begun: time.Now(), Rooms: rooms,
		Connections: len(s.crowd.members), Processes: len(g.servers)}
	if s.before, err = g.read(ctx, nil); err != nil {
		g.close()
		return nil, err
	}
	return s, nil
}

// gather begins, and connects all. arrange may say who connects where, nil spreads them over all addresses.
func (r *Run) gather(ctx context.Context, shape string, rooms, members int, arrange func(*crowd)) (*session, error) {
	s, err := r.begin(ctx, shape, rooms, members)
	if err != nil {
		return nil, err
	}
	if arrange != nil {
		arrange(s.crowd)
	}
	if err := s.enter(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// close ends all connections.
func (s *session) close() {
	s.crowd.leave()
	s.gauge.close()
}

// end ends all connections and completes the report.
func (s *session) end() *Report {
	s.close()
	s.report.Flaws = s.crowd.flaws()
	if s.crowd.firstCut != nil {
		s.report.FirstCut = s.crowd.firstCut.Error()
	}
	if s.gauge.lost != nil {
		s.report.RedisLost = s.gauge.lost.Error()
	}
	s.report.Refused, s.report.FirstRefusal = s.crowd.refusals.Load(), s.crowd.firstRefusal.Load()
	return s.report
}

// enter connects all.
func (s *session) enter(ctx context.Context) error {
	times := newLatency()
	begun := time.Now()
	stop := s.say("connections", func() uint64 { return times.count() }, times)
	err := s.crowd.connect(ctx, s.crowd.members, times.record)
	took := time.Since(begun)
	stop()
	if err != nil {
		return err
	}
	after, err := s.gauge.read(ctx, nil)
	if err != nil {
		return err
	}
	s.report.connected(s.before, after, took, times.percentiles())
	return nil
}

// interrupt hangs up on the senders when the context ends, or who runs it would wait until a service that is busy takes
// what they are sending. None of them comes back to a room, so their connections are those of the beginning.
func (s *session) interrupt(ctx context.Context, t *Talk) (stop func() bool) {
	return context.AfterFunc(ctx, func() { hangUp(s.crowd.senders(t)) })
}

// Talk connects everybody and lets people talk.
func (r *Run) Talk(ctx context.Context, t *Talk) (*Report, error) {
	return r.talk(ctx, "talk", t, nil, func(_ *session, rest func()) { rest() })
}

// talk calls meanwhile in the middle of what counts, with a function that waits until it is over.
func (r *Run) talk(ctx context.Context, shape string, t *Talk, arrange func(*crowd), meanwhile func(s *session, rest func())) (*Report, error) {
	s, err := r.gather(ctx, shape, t.Rooms, t.Members, arrange)
	if err != nil {
		return nil, err
	}
	defer s.close()
	defer s.interrupt(ctx, t)()
	talking, hush := context.WithCancel(ctx)
	defer hush()
	owed := make(chan int, 1)
	go func() { owed <- s.crowd.talk(talking, t) }()
	peak := s.gauge.watch()
	stop := s.say("deliveries", s.crowd.delivered, s.crowd.latency)

	sleep(talking, t.Warmup)
	s.crowd.latency.from.Store(time.Now().UnixNano())
	from, err := s.gauge.read(ctx, s.crowd)
	over := time.After(t.Duration)
	meanwhile(s, func() {
		select {
		case <-over:
		case <-talking.Done():
		}
	})
	to, err2 := s.gauge.read(ctx, s.crowd)
	s.crowd.latency.until.Store(time.Now().UnixNano())
	hush()
	late := <-owed
	s.crowd.await(ctx, s.crowd.hasArrived)
	stop()
	s.crowd.listen(ctx)
	s.report.talked(from, to, s.crowd.latency.percentiles(), peak())
	s.report.Talking.Owed = late
	if err := cmp.Or(err, err2, ctx.Err()); err != nil {
		return nil, err
	}
	return s.end(), nil
}

// Slow is a room in which some stop reading for as long as it counts. Then they read on until they have what
// had been said by then, while the others still talk; who was cut off comes back to where it was, where the
// service lets it. How long messages were under way is said of the others: whether these are disturbed is the point.
func (r *Run) Slow(ctx context.Context, t *Talk, slow int) (*Report, error) {
	var readers []*member
	arrange := func(c *crowd) { readers = c.slowDown(t, slow) }
	return r.talk(ctx, "slow", t, arrange, func(s *session, rest func()) {
		gate := make(chan struct{})
		for _, m := range readers {
			m.paused.Store(&gate)
		}
		peak := s.gauge.watch()
		rest()
		s.report.Slowed = &Slowed{Connections: len(readers), ServerPeak: peak()}
		close(gate)
		begun := time.Now()
		s.report.Slowed.CaughtUp = s.crowd.catchUp(ctx, readers)
		s.report.Slowed.Seconds = time.Since(begun).Seconds()
	})
}

// Burst connects everybody, sends so many messages without waiting for anything, and waits until all have
// arrived.
func (r *Run) Burst(ctx context.Context, t *Talk, messages int) (*Report, error) {
	s, err := r.gather(ctx, "burst", t.Rooms, t.Members, nil)
	if err != nil {
		return nil, err
	}
	defer s.close()
	defer s.interrupt(ctx, t)()
	from, err := s.gauge.read(ctx, s.crowd)
	if err != nil {
		return nil, err
	}
	peak := s.gauge.watch()
	stop := s.say("deliveries", s.crowd.delivered, s.crowd.latency)
	senders := s.crowd.senders(t)
	begun := time.Now()
	s.crowd.latency.from.Store(begun.UnixNano())
	for n := range messages {
		if ctx.Err() != nil || senders[n%len(senders)].send(begun, t.Size) != nil {
			break // the report says who was cut off
		}
	}
	s.crowd.await(ctx, s.crowd.hasArrived)
	stop()
	to, err := s.gauge.read(ctx, s.crowd)
	if err != nil {
		return nil, err
	}
	s.crowd.listen(ctx)
	s.report.talked(from, to, s.crowd.latency.percentiles(), peak())
	return s.end(), ctx.Err()
}

// Storm connects so many at once, as fast as the options say.
func (r *Run) Storm(ctx context.Context, rooms, members int) (*Report, error) {
	return r.Idle(ctx, rooms, members, 0, 0)
}

// Idle connects so many, waits until the service has settled, and looks what they cost while nothing
// happens.
func (r *Run) Idle(ctx context.Context, rooms, members int, settle, duration time.Duration) (*Report, error) {
	shape := "idle"
	if duration == 0 {
		shape = "storm"
	}
	s, err := r.gather(ctx, shape, rooms, members, nil)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if duration > 0 {
		sleep(ctx, settle)
		from, err := s.gauge.read(ctx, s.crowd)
		if err != nil {
			return nil, err
		}
		sleep(ctx, duration)
		to, err := s.gauge.read(ctx, s.crowd)
		if err != nil {
			return nil, err
		}
		s.report.idled(s.before, from, to)
	}
	return s.end(), ctx.Err()
}
