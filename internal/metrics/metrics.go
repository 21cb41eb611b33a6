// Package metrics names everything a node counts. One list, so that a reader finds it all, and
// so that the words are those of the rest of the project.
package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics are a node's counters and gauges. All are safe for concurrent use.
type Metrics struct {
	Registry *prometheus.Registry

	Sessions     *prometheus.GaugeVec   // by protocol
	Rooms        prometheus.Gauge       // with a subscription on this node
	Members      prometheus.Gauge       // sessions in rooms
	Commands     *prometheus.CounterVec // by verb
	Published    prometheus.Counter     // stored messages that came by this node
	Duplicates   prometheus.Counter     // publishes that were repeats
	PublishTime  prometheus.Histogram   // seconds
	Relayed      prometheus.Counter     // messages that arrived for this node's rooms
	Deliveries   prometheus.Counter     // messages queued for members
	CatchUps     *prometheus.CounterVec // pages for members behind, by source
	Overflows    prometheus.Counter     // members whose queue was full
	Repairs      *prometheus.CounterVec // reads of the log to close a room's gap, by cause
	Closes       *prometheus.CounterVec // ended sessions, by reason
	Errors       *prometheus.CounterVec // refusals, by code
	Upgrades     *prometheus.CounterVec // refused upgrades and event streams, by reason
	Posts        *prometheus.CounterVec // to event streams, by result
	WrittenBytes prometheus.Counter     // before TCP
	APIRequests  *prometheus.CounterVec // by route and status

	WebhookPosts   *prometheus.CounterVec // by result
	WebhookDropped *prometheus.CounterVec // by reason
	WebhookQueue   prometheus.Gauge       // as this node saw it last; it is all nodes' queue
}

// New returns metrics in a registry of their own, with those of the Go runtime and the process.
func New() *Metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m := &Metrics{
		Registry: r,
		Sessions: gauges(r, "chorus_sessions", "Open sessions.", "protocol"),
		Rooms:    gauge(r, "chorus_rooms", "Rooms this node is subscribed to."),
		Members:  gauge(r, "chorus_members", "Sessions in rooms; one session counts in each of its rooms."),
		Commands: counters(r, "chorus_commands_total", "Commands of sessions.", "verb"),
		Published: counter(r, "chorus_messages_published_total",
			"Messages that sessions and other programs had stored by this node, repeats not counted."),
		Duplicates: counter(r, "chorus_publish_duplicates_total", "Publishes answered from an earlier one with the same key."),
		PublishTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "chorus_publish_duration_seconds",
			Help:    "Time from a send command to its answer, or the same over the API.",
			Buckets: prometheus.ExponentialBuckets(0.00025, 2, 14),
		}),
		Relayed:    counter(r, "chorus_messages_relayed_total", "Messages that arrived for rooms of this node."),
		Deliveries: counter(r, "chorus_deliveries_total", "Messages queued for members."),
		CatchUps: counters(r, "chorus_catch_up_pages_total",
			"Pages for members that are behind, from the room's memory (tail) or the log (log).", "source"),
		Overflows: counter(r, "chorus_overflows_total", "Times that a member's queue was full, so that it went on from the log."),
		Repairs: counters(r, "chorus_repairs_total",
			"Times that a room read its log because messages were missed (gap) or may have been (resync), put back what the log had lost (heal), or said it again (say_again).", "cause"),
		Closes:       counters(r, "chorus_closes_total", "Ended sessions.", "reason"),
		Errors:       counters(r, "chorus_errors_total", "Commands and requests of the API that were refused.", "code"),
		Upgrades:     counters(r, "chorus_upgrades_refused_total", "Upgrades to WebSocket, and event streams, that were refused.", "reason"),
		Posts:        counters(r, "chorus_posts_total", "Posts to event streams of this node or another one.", "result"),
		WrittenBytes: counter(r, "chorus_written_bytes_total", "Payload written to sessions."),
		APIRequests:  counters(r, "chorus_api_requests_total", "Requests of the API.", "route", "status"),
		WebhookPosts: counters(r, "chorus_webhook_posts_total",
			"Posts of webhooks that the receiver took, or that failed.", "result"),
		WebhookDropped: counters(r, "chorus_webhook_events_dropped_total",
			"Events that were never taken: the queue was full, or they became too old (expired).", "reason"),
		WebhookQueue: gauge(r, "chorus_webhook_queue_events", "Events of all nodes that wait to be taken by the receiver."),
	}
	r.MustRegister(m.PublishTime)
	return m
}

func counter(r *prometheus.Registry, name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	r.MustRegister(c)
	return c
}

func counters(r *prometheus.Registry, name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	r.MustRegister(c)
	return c
}

func gauge(r *prometheus.Registry, name, help string) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	r.MustRegister(g)
	return g
}

func gauges(r *prometheus.Registry, name, help, label string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{label})
	r.MustRegister(g)
	return g
}
