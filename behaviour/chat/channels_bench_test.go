package chat

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// BenchmarkChannels is what ten thousand channels in which nothing is said cost
// the core: memory for each, and a second of their rhythm.
func BenchmarkChannels(b *testing.B) {
	const channels = 10_000
	before := inUse()
	c := New(Config{Me: "a", Log: LogID{1}, Seal: func(*Envelope) {}, Rand: rand.New(rand.NewPCG(1, 2))})
	now := noon
	c.HandleEvent(now, Started{})
	for i := range channels {
		c.HandleInstruction(now, Asker{}, Join{Channel: fmt.Sprintf("#channel-%d", i)})
	}
	each := float64(inUse()-before) / channels
	end := now.Add(5 * time.Minute) // by then the news of joining is told
	for w := c.Wake(); !w.IsZero() && w.Before(end); w = c.Wake() {
		c.HandleEvent(w, Tick{})
	}
	b.ResetTimer()
	for range b.N {
		end = end.Add(time.Second)
		for w := c.Wake(); !w.IsZero() && !w.After(end); w = c.Wake() {
			c.HandleEvent(w, Tick{})
		}
	}
	b.ReportMetric(each, "B/channel")
	runtime.KeepAlive(c)
}

func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
