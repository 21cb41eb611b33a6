package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func madeUp() results {
	alike := func(v float64) measure { return measure{v, v, v} }
	return results{
		shapeManyRooms + ": " + rowDelivery: {"chorus": {18, 16, 19.5}, "floor": alike(9)},
		shapeManyRooms + ": " + rowKept:     {"chorus": alike(395), "socketio": alike(-0.03), "centrifugo": alike(208)},
	}
}

func TestTheTableSaysHowItIsRepeatedAndWhatIsNoise(t *testing.T) {
	b := &bench{flags: &flags{Rounds: 3, Targets: []string{"chorus", "floor", "socketio", "centrifugo"}}}
	table := b.table(madeUp())
	for _, line := range []string{
		"| **" + shapeManyRooms + "**<br>`talk --rooms=100 --members=10 --senders=5 --rate=5000 --duration=8s` | | | | |\n",
		"| server CPU of a delivery, µs | **18** (16 to 19.5) | 9 (0.50×) | | |\n",
		"| Redis memory of a send, B | **395** | | 0 | 208 (0.53×) |\n",
	} {
		if !strings.Contains(table, line) {
			t.Errorf("there is no %q in\n%s", line, table)
		}
	}
	b.Quick = true
	if table := b.table(madeUp()); !strings.Contains(table, " --rate=5000 --duration=1s`") {
		t.Errorf("where it is quick, it says\n%s", table)
	}
}

func TestThePageSaysHowOftenWasMeasured(t *testing.T) {
	for rounds, want := range map[int]string{
		1: "one target after the other, once. Load",
		3: "one target after the other, 3 times: what stands here is\nthe median",
	} {
		file := filepath.Join(t.TempDir(), "benchmarks.md")
		b := &bench{flags: &flags{Rounds: rounds, Targets: []string{"chorus"}}}
		if err := b.write(madeUp(), file); err != nil {
			t.Fatal(err)
		}
		if text, _ := os.ReadFile(file); !strings.Contains(string(text), want) {
			t.Errorf("%d rounds: there is no %q in\n%s", rounds, want, text)
		}
	}
}

func TestVersionsInShort(t *testing.T) {
	for want, line := range map[string]string{
		"Redis 7.0.15": "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64",
		"node v20.0.0": "v20.0.0",
	} {
		if got := versionOf("node", line); got != want {
			t.Errorf("%q is called %q", line, got)
		}
	}
}
