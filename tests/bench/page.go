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
func (b *bench) write(measured results, file string) error {
	var text bytes.Buffer
	err := page.Execute(&text, map[string]any{
		"Date": time.Now().UTC().Format(time.DateOnly), "Machine": machine(), "Versions": b.versions,
		"Rounds": b.Rounds, "Table": b.table(measured), "Flaws": b.wrong, "Series": b.grown,
		"Unlimited": strings.Join(testbed.Unlimited(), " "),
	})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text.Bytes(), 0o644)
}

// table returns the table in Markdown: each shape with its load, and each figure of a peer with its ratio to that of
// Chorus. Of several rounds Chorus has the lowest and the highest beside it.
func (b *bench) table(measured results) string {
	var w strings.Builder
	w.WriteString("| |")
	for _, t := range b.Targets {
		fmt.Fprintf(&w, " %s |", titles[t])
	}
	w.WriteString("\n| --- |" + strings.Repeat(" ---: |", len(b.Targets)) + "\n")
	for _, s := range shapes {
		heading := "| **" + s.name + "**<br>`" + strings.Join(b.shortened(s.args), " ") + "` |" + strings.Repeat(" |", len(b.Targets)) + "\n"
		for _, r := range s.rows {
			byTarget, ok := measured[s.name+": "+r.name]
			if !ok {
				continue
			}
			w.WriteString(heading)
			heading = ""
			fmt.Fprintf(&w, "| %s |", strings.TrimSuffix(r.name+", "+r.unit, ", "))
			for _, t := range b.Targets {
				m, ok := byTarget[t]
				switch {
				case !ok:
					w.WriteString(" |")
				case t == "chorus":
					fmt.Fprintf(&w, " **%s**%s |", figure(r.shown(m.median)), r.spread(m))
				default:
					fmt.Fprintf(&w, " %s%s |", figure(r.shown(m.median)), r.ratio(m, byTarget["chorus"]))
				}
			}
			w.WriteString("\n")
		}
	}
	return w.String()
}

// shown returns what a figure says: nothing where it is no more than noise.
func (r *row) shown(v float64) float64 {
	const smallest = 0.005 // that is written as more than 0
	if v < max(r.least, smallest) {
		return 0
	}
	return v
}

// spread returns how far apart rounds were, where they were.
func (r *row) spread(m measure) string {
	low, high := figure(r.shown(m.lowest)), figure(r.shown(m.highest))
	if low == high {
		return ""
	}
	return fmt.Sprintf(" (%s to %s)", low, high)
}

// ratio returns how many times that of Chorus a figure is, where both say something.
func (r *row) ratio(m, ours measure) string {
	if r.shown(m.median) == 0 || r.shown(ours.median) == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s×)", figure(m.median/ours.median))
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

// versionsOf returns what is measured. It is asked before pages are written, or the tree would be dirty by then.
func versionsOf(targets []string) []string {
	versions := []string{runtime.Version()}
	for _, command := range [][]string{{"git", "describe", "--always", "--dirty"}, {"redis-server", "--version"}, {"node", "--version"}} {
		if out, err := exec.Command(command[0], command[1:]...).Output(); err == nil {
			versions = append(versions, versionOf(command[0], firstLine(out)))
		}
	}
	if slices.Contains(targets, "socketio") {
		versions = append(versions, "Socket.IO as in tests/bench/socketio/package-lock.json")
	}
	if slices.Contains(targets, "centrifugo") {
		versions = append(versions, "Centrifugo "+centrifugoVersion)
	}
	return versions
}

// versionOf returns what a program calls itself in short. Redis says "Redis server v=7.0.15 sha=00000000:0 …".
func versionOf(program, line string) string {
	if _, version, ok := strings.Cut(line, "Redis server v="); ok {
		version, _, _ = strings.Cut(version, " ")
		return "Redis " + version
	}
	return program + " " + line
}

func firstLine(b []byte) string {
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSpace(line)
}
