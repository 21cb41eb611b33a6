package hub

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"chorus/internal/bus"
	"chorus/internal/chat"
)

const (
	beatEvery   = 2 * time.Second
	renewAtMost = 5 * time.Second
)

// beat renews the lease, and has those of nodes that have died reaped, until the context ends.
func (p *presence) beat(ctx context.Context) {
	var suspects []string
	for {
		wait := beatEvery/2 + rand.N(beatEvery/2)
		leases, err := p.renew(ctx)
		switch {
		case err != nil:
			suspects = nil
			wait /= 4
		case leases.Lapsed:
			p.log.Warn("this node was not heard of for too long, it says again who is on it")
			continue // with the new lease
		default:
			// Dead at two looks: after an outage nodes that live are about to say so.
			dead := slices.DeleteFunc(slices.Clone(leases.Dead), func(l string) bool { return !slices.Contains(suspects, l) })
			if suspects = leases.Dead; len(dead) < len(suspects) {
				wait = beatEvery / 2
			}
			if len(dead) > 0 {
				select {
				case p.dead <- dead:
				default: // some are being reaped
				}
			}
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// renew returns, with the first renewal of a lease and for a while after it, no dead ones: after an outage
// all leases have run out, and their nodes are about to begin new ones.
func (p *presence) renew(ctx context.Context) (bus.Leases, error) {
	p.mu.Lock()
	if p.doubt && time.Since(p.begun) > renewAtMost {
		p.beginAnew()
	}
	lease := p.lease
	p.mu.Unlock()
	began := time.Now()
	leases, err := p.registry.Beat(ctx, lease)
	if err != nil {
		return leases, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = began
	switch {
	case p.begun.IsZero():
		p.begun = began
		return bus.Leases{}, nil
	case leases.Lapsed:
		p.beginAnew()
	case time.Since(p.begun) < bus.LeaseLife+beatEvery:
		leases.Dead = nil
	}
	return leases, nil
}

// beginAnew has everything said under a new lease. It is called with mu held.
func (p *presence) beginAnew() {
	p.lease, p.begun, p.doubt = chat.NewID(), time.Time{}, false
	for room, a := range p.rooms {
		for id, s := range a.stays {
			s.known = false
			if s.sessions == 0 { // leaves with the old lease
				delete(a.stays, id)
				delete(a.pending, id)
				continue
			}
			p.change(room, a, s)
		}
		if len(a.pending) == 0 {
			delete(p.changing, room)
		}
		if len(a.stays) == 0 {
			delete(p.rooms, room)
		}
	}
}

// reap takes back what dead nodes have said, until the context ends. All nodes do so, in another order
// each. It is not for beat to do: it may take longer than the lease lives.
func (p *presence) reap(ctx context.Context) {
	for {
		var dead []string
		select {
		case dead = <-p.dead:
		case <-ctx.Done():
			return
		}
		rand.Shuffle(len(dead), func(i, j int) { dead[i], dead[j] = dead[j], dead[i] })
		for _, lease := range dead {
			if err := p.registry.Reap(ctx, lease); err != nil {
				break // it will be found dead again
			}
			p.log.Info("a node has died, its users have left", "lease", lease)
		}
	}
}
