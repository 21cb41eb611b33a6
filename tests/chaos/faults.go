package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"chorus/tests/testbed"
)

// fault is something that goes wrong, and is mended before inject returns.
type fault struct {
	name string
	// dead says whether delivery on the nodes it strikes is dead while it lasts.
	dead bool
	// takes is what no other fault may take at the same time.
	takes  share
	inject func(ctx context.Context, s *strike) error
}

// share is a part of a deployment.
type share int

const (
	nothing share = iota
	aNode         // one of them: another fault may have another one
	allNodes
	theRedis
)

// goTogether reports whether two faults can strike at once.
func goTogether(a, b fault) bool {
	switch {
	case a.takes == nothing || b.takes == nothing:
		return true
	case a.takes == aNode && b.takes == aNode:
		return true
	case a.takes == theRedis || b.takes == theRedis:
		return a.takes != b.takes && a.takes != allNodes && b.takes != allNodes
	}
	return false
}

// strike is one time that a fault strikes.
type strike struct {
	*rig
	rnd  *rand.Rand
	node int // that it strikes, where it strikes one
	all  bool
}

func (s *strike) process() *process { return s.nodes[s.node] }

// long is a time in which a node must have noticed that delivery is dead.
const long = 10 * time.Second

// Faults of nodes and people: they can strike whatever Redis there is.
var peopleFaults = []fault{
	{"a node is killed", false, aNode, func(ctx context.Context, s *strike) error {
		s.process().kill()
		sleep(ctx, random(s.rnd, 2*time.Second))
		return s.process().start()
	}},
	{"a node dies with somebody on it", false, allNodes, func(ctx context.Context, s *strike) error {
		return s.die(ctx)
	}},
	{"a node is stopped", false, aNode, func(ctx context.Context, s *strike) error {
		s.process().signal(syscall.SIGTERM)
		err := s.process().wait(10 * time.Second)
		return cmp.Or(err, s.process().start())
	}},
	{"a node is paused", false, aNode, func(ctx context.Context, s *strike) error {
		s.process().signal(syscall.SIGSTOP)
		sleep(ctx, time.Second+random(s.rnd, 4*time.Second))
		s.process().signal(syscall.SIGCONT)
		return nil
	}},
	{"all nodes are replaced one after the other", false, allNodes, func(ctx context.Context, s *strike) error {
		for _, p := range s.nodes {
			p.signal(syscall.SIGTERM)
			if err := cmp.Or(p.wait(10*time.Second), p.start()); err != nil {
				return err
			}
		}
		return nil
	}},
	{"everybody loses the connection", false, nothing, func(ctx context.Context, s *strike) error {
		for range 3 {
			for _, p := range s.people {
				p.disconnect()
			}
			sleep(ctx, 300*time.Millisecond)
		}
		return nil
	}},
	{"some read a byte a second", false, nothing, func(ctx context.Context, s *strike) error {
		slow := s.people[:len(s.people)/6]
		for _, p := range slow {
			p.slow.Store(true)
		}
		// So much is said that it does not fit into the queues, also on a machine that is busy.
		s.verbose.Store(true)
		sleep(ctx, 6*time.Second)
		s.verbose.Store(false)
		for _, p := range slow {
			p.slow.Store(false)
		}
		return nil
	}},
}

