package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"chorus/tests/chaos/history"
	"chorus/tests/client"
	"chorus/tests/testbed"
)

// options say what a run is made of.
type options struct {
	seed     uint64
	duration time.Duration // of talking; the faults fill it
	faults   []string      // names, one after the other; none means chosen by the seed
	redis    string        // single, sentinel or cluster
	binary   string        // the node
	dir      string        // for logs and data
	nodes    int
	people   int
	rooms    int
	pace     time.Duration // between two things that a person says, on average
	out      io.Writer
}

// The rules that the rig checks itself, beside those of package history.
const (
	answersFinished = "a node that stops answers what it was asked"
	truthfulReady   = "a node is not ready while delivery is dead"
	soonHealed      = "sends work within 5 s after healing"
	soonAtHead      = "everybody is at the head within 10 s of quiet"
	goneForGood     = "who was on a node that died is gone within 12 s"
	soonKnown       = "everybody knows who is there within 20 s of quiet"
	asDocumented    = "nodes keep to the protocol"
	nothingLeaks    = "goroutines, descriptors and memory return to where they were"
)

// rig is a whole deployment: Redis, nodes, what is between them, and people.
type rig struct {
	options  options
	rnd      *rand.Rand
	recorder *history.Recorder
	redis    storage
	proxies  []*testbed.Proxy // in front of a single Redis, one for each node
	nodes    []*process
	people   []*person
	rooms    []string
	talking  atomic.Bool
	verbose  atomic.Bool  // all that is said is long
	unsaid   atomic.Int64 // what people have thought of and got no answer to
	watching sync.WaitGroup

	mu         sync.Mutex
	violations []history.Violation
}

func newRig(o options) *rig {
	r := &rig{options: o, rnd: rand.New(rand.NewPCG(o.seed, 0)), recorder: history.NewRecorder()}
	for i := range o.rooms {
		r.rooms = append(r.rooms, fmt.Sprint("room-", i+1))
	}
	return r
}

func (r *rig) violated(rule, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.violations = append(r.violations, history.Violation{Rule: rule, Detail: fmt.Sprintf(format, args...)})
}

func (r *rig) say(format string, args ...any) {
	fmt.Fprintf(r.options.out, "%7.1f s  %s\n", r.recorder.Now().Seconds(), fmt.Sprintf(format, args...))
}

// start starts Redis and the nodes.
func (r *rig) start(ctx context.Context) (err error) {
	if r.redis, err = launchStorage(r.options.redis, r.options.dir); err != nil {
		return err
	}
	for i := range r.options.nodes {
		url := r.redis.URL()
		if single, ok := r.redis.(*testbed.Redis); ok {
			proxy, err := testbed.LaunchProxy(single.Addr())
			if err != nil {
				return err
			}
			r.proxies = append(r.proxies, proxy)
			url = "redis://" + proxy.Addr() + "/0"
		}
		p, err := newProcess(r.options.binary, r.options.dir, fmt.Sprint("node-", i+1), url)
		if err != nil {
			return err
		}
		r.nodes = append(r.nodes, p)
		if err := p.start(); err != nil {
			return err
		}
		r.watching.Go(func() { p.watch(ctx, r.recorder.Now) })
	}
	return nil
}

func (r *rig) stop() {
	for _, p := range r.nodes {
		p.kill()
	}
	for _, p := range r.proxies {
		p.Close()
	}
	if r.redis != nil {
		r.redis.Kill()
	}
}

func (r *rig) anyNode(rnd *rand.Rand) *process { return r.nodes[rnd.IntN(len(r.nodes))] }

// populate brings the people in.
func (r *rig) populate(ctx context.Context, living *sync.WaitGroup) {
	r.talking.Store(true)
	for i := range r.options.people {
		rnd := rand.New(rand.NewPCG(r.options.seed, uint64(i+1)))
		p := &person{rig: r, name: fmt.Sprint("person-", i+1), rnd: rnd}
		for _, j := range rnd.Perm(len(r.rooms))[:(len(r.rooms)+1)/2] {
			p.rooms = append(p.rooms, r.rooms[j])
		}
		r.people = append(r.people, p)
		living.Go(func() { p.live(ctx) })
	}
}

// healed checks that all nodes are ready and sends work on them soon after what was broken is mended, and
// returns how long that took.
func (r *rig) healed(ctx context.Context) time.Duration {
	const soon = 5 * time.Second
	began := r.recorder.Now()
	ctx, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	var trying sync.WaitGroup
	for _, node := range r.nodes {
		room := r.rooms[r.rnd.IntN(len(r.rooms))]
		trying.Go(func() {
			if err := r.speak(ctx, node, room, "does "+node.name+" work again?"); err != nil {
				r.violated(soonHealed, "on %s they don't: %v", node.name, err)
			}
		})
	}
	trying.Wait()
	return r.recorder.Now() - began
}

