package main

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var colors = []color.RGBA{{R: 0x1f, G: 0x6f, B: 0xd1, A: 0xff}, {R: 0xc8, G: 0x4b, B: 0x16, A: 0xff}}

// drawSeries writes a picture of a series, with the numbers along the bottom in a logarithmic scale where they
// grow by more than ten.
func drawSeries(s series, at []int, points [][]float64, file string) error {
	p := plot.New()
	p.Title.Text = s.Title
	p.X.Label.Text = s.x
	p.Y.Min = 0
	p.BackgroundColor = color.White
	p.Add(plotter.NewGrid())
	if at[len(at)-1] > 10*at[0] {
		p.X.Scale = plot.LogScale{}
		p.X.Tick.Marker = plot.LogTicks{Prec: 0}
	}
	for i, l := range s.lines {
		xys := make(plotter.XYs, len(at))
		for j := range at {
			xys[j] = plotter.XY{X: float64(at[j]), Y: points[i][j]}
		}
		lines, dots, err := plotter.NewLinePoints(xys)
		if err != nil {
			return err
		}
		lines.Color, dots.Color, dots.Shape = colors[i], colors[i], draw.CircleGlyph{}
		lines.Width = vg.Points(1.5)
		p.Add(lines, dots)
		p.Legend.Add(l.name, lines, dots)
	}
	p.Legend.Top = true
	p.Y.Max *= 1.25 // so that the legend is not in the way
	return p.Save(16*vg.Centimeter, 9*vg.Centimeter, file)
}
