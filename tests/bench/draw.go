package main

import (
	"bytes"
	"image/color"
	"os"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

var colors = []color.RGBA{{R: 0x1f, G: 0x6f, B: 0xd1, A: 0xff}, {R: 0xc8, G: 0x4b, B: 0x16, A: 0xff}}

// Pictures measure their text in this font, and name others of the same widths for those who do not have it.
const (
	family    = "font-family:Liberation Sans;"
	fallbacks = "font-family:Liberation Sans,Arial,Helvetica,sans-serif;"
)

func init() { plot.DefaultFont.Variant = "Sans" }

// drawSeries writes a picture of a series: a plot for each of its lines, one under the other, as their units differ.
// What is written begins at the left, with so much space at the right that a wider font has it, too.
func drawSeries(s series, at []int, points [][]float64, file string) error {
	const width, panel, margin, heading = 16 * vg.Centimeter, 5.5 * vg.Centimeter, 12, 24
	image := vgsvg.New(width, vg.Length(len(s.lines))*panel+2*margin+heading)
	all := draw.New(image)
	all.FillPolygon(color.White, all.ClipPolygonXY([]vg.Point{ // so that it can be read on a dark page
		all.Min, {X: all.Max.X, Y: all.Min.Y}, all.Max, {X: all.Min.X, Y: all.Max.Y},
	}))

	var plots [][]*plot.Plot
	for i := range s.lines {
		p, err := drawLine(at, points[i], colors[i%len(colors)])
		if err != nil {
			return err
		}
		plots = append(plots, []*plot.Plot{p})
	}
	last := plots[len(plots)-1][0]
	last.X.Label.Text = s.x
	write := func(text string, size font.Length, c color.Color, y vg.Length) {
		style := last.Title.TextStyle
		style.Font.Size, style.Color, style.XAlign, style.YAlign = size, c, draw.XLeft, draw.YTop
		all.FillText(style, vg.Point{X: margin, Y: y}, text)
	}
	write(s.Title, 12.5, color.Black, all.Max.Y-margin)

	inner := draw.Crop(all, margin, -2*margin, margin, -margin-heading)
	tiles := draw.Tiles{Rows: len(plots), Cols: 1, PadTop: heading, PadY: heading + margin}
	for i, row := range plot.Align(plots, tiles, inner) {
		write(s.lines[i].name, 11, colors[i%len(colors)], row[0].Max.Y+heading-6)
		plots[i][0].Draw(row[0])
	}

	var svg bytes.Buffer
	if _, err := image.WriteTo(&svg); err != nil {
		return err
	}
	return os.WriteFile(file, bytes.ReplaceAll(svg.Bytes(), []byte(family), []byte(fallbacks)), 0o644)
}

// drawLine returns the plot of one line, with a tick at each number that was measured, in a logarithmic scale where
// they grow by more than ten.
func drawLine(at []int, points []float64, c color.Color) (*plot.Plot, error) {
	p := plot.New()
	p.Y.Tick.Marker = plainTicks{}
	if at[len(at)-1] > 10*at[0] {
		p.X.Scale = plot.LogScale{}
	}
	var ticks plot.ConstantTicks
	xys := make(plotter.XYs, len(at))
	for i, n := range at {
		xys[i] = plotter.XY{X: float64(n), Y: points[i]}
		ticks = append(ticks, plot.Tick{Value: float64(n), Label: thousands(float64(n))})
	}
	p.X.Tick.Marker = ticks
	lines, dots, err := plotter.NewLinePoints(xys)
	if err != nil {
		return nil, err
	}
	lines.Color, dots.Color, dots.Shape = c, c, draw.CircleGlyph{}
	lines.Width = vg.Points(1.5)
	p.Add(plotter.NewGrid(), lines, dots)
	if p.Y.Min, p.Y.Max = 0, 1.1*slices.Max(points); p.Y.Max <= 0 {
		p.Y.Max = 1
	}
	return p, nil
}

// plainTicks are the usual ticks, with numbers as people write them: 0, 0.25, 10,000.
type plainTicks struct{}

func (plainTicks) Ticks(low, high float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(low, high)
	for i, t := range ticks {
		if t.Label != "" {
			ticks[i].Label = plain(t.Value)
		}
	}
	return ticks
}

// plain returns a number with its thousands apart, and no more places than it has, up to six.
func plain(v float64) string {
	_, places, found := strings.Cut(strconv.FormatFloat(v, 'f', 6, 64), ".")
	if places = strings.TrimRight(places, "0"); !found || places == "" {
		return thousands(v)
	}
	return strconv.FormatFloat(v, 'f', len(places), 64)
}
