// Package report turns what was measured into medians, ratios and tables.
package report

import (
	"slices"
	"time"
)

// Sample is a set of measured durations. The zero value is empty.
type Sample struct {
	values []time.Duration
	sorted bool
}

// Add adds one measurement.
func (s *Sample) Add(d time.Duration) {
	s.values = append(s.values, d)
	s.sorted = false
}

// Join adds the measurements of another sample.
func (s *Sample) Join(o *Sample) {
	s.values = append(s.values, o.values...)
	s.sorted = false
}

// Len is the number of measurements.
func (s *Sample) Len() int { return len(s.values) }

// At is the smallest measurement that the share p of all (0 to 1) does not
// exceed: At(0.5) is the median. It is 0 for an empty sample.
func (s *Sample) At(p float64) time.Duration {
	if len(s.values) == 0 {
		return 0
	}
	if !s.sorted {
		slices.Sort(s.values)
		s.sorted = true
	}
	i := int(p*float64(len(s.values))+0.999999) - 1
	return s.values[min(max(i, 0), len(s.values)-1)]
}

// Median is the median of values, or 0 of none. It reorders values.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	mid := len(values) / 2
	if len(values)%2 == 1 {
		return values[mid]
	}
	return (values[mid-1] + values[mid]) / 2
}
