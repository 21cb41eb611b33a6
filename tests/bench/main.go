// Command bench measures what Chorus costs beside what one would pick instead, in one run on one machine, and
// writes docs/benchmarks.md with its pictures, and docs/capacity.md. It needs redis-server, and for the peers
// Node.js with npm and the Go module proxy. A whole run takes about forty minutes.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

type flags struct {
	Out      string   `help:"Directory to write to: benchmarks.md, its pictures in benchmarks/, and capacity.md." default:"docs"`
	Rounds   int      `help:"How often each row of the table is measured; the median counts. All series are measured once." default:"3"`
	Quick    bool     `help:"Measure for a second each, to try the bench itself."`
	Targets  []string `help:"What to measure: ${enum}." enum:"chorus,floor,socketio,centrifugo" default:"chorus,floor,socketio,centrifugo"`
	Only     []string `help:"Only this part of the table, by its heading; may be given several times. Then capacity.md is not written." placeholder:"HEADING" sep:"none"`
	NoSeries bool     `help:"Leave out the series that show how cost grows, and so pictures and capacity.md."`
}

// Validate returns an error that names the flag and what there is.
func (f *flags) Validate() error {
	var headings []string
	for _, s := range shapes {
		headings = append(headings, s.name)
	}
	for _, name := range f.Only {
		if !slices.Contains(headings, name) {
			return fmt.Errorf("--only: %q is none of:\n%s", name, strings.Join(headings, "\n"))
		}
	}
	if f.Rounds < 1 {
		return fmt.Errorf("--rounds: must be at least 1, not %d", f.Rounds)
	}
	return nil
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("bench"), kong.Description("Measures Chorus beside its peers and writes docs/benchmarks.md, its pictures in "+
		"docs/benchmarks, and docs/capacity.md."), kong.ShortUsageOnError())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, &f)
	if err != nil && ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, f *flags) error {
	pictures := filepath.Join(f.Out, "benchmarks")
	if err := os.MkdirAll(pictures, 0o755); err != nil { // now, not when all is measured
		return err
	}
	dir, err := os.MkdirTemp("", "chorus-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{flags: f, dir: dir, versions: versionsOf(f.Targets)}
	if err := b.build(ctx); err != nil {
		return err
	}
	measured, err := b.compare(ctx)
	if err != nil {
		return err
	}
	file := filepath.Join(f.Out, "benchmarks.md")
	if err := b.write(measured, file); err != nil || f.NoSeries {
		return err
	}
	if err := b.grow(ctx, pictures); err != nil {
		return err
	}
	if err := b.write(measured, file); err != nil || len(f.Only) > 0 {
		return err // the other page computes with more
	}
	return b.writeCapacity(ctx, measured, filepath.Join(f.Out, "capacity.md"))
}
