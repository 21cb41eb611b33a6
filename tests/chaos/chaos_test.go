package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"chorus/tests/chaos/history"
	"chorus/tests/testbed"
)

// needChaos skips a test unless it was asked for.
func needChaos(t *testing.T) {
	t.Helper()
	if !testbed.Required("chaos") {
		t.Skip("breaks a whole deployment for minutes; to run this test, set CHORUS_TEST_REQUIRE=redis,chaos")
	}
	testbed.NeedRedis(t)
}

// chaos runs the whole thing and shows what happened if the test fails.
func chaos(t *testing.T, o options) *report {
	t.Helper()
	needChaos(t)
	var story bytes.Buffer
	o.nodes, o.out, o.dir = 3, &story, t.TempDir()
	if o.binary == "" {
		binary, err := build(t.Context(), t.TempDir(), nil)
		if err != nil {
			t.Fatal(err)
		}
		o.binary = binary
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(story.String() + "\n" + logs(o.dir))
		}
	})
	report, err := run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	report.print(&story)
	return report
}

// logs returns the last of what the nodes said.
func logs(dir string) string {
	var all strings.Builder
	files, _ := filepath.Glob(filepath.Join(dir, "node-*.log"))
	for _, name := range files {
		text, _ := os.ReadFile(name)
		all.WriteString("... " + filepath.Base(name) + "\n")
		all.Write(text[max(0, len(text)-4000):])
	}
	return all.String()
}

// Everything that can break breaks once, while sixty people talk: first what makes Redis forget nothing,
// so that nothing is excused, then what does.
func TestNothingIsLostDoubledOrReordered(t *testing.T) {
	var lasting, forgetting []string
	for _, f := range faultsFor("single") {
		if forgetful(f) {
			forgetting = append(forgetting, f.name)
		} else {
			lasting = append(lasting, f.name)
		}
	}
	for name, faults := range map[string][]string{"Redis forgets nothing": lasting, "Redis forgets": forgetting} {
		t.Run(name, func(t *testing.T) {
			report := chaos(t, options{seed: 1, redis: "single", people: 60, rooms: 6, pace: 300 * time.Millisecond, faults: faults})
			for _, v := range report.violations {
				t.Error(v)
			}
		})
	}
}

func TestNothingIsLostWhenAMasterIs(t *testing.T) {
	for _, kind := range []string{"sentinel", "cluster"} {
		t.Run(kind, func(t *testing.T) {
			report := chaos(t, options{seed: 1, redis: kind, people: 30, rooms: 6, pace: 300 * time.Millisecond,
				faults: []string{"the master is killed", "a node is killed", "the master is killed"}})
			for _, v := range report.violations {
				t.Error(v)
			}
		})
	}
}

// mutant is a node with a mistake in it.
type mutant struct {
	mistake string
	edits   []edit
	faults  []string // which bring the mistake to light
	rule    string   // that must be found violated
}

// edit replaces something that stands once in a file.
type edit struct{ file, old, new string }

