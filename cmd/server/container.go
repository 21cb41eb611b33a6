package main

import (
	"math"

	"github.com/KimMachineGun/automemlimit/memlimit"

	budget "chorus/internal/memory"
)

// containerMemory returns what the process may have by its control group, 0 where there is no limit or none
// that is known.
func containerMemory() budget.Size {
	limit, err := memlimit.FromCgroup()
	if err != nil || limit > math.MaxInt64 {
		return 0
	}
	return max(budget.Size(limit), budget.Least)
}
