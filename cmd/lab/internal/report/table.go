package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// Unit says how a figure is written.
type Unit string

// The units.
const (
	Micros  Unit = "µs"
	Millis  Unit = "ms"
	Rate    Unit = "1/s"
	Percent Unit = "%"
	Count   Unit = ""
	KiB     Unit = "KiB"
	MiB     Unit = "MiB"

	MillisASecond Unit = "ms/s"
)

// Column is what one figure of a row means.
type Column struct {
	Name string `json:"name"`
	Unit Unit   `json:"unit"`
}

// Row is one contestant. A figure that could not be had is NaN.
type Row struct {
	Name    string
	Product bool     // else a floor
	Against []string // floors that a product is compared with; nil: all
	Figures []float64
}

// Table is the outcome of one benchmark: floors and product of the same run.
type Table struct {
	Name    string // of the benchmark
	Setup   string // what was done, with its numbers
	Columns []Column
	Rows    []Row
	Notes   []string
}

// Ratio is the product's figures divided by those of a floor; NaN where they
// cannot be divided.
func (t Table) Ratio(product, floor Row) []float64 {
	ratio := make([]float64, len(t.Columns))
	for i := range ratio {
		ratio[i] = math.NaN()
		if floor.Figures[i] != 0 {
			ratio[i] = product.Figures[i] / floor.Figures[i]
		}
	}
	return ratio
}

// WriteText writes the rows and below them the product's ratio to each floor.
func (t Table) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s\n", t.Name, t.Setup)
	tab := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tab, "%s\t", pad(t, ""))
	for _, c := range t.Columns {
		fmt.Fprintf(tab, "%s\t", strings.TrimSpace(c.Name+" "+string(c.Unit)))
	}
	fmt.Fprintln(tab)
	for _, r := range t.Rows {
		writeRow(tab, pad(t, r.Name), r.Figures, figure)
	}
	for _, name := range t.ratios() {
		writeRow(tab, pad(t, name.label), name.figures, times)
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	for _, n := range t.Notes {
		fmt.Fprintf(w, "   %s\n", n)
	}
	_, err := fmt.Fprintln(w)
	return err
}

// WriteJSON writes the table as one line.
func (t Table) WriteJSON(w io.Writer) error {
	type object = map[string]any
	out := object{"bench": t.Name, "setup": t.Setup, "columns": t.Columns, "notes": append([]string{}, t.Notes...)}
	rows, ratios := []object{}, []object{}
	for _, r := range t.Rows {
		rows = append(rows, object{"name": r.Name, "product": r.Product, "figures": t.named(r.Figures)})
	}
	for _, r := range t.ratios() {
		ratios = append(ratios, object{"product": r.product, "floor": r.floor, "figures": t.named(r.figures)})
	}
	out["rows"], out["ratios"] = rows, ratios
	return json.NewEncoder(w).Encode(out)
}

type ratio struct {
	label, product, floor string
	figures               []float64
}

func (t Table) ratios() []ratio {
	var all []ratio
	for _, p := range t.Rows {
		for _, f := range t.Rows {
			if p.Product && !f.Product && (p.Against == nil || slices.Contains(p.Against, f.Name)) {
				all = append(all, ratio{p.Name + " ÷ " + f.Name, p.Name, f.Name, t.Ratio(p, f)})
			}
		}
	}
	return all
}

// named keys figures by column and leaves out what could not be had.
func (t Table) named(figures []float64) map[string]float64 {
	m := make(map[string]float64)
	for i, c := range t.Columns {
		if !math.IsNaN(figures[i]) && !math.IsInf(figures[i], 0) {
			m[c.Name] = figures[i]
		}
	}
	return m
}

func writeRow(w io.Writer, name string, figures []float64, form func(float64) string) {
	fmt.Fprintf(w, "%s\t", name)
	for _, f := range figures {
		fmt.Fprintf(w, "%s\t", form(f))
	}
	fmt.Fprintln(w)
}

// figure shows about three digits.
func figure(f float64) string {
	switch {
	case math.IsNaN(f):
		return "-"
	case math.Abs(f) >= 100 || f == math.Trunc(f):
		return fmt.Sprintf("%.0f", f)
	case math.Abs(f) >= 10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

func times(f float64) string {
	if math.IsNaN(f) {
		return "-"
	}
	return fmt.Sprintf("%.2f×", f)
}

// pad makes names equally long, since the table is aligned to the right.
func pad(t Table, name string) string {
	width := 0
	for _, r := range t.Rows {
		width = max(width, len([]rune(r.Name)))
	}
	for _, r := range t.ratios() {
		width = max(width, len([]rune(r.label)))
	}
	return name + strings.Repeat(" ", width-len([]rune(name)))
}
