package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"chorus/internal/load"
)

func TestWhatCanNotBeIsRefusedByTheNameOfTheFlag(t *testing.T) {
	for args, want := range map[string]string{
		"talk --url http://localhost":   `--url: "http://localhost" is not a ws:// or wss:// address`,
		"talk --ramp=-1":                "--ramp: must be a finite number of at least 0, not -1",
		"talk --ramp=NaN":               "--ramp: must be a finite number of at least 0, not NaN",
		"talk --rate=NaN":               "--rate: must be a finite number of at least 0, not NaN",
		"talk --rate=Inf":               "--rate: must be a finite number of at least 0, not +Inf",
		"talk --members=0":              "talk: --members: must be at least 1, not 0",
		"talk --members=3 --senders=4":  "--senders: must be from 1 to 3, as many as there are --members, not 4",
		"talk --size=3":                 "--size: must be from 36",
		"talk --size=5000":              "to 4000, not 5000",
		"talk --duration=0s":            "--duration: must be more than 0s, not 0s",
		"slow --members=10 --slow=10":   "--slow: must be from 1 to 9, those who do not send, not 10",
		"reconnect --members=1":         "--senders: must be fewer than the 1 --members",
		"burst --messages=0":            "--messages: must be at least 1, not 0",
		"storm --rooms=0":               "--rooms: must be at least 1, not 0",
		"idle --members=0":              "--members: must be at least 1, not 0",
		"idle --duration=0s":            "--duration: must be more than 0s, not 0s",
		"talk --warmup=-1s":             "--warmup: must be at least 0s, not -1s",
		"talk --redis=localhost":        "--redis: this is neither host:port",
		"talk --redis=http://localhost": "--redis: this is not a redis:// or rediss:// URL",
	} {
		var f flags
		parser, err := kong.New(&f, options()...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

func TestWhereTheReportGoesIsOpenedBeforeAnythingIsMeasured(t *testing.T) {
	f := flags{JSON: filepath.Join(t.TempDir(), "missing", "report.json"), Quiet: true}
	err := f.report(func(*load.Run) (*load.Report, error) {
		t.Error("it was measured")
		return &load.Report{}, nil
	})
	if err == nil || !strings.Contains(err.Error(), "--json: ") {
		t.Errorf("the error is %v", err)
	}
}
