package main

import (
	"math"
	"strings"
	"testing"

	"chorus/internal/hub"
	"chorus/internal/memory"
)

var someCosts = costs{Nodes: 4, Delivery: 38e-6, Connect: 142e-6, Idle: 1.9e-6, Connection: 6.5 * 1024, Room: 3 << 10, Send: 106e-6,
	Receive: 53e-6, Relay: 8e-6, Kept: 395}

func TestMoreConnectionsNeedMoreOfEverything(t *testing.T) {
	small, large := planFor(100_000, assumed, someCosts), planFor(1_000_000, assumed, someCosts)
	if small.Nodes < 2 || small.Shards < 1 {
		t.Errorf("100,000 need %+v", small)
	}
	if large.Nodes < 5*small.Nodes || large.Shards < 2*small.Shards || large.Bandwidth < 9*small.Bandwidth || large.Machines < 5*small.Machines {
		t.Errorf("10 times as many need %+v instead of %+v", large, small)
	}
}

func TestAPlanThatCanBeComputedByHand(t *testing.T) {
	people := use{Members: 10, Kept: 1, PerHour: 3600, Return: 10, Frame: 1000, Busy: 0.5, Cores: 4, Memory: 1, Master: 1, MostOnce: 1e9,
		Average: 1, CoreCost: 1, DataCost: 1}
	p := planFor(1000, people, costs{Delivery: 1e-3, Connect: 60e-3, Send: 1e-3})
	// 1000 sends and 10,000 deliveries a second: 10 cores, of nodes that have 2 to use. A sixth of the people come back in 10 s.
	want := plan{Connections: 1000, Sends: 1000, Deliveries: 10_000, Nodes: 6, NodeCores: 11, Shards: 2, Bandwidth: 0.08,
		Machines: 6*4 + 4, Traffic: 25.92, First: "CPU of the nodes", FirstOfRedis: "CPU of Redis"}
	if p.Traffic = math.Round(100*p.Traffic) / 100; p != want {
		t.Errorf("planned was %+v, want %+v", p, want)
	}
}

func TestWhatGivesOutFirstIsNamed(t *testing.T) {
	for want, change := range map[string]func(*use, *costs){
		"CPU of the nodes":      func(_ *use, c *costs) { c.Delivery = 1e-3 },
		"memory of the nodes":   func(_ *use, c *costs) { c.Connection = 100 << 10 },
		"connections of a node": func(u *use, _ *costs) { u.MostOnce = 1000 },
	} {
		u, c := assumed, someCosts
		change(&u, &c)
		if got := planFor(1_000_000, u, c).First; got != want {
			t.Errorf("%s gives out first, not %s", got, want)
		}
	}
}

// A node has 8 GiB, of which rooms remember an eighth, and twice that at the most.
func TestWhatRoomsRememberIsBounded(t *testing.T) {
	const limit = 8<<30 - memory.Program
	for rooms, want := range map[float64]float64{
		1000:      1000 * 256 * 600, // all of it
		10_000:    limit / 8,
		100_000:   100_000 * hub.LittleTail,
		1_000_000: limit / 4,
	} {
		if got, bounded := remembered(rooms, assumed, limit); got != want || bounded != (rooms > 1000) {
			t.Errorf("of %.0f rooms it remembers %.0f bytes, not %.0f; bounded: %v", rooms, got, want, bounded)
		}
	}
	long := assumed
	long.TailSize = 100_000
	if few, many := planFor(1_000_000, assumed, someCosts), planFor(1_000_000, long, someCosts); few.Nodes != many.Nodes || !many.Bounded {
		t.Errorf("long messages need %.0f nodes instead of %.0f", many.Nodes, few.Nodes)
	}
}

// The series that the costs are from measures receiving on its nodes: only what is on more of them costs more.
func TestReceivingIsPaidForOnce(t *testing.T) {
	u, c := assumed, costs{Nodes: 4, Delivery: 10e-6, Receive: 1, Send: 10e-6, Relay: 1}
	u.MostOnce = 50_000 // 2 nodes and one more
	if p := planFor(100_000, u, c); p.Nodes != 3 || p.Shards != 1 {
		t.Errorf("3 nodes are planned as more than the 4 that were measured: %+v", p)
	}
}

func TestOnlySeveralMastersAreExplained(t *testing.T) {
	c := someCosts
	c.Each = 500
	page, err := capacityOf(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"with 100,000 the connections of a node; its rooms remember less than 256 messages each\n",
		"with 10,000,000 the connections of a node; its rooms remember less than 256 messages each; there are as many masters",
	} {
		if !strings.Contains(string(page), line) {
			t.Errorf("there is no %q in the page", line)
		}
	}
}

func TestALogThatIsKeptLongNeedsMoreMasters(t *testing.T) {
	short, long := assumed, assumed
	short.Kept, long.Kept = 1, 10_000
	if p := planFor(1_000_000, short, someCosts); p.FirstOfRedis != "CPU of Redis" {
		t.Errorf("%s is met first where little is kept", p.FirstOfRedis)
	}
	if p := planFor(1_000_000, long, someCosts); p.FirstOfRedis != "memory of Redis" || p.Shards < 30 {
		t.Errorf("where much is kept: %+v", p)
	}
}

func TestThousands(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 10_000_000: "10,000,000"} {
		if got := thousands(v); got != want {
			t.Errorf("%f is written %q", v, got)
		}
	}
}