// Faults of a single Redis and of the network before it.
var redisFaults = []fault{
	{"Redis is paused", true, theRedis, func(ctx context.Context, s *strike) error {
		s.all = true
		s.single().Pause()
		sleep(ctx, long)
		s.single().Resume()
		return nil
	}},
	{"Redis is killed", false, theRedis, func(ctx context.Context, s *strike) error {
		s.single().Kill()
		sleep(ctx, random(s.rnd, 2*time.Second))
		return s.single().Start()
	}},
	{"subscriptions are cut", false, theRedis, func(ctx context.Context, s *strike) error {
		return s.several(ctx, "client", "kill", "type", "pubsub")
	}},
	{"commands are cut", false, theRedis, func(ctx context.Context, s *strike) error {
		return s.several(ctx, "client", "kill", "type", "normal")
	}},
	{"Redis forgets the scripts", false, theRedis, func(ctx context.Context, s *strike) error {
		return s.several(ctx, "script", "flush")
	}},
	{"Redis is full", false, theRedis, func(ctx context.Context, s *strike) error {
		err := s.do(ctx, "config", "set", "maxmemory", "1")
		sleep(ctx, 2*time.Second)
		return cmp.Or(err, s.do(ctx, "config", "set", "maxmemory", "0"))
	}},
	{"Redis forgets everything", false, theRedis, func(ctx context.Context, s *strike) error {
		return cmp.Or(s.forgets(ctx), s.do(ctx, "flushall"))
	}},
	{"Redis goes back in time", false, theRedis, func(ctx context.Context, s *strike) error {
		return cmp.Or(s.forgets(ctx), s.rewind(ctx, 500*time.Millisecond+random(s.rnd, time.Second), func() error { return nil }))
	}},
	{"Redis goes back in time and a new node speaks first", false, allNodes, func(ctx context.Context, s *strike) error {
		others := slices.Delete(slices.Clone(s.nodes), s.node, s.node+1)
		if err := s.forgets(ctx); err != nil {
			return err
		}
		err := s.rewind(ctx, 1500*time.Millisecond, func() error {
			for _, p := range others {
				p.signal(syscall.SIGSTOP)
			}
			s.process().kill()
			return nil
		})
		if err == nil {
			err = s.process().start()
		}
		speaking, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		for _, room := range s.rooms {
			if err == nil {
				err = s.speak(speaking, s.process(), room, "I know nothing of what was said last")
			}
		}
		for _, p := range others {
			p.signal(syscall.SIGCONT)
		}
		return err
	}},
	{"a node is cut off from the relay", true, aNode, func(ctx context.Context, s *strike) error {
		s.damage(testbed.Relay, testbed.Damage{SwallowRequests: true, SwallowReplies: true})
		sleep(ctx, long)
		s.damage(testbed.Relay, testbed.Damage{})
		return nil
	}},
	{"a node is cut off from commands", true, aNode, func(ctx context.Context, s *strike) error {
		s.damage(testbed.Commands, testbed.Damage{SwallowRequests: true, SwallowReplies: true})
		sleep(ctx, long)
		s.damage(testbed.Commands, testbed.Damage{})
		return nil
	}},
	{"answers to what was done are lost", false, aNode, func(ctx context.Context, s *strike) error {
		s.damage(testbed.Commands, testbed.Damage{SwallowReplies: true})
		sleep(ctx, time.Second)
		s.damage(testbed.Commands, testbed.Damage{})
		return nil
	}},
	{"the relay loses messages", false, aNode, func(ctx context.Context, s *strike) error {
		for range 5 {
			s.proxies[s.node].Deafen(true)
			sleep(ctx, 200*time.Millisecond)
			s.proxies[s.node].Deafen(false)
			sleep(ctx, 400*time.Millisecond)
		}
		return nil
	}},
	{"connections to Redis break", false, aNode, func(ctx context.Context, s *strike) error {
		for range 5 {
			s.proxies[s.node].Cut()
			sleep(ctx, random(s.rnd, 400*time.Millisecond))
		}
		return nil
	}},
	{"a node is stopped while Redis is slow", false, aNode, func(ctx context.Context, s *strike) error {
		s.damage(testbed.Commands, testbed.Damage{Delay: 700 * time.Millisecond})
		sleep(ctx, 2*time.Second)
		s.process().signal(syscall.SIGTERM)
		err := s.process().wait(10 * time.Second)
		s.damage(testbed.Commands, testbed.Damage{})
		return cmp.Or(err, s.process().start())
	}},
}

// Faults of several Redis servers.
var failoverFaults = []fault{
	{"the master is killed", false, theRedis, func(ctx context.Context, s *strike) error {
		// Replication is asynchronous: what was lost with the master is put back by the nodes.
		if err := s.forgets(ctx); err != nil {
			return err
		}
		switch redis := s.redis.(type) {
		case *testbed.Failover:
			return redis.KillMaster(ctx)
		case *testbed.Cluster:
			return redis.KillMaster(ctx, s.rnd.IntN(3))
		}
		return errors.New("there is one Redis only")
	}},
}

func (r *rig) single() *testbed.Redis { return r.redis.(*testbed.Redis) }

func (s *strike) damage(path testbed.Path, d testbed.Damage) { s.proxies[s.node].Damage(path, d) }

// do has a single Redis carry something out.
func (r *rig) do(ctx context.Context, command ...any) error {
	client := r.single().Client()
	defer client.Close()
	if err := client.Do(ctx, command...).Err(); err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("%v: %w", command, err)
	}
	return nil
}

// several has Redis carry something out a few times.
func (s *strike) several(ctx context.Context, command ...any) error {
	for range 4 {
		if err := s.do(ctx, command...); err != nil {
			return err
		}
		sleep(ctx, random(s.rnd, 500*time.Millisecond))
	}
	return nil
}

// rewind puts the append-only file back as it was some time ago. Something may be done in the moment in
// which Redis is not there.
func (s *strike) rewind(ctx context.Context, ago time.Duration, meanwhile func() error) error {
	live := filepath.Join(s.single().Dir(), "appendonlydir")
	snapshot := filepath.Join(s.options.dir, "snapshot")
	if err := errors.Join(os.RemoveAll(snapshot), os.CopyFS(snapshot, os.DirFS(live))); err != nil {
		return err
	}
	sleep(ctx, ago)
	s.single().Kill()
	if err := meanwhile(); err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(live), os.CopyFS(live, os.DirFS(snapshot))); err != nil {
		return err
	}
	return s.single().Start()
}

// forgetful are the faults after which a log may not be what it was.
func forgetful(f fault) bool {
	return strings.HasPrefix(f.name, "Redis forgets everything") || strings.HasPrefix(f.name, "Redis goes back") || f.name == "the master is killed"
}

// faultsFor returns the faults that can strike a kind of Redis.
func faultsFor(kind string) []fault {
	if kind == "single" {
		return slices.Concat(peopleFaults, redisFaults)
	}
	return slices.Concat(failoverFaults, peopleFaults)
}

func faultNames(faults []fault) string {
	names := make([]string, len(faults))
	for i, f := range faults {
		names[i] = f.name
	}
	return strings.Join(names, ", and ")
}
