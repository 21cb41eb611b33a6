// Package compose_test runs deploy/docker-compose.yml as it is: the image is built, the cluster
// started, and people talk through its load balancer while nodes and Redis come and go.
//
// It needs a Docker engine and a few minutes, so it has to be asked for:
//
//	CHORUS_TEST_REQUIRE=docker go test -count=1 -v ./tests/compose
//
// Where there is no engine, engine.sh starts one; where images can't be pulled, stand-ins.sh
// makes replacements.
package compose_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"chorus/tests/client"
	"chorus/tests/testbed"
)

// TestCompose is one story, told in steps that build on each other.
func TestCompose(t *testing.T) {
	if !testbed.Required("docker") {
		t.Skip("runs the whole cluster in Docker; to run this test, set CHORUS_TEST_REQUIRE=docker")
	}
	s := &story{cluster: up(t)}
	for _, step := range []struct {
		name string
		run  func()
	}{
		{"people on three nodes talk", s.talk},
		{"somebody comes without WebSockets", s.comeByEvents},
		{"metrics are not shown to everybody", s.hideMetrics},
		{"nobody can pretend to come over TLS", s.overwriteForwarded},
		{"a node is killed", s.killNode},
		{"two nodes are added", s.addNodes},
		{"a node is stopped", s.stopNode},
		{"all nodes are replaced by those of a new version", s.upgrade},
		{"Redis is killed", s.killRedis},
	} {
		t.Log(step.name)
		step.run()
	}
}

// story is what the steps hand on.
type story struct {
	*cluster
	people []*person // each entered on a node of their own
	log    []string  // everything said so far, in order
}

// say lets one person say something.
func (s *story) say(p *person, text string) {
	p.t.Helper()
	if err := p.send(text, client.NewKey()); err != nil {
		p.t.Fatalf("%s can't say %q: %v", p.name, text, err)
	}
	s.log = append(s.log, text)
}

// everybodyHears checks that all people have been shown the same: everything, once, in order.
func (s *story) everybodyHears() {
	for _, p := range s.people {
		p.t.Helper()
		p.hears(s.log)
	}
}

func (s *story) talk() {
	for _, name := range []string{"Ann", "Bob", "Cy"} {
		s.people = append(s.people, s.enterElsewhere(name))
	}
	for i := range 5 {
		for _, p := range s.people {
			s.say(p, fmt.Sprintf("%s, line %d", p.name, i))
		}
	}
	s.everybodyHears()
}

// enterElsewhere connects a person to a node that none of the others is on.
func (s *story) enterElsewhere(name string) (p *person) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("%s is on another node than the %d others", name, len(s.people)), func() bool {
		p = s.enter(name)
		taken := slices.ContainsFunc(s.people, func(other *person) bool { return other.Node == p.Node })
		if taken {
			p.Close()
		}
		return !taken
	})
	return p
}

// comeByEvents has the load balancer send posts to one node after the other, and waits for what it might
// have waited to pass on.
func (s *story) comeByEvents() {
	vi := s.bring(&person{name: "Vi", byEvents: true})
	for i := range 6 {
		s.say(vi, fmt.Sprintf("Vi, line %d", i))
		s.say(s.people[0], fmt.Sprintf("to Vi, line %d", i))
	}
	vi.hears(s.log)
	s.everybodyHears()
}

func (s *story) hideMetrics() {
	for _, path := range []string{"/metrics", "/metrics/", "/metrics?a=b", "/%6detrics", "/%6Detrics"} {
		if code, body := s.get(path); code != http.StatusNotFound || strings.Contains(body, "go_goroutines") {
			s.t.Errorf("%s: got %d %.100q, want %d", path, code, body, http.StatusNotFound)
		}
	}
	// What the nodes tidy up they only redirect to where it is refused.
	for _, path := range []string{"//metrics", "/x/../metrics", "/./metrics"} {
		if code, body := s.get(path); code == http.StatusOK && strings.Contains(body, "go_goroutines") {
			s.t.Errorf("%s: got the metrics", path)
		}
	}
}