// speak has somebody who is not there otherwise say something on a node, as soon as that is ready, and
// fails with the last thing that was wrong when it can't be done before the context ends.
func (r *rig) speak(ctx context.Context, node *process, room, text string) (err error) {
	s := history.Send{
		Person: "prober", Room: room, Key: client.NewKey(), Invoked: r.recorder.Now(), Text: text, Outcome: history.Unknown,
	}
	token := "" // of the first try: it has to be the same user, or the key would be another one
	for ctx.Err() == nil {
		if !node.isReady() {
			err = errors.New("it is not ready")
		} else if err = probe(ctx, node, &s, &token); err == nil {
			s.Outcome, s.Answered = history.OK, r.recorder.Now()
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	r.recorder.Sent(s)
	return err
}

// probe says something over a connection of its own.
func probe(ctx context.Context, node *process, s *history.Send, token *string) error {
	c, err := client.Connect(ctx, node.url(), "prober", *token)
	if err != nil {
		return err
	}
	*token, s.User = c.Token, c.User.ID
	defer c.Close()
	if _, err := c.Join(ctx, s.Room, nil); err != nil {
		return err
	}
	at, err := c.Send(ctx, s.Room, s.Key, s.Text)
	s.At = history.Position(at)
	return err
}

// settle waits until everybody was shown everything, and takes down the logs.
func (r *rig) settle(ctx context.Context) error {
	const soon = 10 * time.Second
	began := r.recorder.Now()
	if testbed.Within(soon, func() bool { return r.unsaid.Load() == 0 && r.atHead(ctx) }) != nil {
		r.violated(soonAtHead, "somebody is not, or still waits for an answer")
	} else {
		r.say("everybody is at the head, %s after the last word", (r.recorder.Now() - began).Round(time.Millisecond))
	}
	r.checkPresence()
	logs, err := r.readLogs(ctx)
	r.recorder.Logged(logs)
	return err
}

func (r *rig) readLogs(ctx context.Context) (map[string][]history.Entry, error) {
	logs := map[string][]history.Entry{}
	for _, room := range r.rooms {
		log, err := readLog(ctx, r.redis, room, math.MaxInt64)
		if err != nil {
			return nil, err
		}
		logs[room] = log
	}
	return logs, nil
}

func (r *rig) atHead(ctx context.Context) bool {
	heads := map[string]history.Position{}
	for _, room := range r.rooms {
		last, err := readLog(ctx, r.redis, room, 1)
		if err != nil {
			return false
		}
		if len(last) > 0 {
			heads[room] = last[0].Position
		}
	}
	for _, p := range r.people {
		for _, room := range p.rooms {
			at := r.recorder.Last(history.View{Person: p.name, Room: room})
			if head, some := heads[room]; some && (at == nil || *at != head) {
				return false
			}
		}
	}
	return true
}

// forgets takes down what Redis has, before it is made to forget something.
func (r *rig) forgets(ctx context.Context) error {
	logs, err := r.readLogs(ctx)
	r.recorder.Forgets(logs)
	return err
}

// checkLeaks compares what the nodes hold, now that everybody has left, with what they held at first.
// A connection to Redis more is not a leak, a connection for each that has been lost is.
func (r *rig) checkLeaks(before []usage) {
	const moreGoroutines, moreDescriptors, moreBytes = 20, 40, 96 << 20
	for i, p := range r.nodes {
		var now usage
		err := testbed.Within(10*time.Second, func() bool {
			u, err := p.usage()
			now = u
			return err == nil && u.sessions == 0 && u.rooms == 0 &&
				u.goroutines <= before[i].goroutines+moreGoroutines &&
				u.descriptors <= before[i].descriptors+moreDescriptors &&
				u.bytes <= before[i].bytes+moreBytes
		})
		if err != nil {
			r.violated(nothingLeaks, "%s had %+v, and has %+v", p.name, before[i], now)
		}
	}
}

func (r *rig) usages() (all []usage, err error) {
	for _, p := range r.nodes {
		u, err := p.usage()
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	return all, nil
}

// keep makes a directory for a run's logs and data.
func keep(parent, name string) (string, error) {
	dir := filepath.Join(parent, name)
	return dir, os.MkdirAll(dir, 0o755)
}

// random returns a time from nothing to a limit.
func random(rnd *rand.Rand, limit time.Duration) time.Duration {
	return time.Duration(rnd.Int64N(int64(limit)))
}
