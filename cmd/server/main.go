// Command server runs one Chorus node.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"chorus/internal/server"
)

// flags are the node's configuration and what concerns the process alone.
type flags struct {
	server.Config

	LogFormat   string           `help:"How to log: text, json, or auto for text on a terminal." enum:"auto,text,json" default:"auto"`
	LogLevel    slog.Level       `help:"The least level to log: debug, info, warn or error." default:"info"`
	Healthcheck bool             `help:"Ask the node that runs with this configuration whether it works, and exit with 0 or 1." env:"-"`
	Version     kong.VersionFlag `help:"Print the version and exit." env:"-"`
}

func main() {
	var f flags
	kong.Parse(&f, options()...)
	if f.Healthcheck {
		os.Exit(healthcheck(f.Addr))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal, sent by somebody who does not want to wait, ends the process at once.
	context.AfterFunc(ctx, stop)
	if err := run(ctx, f, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "chorus:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, f flags, out *os.File) error {
	log := newLogger(f, out)
	if f.Memory == 0 {
		f.Memory = containerMemory()
	}
	s, err := server.New(f.Config, log)
	if err != nil {
		return err
	}
	log.Info("Chorus is listening", "url", url(s.Addr()), "node", s.Name(), "bus", busName(f.Redis), "memory", f.Memory)
	s.Memory().Enforce()
	go new(memory).giveBack(ctx, 5*time.Second)
	if err := s.Run(ctx); err != nil {
		return err
	}
	log.Info("Chorus has stopped", "node", s.Name())
	return nil
}

func options() []kong.Option {
	return []kong.Option{
		kong.Name("chorus"),
		kong.Description("A chat service that grows by adding nodes. Every flag can be given as an environment variable, " +
			"such as CHORUS_ADDR for --addr, or as CHORUS_ADDR_FILE, which names a file that holds it."),
		kong.DefaultEnvars("CHORUS"),
		kong.Resolvers(kong.ResolverFunc(fromFile)),
		kong.Vars{"version": version()},
		kong.ShortUsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
	}
}

// fromFile resolves a flag from the file that CHORUS_…_FILE names, as secrets are handed to
// containers.
func fromFile(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, env := range flag.Envs {
		if name := os.Getenv(env + "_FILE"); name != "" {
			content, err := os.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("%s_FILE: %w", env, err)
			}
			return strings.TrimSpace(string(content)), nil
		}
	}
	return nil, nil
}

func newLogger(f flags, out *os.File) *slog.Logger {
	options := &slog.HandlerOptions{Level: f.LogLevel}
	if f.LogFormat == "text" || f.LogFormat == "auto" && isTerminal(out) {
		return slog.New(slog.NewTextHandler(out, options))
	}
	return slog.New(slog.NewJSONHandler(out, options))
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// url returns what to type into a browser on this machine.
func url(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

func busName(redis string) string {
	if redis == "" {
		return "memory"
	}
	return "redis"
}

// healthcheck is for container images that have no other program in them.
func healthcheck(addr string) int {
	client := http.Client{Timeout: 3 * time.Second}
	response, err := client.Get(url(addr) + "/healthz")
	if err != nil {
		fmt.Fprintln(os.Stderr, "chorus:", err)
		return 1
	}
	defer response.Body.Close()
	_, _ = io.Copy(os.Stderr, response.Body)
	if response.StatusCode != http.StatusOK {
		return 1
	}
	return 0
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
