package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"os"
	"text/template"

	"chorus/internal/hub"
	"chorus/internal/memory"
)

//go:embed capacity.md.tmpl
var capacityText string

var capacityPage = template.Must(template.New("capacity.md").Funcs(template.FuncMap{
	"thousands": thousands,
	"micros":    func(seconds float64) string { return figure(seconds * 1e6) },
	"kib":       func(bytes float64) string { return figure(bytes / 1024) },
	"figure":    figure,
	"percent":   func(v float64) string { return figure(100*v) + " %" },
}).Parse(capacityText))

// use is what people do, at the busiest time of the day, and what is bought for them.
type use struct {
	Members  float64 // of a room
	Kept     float64 // messages in a room's log, on average
	Tail     float64 // of them that a node with members in the room keeps in memory, at the most
	TailSize float64 // bytes of one of these
	PerHour  float64 // messages that a person says
	Return   float64 // seconds in which those of a node that died are back
	Frame    float64 // bytes of a delivery on the wire
	Busy     float64 // how much of a core or of memory may be used, so that there is something left for bad days
	Cores    float64 // of a node
	Memory   float64 // GiB of a node
	Master   float64 // GiB of a Redis master, which has one core
	MostOnce float64 // connections of a node, whatever it has left: so many come back at once when it dies
	Average  float64 // of a day's traffic to that of its busiest hour
	CoreCost float64 // of a core with 2 GiB, a month
	DataCost float64 // of a TB to people
}

var assumed = use{
	Members: 10, Kept: 1000, Tail: 256, TailSize: 600, PerHour: 60, Return: 30, Frame: 450, Busy: 0.5, Cores: 4, Memory: 8, Master: 16, MostOnce: 50_000,
	Average: 0.3, CoreCost: 20, DataCost: 10,
}

// What a node does with its memory (internal/memory, hub/bound.go): beside the program itself, an eighth is for what
// rooms remember. When that is held they keep little of what is new, and with twice as much next to nothing. With half
// of all in use nobody more is let in.
const (
	tailsShare = 1.0 / memory.Parts
	tightShare = 1.0 / 2
)

// costs are what was measured, in seconds and bytes. CPU of a send and of a delivery falls with load, as more goes
// into each write. So these are of so many nodes that none has much to do, as it is in a large cluster.
type costs struct {
	Nodes          float64 // that each message was relayed to
	Each           float64 // messages that were said on each of them in a second
	Send, Delivery float64 // of Redis for each send, and of the nodes for each delivery, of that many nodes
	Relay, Receive float64 // of Redis and of a node: for each send and each node beyond that many
	Connect, Idle  float64 // of a node: for each connect, each second of a connection
	Connection     float64 // bytes of a node
	Room           float64 // bytes of a node for each room that it has members of, without what is remembered of it
	Kept           float64 // bytes of Redis for each message
}

// plan is what so many connections need.
type plan struct {
	Connections, Sends, Deliveries float64
	NodeCores                      float64
	Nodes, Shards                  float64
	Bandwidth                      float64 // Gbit a second
	Machines, Traffic              float64 // what they cost a month
	Bounded                        bool    // whether rooms remember less than they would with more memory
	First                          string  // what saturates first of the nodes
	FirstOfRedis                   string
}

// planFor computes what so many connections need. The more nodes there are, the more of them a room's members
// are spread over, and the more often Redis relays a message.
func planFor(connections float64, l use, c costs) plan {
	const gib, month = 1 << 30, 30 * 24 * 3600
	p := plan{Connections: connections, Sends: connections * l.PerHour / 3600}
	p.Deliveries = p.Sends * l.Members
	bytes := p.Deliveries * l.Frame
	p.Bandwidth = bytes * 8 / 1e9

	// The more nodes, the more of them have some of a room's members, each with a tail of its own. One of them may die.
	rooms, limit := connections/l.Members, l.Memory*gib-memory.Program
	var spread, work float64
	for p.Nodes = 2; ; p.Nodes++ {
		spread = p.Nodes * (1 - math.Pow(1-1/p.Nodes, l.Members)) // nodes that have a room's members
		further := p.Sends * max(0, spread-c.Nodes)
		work = p.Deliveries*c.Delivery + further*c.Receive + connections*c.Idle
		var tails float64
		tails, p.Bounded = remembered(rooms*spread/(p.Nodes-1), l, limit)
		needed, first := most(map[string]float64{
			"connections of a node": connections / l.MostOnce,
			"memory of the nodes":   (connections*c.Connection + rooms*spread*c.Room) / (limit*tightShare - tails),
			"CPU of the nodes":      work / (l.Cores * l.Busy),
		})
		if p.First = first; needed < p.Nodes {
			break
		}
	}
	p.NodeCores = work + connections/p.Nodes/l.Return*c.Connect

	p.Shards, p.FirstOfRedis = most(map[string]float64{
		"CPU of Redis":    p.Sends * (c.Send + max(0, spread-c.Nodes)*c.Relay) / l.Busy,
		"memory of Redis": rooms * l.Kept * c.Kept / (l.Master * gib * l.Busy),
	})
	cores := p.Nodes*max(l.Cores, l.Memory/2) + 2*p.Shards*max(1, l.Master/2) // each master with a replica
	p.Machines = cores * l.CoreCost
	p.Traffic = bytes * l.Average * month / 1e12 * l.DataCost
	return p
}