var mutants = []mutant{
	{
		mistake: "a repeated key is stored again",
		edits:   []edit{{"internal/bus/publish.lua", "if claimed then", "if false then"}},
		faults:  []string{"answers to what was done are lost"},
		rule:    history.NeverTwice,
	},
	{
		mistake: "gaps are not repaired",
		edits: []edit{
			{"internal/hub/room.go", "r.insist(r.readOn)", "_ = r.readOn"},
		},
		faults: []string{"subscriptions are cut"},
		rule:   history.AtTheHead,
	},
	{
		mistake: "the relay is not probed",
		edits:   []edit{{"internal/bus/redis_relay.go", "silentAfter = 2500 * time.Millisecond", "silentAfter = time.Hour"}},
		faults:  []string{"a node is cut off from the relay"},
		rule:    truthfulReady,
	},
	{
		mistake: "it is not looked at which message one follows",
		edits:   []edit{{"internal/chat/chat.go", "return m.Before() == p", "return m.Seq > p.Seq"}},
		faults:  []string{"the relay loses messages", "the relay loses messages"},
		rule:    history.Contiguous,
	},
	{
		mistake: "a full queue drops what comes",
		edits:   []edit{{"internal/session/queue.go", "if !s.hasPlace(f) {\n\t\treturn false", "if !s.hasPlace(f) {\n\t\treturn true"}},
		faults:  []string{"some read a byte a second"},
		rule:    history.Contiguous,
	},
	{
		mistake: "coming back begins one message too late",
		edits:   []edit{{"internal/hub/tail.go", "return upTo(t.messages[from:], maxBytes), nil", "return upTo(t.messages[min(from+1, len(t.messages)-1):], maxBytes), nil"}},
		faults:  []string{"everybody loses the connection", "everybody loses the connection"},
		rule:    history.Contiguous,
	},
	{
		mistake: "a node that stops does not write what is queued",
		edits: []edit{
			{"internal/session/queue.go", "func (s *Session) answer(f *wire.Frame) {\n", "func (s *Session) answer(f *wire.Frame) {\n\tif s.queue.ending() {\n\t\treturn\n\t}\n"},
		},
		faults: []string{"a node is stopped while Redis is slow"},
		rule:   answersFinished,
	},
	{
		mistake: "nobody takes back what a dead node has said",
		edits:   []edit{{"internal/hub/lease.go", "err := p.registry.Reap(ctx, lease); err != nil", "lease == \"\""}},
		faults:  []string{"a node dies with somebody on it"},
		rule:    goneForGood,
	},
	{
		mistake: "a node that was cut off does not say again who is on it",
		edits:   []edit{{"internal/hub/lease.go", "case leases.Lapsed:\n\t\tp.beginAnew()", "case false:\n\t\tp.beginAnew()"}},
		faults:  []string{"a node is cut off from commands"},
		rule:    soonKnown,
	},
	{
		mistake: "a log that was rewound is not healed",
		edits:   []edit{{"internal/hub/heal.go", "err := r.hub.bus.Restore(r.ctx, r.name, r.tail.messages, r.held())", "err := error(nil)"}},
		faults:  []string{"Redis goes back in time"},
		rule:    history.AckedOnce,
	},
	{
		mistake: "what a log has lost is not said again",
		edits:   []edit{{"internal/hub/heal.go", "old := time.Since(lost[i].Time) > bus.ClaimTime", "old := true"}},
		faults:  []string{"Redis goes back in time and a new node speaks first"},
		rule:    history.AckedOnce,
	},
}

// The check itself is checked: whatever it is there to find, it finds.
func TestMistakesAreFound(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.mistake, func(t *testing.T) {
			needChaos(t)
			t.Parallel() // what goes wrong beside that because the machine is busy does not matter
			binary := m.build(t)
			report := chaos(t, options{seed: 1, redis: "single", people: 60, rooms: 4, pace: 150 * time.Millisecond,
				faults: m.faults, binary: binary})
			if !slices.ContainsFunc(report.violations, func(v history.Violation) bool { return v.Rule == m.rule }) {
				t.Errorf("it was not found that %q is not kept; found: %v", m.rule, report.violations)
			}
		})
	}
}

// build compiles the node with the mistake: go build reads the changed files in place of the real
// ones.
func (m *mutant) build(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir, changed := t.TempDir(), map[string]string{}
	for i, e := range m.edits {
		name := filepath.Join(root, e.file)
		source := changed[name]
		if source == "" {
			source = name
		}
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), e.old); n != 1 {
			t.Fatalf("%q stands %d times in %s: the mistake has to be made anew", e.old, n, e.file)
		}
		to := filepath.Join(dir, string(rune('a'+i))+filepath.Base(e.file))
		if err := os.WriteFile(to, []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		changed[name] = to
	}
	overlay, err := json.Marshal(map[string]any{"Replace": changed})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	binary, err := build(context.Background(), dir, []string{"-overlay", list})
	if err != nil {
		t.Fatal(err)
	}
	return binary
}
