package report

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

func TestSampleAt(t *testing.T) {
	var hundred Sample
	for i := 100; i >= 1; i-- {
		hundred.Add(time.Duration(i))
	}
	var one, none Sample
	one.Add(7)
	for _, c := range []struct {
		name   string
		sample *Sample
		p      float64
		want   time.Duration
	}{
		{"median of 1 to 100", &hundred, 0.5, 50},
		{"p99 of 1 to 100", &hundred, 0.99, 99},
		{"greatest", &hundred, 1, 100},
		{"least", &hundred, 0, 1},
		{"of one", &one, 0.99, 7},
		{"of none", &none, 0.5, 0},
	} {
		if got := c.sample.At(c.p); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := Median(c.in); got != c.want {
			t.Errorf("median of %v: got %v, want %v", c.in, got, c.want)
		}
	}
}

var table = Table{
	Name: "dm", Setup: "two trips",
	Columns: []Column{{"p50", Micros}, {"lost", Count}, {"rss", MiB}},
	Rows: []Row{
		{"raw", false, nil, []float64{10, 0, math.NaN()}},
		{"tincan", true, nil, []float64{11.5, 0, 30}},
	},
	Notes: []string{"a note"},
}

func TestText(t *testing.T) {
	const want = `dm: two trips
                  p50 µs   lost   rss MiB
   raw                10      0         -
   tincan           11.5      0        30
   tincan ÷ raw    1.15×      -         -
   a note

`
	var got strings.Builder
	if err := table.WriteText(&got); err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}

func TestJSON(t *testing.T) {
	var line strings.Builder
	if err := table.WriteJSON(&line); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Bench  string
		Ratios []struct {
			Product, Floor string
			Figures        map[string]float64
		}
	}
	if err := json.Unmarshal([]byte(line.String()), &got); err != nil {
		t.Fatal(err)
	}
	if got.Bench != "dm" || len(got.Ratios) != 1 || got.Ratios[0].Floor != "raw" || got.Ratios[0].Figures["p50"] != 1.15 {
		t.Errorf("got %+v", got)
	}
	if _, has := got.Ratios[0].Figures["rss"]; has {
		t.Error("a ratio to nothing was written")
	}
}