// remembered returns the bytes that a node with so many rooms and so much memory remembers of them, and whether that
// is bounded.
func remembered(rooms float64, l use, limit float64) (bytes float64, bounded bool) {
	tail := min(l.Tail, l.Kept) * l.TailSize
	most := max(limit*tailsShare, min(rooms*min(tail, hub.LittleTail), 2*limit*tailsShare))
	return min(rooms*tail, most), rooms*tail > most
}

// most returns how many are needed of something that has several limits, and which of these is met first.
func most(needed map[string]float64) (n float64, first string) {
	for limit, of := range needed {
		if of > n {
			n, first = of, limit
		}
	}
	return math.Ceil(n), first
}

// costs takes what is needed out of what was measured, alone being the bytes of a connection in a room of its own.
func (b *bench) costs(measured results, alone float64) (c costs, err error) {
	value := func(shape, row string) float64 {
		m, ok := measured[shape+": "+row]["chorus"]
		if !ok {
			err = errors.Join(err, fmt.Errorf("capacity: %s: %s was not measured", shape, row))
		}
		return m.median
	}
	const micro = 1e-6
	c.Kept = value(shapeManyRooms, rowKept)
	c.Connect = value(shapeStorm, rowConnect) * micro
	shared := value(shapeIdle, rowMemory) * 1024 // a connection and its part of a room
	c.Room = max(0, (alone-shared)/(1-1.0/idleMembers))
	c.Connection = shared - c.Room/idleMembers
	c.Idle = value(shapeIdle, rowIdle) * micro
	for _, g := range b.grown {
		if g.File != "nodes" {
			continue
		}
		last := len(g.at) - 1
		c.Nodes = float64(g.at[last])
		c.Each = nodesRate / c.Nodes
		c.Delivery, c.Send = g.points[0][last]*micro, g.points[1][last]*micro
		further := micro / float64(g.at[last]-g.at[0])
		c.Receive = max(0, g.points[0][last]-g.points[0][0]) * nodesMembers * further // of a send, not of a delivery
		c.Relay = max(0, g.points[1][last]-g.points[1][0]) * further
	}
	return c, err
}

// writeCapacity writes the page about machines that are larger than this one.
func (b *bench) writeCapacity(ctx context.Context, measured results, file string) error {
	fmt.Fprintln(os.Stderr, "connections in a room of their own")
	r, err := b.once(ctx, "chorus", 1, []string{"idle", "--rooms=5000", "--members=1", "--ramp=1000", "--settle=30s",
		"--duration=1s"})
	if err != nil {
		return err
	}
	c, err := b.costs(measured, r.Idling.BytesPerConnection)
	if err != nil {
		return err
	}
	text, err := capacityOf(c)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

// capacityOf returns the page.
func capacityOf(c costs) ([]byte, error) {
	var plans []plan
	for _, n := range []float64{100_000, 1_000_000, 10_000_000} {
		plans = append(plans, planFor(n, assumed, c))
	}
	var text bytes.Buffer
	err := capacityPage.Execute(&text, map[string]any{
		"Load": assumed, "Costs": c, "Plans": plans, "LittleTail": float64(hub.LittleTail),
	})
	return text.Bytes(), err
}

// thousands returns a number with its thousands apart.
func thousands(v float64) string {
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
