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
}).Parse(capacityText))

// use is what people do, at the busiest time of the day.
type use struct {
	Members  float64 // of a room
	PerHour  float64 // messages that a person says
	Return   float64 // seconds in which those of a node that died are back
	Frame    float64 // bytes of a delivery on the wire
	Busy     float64 // how much of a core may be used, so that there is something left for bad days
	Cores    float64 // of a node
	Memory   float64 // GiB of a node
	MostOnce float64 // connections of a node, whatever it has left: so many come back at once when it dies
}

var assumed = use{Members: 10, PerHour: 60, Return: 30, Frame: 450, Busy: 0.5, Cores: 4, Memory: 8, MostOnce: 50_000}

// costs are what was measured, in seconds and bytes.
type costs struct {
	Delivery, Connect, Idle float64 // of a node: for each delivery, each connect, each second of a connection
	Connection              float64 // bytes
	Send, Relay             float64 // of Redis: for each send, and for each node that it is relayed to beyond the first
}

// plan is what so many connections need.
type plan struct {
	Connections, Sends, Deliveries float64
	NodeCores                      float64
	Nodes, Shards                  float64
	Bandwidth                      float64 // Gbit a second
	First                          string  // what saturates first
}

// planFor computes what so many connections need. The more nodes there are, the more of them a room's members
// are spread over, and the more often Redis relays a message.
func planFor(connections float64, l use, c costs) plan {
	p := plan{Connections: connections, Sends: connections * l.PerHour / 3600}
	p.Deliveries = p.Sends * l.Members
	p.Bandwidth = p.Deliveries * l.Frame * 8 / 1e9
	limits := map[string]float64{
		"connections of a node": connections / l.MostOnce,
		"memory of the nodes":   connections * c.Connection / (l.Memory * (1 << 30) * l.Busy),
	}
	work := p.Deliveries*c.Delivery + connections*c.Idle
	limits["CPU of the nodes"] = work / (l.Cores * l.Busy)
	for limit, nodes := range limits {
		if nodes > p.Nodes {
			p.Nodes, p.First = nodes, limit
		}
	}
	p.Nodes = math.Ceil(p.Nodes) + 1 // one may die
	p.NodeCores = work + connections/p.Nodes/l.Return*c.Connect
	spread := p.Nodes * (1 - math.Pow(1-1/p.Nodes, l.Members)) // nodes that have a room's members
	p.Shards = math.Ceil(p.Sends * (c.Send + (spread-1)*c.Relay) / l.Busy)
	return p
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
	c.Connect = value(shapeStorm, rowConnect) * micro
	c.Connection = value(shapeIdle, rowMemory) * 1024
	c.Idle = value(shapeIdle, rowIdle) * 1e-6
	for _, g := range b.grown {
		if g.File == "nodes" {
			last := len(g.at) - 1
			c.Relay = max(0, g.points[1][last]-g.points[1][0]) * micro / float64(g.at[last]-g.at[0])
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
