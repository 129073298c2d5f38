package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"time"

	"tincan/behaviour/chat"
)

// agreement checks, when everything has had time to settle, that the lobby is
// the same everywhere, in set and in order.
func (c *checker) agreement() {
	var live []*view
	for _, v := range c.views {
		if v.alive() {
			live = append(live, v)
		}
	}
	for i := range c.messages {
		m := &c.messages[i]
		if m.ID.Conversation != chat.Lobby {
			continue
		}
		var holder *view
		for _, v := range live {
			if c.has(v, int32(i)) {
				holder = v
				break
			}
		}
		if holder == nil {
			continue
		}
		for _, v := range live {
			if !c.has(v, int32(i)) && v.began <= m.at+int64(joinGrace) {
				c.fail(5, "%s does not show %s of %.3fs, which %s shows", v.n.name,
					refWords(m.ID.Conversation, m.ID.Ref), float64(m.at)/1e9, holder.n.name)
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
		if !sent || !v.n.seen.has(env) || c.has(v, int32(i)) || m.ID.Conversation != chat.Lobby {
			continue
		}
		if !v.told[gapOwner{m.ID.Conversation, m.ID.Author}] {
			c.fail(5, "%s has had %s of %.3fs, does not show it and has told of no gap", v.n.name, refWords(m.ID.Conversation, m.ID.Ref), float64(m.at)/1e9)
			return
		}
		c.w.stats.Withheld++
	}
}

// converge checks that whoever shows the same set sees it in the same order,
// however it came.
func (c *checker) converge(live []*view) {
	orders := map[[32]byte]uint64{}
	for _, v := range live[:min(len(live), maxCompared)] {
		var set []chat.Placed
		h := sha256.New()
		for i := range c.messages {
			if c.messages[i].ID.Conversation == chat.Lobby && c.has(v, int32(i)) {
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
			c.fail(8, "%s orders the messages that it shares with another in its own way", v.n.name)
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
		if l.refused || !l.author.alive || l.author.life != l.life {
			continue
		}
		if l.message < 0 {
			if c.w.now-l.at > int64(replyMax) && c.w.awake(l.to, l.at) {
				c.fail(10, "%s had no answer to line %d of %.3fs", l.author.name, i, float64(l.at)/1e9)
			}
			continue
		}
		if l.to == nil || !l.to.alive || l.to.life != l.toLife {
			continue
		}
		switch {
		case !l.shown:
			c.fail(10, "%s does not show %s of %.3fs", l.to.name, refWords(c.messages[l.message].ID.Conversation, c.messages[l.message].ID.Ref), float64(l.at)/1e9)
		case !l.received:
			c.fail(10, "%s has no receipt for %s of %.3fs", l.author.name, refWords(c.messages[l.message].ID.Conversation, c.messages[l.message].ID.Ref), float64(l.at)/1e9)
		}
	}
	for _, q := range c.asked {
		if !q.answered && q.n.alive && q.n.life == q.life && c.w.now-q.at > int64(replyMax) {
			c.fail(10, "%s had no answer to a question of %.3fs", q.n.name, float64(q.at)/1e9)
		}
	}
	for i := range c.messages {
		m := &c.messages[i]
		if place := int(m.ID.Seq - m.envelope.First); place >= len(m.envelope.Messages) || hashOf(m.envelope, place) != m.Hash {
			c.fail(0, "%s was changed after it was sealed", refWords(m.ID.Conversation, m.ID.Ref))
		}
		if m.Kind != chat.HelloAck && m.author.alive && m.author.life == m.life && !m.author.view.shown.has(int32(i)) {
			c.fail(1, "%s did not show its own %s", m.author.name, refWords(m.ID.Conversation, m.ID.Ref))
		}
	}
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
