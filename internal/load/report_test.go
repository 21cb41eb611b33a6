package load

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestWhoDidNotCatchUpIsSaid(t *testing.T) {
	var text strings.Builder
	if _, err := (&Report{Slowed: &Slowed{Connections: 4, CaughtUp: 3, Seconds: 30}}).WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "only 3 of them had caught up after 30.00 s") {
		t.Error(text.String())
	}
}

// A node that had much to do before gives memory back while it is looked at.
func TestMemoryThatIsGivenBackIsNotThatOfConnections(t *testing.T) {
	var text strings.Builder
	if _, err := (&Report{Processes: 1, Idling: &Idling{BytesPerConnection: -1}}).WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "less memory than before") || strings.Contains(text.String(), "for each connection") {
		t.Error(text.String())
	}
}

func TestWhatWasNotMeasuredIsLeftOut(t *testing.T) {
	from, to := reading{at: time.Now()}, reading{at: time.Now().Add(time.Second)}
	said := func(r *Report) string {
		t.Helper()
		var text strings.Builder
		if _, err := r.WriteTo(&text); err != nil {
			t.Fatal(err)
		}
		fields, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ToLower(text.String() + string(fields))
	}
	report := func() *Report {
		r := &Report{Rooms: 1, Connections: 2}
		r.connected(from, to, time.Second, Percentiles{})
		r.talked(from, to, Percentiles{}, 0)
		r.idled(from, from, to)
		r.cameBack(2, from, to, Percentiles{})
		return r
	}
	for _, what := range []string{"redis", "server", "under way", "latency", "idle"} {
		if text := said(report()); strings.Contains(text, what) {
			t.Errorf("%q is said of nothing:\n%s", what, text)
		}
	}

	to.redis = RedisUsage{Run: "another", CPU: time.Second, Commands: 1, Memory: 1} // in place of the one of before
	if text := said(report()); strings.Contains(text, "redis") {
		t.Errorf("something is said of a Redis that was started anew:\n%s", text)
	}

	to.redis = RedisUsage{Commands: 1} // it was asked what it had done
	to.sent = 1
	r := report()
	r.Processes = 1
	for _, what := range []string{"1.0 commands a second", "1 commands, 0 of them reads of logs", "0.000 cores", "0.00 cores, 0.00 µs of each delivery"} {
		if text := said(r); !strings.Contains(text, what) {
			t.Errorf("%q is not said:\n%s", what, text)
		}
	}
}

func TestARedisIsAnAddressOrAURL(t *testing.T) {
	t.Setenv("REDIS_PASSWORD", "of all")
	for address, password := range map[string]string{
		"there:6379":                 "of all",
		"redis://there:6379/0":       "of all",
		"redis://:own@there:6379/0":  "own",
		"redis://me:own@there:6379":  "own",
		"rediss://me:own@there:6379": "own",
	} {
		if o, err := redisOptions(address); err != nil || o.Addr != "there:6379" || o.Password != password {
			t.Errorf("%s: %+v, %v", address, o, err)
		}
	}
	for _, address := range []string{"there", "redis://me:own@there:port", "http://me:own@there"} {
		if o, err := redisOptions(address); err == nil || !strings.HasPrefix(err.Error(), "--redis: ") || strings.Contains(err.Error(), "own") {
			t.Errorf("%s: %+v, %v", address, o, err)
		}
	}
}
