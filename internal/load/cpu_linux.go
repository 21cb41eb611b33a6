package load

import (
	"time"

	"golang.org/x/sys/unix"
)

// exactCPU returns what a process has used, to the nanosecond: /proc says it in steps of 10 ms. It reports whether
// that is known.
func exactCPU(pid int32) (time.Duration, bool) {
	var used unix.Timespec
	// Its clock has this number, as that of clock_getcpuclockid(3).
	if unix.ClockGettime(^pid<<3|2, &used) != nil {
		return 0, false
	}
	return time.Duration(used.Nano()), true
}
