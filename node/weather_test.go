package node

import (
	"testing"
	"time"

	"tincan/behaviour/chat"
)

// In bad weather nothing is lost, and nobody waits long for what is said.
func TestWeather(t *testing.T) {
	if testing.Short() {
		t.Skip("many real nodes")
	}
	const (
		common = time.Second // PROMISES 5.3, for 99 of 100
		never  = time.Hour   // no bound but that of what comes after the fault
	)
	for _, w := range []struct {
		name string
		weather
		p99  time.Duration // from saying to showing, in all rooms
		long bool
	}{
		{"10 % loss, 10 % twice", weather{loss: 0.1, twice: 0.1}, common, false},
		{"30 % loss", weather{loss: 0.3}, common, false},
		{"50 % loss", weather{loss: 0.5}, never, false},
		{"500 ms jitter", weather{jitter: 500 * time.Millisecond}, 2 * common, false},
		{"all of it", weather{loss: 0.3, twice: 0.1, jitter: 500 * time.Millisecond}, never, true},
	} {
		if w.long && !soak {
			continue
		}
		virtual(t, w.name, func(t *testing.T, seed uint64) {
			c := muster(t, seed, crewSize(), within(rooms, crewSize()))
			c.ether.turn(w.weather)
			for range 10 {
				c.pass(2 * time.Second)
				c.sayAll()
				c.tellAcross()
			}
			c.pass(2 * time.Second)
			c.ether.turn(weather{})
			c.heal()
			for _, in := range []chat.Conversation{chat.Lobby, "#", ""} {
				p99, max := c.delays(in)
				t.Logf("%q: shown within %.2f s in 99 of 100 cases, %.2f s in all", in, p99.Seconds(), max.Seconds())
				if in != "" && p99 > w.p99 {
					t.Errorf("%q: the slowest in a hundred took %v, want %v at most", in, p99, w.p99)
				}
			}
		})
	}
}
