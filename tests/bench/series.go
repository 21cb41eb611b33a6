package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"chorus/internal/load"
)

// series shows how a cost grows with something.
type series struct {
	File  string
	Title string
	x     string
	at    []int
	// run measures at one point.
	run   func(ctx context.Context, b *bench, n int) (*load.Report, error)
	lines []line
}

type line struct {
	name   string
	figure func(*load.Report) float64
}

// growing measures one node with a flag of the load generator that grows.
func growing(flag string, args ...string) func(ctx context.Context, b *bench, n int) (*load.Report, error) {
	return func(ctx context.Context, b *bench, n int) (*load.Report, error) {
		return b.once(ctx, "chorus", 1, append(slices.Clone(args), fmt.Sprintf("%s=%d", flag, n)))
	}
}

// nodesMembers is how many are in a room of the series about nodes: as many on each of 1, 2, 3 or 4. nodesRate is how
// many messages they say in a second, all together.
const nodesMembers, nodesRate = 12, 2000

// Up to 19,000 connections: what a process may have open is often 20,000 files.
var allSeries = []series{
	{"members", "One room, as much as goes", "members of the room", []int{10, 100, 1000, 3000, 10_000},
		func(ctx context.Context, b *bench, n int) (*load.Report, error) {
			return b.once(ctx, "chorus", 1, []string{"talk", fmt.Sprintf("--members=%d", n), // as in the table
				fmt.Sprintf("--senders=%d", min(n, mostSenders)), inFlight, "--duration=8s"})
		}, []line{
			{"deliveries, k/s", deliveries},
			{"server CPU of a delivery, ns", func(r *load.Report) float64 { return 1000 * r.Talking.ServerCPU }},
		}},
	{"rooms", "A member in each room, 1000 messages a second in all", "rooms", []int{10, 100, 1000, 5000, 19_000},
		growing("--rooms", "talk", "--members=1", "--senders=1", "--rate=1000", "--ramp=2000", "--duration=8s"), []line{
			{"server CPU of a send, µs", perDelivery},
			{"Redis CPU of a send, µs", perPublish},
		}},
	{"nodes", fmt.Sprintf("100 rooms of %d over all nodes, %d messages a second", nodesMembers, nodesRate), "nodes", []int{1, 2, 3, 4},
		func(ctx context.Context, b *bench, n int) (*load.Report, error) {
			return b.once(ctx, "chorus", n, []string{"talk", "--rooms=100", fmt.Sprintf("--members=%d", nodesMembers),
				"--senders=6", fmt.Sprintf("--rate=%d", nodesRate), "--duration=8s"})
		}, []line{
			{"CPU of all nodes of a delivery, µs", perDelivery},
			{"Redis CPU of a send, µs", perPublish},
		}},
	{"idle", "A room in which nothing is said", "members of the room", []int{500, 2000, 8000, 19_000},
		growing("--members", "idle", "--rooms=1", "--ramp=2000", "--settle=10s", "--duration=10s"), []line{
			{"server CPU of a connection, µs in a second", perIdle},
			{"commands of Redis in a second", func(r *load.Report) float64 { return r.Idling.RedisCommands }},
		}},
	{"history", "A room of 10 with more and more messages in its log", "messages in the log, in the middle of what counts", []int{1100, 2000, 6000, 21_000},
		func(ctx context.Context, b *bench, n int) (*load.Report, error) {
			const rate, counted = 1000, 2 // messages a second, seconds
			return b.once(ctx, "chorus", 1, []string{"talk", "--members=10", "--senders=5", fmt.Sprintf("--rate=%d", rate),
				fmt.Sprintf("--warmup=%dms", n-rate*counted/2), fmt.Sprintf("--duration=%ds", counted)})
		}, []line{
			{"Redis CPU of a send, µs", perPublish},
			{"server CPU of a delivery, µs", perDelivery},
		}},
	{"returning", "A node is killed, and its people come back to the other", "connections", []int{100, 300, 1000, 3000},
		func(ctx context.Context, b *bench, n int) (*load.Report, error) {
			return b.once(ctx, "chorus", 2, []string{"reconnect", "--kill", fmt.Sprintf("--rooms=%d", n/10), "--members=11", "--senders=1", "--rate=500", "--duration=8s"})
		}, []line{
			{"until all are back and live, ms", func(r *load.Report) float64 { return 1000 * r.Returning.Seconds }},
			{"reads of logs from Redis", func(r *load.Report) float64 { return float64(r.Returning.RedisReads) }},
		}},
}

// grow measures all series and draws them into a directory.
func (b *bench) grow(ctx context.Context, dir string) error {
	for _, s := range allSeries {
		points := make([][]float64, len(s.lines))
		at := s.at
		if b.Quick {
			at = at[:2]
		}
		for _, n := range at {
			fmt.Fprintf(os.Stderr, "%s: %d\n", s.Title, n)
			r, err := s.run(ctx, b, n)
			if err != nil {
				return fmt.Errorf("%s: %d: %w", s.Title, n, err)
			}
			if !r.Good() {
				b.wrong = append(b.wrong, fmt.Sprintf("%s, %d %s: %s", s.Title, n, s.x, said(r.Flaws, r.Refused)))
			}
			for i, l := range s.lines {
				points[i] = append(points[i], l.figure(r))
			}
		}
		b.grown = append(b.grown, grown{s, at, points})
		if err := drawSeries(s, at, points, filepath.Join(dir, s.File+".svg")); err != nil {
			return err
		}
	}
	return nil
}

// grown is a series that was measured.
type grown struct {
	series
	at     []int
	points [][]float64 // by line
}
