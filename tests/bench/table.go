package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"chorus/internal/load"
)

// row is one thing that is measured of every target.
type row struct {
	name    string // as it stands in the table
	unit    string
	ofRedis bool    // so that it is not measured of the floor
	least   float64 // what is smaller is noise, and written as 0
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

// The burst is so many messages to so many members.
const burstMessages, burstMembers = 2000, 1000

func delivered(r *load.Report) float64 {
	return 100 * float64(r.Talking.Deliveries) / (burstMessages * burstMembers)
}

func peak(r *load.Report) float64 { return float64(r.Talking.ServerPeak) / (1 << 20) }

func cut(r *load.Report) float64 { return float64(r.Flaws.Cut) }

func perIdle(r *load.Report) float64 { return 1e6 * r.Idling.ServerCores / float64(r.Connections) }

// What is referred to elsewhere.
const (
	shapeManyRooms = "100 rooms of 10, 5000 messages a second"
	shapeIdle      = "5000 connections in rooms of 10, nothing said"
	idleMembers    = 10
	shapeStorm     = "5000 connect at once"

	rowDelivery = "server CPU of a delivery"
	rowSend     = "Redis CPU of a send"
	rowKept     = "Redis memory of a send"
	rowMemory   = "memory of a connection"
	rowIdle     = "server CPU of a connection"
	rowConnect  = "server CPU to connect and join"
)

// Where as much goes as can in one room, so many say it, each with so many messages under way.
const (
	mostSenders = 20
	inFlight    = "--in-flight=16"
)

// What is idle is looked at for the 25 s in which each of the peers pings every connection once.
var shapes = []shape{
	{"one room of 1000, as much as goes", []string{"talk", "--members=1000", fmt.Sprintf("--senders=%d", mostSenders), inFlight, "--duration=8s"}, []row{
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
		{name: "the load generator's own CPU", unit: "cores", figure: func(r *load.Report) float64 { return r.Talking.GeneratorCores }},
	}},
	{shapeManyRooms, []string{"talk", "--rooms=100", "--members=10", "--senders=5", "--rate=5000", "--duration=8s"}, []row{
		{name: rowDelivery, unit: "µs", figure: perDelivery},
		{name: rowSend, unit: "µs", figure: perPublish, ofRedis: true},
		{name: rowKept, unit: "B", figure: func(r *load.Report) float64 { return r.Talking.RedisGrowth }, ofRedis: true, least: 1},
		{name: "99 % arrive within", unit: "ms", figure: late},
	}},
	{shapeIdle, []string{"idle", "--rooms=500", fmt.Sprintf("--members=%d", idleMembers), "--ramp=1000", "--settle=30s", "--duration=25s"}, []row{
		{name: rowMemory, unit: "KiB", figure: func(r *load.Report) float64 { return r.Idling.BytesPerConnection / 1024 }},
		{name: rowIdle, unit: "µs/s", figure: perIdle},
	}},
	{shapeStorm, []string{"storm", "--rooms=500", "--members=10"}, []row{
		{name: rowConnect, unit: "µs", figure: func(r *load.Report) float64 { return r.Entering.ServerCPU }},
		{name: "connections", unit: "/s", figure: func(r *load.Report) float64 { return r.Entering.PerSecond }},
	}},
	{"2000 messages at once to 1000", []string{"burst", fmt.Sprintf("--members=%d", burstMembers), "--senders=1", fmt.Sprintf("--messages=%d", burstMessages)}, []row{
		{name: "delivered", unit: "%", figure: delivered},
		{name: "memory at the most", unit: "MiB", figure: peak},
	}},
	{"5 of 20 stop reading at 3000 messages a second", []string{"slow", "--members=20", "--senders=10", "--rate=3000", "--slow=5", "--duration=15s"}, []row{
		{name: "cut off", unit: "", figure: cut},
		{name: "memory at the most", unit: "MiB", figure: peak},
	}},
}

// results are what was measured of each row, by shape, row and target.
type results map[string]map[string]measure

// measure is what the rounds came to.
type measure struct{ median, lowest, highest float64 }

// compare puts each shape on each target.
func (b *bench) compare(ctx context.Context) (results, error) {
	all := make(results)
	for _, s := range shapes {
		if len(b.Only) > 0 && !slices.Contains(b.Only, s.name) {
			continue
		}
		reports, err := b.putOn(ctx, s)
		if err != nil {
			return nil, err
		}
		for _, row := range s.rows {
			key := s.name + ": " + row.name
			all[key] = make(map[string]measure)
			for target, rounds := range reports {
				if target != "floor" || !row.ofRedis {
					all[key][target] = measured(rounds, row.figure)
				}
			}
		}
		for _, target := range b.Targets {
			flaws, refused, good := load.Flaws{}, uint64(0), true
			for _, r := range reports[target] {
				flaws = flaws.Plus(r.Flaws)
				refused += r.Refused
				good = good && r.Good() && r.Refused == 0
			}
			if !good {
				b.wrong = append(b.wrong, fmt.Sprintf("%s, %s: %s", titles[target], s.name, said(flaws, refused)))
			}
		}
	}
	return all, nil
}

// putOn puts a shape on each target, one round after the other, so that what else the machine does strikes all
// of them.
func (b *bench) putOn(ctx context.Context, s shape) (map[string][]*load.Report, error) {
	reports := make(map[string][]*load.Report)
	for round := range b.Rounds {
		for i := range b.Targets {
			target := b.Targets[(i+round)%len(b.Targets)] // each follows each
			fmt.Fprintf(os.Stderr, "%s, round %d: %s\n", s.name, round+1, target)
			r, err := b.once(ctx, target, 1, s.args)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", s.name, target, err)
			}
			reports[target] = append(reports[target], r)
		}
	}
	return reports, nil
}

// once starts a target, puts a load on it, and stops it.
func (b *bench) once(ctx context.Context, target string, nodes int, args []string) (*load.Report, error) {
	s, err := b.start(ctx, target, nodes)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	return b.load(ctx, s, b.shortened(args)...)
}

// shortened returns what the load generator is told: where it is to be quick, to measure for a second.
func (b *bench) shortened(args []string) []string {
	args = slices.Clone(args)
	for i, a := range args {
		if b.Quick && strings.HasPrefix(a, "--duration=") {
			args[i] = "--duration=1s"
		}
	}
	return args
}

func measured(rounds []*load.Report, figure func(*load.Report) float64) measure {
	var values []float64
	for _, r := range rounds {
		values = append(values, figure(r))
	}
	slices.Sort(values)
	last := len(values) - 1
	return measure{(values[last/2] + values[len(values)/2]) / 2, values[0], values[last]}
}
