package load

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestMoreConnectionsThanFilesAreRefusedBeforeAnythingIsDialled(t *testing.T) {
	limit := openFiles()
	if limit == 0 || limit > 1<<31 {
		t.Skip("there is no limit")
	}
	r := &Run{Options: Options{URLs: []string{"ws://localhost:1/ws"}, Dialect: "chorus", Dialing: 1, Patience: time.Second}}
	want := fmt.Sprintf("--rooms 2 with --members %d each make %d connections, and this process may open %d files", limit, 2*limit, limit)
	if _, err := r.Storm(t.Context(), 2, int(limit)); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want %q", err, want)
	}
}

func TestConnectionsAreCountedAsFarAsTheyGo(t *testing.T) {
	for _, test := range []struct {
		rooms, members int
		limit          uint64
		fits           bool
	}{
		{1, 1000 - otherFiles, 1000, true},
		{1, 1001 - otherFiles, 1000, false},
		{1, 10, 20, false},
		{math.MaxInt, math.MaxInt, 1 << 40, false},
		{math.MaxInt, 2, 0, true},
		{1, 1_000_000, math.MaxUint64, true},
	} {
		if err := checkFiles(test.rooms, test.members, test.limit); (err == nil) != test.fits {
			t.Errorf("%+v: %v", test, err)
		}
	}
}
