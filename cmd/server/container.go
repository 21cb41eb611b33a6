package main

import (
	"math"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/alecthomas/units"

	budget "chorus/internal/memory"
)

// containerMemory returns what the process may have by its control group, 0 where there is no limit or none
// that is known.
func containerMemory() units.Base2Bytes {
	limit, err := memlimit.FromCgroup()
	if err != nil || limit > math.MaxInt64 {
		return 0
	}
	return max(units.Base2Bytes(limit), budget.Least)
}
