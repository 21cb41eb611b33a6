// Command loadtest puts load on a deployment of Chorus, and checks that everything is delivered, once and in
// order.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"chorus/internal/load"
)

type flags struct {
	load.Options
	JSON  string `name:"json" help:"File to write the report to as JSON, - for the standard output instead of the text." placeholder:"FILE"`
	Quiet bool   `help:"Don't say how it goes on."`

	Talk      talk      `cmd:"" help:"People talk in one big room, or in many."`
	Slow      slow      `cmd:"" help:"Some stop reading while the others talk."`
	Burst     burst     `cmd:"" help:"Much is said at once, without waiting for anything."`
	Storm     storm     `cmd:"" help:"Everybody connects, as fast as --dialing and --ramp let them."`
	Idle      idle      `cmd:"" help:"Everybody is there and does nothing."`
	Reconnect reconnect `cmd:"" help:"Everybody's connection is cut, and they come back to where they were, as fast as --dialing and --ramp let them."`
	Floor     floor     `cmd:"" help:"Serve as the least that a service can be, to put every figure beside what the machine allows."`
}

func main() {
	var f flags
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // so that a second signal ends at once what the first one could not
	k := kong.Parse(&f, append(options(), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&f))...)
	err := k.Run()
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted, so there is no report")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "loadtest:", err)
		os.Exit(1)
	}
}

// options say how the command line is read.
func options() []kong.Option {
	return []kong.Option{
		kong.Name("loadtest"),
		kong.Description("Puts load on a chat service and checks that everything is delivered, once and in order. " +
			"The service has to allow that much; docs/benchmarks.md says how."),
		kong.ShortUsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	}
}

// errFlaws means that the report says that something was wrong.
var errFlaws = errors.New("not everything was as it has to be")

// report runs a shape and writes what it found. Where that goes is opened first: what was measured for minutes is not
// to be lost because it can't be written. A run that fails leaves the file empty.
func (f *flags) report(shape func(*load.Run) (*load.Report, error)) (err error) {
	var file io.WriteCloser
	if f.JSON != "" && f.JSON != "-" {
		if file, err = os.Create(f.JSON); err != nil {
			return fmt.Errorf("--json: %w", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
	}
	run := &load.Run{Options: f.Options}
	if !f.Quiet {
		run.Progress = os.Stderr
	}
	r, err := shape(run)
	if err != nil {
		return err
	}
	if err := f.write(r, os.Stdout, file); err != nil {
		return err
	}
	if !r.Good() {
		return errFlaws
	}
	return nil
}

// write writes a report to out, and as JSON to a file where there is to be one.
func (f *flags) write(r *load.Report, out, file io.Writer) error {
	if f.JSON != "-" {
		if _, err := r.WriteTo(out); err != nil {
			return err
		}
	}
	if f.JSON == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if f.JSON == "-" {
		file = out
	}
	if _, err = file.Write(text); err != nil {
		return fmt.Errorf("--json: %w", err)
	}
	return nil
}

type talk struct{ load.Talk }

func (c *talk) Run(ctx context.Context, f *flags) error {
	return f.report(func(r *load.Run) (*load.Report, error) { return r.Talk(ctx, &c.Talk) })
}

type slow struct {
	load.Talk
	Slow int `help:"How many of the connections stop reading, for as long as --duration says." default:"5"`
}

// Validate returns an error that names the flag and the limit.
func (c *slow) Validate() error {
	if err := c.Talk.Validate(); err != nil {
		return err
	}
	if others := c.Rooms * (c.Members - c.Senders); c.Slow < 1 || c.Slow > others {
		return fmt.Errorf("--slow: must be from 1 to %d, those who do not send, not %d", others, c.Slow)
	}
	return nil
}

func (c *slow) Run(ctx context.Context, f *flags) error {
	return f.report(func(r *load.Run) (*load.Report, error) { return r.Slow(ctx, &c.Talk, c.Slow) })
}

type burst struct {
	load.Talk
	Messages int `help:"Messages that are sent at once." default:"2000"`
}

// Validate returns an error that names the flag and the limit.
func (c *burst) Validate() error {
	if c.Messages < 1 {
		return fmt.Errorf("--messages: must be at least 1, not %d", c.Messages)
	}
	return c.Talk.Validate()
}

func (c *burst) Run(ctx context.Context, f *flags) error {
	return f.report(func(r *load.Run) (*load.Report, error) { return r.Burst(ctx, &c.Talk, c.Messages) })
}

type storm struct {
	Rooms   int `help:"Rooms." default:"100"`
	Members int `help:"Connections in each room." default:"100"`
}

// Validate returns an error that names the flag and the limit.
func (c *storm) Validate() error { return load.ValidateCrowd(c.Rooms, c.Members) }

func (c *storm) Run(ctx context.Context, f *flags) error {
	return f.report(func(r *load.Run) (*load.Report, error) { return r.Storm(ctx, c.Rooms, c.Members) })
}

type idle struct {
	storm
	Settle   time.Duration `help:"How long to wait until the service has settled." default:"5s"`
	Duration time.Duration `help:"How long to look what it costs." default:"30s"`
}

// Validate returns an error that names the flag and the limit.
func (c *idle) Validate() error {
	switch {
	case c.Settle < 0:
		return fmt.Errorf("--settle: must be at least 0s, not %s", c.Settle)
	case c.Duration <= 0:
		return fmt.Errorf("--duration: must be more than 0s, not %s", c.Duration)
	}
	return c.storm.Validate()
}

func (c *idle) Run(ctx context.Context, f *flags) error {
	return f.report(func(r *load.Run) (*load.Report, error) {
		return r.Idle(ctx, c.Rooms, c.Members, c.Settle, c.Duration)
	})
}

type reconnect struct {
	load.Talk
	Kill bool `help:"Don't cut connections, kill the node at the first --url, whose process is the first --server-pid. All but those who send are on it, and come back to the others."`
}

// Validate returns an error that names the flag and the limit.
func (c *reconnect) Validate() error {
	if err := c.Talk.Validate(); err != nil {
		return err
	}
	if c.Senders == c.Members {
		return fmt.Errorf("--senders: must be fewer than the %d --members: those who do not send are cut, and come back", c.Members)
	}
	return nil
}

func (c *reconnect) Run(ctx context.Context, f *flags) error {
	if c.Kill {
		return f.report(func(r *load.Run) (*load.Report, error) { return r.Failover(ctx, &c.Talk) })
	}
	return f.report(func(r *load.Run) (*load.Report, error) { return r.Reconnect(ctx, &c.Talk) })
}

type floor struct {
	Addr string `help:"Address to listen on." default:"localhost:8090"`
}

func (c *floor) Run(ctx context.Context) error {
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	fmt.Fprintf(os.Stderr, "The floor is at ws://%s/ws\n", l.Addr())
	return new(load.Floor).Serve(ctx, l)
}
