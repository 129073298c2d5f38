package names

import "testing"

// What a lobby of thousands costs: each of them announces a name again and again.
func BenchmarkNames(b *testing.B) {
	for _, name := range []string{"anna_2", "Αλέξανδρος"} {
		b.Run("clean/"+name, func(b *testing.B) {
			for b.Loop() {
				Clean(name)
			}
		})
		b.Run("skeleton/"+name, func(b *testing.B) {
			for b.Loop() {
				Skeleton(name)
			}
		})
	}
}
