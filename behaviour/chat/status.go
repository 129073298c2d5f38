package chat

import "maps"

func (c *Core) getStatus(who Asker) {
	c.reports = append(c.reports, who)
	c.inspect()
}

func (c *Core) status(network map[string]uint64) StatusReport {
	counters := maps.Clone(c.counts)
	for reason, n := range network {
		counters[reason] += n
	}
	return StatusReport{
		Me:       c.me,
		Network:  c.cfg.Network,
		Addrs:    c.addrs,
		Up:       c.now.Sub(c.started),
		Peers:    len(c.roster.up),
		Messages: c.held(),
		Outbox:   c.outbox(),
		Counters: counters,
	}
}

// held counts the messages that are kept for others.
func (c *Core) held() int {
	n := c.lobby.keptCount
	for _, r := range c.channels {
		n += r.keptCount
	}
	return n
}
