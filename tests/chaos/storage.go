package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"chorus/tests/chaos/history"
	"chorus/tests/testbed"
)

// storage is Redis in one of its forms.
type storage interface {
	URL() string
	Kill()
}

func launchStorage(kind, dir string) (storage, error) {
	dir, err := keep(dir, "redis")
	if err != nil {
		return nil, err
	}
	switch kind {
	case "single":
		return testbed.LaunchRedis(dir)
	case "sentinel":
		return testbed.LaunchFailover(dir)
	case "cluster":
		return testbed.LaunchCluster(dir)
	}
	return nil, fmt.Errorf("there is no Redis of the kind %q: single, sentinel or cluster", kind)
}

// readLog reads so many of a room's newest messages as they are in Redis: not with the code that is being
// checked.
func readLog(ctx context.Context, s storage, room string, newest int64) ([]history.Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var client redis.UniversalClient
	switch s := s.(type) {
	case *testbed.Redis:
		client = s.Client()
	case *testbed.Failover:
		client = s.Client()
	case *testbed.Cluster:
		client = s.Client()
	}
	defer client.Close()
	entries, err := client.XRevRangeN(ctx, "chorus:{"+room+"}:log", "+", "-", newest).Result()
	if err != nil {
		return nil, err
	}
	slices.Reverse(entries)
	log := make([]history.Entry, len(entries))
	for i, x := range entries {
		if log[i], err = readEntry(x); err != nil {
			return nil, err
		}
	}
	return log, nil
}

func readEntry(x redis.XMessage) (e history.Entry, err error) {
	seq, _, _ := strings.Cut(x.ID, "-")
	if e.Seq, err = strconv.ParseUint(seq, 10, 64); err != nil {
		return e, err
	}
	text, _ := x.Values["m"].(string)
	fields := strings.SplitN(text, " ", 4)
	if len(fields) != 4 {
		return e, fmt.Errorf("entry %s is %q", x.ID, text)
	}
	e.ID = fields[0]
	if fields[1] != "-" {
		e.Prev = fields[1]
	}
	var body struct {
		Key  string
		User struct{ ID string }
		Text string
	}
	err = json.Unmarshal([]byte(fields[3]), &body)
	e.User, e.Key, e.Text = body.User.ID, body.Key, body.Text
	return e, err
}