// A page on https://HOST is another origin than this http://HOST. If the nodes believed the
// X-Forwarded-Proto of a client, it would be let in.
func (s *story) overwriteForwarded() {
	for _, test := range []struct {
		origin, proto string
		want          int
	}{
		{"http://" + s.host, "", http.StatusSwitchingProtocols},
		{"http://" + s.host, "https", http.StatusSwitchingProtocols},
		{"https://" + s.host, "https", http.StatusForbidden},
		{"http://elsewhere.example", "", http.StatusForbidden},
	} {
		header := http.Header{"Origin": {test.origin}}
		if test.proto != "" {
			header.Set("X-Forwarded-Proto", test.proto)
			header.Set("X-Forwarded-For", "192.0.2.1")
		}
		conn, resp, err := websocket.DefaultDialer.Dial("ws://"+s.host+"/ws", header)
		if err == nil {
			conn.Close()
		}
		if resp == nil {
			s.t.Fatal(err)
		}
		if resp.StatusCode != test.want {
			s.t.Errorf("Origin %s, X-Forwarded-Proto %q: got %s, want %d", test.origin, test.proto, resp.Status, test.want)
		}
	}
}

func (s *story) killNode() {
	ann, bob, cy := s.people[0], s.people[1], s.people[2]
	s.docker("kill", s.container(bob.Node))
	bob.disconnected()

	s.say(ann, "Bob is gone.")
	s.say(cy, "He will be back.")
	s.passersby()

	if err := bob.connect(); err != nil {
		s.t.Fatal(err)
	}
	s.say(bob, "What did I miss?")
	s.say(ann, "Nothing!")
	s.everybodyHears()
}

func (s *story) addNodes() {
	s.compose("up", "--detach", "--no-recreate", "--scale", "chat=5")
	for _, name := range []string{"Dee", "Eve"} {
		s.people = append(s.people, s.enterElsewhere(name))
	}
	for _, p := range s.people {
		s.say(p, p.name+" is here") // those from before on their old connections
	}
	s.everybodyHears()
}

func (s *story) stopNode() {
	node := s.people[0].Node
	container := s.container(node)
	s.docker("kill", "--signal", "TERM", container)
	for _, p := range s.people {
		if p.Node != node {
			continue
		}
		if code := p.disconnected(); code != websocket.CloseServiceRestart {
			s.t.Errorf("%s: close code %d, want %d", p.name, code, websocket.CloseServiceRestart)
		}
		// The node is idle now, but not gone, so the load balancer may try it first. Nobody notices.
		if err := p.connect(); err != nil {
			s.t.Fatal(err)
		}
	}
	s.passersby()
	for _, p := range s.people {
		s.say(p, p.name+" is on a running node")
	}
	s.everybodyHears()
	s.docker("wait", container)
	s.docker("start", container)
}

// upgrade is done as the README says. What is new here is only a variable: to Compose that is as good as
// a new image.
func (s *story) upgrade() {
	s.env = append(s.env, "CHORUS_ORIGINS=http://"+s.host)
	s.compose("up", "--detach", "--no-recreate", "--scale", "chat=8", "--wait")
	s.compose("up", "--detach", "--wait")
	nodes := strings.Fields(s.compose("ps", "--quiet", "chat"))
	if len(nodes) != 3 {
		s.t.Fatalf("%d nodes are left, not 3", len(nodes))
	}
	for _, id := range nodes {
		if !strings.Contains(s.docker("inspect", "--format", "{{.Config.Env}}", id), "CHORUS_ORIGINS=http") {
			s.t.Errorf("node %.12s is an old one", id)
		}
	}
	for _, p := range s.people {
		if !slices.ContainsFunc(nodes, func(id string) bool { return strings.Contains(p.Node, id[:12]) }) {
			p.disconnected()
			if err := p.connect(); err != nil {
				s.t.Fatal(err)
			}
		}
		s.say(p, p.name+" has moved on")
	}
	s.everybodyHears()
}

func (s *story) killRedis() {
	noneReady := func() int {
		return strings.Count(s.compose("logs", "lb"), "backend ready has no server available")
	}
	before := noneReady()
	s.compose("kill", "redis")
	if err := s.people[0].send("Is Redis there?", "during-the-outage"); err == nil {
		s.t.Error("a message was accepted while Redis was away")
	}
	s.eventually("the load balancer knows of no ready node", func() bool {
		return noneReady() > before
	})
	if err := s.health(); err != nil {
		s.t.Error(err) // a node that is alive should have been asked instead
	}

	s.compose("start", "redis")
	for _, p := range s.people { // each node finds its own way back
		key, text := client.NewKey(), p.name+" has not left"
		s.eventually(p.name+" is heard again", func() bool { return p.send(text, key) == nil })
		s.log = append(s.log, text)
	}
	s.everybodyHears() // nothing of what was said before is lost
}

// passersby come one after the other, more than there are nodes. All are let in at the first try
// and are shown everything.
func (s *story) passersby() {
	s.t.Helper()
	for range 6 {
		p := s.enter("somebody")
		p.hears(s.log)
		p.Close()
	}
}
