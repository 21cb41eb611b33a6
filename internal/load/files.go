package load

import "fmt"

// otherFiles is how many files may be open that are not connections of the crowd: what the runtime and Redis need,
// and those under which this process was started.
const otherFiles = 64

// checkFiles refuses more connections than a process may have files open, of which 0 says that it is not known.
// The product may be more than an int holds.
func checkFiles(rooms, members int, limit uint64) error {
	connections := float64(rooms) * float64(members)
	if limit == 0 || connections <= float64(limit)-otherFiles {
		return nil
	}
	return fmt.Errorf("--rooms %d with --members %d each make %.0f connections, and this process may open %d files (ulimit -n), %d of which it keeps for itself",
		rooms, members, connections, limit, otherFiles)
}
