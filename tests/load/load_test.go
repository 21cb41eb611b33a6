// Package load_test puts a little load on real nodes: that each shape works, and that it finds nothing wrong
// where nothing is.
package load_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"chorus/internal/load"
	"chorus/internal/server"
	"chorus/tests/node"
)

// over returns a generator that talks to nodes.
func over(nodes ...*node.Node) *load.Run {
	r := &load.Run{Options: load.Options{Dialect: "chorus", Dialing: 16, Patience: 20 * time.Second}}
	for _, n := range nodes {
		r.Options.URLs = append(r.Options.URLs, "ws"+strings.TrimPrefix(n.URL, "http")+"/ws")
	}
	return r
}

// twoNodes are connected by a Redis inside the test.
func twoNodes(t *testing.T) *load.Run {
	t.Helper()
	m := miniredis.RunT(t)
	redis := node.Redis("redis://" + m.Addr())
	return over(node.Start(t, redis), node.Start(t, redis))
}

func some() *load.Talk {
	return &load.Talk{Rooms: 3, Members: 8, Senders: 2, InFlight: 4, Size: 128, Duration: 300 * time.Millisecond}
}

func wantGood(t *testing.T, r *load.Report, err error) *load.Report {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if _, err := r.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	if !r.Good() || !strings.Contains(text.String(), "everything arrived") {
		t.Errorf("the report says\n%s", text.String())
	}
	return r
}

func TestManyRoomsOverTwoNodes(t *testing.T) {
	r := twoNodes(t)
	report, err := r.Talk(t.Context(), some())
	wantGood(t, report, err)
	if talking := report.Talking; talking.Sends == 0 || talking.Deliveries < talking.Sends || talking.Latency.Max == 0 {
		t.Errorf("measured was %+v", talking)
	}
	if report.Talking.ServerCores == 0 {
		t.Error("the nodes are processes of this machine, and nothing is known of their CPU")
	}
}

func TestTheRateIsTheOneThatWasAskedFor(t *testing.T) {
	talk := some()
	talk.Rate = 200
	report, err := over(node.Start(t)).Talk(t.Context(), talk)
	wantGood(t, report, err)
	if n := report.Talking.Sends; n <= 30 || n > 70 {
		t.Errorf("%d were sent in 0.3 s at 200 a second", n)
	}
}

func TestWhoReadsSlowlyIsShownEverything(t *testing.T) {
	report, err := over(node.Start(t)).Slow(t.Context(), some(), 4)
	wantGood(t, report, err)
	if w := report.Slowed; w.Connections != 4 || w.CaughtUp != 4 || w.ServerPeak == 0 {
		t.Errorf("read on: %+v", w)
	}
}

// What counts as missing is what somebody was not shown who came back, not what they could not be shown
// because they were cut off.
func TestWhoIsCutOffForReadingNothingComesBack(t *testing.T) {
	n := node.Start(t, func(c *server.Config) { c.Session.WriteTimeout = 200 * time.Millisecond })
	talk := &load.Talk{Rooms: 1, Members: 8, Senders: 2, Rate: 1500, InFlight: 1, Size: 2000, Duration: 1500 * time.Millisecond}
	report, err := over(n).Slow(t.Context(), talk, 4)
	if err != nil {
		t.Fatal(err)
	}
	if want := (load.Flaws{Cut: 4}); report.Flaws != want || report.Slowed.CaughtUp != 4 {
		t.Errorf("found was %+v, %q; read on: %+v", report.Flaws, report.FirstCut, report.Slowed)
	}
}

func TestABurstArrives(t *testing.T) {
	r := twoNodes(t)
	report, err := r.Burst(t.Context(), some(), 500)
	wantGood(t, report, err)
	if got, want := report.Talking.Deliveries, uint64(500*8); got != want {
		t.Errorf("%d were delivered, want %d", got, want)
	}
}

func TestEverybodyComesBack(t *testing.T) {
	r := twoNodes(t)
	report, err := r.Reconnect(t.Context(), some())
	wantGood(t, report, err)
	if report.Returning.Connections != 3*6 {
		t.Errorf("came back: %+v", report.Returning)
	}
}

func TestAStormAndSilence(t *testing.T) {
	r := over(node.Start(t))
	report, err := r.Storm(t.Context(), 5, 20)
	wantGood(t, report, err)
	report, err = r.Idle(t.Context(), 5, 20, 0, 100*time.Millisecond)
	wantGood(t, report, err)
	if report.Entering.Time.P50 == 0 || report.Idling == nil {
		t.Errorf("measured was %+v", report)
	}
}

// A proxy that breaks some connections is to be found out.
func TestWhoIsCutOffIsReported(t *testing.T) {
	n := node.Start(t)
	target, err := url.Parse(n.URL)
	if err != nil {
		t.Fatal(err)
	}
	var count atomic.Int32
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if count.Add(1) == 3 {
			ctx, cancel := context.WithTimeout(r.Context(), 150*time.Millisecond)
			defer cancel()
			r = r.WithContext(ctx)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	r := over(&node.Node{URL: server.URL})
	r.Options.Patience = time.Second
	report, err := r.Talk(t.Context(), &load.Talk{Rooms: 1, Members: 5, Senders: 1, Rate: 50, InFlight: 1, Size: 64, Duration: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if report.Good() || report.Flaws.Cut != 1 || report.FirstCut == "" {
		t.Errorf("found was %+v, %q", report.Flaws, report.FirstCut)
	}
}
