package behaviour

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"tincan/behaviour/chat"
	"tincan/behaviour/internal/hosttest"
	"tincan/behaviour/wire"
)

// cpu is the time that this process has used.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// BenchmarkIdleInChannels tells what nodes cost that are in 10,000 channels each
// and silent, all connected to each other: a node's part of the process's time
// and memory. With members=1 the others are in no channel, and the one searches.
// Run it with -benchtime 5s: an iteration is 100 ms of idling.
func BenchmarkIdleInChannels(b *testing.B) {
	for _, tc := range []struct{ nodes, members, channels int }{
		{1, 1, 0}, {1, 1, 10_000}, {2, 2, 10_000}, {5, 5, 0}, {5, 1, 10_000}, {5, 5, 10_000},
	} {
		b.Run(fmt.Sprintf("nodes=%d/members=%d/channels=%d", tc.nodes, tc.members, tc.channels), func(b *testing.B) {
			idle(b, tc.nodes, tc.members, tc.channels)
		})
	}
}

func idle(b *testing.B, nodes, members, channels int) {
	var names []chat.Conversation // the core has them, too
	for i := range channels {
		names = append(names, chat.Conversation(fmt.Sprintf("#channel-%d", i)))
	}
	var all []*Behaviour
	for range nodes {
		n := with(b, func(c *Config) { c.Sparse = true })
		go func() { // ends with the node
			for {
				select {
				case <-n.Events():
				case <-n.ctx.Done():
					return
				}
			}
		}()
		all = append(all, n)
	}
	before := heap()
	for _, n := range all[:members] {
		for _, c := range names {
			n.Do(chat.Subscribe{Conversation: c})
		}
	}
	for i, n := range all {
		for _, m := range all[:i] {
			hosttest.Connect(b, n.cfg.Host, m.cfg.Host)
		}
	}
	hosttest.Eventually(b, "all see each other in all topics", func() bool {
		for _, n := range all[:members] {
			if len(n.gossip.Peers(n.lobby)) != nodes-1 {
				return false
			}
			for s := 0; s < wire.Shards && channels > 0; s++ {
				if len(n.gossip.Peers(wire.ShardTopic("test", s))) != members-1 {
					return false
				}
			}
		}
		return true
	})
	time.Sleep(2 * time.Second) // of meeting and grafting
	grown := heap() - before
	began, used := time.Now(), cpu(b)
	for b.Loop() {
		time.Sleep(100 * time.Millisecond)
	}
	if channels > 0 {
		b.ReportMetric(float64(grown)/float64(members*channels), "B/channel")
	}
	b.ReportMetric((cpu(b)-used).Seconds()*1000/time.Since(began).Seconds()/float64(nodes), "ms-cpu/s/node")
}

// A channel costs no goroutine, and little beside its name.
func TestTenThousandChannels(t *testing.T) {
	const channels = 10_000
	const most = 1 << 10 // bytes a channel; the core needs some more
	b := whole(t)
	names := make([]chat.Conversation, channels)
	for i := range names {
		names[i] = chat.Conversation(fmt.Sprintf("#channel-%d", i))
	}
	before, running := heap(), runtime.NumGoroutine()
	for _, c := range names {
		b.Do(chat.Subscribe{Conversation: c})
	}
	b.Do(chat.Publish{Envelope: envelope(b, names[0], 1)}) // behind all of them
	if ev := next[chat.Published](t, b); ev.Err != "" {
		t.Fatalf("published: %+v", ev)
	}
	if grown := (heap() - before) / channels; grown > most {
		t.Errorf("%d bytes a channel, want %d at most", grown, most)
	}
	if more := runtime.NumGoroutine() - running; more > 16 {
		t.Errorf("%d goroutines more", more)
	}
	for _, c := range names {
		b.Do(chat.Unsubscribe{Conversation: c})
	}
	b.Do(chat.Publish{Envelope: envelope(b, names[0], 2)})
	if ev := next[chat.Published](t, b); ev.Err == "" {
		t.Errorf("published after Unsubscribe: %+v", ev)
	}
	if b.topics.mu.Lock(); len(b.topics.in)+len(b.topics.uses)+len(b.topics.waiting) != 0 {
		t.Errorf("%d channels and %d topics are left", len(b.topics.in), len(b.topics.uses))
	}
	b.topics.mu.Unlock()
}
