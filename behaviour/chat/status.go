package chat

import "maps"

func (c *Core) getStatus(who asker) {
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
		Messages: c.lobby.keptCount,
		Outbox:   c.outbox(),
		Counters: counters,
	}
}
