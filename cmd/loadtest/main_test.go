package main

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestWhatCanNotBeIsRefusedByTheNameOfTheFlag(t *testing.T) {
	for args, want := range map[string]string{
		"talk --url http://localhost":  `url: "http://localhost" is not a ws:// or wss:// address`,
		"talk --ramp=-1":               "ramp: must be at least 0",
		"talk --members=0":             "members: must be at least 1",
		"talk --members=3 --senders=4": "senders: must be at least 1 and at most as many as there are members",
		"talk --size=3":                "size: must be from 36",
		"talk --size=5000":             "to 4000",
		"talk --duration=0s":           "duration: must be more than 0",
		"slow --members=10 --slow=10":  "slow: must be from 1 to 9, those who do not send",
		"burst --messages=0":           "messages: must be at least 1",
		"storm --rooms=0":              "rooms: must be at least 1",
		"idle --members=0":             "members: must be at least 1",
		"idle --duration=0s":           "duration: must be more than 0",
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
