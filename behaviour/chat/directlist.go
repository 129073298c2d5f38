package chat

import (
	"cmp"
	"slices"
)

// spoken is a direct conversation in which something was said that is kept.
type spoken struct {
	with PeerID
	last Stamp // of what was said last
}

// listDirects answers with whom the owner, or a guest of his, has talked alone.
func (c *Core) listDirects(who Asker) {
	list := DirectList{}
	if who.User == Owner && c.cfg.Keeps {
		talks := c.talks()
		for _, t := range talks[:min(len(talks), maxDirectList)] {
			list.With = append(list.With, c.portrayed(Person{Peer: t.with}))
		}
	}
	c.answer(who, list)
}

// talks are the direct conversations, open or not, the last first.
func (c *Core) talks() (all []spoken) {
	for id, d := range c.directs {
		if last := d.last(); last > 0 {
			all = append(all, spoken{id, last})
		}
	}
	for _, name := range c.shelf.list {
		a, b, ok := name.Parties()
		if !ok {
			continue
		}
		if a == c.cfg.Me {
			a = b
		}
		var last Stamp
		for _, l := range c.shelf.rooms[name].Logs {
			last = max(last, l.Stamp)
		}
		if last > 0 {
			all = append(all, spoken{a, last})
		}
	}
	slices.SortFunc(all, func(a, b spoken) int {
		return cmp.Or(cmp.Compare(b.last, a.last), cmp.Compare(a.with, b.with))
	})
	return all
}

// last is the stamp of what was said last in a conversation and is kept, or waits to be
// sent; 0: nothing is.
func (d *direct) last() (last Stamp) {
	for _, l := range d.list {
		last = max(last, l.stamp)
	}
	for i := range d.mine.pending {
		if m := d.mine.pending[i].Message; m.Kind != HelloAck {
			last = max(last, m.Stamp)
		}
	}
	return last
}
