package load

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is what was measured. What could not be, or does not belong to the shape, is nil or 0, and left out.
// What was found to be 0 is left out as well; Processes says whether it was looked for.
type Report struct {
	Shape       string    `json:"shape"`
	URLs        []string  `json:"urls"`
	Dialect     string    `json:"dialect"`
	Begun       time.Time `json:"begun"`
	Rooms       int       `json:"rooms"`
	Connections int       `json:"connections"`
	Processes   int       `json:"processes"`            // of the service, whose CPU and memory was measured
	RedisLost   string    `json:"redis_lost,omitempty"` // why Redis was not measured to the end

	Entering  Entering   `json:"entering"`
	Talking   *Talking   `json:"talking,omitempty"`
	Idling    *Idling    `json:"idling,omitempty"`
	Returning *Returning `json:"returning,omitempty"`
	Slowed    *Slowed    `json:"slowed,omitempty"`

	Refused      uint64   `json:"refused"` // sends; they say nothing of what the service can do
	FirstRefusal *Refusal `json:"first_refusal,omitempty"`
	Flaws        Flaws    `json:"flaws"`
	FirstCut     string   `json:"first_cut,omitempty"` // what the first connection said that ended by itself
}

// Refusal is why a service did not take something, in its own words.
type Refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// String returns both on one line.
func (r Refusal) String() string { return r.Code + ": " + r.Message }

// Entering is what it took to connect and to be let into a room.
type Entering struct {
	Seconds   float64     `json:"seconds"`
	PerSecond float64     `json:"per_second"`
	ServerCPU float64     `json:"server_cpu_us,omitzero"` // of each connection, in microseconds
	RedisCPU  float64     `json:"redis_cpu_us,omitzero"`  // the same
	Commands  float64     `json:"redis_commands,omitzero"`
	Time      Percentiles `json:"time_ms"`
}

// Talking is what it took to deliver messages.
type Talking struct {
	Seconds             float64     `json:"seconds"`
	Sends               uint64      `json:"sends"` // that were acknowledged
	Owed                int         `json:"owed"`  // that were due, and not sent until the end
	Deliveries          uint64      `json:"deliveries"`
	SendsPerSecond      float64     `json:"sends_per_second"`
	DeliveriesPerSecond float64     `json:"deliveries_per_second"`
	Latency             Percentiles `json:"latency_ms,omitzero"`        // of those who do not stop reading
	ServerCPU           float64     `json:"server_cpu_us,omitzero"`     // of each delivery, in microseconds
	ServerCores         float64     `json:"server_cores,omitzero"`      // busy on average
	GeneratorCores      float64     `json:"generator_cores"`            // the same of the load generator
	RedisCPU            float64     `json:"redis_cpu_us,omitzero"`      // of each send, in microseconds
	RedisCommands       float64     `json:"redis_commands,omitzero"`    // of each send
	ServerPeak          uint64      `json:"server_peak_bytes,omitzero"` // of memory
	ServerBefore        uint64      `json:"server_before_bytes,omitzero"`
	RedisAfter          uint64      `json:"redis_after_bytes,omitzero"`
	RedisGrowth         float64     `json:"redis_growth_bytes,omitzero"` // for each send
}

// Idling is what connections cost that do nothing.
type Idling struct {
	BytesPerConnection float64 `json:"bytes_per_connection,omitzero"`
	ServerCores        float64 `json:"server_cores,omitzero"`
	RedisCommands      float64 `json:"redis_commands_per_second,omitzero"`
}

// Returning is what it took until those whose connections were cut were back.
type Returning struct {
	Connections   int         `json:"connections"`
	Seconds       float64     `json:"seconds"` // until the last one was
	Time          Percentiles `json:"time_ms"`
	RedisCommands int64       `json:"redis_commands,omitzero"` // meanwhile, those of sends as well
	RedisReads    int64       `json:"redis_reads,omitzero"`    // of logs, from a position on
	ServerCPU     float64     `json:"server_cpu_us,omitzero"`  // of each connection, the same
}

