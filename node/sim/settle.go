package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"time"

	"tincan/behaviour/chat"
)

// agreement checks, when everything has had time to settle, that the lobby or
// each channel is the same wherever it is, in set and in order. Members of a channel
// need not be neighbours of each other: that takes longer.
func (c *checker) agreement(channels bool) {
	var live []*view
	for _, v := range c.views {
		if v.alive() && (v.in != "") == channels && !v.n.clock.mistaken() {
			live = append(live, v)
		}
	}
	for i := range c.messages {
		m := &c.messages[i]
		if m.void || m.again || m.early() || c.forked[m.log] != nil || !m.ID.Conversation.IsShared() {
			continue
		}
		var holder *view
		for _, v := range live {
			if v.shows(m.ID.Conversation) && c.has(v, int32(i)) {
				holder = v
				break
			}
		}
		if holder == nil {
			continue
		}
		for _, v := range live {
			if v.shows(m.ID.Conversation) && !c.has(v, int32(i)) && m.at > v.deaf && v.began <= m.at+int64(joinGrace) {
				c.fail(5, "%s does not show %s of %.3fs, which %s shows", v.n.nick,
					refWords(m.ID.Conversation, m.ID.Ref), float64(m.at)/1e9, holder.n.nick)
				return
			}
		}
	}
	for _, v := range live {
		c.silence(v)
	}
	c.converge(live)
}

// silence checks that a node shows whatever gossip has brought it, unless it
// has told that something before it is missing.
func (c *checker) silence(v *view) {
	for i := range c.messages {
		m := &c.messages[i]
		env, sent := c.w.envIndex[m.envelope]
		if !sent || m.void || m.again || m.early() || c.forked[m.log] != nil || !v.came.has(env) || c.has(v, int32(i)) {
			continue
		}
		if !v.told[gapOwner{m.ID.Conversation, m.ID.Author}] {
			c.fail(5, "%s has had %s of %.3fs, does not show it and has told of no gap", v.n.nick, refWords(m.ID.Conversation, m.ID.Ref), float64(m.at)/1e9)
			return
		}
		c.w.stats.Withheld++
	}
}

// converge checks that whoever shows the same set of a conversation sees it in
// the same order, however it came.
func (c *checker) converge(live []*view) {
	orders := map[[32]byte]uint64{}
	compared := map[chat.Conversation]int{}
	for _, v := range live {
		if compared[v.in]++; compared[v.in] > maxCompared {
			continue
		}
		var set []chat.Placed
		h := sha256.New()
		for i := range c.messages {
			if in := c.messages[i].ID.Conversation; !c.messages[i].void && in.IsShared() && v.shows(in) && c.has(v, int32(i)) {
				set = append(set, c.messages[i].Placed)
				binary.Write(h, binary.BigEndian, uint32(i))
			}
		}
		key := [32]byte(h.Sum(nil))
		c.w.rng.Shuffle(len(set), func(i, j int) { set[i], set[j] = set[j], set[i] })
		slices.SortFunc(set, func(a, b chat.Placed) int {
			switch {
			case chat.Less(a, b):
				return -1
			case chat.Less(b, a):
				return 1
			}
			return 0
		})
		sum := fnv.New64a()
		for _, p := range set {
			sum.Write([]byte(p.ID.String()))
		}
		if before, ok := orders[key]; ok && before != sum.Sum64() {
			c.fail(8, "%s orders the messages that it shares with another in its own way", v.n.nick)
		}
		orders[key] = sum.Sum64()
	}
}

