package load

import (
	"os"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

func TestOnlyLocalhostIsKnownToBeThisMachine(t *testing.T) {
	for address, want := range map[string]uint32{
		"ws://localhost:8080/ws": 8080, "ws://127.0.0.1:8080/ws": 8080, "ws://[::1]:8080/ws": 8080,
		"ws://localhost/ws": 80, "wss://localhost/ws": 443,
		"ws://192.168.1.7:8080/ws": 0, "ws://chat.example.com/ws": 0,
	} {
		if got := localPort(address); got != want {
			t.Errorf("of %s it is %d, not %d", address, got, want)
		}
	}
}

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
