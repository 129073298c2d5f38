package behaviour

import (
	"fmt"
	"path/filepath"
	"testing"

	"tincan/behaviour/chat"
)

// BenchmarkSave is what it costs the loop to hand an envelope to the history.
func BenchmarkSave(b *testing.B) {
	for _, n := range []int{1, 32} {
		for _, kind := range []string{"memory", "disk"} {
			b.Run(fmt.Sprintf("%s/%d", kind, n), func(b *testing.B) {
				h := inMemory(b)
				if kind == "disk" {
					h = onDisk(b, filepath.Join(b.TempDir(), "history.db"))
				}
				defer h.Close()
				l := newLife(b, 1)
				var all []*chat.Envelope
				key := chat.LogKey{Author: l.by[1].ID()}
				for i := range 1000 {
					all = append(all, l.envelope(chat.Lobby, l.by[1], key, uint64(1+i*n), n, "a message of ordinary length, as people type them, "))
				}
				b.ReportAllocs()
				saved := uint64(0)
				for i := 0; b.Loop(); i++ {
					e := *all[i%1000]
					e.First += uint64(i/1000) * uint64(1000*n)
					saved++
					h.Save(chat.Save{N: saved, Changes: []chat.Change{chat.Kept{Envelope: &e, At: l.now}}})
					if kind == "disk" && saved%64 == 0 {
						b.StopTimer()
						h.saves(b, saved+1)
						saved++
						b.StartTimer()
					}
				}
			})
		}
	}
}
