package wire

import (
	"fmt"
	"testing"
)

func BenchmarkSeal(b *testing.B) {
	s := demoSealer(b, 2, "demo")
	for _, n := range []int{1, 256} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			env := lobby(s, demoSealer(b, 3, "demo").ID(), n, 100)
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Seal(env); err != nil {
					b.Fatal(err)
				}
			}
			perMessage(b, n)
		})
	}
}

// BenchmarkOpen shows the whole of Open and, as its floor, the signature alone.
func BenchmarkOpen(b *testing.B) {
	s := demoSealer(b, 2, "demo")
	for _, n := range []int{1, 256} {
		env := lobby(s, demoSealer(b, 3, "demo").ID(), n, 100)
		if err := s.Seal(env); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			o := NewOpener("demo")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := o.Open(env.Raw); err != nil {
					b.Fatal(err)
				}
			}
			perMessage(b, n)
		})
		b.Run(fmt.Sprint(n, "/signature"), func(b *testing.B) {
			body, err := signedBody(env.Raw)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if !verified(&s.id, envelopeLabel, body, env.Raw) {
					b.Fatal("not verified")
				}
			}
			perMessage(b, n)
		})
	}
}

func perMessage(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/message")
}
