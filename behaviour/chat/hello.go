package chat

import (
	"fmt"
	"time"
)

// blank is Enter on an empty line.
func (c *Core) blank(who Asker, at *seat) {
	if at.place == nil || at.place.room != c.lobby || at.opening != "" {
		c.acknowledge(who, "an empty line says hello in the lobby only")
		return
	}
	c.sayHello(who, at.user)
}

// sayHello asks everybody in the lobby to answer.
func (c *Core) sayHello(who Asker, u *user) {
	if n := c.roster.here; n > ackSample {
		c.answer(who, Notice{fmt.Sprintf("about %d peers are in the lobby; some %d of them will answer, as a sample", n, ackSample)})
	}
	c.sayLobby(who, u, Message{Kind: Hello, Guest: u.name})
}

// rememberHello notes when a hello was said. Answers come within seconds: old
// ones are forgotten.
func (c *Core) rememberHello(r Ref) {
	for old, at := range c.hellos {
		if c.now.Sub(at) > AckExpiry+ackAge {
			delete(c.hellos, old)
		}
	}
	if len(c.hellos) < maxFinds {
		c.hellos[r] = c.now
	}
}

// helloHeard answers a hello, after some jitter and not too often. In a large
// lobby everybody answers with the probability that makes about ackSample answers.
func (c *Core) helloHeard(id MessageID, guest string) {
	p := c.meet(id.Author)
	if !p.acked.IsZero() && c.now.Sub(p.acked) < ackPause {
		return
	}
	if n := c.roster.here; n > ackSample && c.cfg.Rand.IntN(n) >= ackSample {
		return
	}
	p.acked = c.now
	c.after(time.Duration(c.cfg.Rand.Int64N(int64(ackJitter))), func() {
		if c.drain.on {
			return
		}
		re := id.Ref
		c.post(id.Author, Message{Kind: HelloAck, Re: &re, To: guest}, origin{silent: true})
	})
}
