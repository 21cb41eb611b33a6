package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"chorus/internal/load"
)

// row is one thing that is measured of every target.
type row struct {
	name    string // as it stands in the table
	unit    string
	ofRedis bool // so that it is not measured of the floor
	// figure takes the measure out of a report.
	figure func(*load.Report) float64
}

// shape is the load of some rows: it is put on each target once a round for all of them.
type shape struct {
	name string
	args []string // of the load generator
	rows []row
}

func perDelivery(r *load.Report) float64 { return r.Talking.ServerCPU }

func deliveries(r *load.Report) float64 { return r.Talking.DeliveriesPerSecond / 1000 }

func perPublish(r *load.Report) float64 { return r.Talking.RedisCPU }

func late(r *load.Report) float64 { return r.Talking.Latency.P99 }

func missing(r *load.Report) float64 {
	expected := float64(r.Talking.Deliveries) + float64(r.Flaws.Missing)
	return 100 * float64(r.Talking.Deliveries) / max(1, expected)
}

func peak(r *load.Report) float64 { return float64(r.Talking.ServerPeak) / (1 << 20) }

func cut(r *load.Report) float64 { return float64(r.Flaws.Cut) }

// What is referred to elsewhere.
const (
	shapeManyRooms = "100 rooms of 10, 5000 messages a second"
	shapeIdle      = "5000 connections in rooms of 10, nothing said"
	shapeStorm     = "5000 connect at once"

	rowDelivery = "server CPU of a delivery"
	rowSend     = "Redis CPU of a send"
	rowMemory   = "memory of a connection"
	rowIdle     = "server CPU of a connection"
	rowConnect  = "server CPU to connect and join"
)

// idleConnections is how many connections do nothing.
const idleConnections = 5000

var shapes = []shape{
	{"one room of 1000, as much as goes", []string{"talk", "--members=1000", "--senders=20", "--in-flight=16", "--duration=8s"}, []row{
		{name: "deliveries", unit: "k/s", figure: deliveries},
		{name: rowDelivery, unit: "µs", figure: perDelivery},
		{name: rowSend, unit: "µs", figure: perPublish, ofRedis: true},
		{name: "memory at the most", unit: "MiB", figure: peak},
	}},
	{"one room of 1000, 100 messages a second", []string{"talk", "--members=1000", "--senders=10", "--rate=100", "--duration=8s"}, []row{
		{name: rowDelivery, unit: "µs", figure: perDelivery},
		{name: "99 % arrive within", unit: "ms", figure: late},
	}},
	{"100 rooms of 10, as much as goes", []string{"talk", "--rooms=100", "--members=10", "--senders=10", "--in-flight=4", "--duration=8s"}, []row{
		{name: "deliveries", unit: "k/s", figure: deliveries},
		{name: rowSend, unit: "µs", figure: perPublish, ofRedis: true},
	}},
	{shapeManyRooms, []string{"talk", "--rooms=100", "--members=10", "--senders=5", "--rate=5000", "--duration=8s"}, []row{
		{name: rowDelivery, unit: "µs", figure: perDelivery},
		{name: rowSend, unit: "µs", figure: perPublish, ofRedis: true},
		{name: "99 % arrive within", unit: "ms", figure: late},
	}},
	{shapeIdle, []string{"idle", "--rooms=500", "--members=10", "--ramp=1000", "--settle=10s", "--duration=5s"}, []row{
		{name: rowMemory, unit: "KiB", figure: func(r *load.Report) float64 { return r.Idling.BytesPerConnection / 1024 }},
		{name: rowIdle, unit: "µs/s", figure: func(r *load.Report) float64 { return 1e6 * r.Idling.ServerCores / idleConnections }},
	}},
	{shapeStorm, []string{"storm", "--rooms=500", "--members=10"}, []row{
		{name: rowConnect, unit: "µs", figure: func(r *load.Report) float64 { return r.Entering.ServerCPU }},
		{name: "connections", unit: "/s", figure: func(r *load.Report) float64 { return r.Entering.PerSecond }},
	}},
	{"2000 messages at once to 1000", []string{"burst", "--members=1000", "--senders=1", "--messages=2000"}, []row{
		{name: "delivered", unit: "%", figure: missing},
		{name: "memory at the most", unit: "MiB", figure: peak},
	}},
	{"5 of 20 stop reading at 3000 messages a second", []string{"slow", "--members=20", "--senders=10", "--rate=3000", "--slow=5", "--duration=15s"}, []row{
		{name: "cut off", unit: "", figure: cut},
		{name: "memory at the most", unit: "MiB", figure: peak},
	}},
}

// measured is the median of a row for a target; flaws are those of all its rounds.
type measured struct {
	value float64
	flaws load.Flaws
}

// compare puts each shape on each target, one round after the other, so that what else the machine does
// strikes all of them.
func (b *bench) compare(ctx context.Context) (map[string]map[string]measured, error) {
	results := make(map[string]map[string]measured)
	for _, s := range shapes {
		if len(b.Rows) > 0 && !slices.Contains(b.Rows, s.name) {
			continue
		}
		figures := make(map[string]map[string][]float64) // by row and target
		flaws := make(map[string]load.Flaws)
		for round := range b.Rounds {
			for _, target := range b.Targets {
				fmt.Fprintf(os.Stderr, "%s, round %d: %s\n", s.name, round+1, target)
				r, err := b.once(ctx, target, 1, s.args)
				if err != nil {
					return nil, fmt.Errorf("%s: %s: %w", s.name, target, err)
				}
				flaws[target] = flaws[target].Plus(r.Flaws)
				for _, row := range s.rows {
					if target == "floor" && row.ofRedis {
						continue
					}
					if figures[row.name] == nil {
						figures[row.name] = make(map[string][]float64)
					}
					figures[row.name][target] = append(figures[row.name][target], row.figure(r))
				}
			}
		}
		for name, byTarget := range figures {
			key := s.name + ": " + name
			results[key] = make(map[string]measured)
			for target, values := range byTarget {
				results[key][target] = measured{median(values), flaws[target]}
			}
		}
	}
	return results, nil
}

// once starts a target, puts a load on it, and stops it.
func (b *bench) once(ctx context.Context, target string, nodes int, args []string) (*load.Report, error) {
	s, err := b.start(ctx, target, nodes)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	if b.Quick && args[0] != "storm" && args[0] != "burst" {
		args = append(slices.Clone(args), "--duration=1s")
	}
	return b.load(ctx, s, args...)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
