package main

import "testing"

var someCosts = costs{Delivery: 10e-6, Connect: 150e-6, Idle: 1e-6, Connection: 12 << 10, Send: 20e-6, Relay: 2e-6, Kept: 300}

func TestMoreConnectionsNeedMoreOfEverything(t *testing.T) {
	small, large := planFor(100_000, assumed, someCosts), planFor(1_000_000, assumed, someCosts)
	if small.Nodes < 2 || small.Shards < 1 {
		t.Errorf("100,000 need %+v", small)
	}
	if large.Nodes < 5*small.Nodes || large.Shards < 2*small.Shards || large.Bandwidth < 9*small.Bandwidth || large.Machines < 5*small.Machines {
		t.Errorf("10 times as many need %+v instead of %+v", large, small)
	}
}

func TestWhatGivesOutFirstIsNamed(t *testing.T) {
	for want, change := range map[string]func(*costs){
		"CPU of the nodes":      func(c *costs) { c.Delivery = 1e-3 },
		"memory of the nodes":   func(c *costs) { c.Connection = 1 << 20 },
		"connections of a node": func(c *costs) { c.Delivery = 1e-9 },
	} {
		c := someCosts
		change(&c)
		if got := planFor(1_000_000, assumed, c).First; got != want {
			t.Errorf("%s gives out first, not %s", got, want)
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