// end checks the lines one by one: each was sent, refused or lost with its
// author, and each direct message between nodes that lived on has arrived. It
// also checks that no core changed an envelope after it was sealed.
func (c *checker) end() {
	for i := range c.lines {
		l := &c.lines[i]
		if l.refused || l.dropped || !l.by.here() {
			continue
		}
		if !l.accepted {
			if !l.author.clock.odd && c.w.now-l.at > int64(replyMax) && c.w.awake(l.to, l.at) {
				c.fail(10, "%s had no answer to line %d of %.3fs", l.by, i, float64(l.at)/1e9)
			}
			continue
		}
		if l.to != nil && (l.author.clock.odd || l.to.clock.odd || l.message >= 0 && c.messages[l.message].early()) {
			continue
		}
		// Somebody may come to where nobody was; and whoever forks has said so before
		// the other was there.
		if l.to == nil || !l.to.alive || l.to.base != l.toBase || l.toUser == nil || !l.toUser.here() || !c.w.reachable(l.author, l.to) {
			continue
		}
		switch {
		case !c.arrived(l):
			c.fail(10, "%s does not show line %d of %.3fs", l.toUser, i, float64(l.at)/1e9)
		case !l.received && !l.settled():
			c.fail(10, "%s has no receipt for line %d of %.3fs", l.by, i, float64(l.at)/1e9)
		}
	}
	for _, q := range c.asked {
		if !q.answered && q.u.here() && c.w.now-q.at > int64(replyMax) {
			c.fail(10, "%s had no answer to a question of %.3fs", q.u, float64(q.at)/1e9)
		}
	}
	for i := range c.messages {
		m := &c.messages[i]
		if m.void {
			continue
		}
		if place := int(m.ID.Seq - m.envelope.First); place >= len(m.envelope.Messages) || hashOf(m.envelope, place) != m.Hash {
			c.fail(0, "%s was changed after it was sealed", refWords(m.ID.Conversation, m.ID.Ref))
		}
		if m.Kind != chat.HelloAck && m.view.alive() && !m.view.shown.has(int32(i)) && !m.view.n.revived && !m.resaid && !(m.line < 0 && c.uneasy(m.author)) {
			c.fail(1, "%s did not show its own %s", m.author.nick, refWords(m.ID.Conversation, m.ID.Ref))
		}
	}
	c.agreement(true)
	c.compareHistories()
	c.searchDisks()
	for _, n := range c.w.nodes {
		if n.alive && n.keeps == keepsOnDisk && !n.excused {
			c.stillThere(n, c.onDisk(n))
		}
	}
	c.sessionsAgree()
	c.rollCall()
}

// awake says whether both parties of a line are there to expect its end: with
// one of them away, a direct message may wait.
func (w *world) awake(to *node, since int64) bool {
	return to == nil || to.alive && to.began <= since
}

// hashOf is the hash of the i-th message of an envelope, by content.
func hashOf(e *chat.Envelope, i int) chat.Hash {
	m := &e.Messages[i]
	h := sha256.New()
	h.Write([]byte(e.ID(i).String()))
	binary.Write(h, binary.BigEndian, uint64(m.Stamp))
	binary.Write(h, binary.BigEndian, uint32(m.Kind))
	for _, d := range m.Deps {
		h.Write([]byte(d.Author))
		h.Write(d.Log[:])
		binary.Write(h, binary.BigEndian, d.Seq)
	}
	h.Write([]byte(m.Name))
	h.Write([]byte{0})
	h.Write([]byte(m.Guest))
	h.Write([]byte{0})
	h.Write([]byte(m.To))
	h.Write([]byte{0})
	h.Write([]byte(m.Body))
	return chat.Hash(h.Sum(nil))
}

// histogram counts durations in buckets an eighth of a doubling wide.
type histogram struct {
	buckets [512]uint32
	count   int
}

func (h *histogram) add(d time.Duration) {
	h.count++
	h.buckets[bucket(max(0, d))]++
}

func bucket(d time.Duration) int {
	us := uint64(d / time.Microsecond)
	if us < 8 {
		return int(us)
	}
	shift := 0
	for us>>shift >= 16 {
		shift++
	}
	return min(511, 8*(shift+1)+int(us>>shift)-8)
}

// quantile is the lower end of the bucket in which the q-th part of all lies.
func (h *histogram) quantile(q float64) time.Duration {
	var seen uint32
	for i, n := range h.buckets {
		if seen += n; n > 0 && float64(seen) >= q*float64(h.count) {
			if i < 8 {
				return time.Duration(i) * time.Microsecond
			}
			return time.Duration(uint64(i%8+8)<<(i/8-1)) * time.Microsecond
		}
	}
	return 0
}
