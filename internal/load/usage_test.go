package load

import (
	"os"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// What is known to the nanosecond is the same as what the system says in steps.
func TestCPUIsThatOfTheProcess(t *testing.T) {
	p := &process.Process{Pid: int32(os.Getpid())}
	for begun := time.Now(); time.Since(begun) < 100*time.Millisecond; {
		_ = time.Now() // works
	}
	before, err := p.Times()
	if err != nil {
		t.Fatal(err)
	}
	cpu, err := cpuOf(p)
	if err != nil {
		t.Fatal(err)
	}
	const step = 20 * time.Millisecond
	if least := time.Duration((before.User+before.System)*float64(time.Second)) - step; cpu < least || cpu > least+time.Second {
		t.Errorf("it used %s, of about %s", cpu, least)
	}
	if own := ownCPU(); own < cpu {
		t.Errorf("of its own it knows %s, of %s", own, cpu)
	}
}
