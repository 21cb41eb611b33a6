// Command chaos runs a whole deployment of Chorus (real nodes, a real Redis, people who talk),
// breaks it in many ways while they talk, and checks that nothing was lost, doubled or reordered.
//
//	go run ./tests/chaos                                  a minute or two
//	go run ./tests/chaos -duration 30m -seed 7            longer, and as somebody else saw it
//	go run ./tests/chaos -redis cluster                   with a Redis Cluster
//	go run ./tests/chaos -faults "a node is killed,Redis is paused"
//
// It needs Go and redis-server, and stays on this machine. docs/guarantees.md says what is checked.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/redis/go-redis/v9/logging"
)

func main() {
	o := options{nodes: 3, out: os.Stdout}
	flag.Uint64Var(&o.seed, "seed", rand.Uint64N(1_000_000), "chooses the faults and what people do; times still differ from run to run")
	flag.DurationVar(&o.duration, "duration", 90*time.Second, "how long people talk and things break")
	flag.StringVar(&o.redis, "redis", "single", "the kind of Redis: single, sentinel or cluster")
	flag.IntVar(&o.people, "people", 60, "how many people talk")
	flag.IntVar(&o.rooms, "rooms", 6, "in how many rooms, each person in half of them")
	flag.DurationVar(&o.pace, "pace", 300*time.Millisecond, "time between two things that a person says, on average")
	flag.StringVar(&o.dir, "dir", "", "where to keep logs and data; by default they are removed when all is well")
	faults := flag.String("faults", "", "faults to strike, one after the other, separated by commas; by default all, then random pairs")
	flag.Parse()
	logging.Disable() // of the Redis client: what it says there it also returns
	if *faults != "" {
		o.faults = strings.Split(*faults, ",")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, o options) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "chaos-"); err != nil {
			return err
		}
		defer func() {
			if err == nil {
				os.RemoveAll(o.dir)
			} else {
				fmt.Println("logs and data are in", o.dir)
			}
		}()
	} else if err = os.MkdirAll(o.dir, 0o755); err != nil {
		return err
	}
	if o.binary, err = build(ctx, o.dir, nil); err != nil {
		return err
	}
	report, err := run(ctx, o)
	if err != nil {
		return err
	}
	report.print(o.out)
	if len(report.violations) > 0 {
		return errors.New("promises were not kept")
	}
	return nil
}

// build compiles the node, with further arguments for go build.
func build(ctx context.Context, dir string, args []string) (binary string, err error) {
	binary = filepath.Join(dir, "chorus")
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build", "-o", binary}, args...), "chorus/cmd/server")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("the node can't be built: %w\n%s", err, out)
	}
	return binary, nil
}
