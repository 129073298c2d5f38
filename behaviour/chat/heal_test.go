package chat

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestChannelsHealLikeTheLobby cuts four nodes into two halves that each say much in
// the lobby and in a channel, for so long that they forget each other or not, and
// joins them by one link: all have all within healed, which is well below the 30 s
// that are promised.
func TestChannelsHealLikeTheLobby(t *testing.T) {
	for _, apart := range []time.Duration{time.Second, 5 * time.Second, 3 * time.Minute, 3 * time.Hour} {
		for seed := range uint64(8) {
			lines := 5
			if seed == 0 {
				lines = 2000
			}
			t.Run(fmt.Sprintf("%d lines in %v, seed %d", lines, apart, seed), func(t *testing.T) {
				s := newScript(t)
				for i, who := range []string{"a", "b", "c", "d"} {
					s.join(who, func(cfg *Config) { cfg.Rand = rand.New(rand.NewPCG(seed, uint64(i))) })
					s.play(who, Started{})
					s.play(who, Join{Channel: "#ops"})
				}
				halves := [][2]string{{"a", "c"}, {"a", "d"}, {"b", "c"}, {"b", "d"}}
				s.link("a", "b")
				s.link("c", "d")
				for _, l := range halves {
					s.link(l[0], l[1])
				}
				s.pass(time.Duration(seed) * 10 * time.Second)
				for _, l := range halves {
					s.unlink(l[0], l[1])
				}
				for i := range lines {
					for _, who := range []string{"a", "d"} {
						s.play(who, SayIn{"#ops", fmt.Sprint(i)})
						s.play(who, Broadcast{fmt.Sprint(i)})
					}
				}
				s.pass(apart)
				s.forget()
				const healed = 10 * time.Second
				linked := s.now
				s.link("b", "c")
				for s.missing("#ops", "lobby") > 0 && s.now.Sub(linked) <= healed {
					s.pass(100 * time.Millisecond)
				}
				if n := s.missing("#ops", "lobby"); n > 0 {
					t.Fatalf("after %v %d messages are missing", healed, n)
				}
				t.Logf("after %v all have all", s.now.Sub(linked))
			})
		}
	}
}

// missing counts the messages of some rooms that one core has and another has not.
func (s *script) missing(rooms ...Conversation) (n int) {
	for _, name := range rooms {
		most := make(map[LogKey]uint64)
		for _, c := range s.cores {
			for k, l := range c.rooms[name].logs {
				most[k] = max(most[k], l.head)
			}
		}
		for _, c := range s.cores {
			for k, head := range most {
				if l := c.rooms[name].logs[k]; l != nil {
					head -= l.head
				}
				n += int(head)
			}
		}
	}
	return n
}
