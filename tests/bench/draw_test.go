package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is drawn is looked at by people; what is asked here is what they could not read.
func TestAPictureNamesUnitsAndNumbersAsPeopleWriteThem(t *testing.T) {
	s := series{Title: "One room, as much as goes", x: "members of the room",
		lines: []line{{name: "deliveries, k/s"}, {name: "server CPU of a delivery, ns"}}}
	file := filepath.Join(t.TempDir(), "members.svg")
	if dir := os.Getenv("BENCH_PICTURES"); dir != "" { // to look at it
		file = filepath.Join(dir, "members.svg")
	}
	if err := drawSeries(s, []int{10, 100, 1000, 10_000}, [][]float64{{210, 900, 2400, 2300}, {8000, 2100, 430, 460}}, file); err != nil {
		t.Fatal(err)
	}
	svg, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{">" + s.Title + "<", ">members of the room<", ">deliveries, k/s<", ">server CPU of a delivery, ns<",
		">10<", ">1,000<", ">10,000<", ">8,000<", ",sans-serif;"} {
		if !strings.Contains(string(svg), text) {
			t.Errorf("there is no %s in it", text)
		}
	}
	if strings.Contains(string(svg), "e+") || strings.Contains(string(svg), "Serif") {
		t.Error("a number or a font is not as it should be")
	}
}

func TestAnAxisBeginsAtNothing(t *testing.T) {
	for _, points := range [][]float64{{0, 0}, {5, 50}} {
		if p, err := drawLine([]int{1, 2}, points, colors[0]); err != nil || p.Y.Min != 0 || p.Y.Max <= points[1] {
			t.Errorf("of %v it is from %v to %v, %v", points, p.Y.Min, p.Y.Max, err)
		}
	}
}

func TestNumbersOfAnAxis(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.25: "0.25", 0.1 + 0.2: "0.3", 250: "250", 10_000: "10,000"} {
		if got := plain(v); got != want {
			t.Errorf("%v is written %q, not %q", v, got, want)
		}
	}
}
