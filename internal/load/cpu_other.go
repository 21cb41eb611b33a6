//go:build !linux

package load

import "time"

// exactCPU reports that it is not known.
func exactCPU(int32) (time.Duration, bool) { return 0, false }
