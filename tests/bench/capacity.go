package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"os"
	"text/template"
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

// costs are what was measured, in seconds and bytes.
type costs struct {
	Delivery, Connect, Idle float64 // of a node: for each delivery, each connect, each second of a connection
	Connection              float64 // bytes
	Receive                 float64 // of a node: for each send that it is relayed and is not the only one to
	Send, Relay             float64 // of Redis: for each send, and for each node that it is relayed to beyond the first
	Kept                    float64 // bytes of Redis for each message
}

// plan is what so many connections need.
type plan struct {
	Connections, Sends, Deliveries float64
	NodeCores                      float64
	Nodes, Shards                  float64
	Bandwidth                      float64 // Gbit a second
	Machines, Traffic              float64 // what they cost a month
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

	// The more nodes, the more of them have some of a room's members, each with a tail of its own.
	rooms := connections / l.Members
	var spread, work float64
	for p.Nodes = 1; ; {
		spread = p.Nodes * (1 - math.Pow(1-1/p.Nodes, l.Members)) // nodes that have a room's members
		work = p.Deliveries*c.Delivery + p.Sends*(spread-1)*c.Receive + connections*c.Idle
		tails := rooms * spread * min(l.Tail, l.Kept) * l.TailSize
		nodes, first := most(map[string]float64{
			"connections of a node": connections / l.MostOnce,
			"memory of the nodes":   (connections*c.Connection + tails) / (l.Memory * gib * l.Busy),
			"CPU of the nodes":      work / (l.Cores * l.Busy),
		})
		if nodes++; nodes <= p.Nodes { // one of them may die
			break
		}
		p.Nodes, p.First = nodes, first
	}
	p.NodeCores = work + connections/p.Nodes/l.Return*c.Connect

	p.Shards, p.FirstOfRedis = most(map[string]float64{
		"CPU of Redis":    p.Sends * (c.Send + (spread-1)*c.Relay) / l.Busy,
		"memory of Redis": rooms * l.Kept * c.Kept / (l.Master * gib * l.Busy),
	})
	cores := p.Nodes*max(l.Cores, l.Memory/2) + 2*p.Shards*max(1, l.Master/2) // each master with a replica
	p.Machines = cores * l.CoreCost
	p.Traffic = bytes * l.Average * month / 1e12 * l.DataCost
	return p
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

// costs takes what is needed out of what was measured.
func (b *bench) costs(results map[string]map[string]float64) (c costs, err error) {
	value := func(shape, row string) float64 {
		m, ok := results[shape+": "+row]["chorus"]
		if !ok {
			err = errors.Join(err, fmt.Errorf("capacity: %s: %s was not measured", shape, row))
		}
		return m
	}
	const micro = 1e-6
	c.Delivery = value(shapeManyRooms, rowDelivery) * micro
	c.Send = value(shapeManyRooms, rowSend) * micro
	c.Kept = value(shapeManyRooms, rowKept)
	c.Connect = value(shapeStorm, rowConnect) * micro
	c.Connection = value(shapeIdle, rowMemory) * 1024
	c.Idle = value(shapeIdle, rowIdle) * 1e-6
	for _, g := range b.grown {
		if g.File == "nodes" {
			last := len(g.at) - 1
			further := micro / float64(g.at[last]-g.at[0])
			c.Receive = max(0, g.points[0][last]-g.points[0][0]) * nodesMembers * further // of a send, not of a delivery
			c.Relay = max(0, g.points[1][last]-g.points[1][0]) * further
		}
	}
	return c, err
}

// writeCapacity writes the page about machines that are larger than this one.
func (b *bench) writeCapacity(results map[string]map[string]float64, file string) error {
	c, err := b.costs(results)
	if err != nil {
		return err
	}
	var plans []plan
	for _, n := range []float64{100_000, 1_000_000, 10_000_000} {
		plans = append(plans, planFor(n, assumed, c))
	}
	var text bytes.Buffer
	if err := capacityPage.Execute(&text, map[string]any{"Load": assumed, "Costs": c, "Plans": plans}); err != nil {
		return err
	}
	return os.WriteFile(file, text.Bytes(), 0o644)
}

// thousands returns a number with its thousands apart.
func thousands(v float64) string {
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