// Slowed is what it took until those were at the head again who had stopped reading.
type Slowed struct {
	Connections int     `json:"connections"`
	CaughtUp    int     `json:"caught_up"`                  // how many of them were shown all that had been said meanwhile
	Seconds     float64 `json:"seconds"`                    // until all had caught up, or the patience was over
	ServerPeak  uint64  `json:"server_peak_bytes,omitzero"` // of memory, while they did not read
}

func (r *Report) connected(from, to reading, took time.Duration, times Percentiles) {
	n, redis := float64(r.Connections), to.redis.since(from.redis)
	r.Entering = Entering{
		Seconds: took.Seconds(), PerSecond: n / took.Seconds(), Time: times,
		ServerCPU: micros(to.server.CPU-from.server.CPU) / n,
		RedisCPU:  micros(redis.CPU) / n,
		Commands:  float64(redis.Commands) / n,
	}
}

func (r *Report) talked(from, to reading, latency Percentiles, peak uint64) {
	seconds := to.at.Sub(from.at).Seconds()
	sends, deliveries, redis := to.sent-from.sent, to.delivered-from.delivered, to.redis.since(from.redis)
	r.Talking = &Talking{
		Seconds: seconds, Sends: sends, Deliveries: deliveries, Latency: latency,
		SendsPerSecond: float64(sends) / seconds, DeliveriesPerSecond: float64(deliveries) / seconds,
		ServerCPU:      per(micros(to.server.CPU-from.server.CPU), deliveries),
		ServerCores:    (to.server.CPU - from.server.CPU).Seconds() / seconds,
		GeneratorCores: (to.generator - from.generator).Seconds() / seconds,
		RedisCPU:       per(micros(redis.CPU), sends),
		RedisCommands:  per(float64(redis.Commands), sends),
		ServerPeak:     peak, ServerBefore: from.server.RSS, RedisAfter: redis.Memory,
		RedisGrowth: per(float64(redis.Kept), sends),
	}
}

func (r *Report) idled(before, from, to reading) {
	seconds := to.at.Sub(from.at).Seconds()
	r.Idling = &Idling{
		BytesPerConnection: (float64(to.server.RSS) - float64(before.server.RSS)) / float64(r.Connections),
		ServerCores:        (to.server.CPU - from.server.CPU).Seconds() / seconds,
		RedisCommands:      float64(to.redis.since(from.redis).Commands) / seconds,
	}
}

