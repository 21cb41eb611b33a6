package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"text/template"
	"time"

	"chorus/internal/load"
	"chorus/tests/testbed"
)

//go:embed benchmarks.md.tmpl
var pageText string

var page = template.Must(template.New("benchmarks.md").Parse(pageText))

// titles are what targets are called.
var titles = map[string]string{
	"chorus": "Chorus", "floor": "the floor", "socketio": "Socket.IO", "centrifugo": "Centrifugo",
}

// write writes the page.
func (b *bench) write(results map[string]map[string]float64, file string) error {
	var text bytes.Buffer
	err := page.Execute(&text, map[string]any{
		"Date": time.Now().UTC().Format(time.DateOnly), "Machine": machine(), "Versions": b.versions(),
		"Rounds": b.Rounds, "Table": b.table(results), "Flaws": b.wrong, "Series": b.grown,
		"Unlimited": strings.Join(testbed.Unlimited(), " "),
	})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text.Bytes(), 0o644)
}

// table returns the table in Markdown: each figure of a peer with its ratio to that of Chorus.
func (b *bench) table(results map[string]map[string]float64) string {
	var w strings.Builder
	w.WriteString("| |")
	for _, t := range b.Targets {
		fmt.Fprintf(&w, " %s |", titles[t])
	}
	w.WriteString("\n| --- |" + strings.Repeat(" ---: |", len(b.Targets)) + "\n")
	for _, s := range shapes {
		heading := "| **" + s.name + "** |" + strings.Repeat(" |", len(b.Targets)) + "\n"
		for _, r := range s.rows {
			byTarget, ok := results[s.name+": "+r.name]
			if !ok {
				continue
			}
			w.WriteString(heading)
			heading = ""
			fmt.Fprintf(&w, "| %s |", strings.TrimSuffix(r.name+", "+r.unit, ", "))
			ours := byTarget["chorus"]
			for _, t := range b.Targets {
				m, ok := byTarget[t]
				switch {
				case !ok:
					w.WriteString(" |")
				case t == "chorus":
					fmt.Fprintf(&w, " **%s** |", figure(m))
				case ours == 0:
					fmt.Fprintf(&w, " %s |", figure(m))
				default:
					fmt.Fprintf(&w, " %s (%s×) |", figure(m), figure(m/ours))
				}
			}
			w.WriteString("\n")
		}
	}
	return w.String()
}

// said says what was not delivered as it has to be.
func said(f load.Flaws, refused uint64) string {
	var parts []string
	for _, p := range []struct {
		n    uint64
		what string
	}{
		{f.Missing, "deliveries missing"}, {f.Repeated, "repeated"}, {f.Disordered, "out of order"}, {f.Resets, "resets"},
		{uint64(f.Cut), "connections cut off"}, {f.Stored, "stored too much or too little"}, {f.Unanswered, "sends unanswered"},
		{refused, "sends refused"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	if len(parts) == 0 {
		return "nothing was taken"
	}
	return strings.Join(parts, ", ")
}

// figure returns a number with three digits that count, or two places.
func figure(v float64) string {
	switch {
	case v == math.Trunc(v) && v < 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func machine() string {
	model := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, ok := strings.CutPrefix(line, "model name"); ok {
				model = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(name), ":"))
				break
			}
		}
	}
	return fmt.Sprintf("%d cores, %s, %s/%s", runtime.NumCPU(), model, runtime.GOOS, runtime.GOARCH)
}

func (b *bench) versions() []string {
	versions := []string{runtime.Version()}
	for _, command := range [][]string{{"git", "describe", "--always", "--dirty"}, {"redis-server", "--version"}, {"node", "--version"}} {
		if out, err := exec.Command(command[0], command[1:]...).Output(); err == nil {
			version, _, _ := strings.Cut(firstLine(out), " sha=")
			versions = append(versions, command[0]+" "+version)
		}
	}
	if slices.Contains(b.Targets, "socketio") {
		versions = append(versions, "Socket.IO as in tests/bench/socketio/package-lock.json")
	}
	if slices.Contains(b.Targets, "centrifugo") {
		versions = append(versions, "Centrifugo "+centrifugoVersion)
	}
	return versions
}

func firstLine(b []byte) string {
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSpace(line)
}
