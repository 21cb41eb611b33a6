package memory_test

import (
	"runtime"
	"testing"

	"chorus/internal/memory"
)

func TestAShareIsFullAndThenOver(t *testing.T) {
	queues := memory.New(64 << 20).Queues() // 4 MiB
	for _, step := range []struct {
		mib        int
		full, over bool
	}{{3, false, false}, {1, true, false}, {4, true, true}, {-1, true, false}, {-4, false, false}} {
		if queues.Hold(step.mib << 20); queues.Full() != step.full || queues.Over() != step.over {
			t.Errorf("after %d MiB: full %v, over %v", step.mib, queues.Full(), queues.Over())
		}
	}
}

func TestWithoutALimitNothingIsRefused(t *testing.T) {
	b := memory.New(0)
	b.Queues().Hold(1 << 40)
	b.Tails().Hold(1 << 40)
	if b.Tight() || b.Queues().Full() || b.Tails().Over() || b.Queues().Limited() {
		t.Error("something is full")
	}
}

func TestItIsTightWhileHalfIsInUse(t *testing.T) {
	b := memory.New(memory.Least)
	much := make([]byte, memory.Least/2)
	runtime.GC()
	if !b.Tight() {
		t.Error("there is place for more, with half of it in use")
	}
	runtime.KeepAlive(much)
	runtime.GC()
	if b.Tight() {
		t.Error("there is no place, with nothing in use")
	}
}

func TestALimitThatIsTooSmallIsRefused(t *testing.T) {
	for limit, good := range map[int64]bool{0: true, 1: false, memory.Least - 1: false, memory.Least: true, -1: false} {
		if err := memory.Validate(limit); (err == nil) != good {
			t.Errorf("%d: %v", limit, err)
		}
	}
}

func TestASizeMayBeWrittenAsForAContainer(t *testing.T) {
	const mib = 1 << 20
	for text, want := range map[string]memory.Size{
		"": 0, "0": 0, "536870912": 512 * mib, "512b": 512, "512m": 512 * mib, "512M": 512 * mib, "512mb": 512 * mib,
		"512MB": 512 * mib, "512MiB": 512 * mib, "512Mi": 512 * mib, "1.5g": 1536 * mib, "65536k": 64 * mib,
	} {
		var s memory.Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%q is %d, %v", text, s, err)
		}
	}
	for _, text := range []string{"much", "m", "512mm", "512 m", "512x", "B", "1m1m"} {
		var s memory.Size
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is %d", text, s)
		}
	}
}