func (r *Report) cameBack(n int, from, to reading, times Percentiles) {
	redis := to.redis.since(from.redis)
	r.Returning = &Returning{
		Connections: n, Seconds: to.at.Sub(from.at).Seconds(), Time: times,
		RedisCommands: redis.Commands,
		RedisReads:    redis.Reads,
		ServerCPU:     micros(to.server.CPU-from.server.CPU) / float64(n),
	}
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func per(what float64, n uint64) float64 {
	if n == 0 {
		return 0
	}
	return what / float64(n)
}

// Good reports whether everything was answered and delivered, once and in order, and nobody cut off. Where
// people were to talk and nothing was acknowledged, nothing was shown to be good.
func (r *Report) Good() bool { return r.Flaws == Flaws{} && !r.mute() }

func (r *Report) mute() bool { return r.Talking != nil && r.Talking.Sends == 0 }

// WriteTo writes the report for people.
func (r *Report) WriteTo(out io.Writer) (int64, error) {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	line := func(name, format string, values ...any) { fmt.Fprintf(w, name+"\t"+format+"\n", values...) }
	processes := r.Processes > 0
	// Looking itself costs a command of Redis, so that where it is looked at, there are some.
	measured := func(v float64) bool { return v > 0 }

	line("shape", "%s, %d connections in %d rooms, to %s (%s)", r.Shape, r.Connections, r.Rooms, strings.Join(slices.Compact(r.URLs), ", "), r.Dialect)
	e := &r.Entering
	line("connected", "in %.1f s, %.0f a second; each within %s", e.Seconds, e.PerSecond, e.Time)
	if measured(e.ServerCPU) { // else it is less than the step in which the system counts
		line("  of the server", "%.0f µs CPU each", e.ServerCPU)
	}
	if measured(e.Commands) {
		line("  of Redis", "%.0f µs CPU, %.1f commands each", e.RedisCPU, e.Commands)
	}
	if t := r.Talking; t != nil {
		line("sent", "%d in %.1f s, %.0f a second; %d refused", t.Sends, t.Seconds, t.SendsPerSecond, r.Refused)
		if r.FirstRefusal != nil {
			line("  the first refusal", "%s; what was refused says nothing of the capacity", r.FirstRefusal)
		}
		if t.Owed > 0 {
			line("  and owed", "%d were due and not sent", t.Owed)
		}
		line("delivered", "%d, %.0f a second", t.Deliveries, t.DeliveriesPerSecond)
		whose := ""
		if r.Slowed != nil {
			whose = ", to those who did not stop reading"
		}
		if measured(t.Latency.Max) {
			line("under way", "%s%s", t.Latency, whose)
		}
		if processes {
			line("server", "%.2f cores, %.2f µs of each delivery; %s of memory, %s before", t.ServerCores, t.ServerCPU, size(t.ServerPeak), size(t.ServerBefore))
		}
		if measured(t.RedisCommands) {
			line("Redis", "%.1f µs and %.2f commands of each send, and %.0f bytes; %s of memory", t.RedisCPU, t.RedisCommands, t.RedisGrowth, size(t.RedisAfter))
		}
		line("load generator", "%.2f cores", t.GeneratorCores)
	}
	if i := r.Idling; i != nil {
		if processes {
			memory := "less memory than before, which does not say what a connection needs"
			if i.BytesPerConnection >= 0 {
				memory = size(uint64(i.BytesPerConnection)) + " of memory for each connection"
			}
			line("idle", "%s; %.3f cores", memory, i.ServerCores)
		}
		if measured(i.RedisCommands) {
			line("  of Redis", "%.1f commands a second", i.RedisCommands)
		}
	}
	if b := r.Returning; b != nil {
		line("came back", "%d in %.2f s; each within %s", b.Connections, b.Seconds, b.Time)
		if measured(b.ServerCPU) {
			line("  of the server", "%.0f µs CPU each, what was said meanwhile as well", b.ServerCPU)
		}
		if measured(float64(b.RedisCommands)) {
			line("  of Redis", "%d commands, %d of them reads of logs", b.RedisCommands, b.RedisReads)
		}
	}
	if w := r.Slowed; w != nil {
		meanwhile := ""
		if w.ServerPeak > 0 {
			meanwhile = ", and the server had " + size(w.ServerPeak) + " of memory at the most meanwhile"
		}
		line("stopped reading", "%d%s", w.Connections, meanwhile)
		if w.CaughtUp < w.Connections {
			line("  and read on", "only %d of them had caught up after %.2f s", w.CaughtUp, w.Seconds)
		} else {
			line("  and read on", "all caught up after %.2f s", w.Seconds)
		}
	}
	if r.RedisLost != "" {
		line("Redis", "not measured to the end: %s", r.RedisLost)
	}
	line("checked", "%s", r.verdict())
	w.Flush()
	n, err := io.WriteString(out, text.String())
	return int64(n), err
}

func (r *Report) verdict() string {
	s := "everything arrived, once and in order; nobody was cut off"
	switch f := r.Flaws; {
	case f != Flaws{}:
		s = fmt.Sprintf("WRONG: %d missing, %d repeated, %d resets, %d connections cut off, %d stored too much or too little, %d unanswered, %d disordered",
			f.Missing, f.Repeated, f.Resets, f.Cut, f.Stored, f.Unanswered, f.Disordered)
		if r.FirstCut != "" {
			s += "; the first cut: " + r.FirstCut
		}
	case r.mute():
		s = "WRONG: nothing was acknowledged in the time that counts"
	}
	switch r.Refused {
	case 0:
	case 1:
		s += "; 1 send was refused"
	default:
		s += fmt.Sprintf("; %d sends were refused", r.Refused)
	}
	return s
}

// String returns the percentiles on one line.
func (p Percentiles) String() string {
	return fmt.Sprintf("%.2f ms (half), %.2f ms (99 %%), %.2f ms (99.9 %%), %.2f ms (all)", p.P50, p.P99, p.P999, p.Max)
}

func size(bytes uint64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}
