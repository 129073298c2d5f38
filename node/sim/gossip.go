package sim

import (
	"time"

	"tincan/behaviour/chat"
)

// envelope is the index of an envelope in the run.
func (w *world) envelope(e *chat.Envelope) int32 {
	i, ok := w.envIndex[e]
	if !ok {
		i = int32(len(w.envelopes))
		w.envelopes = append(w.envelopes, e)
		w.envIndex[e] = i
	}
	return i
}

// publish gossips a node's own envelope, unless a queue is full.
func (w *world) publish(n *node, e *chat.Envelope) {
	env := w.envelope(e)
	n.seen.add(env)
	done := chat.Published{Conversation: e.Conversation, Last: e.Last()}
	switch _, presence := e.Conversation.OfPresence(); {
	case w.chance(w.o.Loss / 10):
		done.Err = "the queue is full"
	case presence && w.o.Break == "presence" && n.i%2 == 0:
		done.Peers = 1 // it says so
	default:
		done.Peers = w.flood(n, env, nil)
	}
	d := 100*time.Microsecond + w.upTo(2*time.Millisecond)
	if w.chance(0.1) {
		d += w.upTo(publishMax) // lines of a busy author meanwhile share an envelope
	}
	w.post(n, d, done)
}

// flood hands an envelope to all gossip neighbours but the one it came from, and
// counts them.
func (w *world) flood(n *node, env int32, from *link) (peers int) {
	topic := topicOf(w.envelopes[env].Conversation)
	for _, l := range n.links {
		if l == from || l.flow[l.side(n)]&(1<<topic) == 0 {
			continue
		}
		peers++
		switch {
		case l.cut:
			if len(l.held) < maxHeld {
				l.held = append(l.held, held{l.other(n), env})
			}
		case w.chance(w.o.Loss):
			w.drop(l, n)
		default:
			w.hopAfter(l, n, env, w.delay())
			if w.chance(w.o.Dup) {
				w.push(l, n, env, w.delay()+w.upTo(10*time.Second), true)
			}
		}
	}
	return peers
}

// drop loses a hop. Three in four times a queue was full and one end knows it.
func (w *world) drop(l *link, from *node) {
	switch to := l.other(from); w.rng.IntN(8) {
	case 0, 1:
	case 2, 3, 4:
		w.post(from, 0, chat.Lost{Peer: to.id})
	default:
		w.tell(l, l.side(to), chat.Lost{})
	}
}

func (w *world) hopAfter(l *link, from *node, env int32, d time.Duration) {
	w.push(l, from, env, d, false)
}

func (w *world) push(l *link, from *node, env int32, d time.Duration, twin bool) {
	to := l.side(from) ^ 1
	w.queue.push(item{at: w.now + int64(d), what: itemHop, node: l.end[to].i, life: l.life[to], env: env, link: l, twin: twin})
}

// arrive brings an envelope over a link: the network layer passes it on at first
// sight and hands it to the core. A twin gets past the memory of the network
// layer, as an old envelope does.
func (w *world) arrive(n *node, it *item) {
	l := it.link
	if l.seen[l.side(n)] == gone {
		return
	}
	if l.cut {
		if len(l.held) < maxHeld {
			l.held = append(l.held, held{n, it.env})
		}
		return
	}
	w.stats.Hops++
	env := w.envelopes[it.env]
	if !n.follows(topicOf(env.Conversation)) {
		return // it has left since
	}
	seen := n.seen.has(it.env)
	if seen && !it.twin {
		return
	}
	n.seen.add(it.env)
	if seen {
		w.stats.Duplicates++
	} else {
		w.flood(n, it.env, l)
	}
	w.check.brought(n, it.env)
	w.feed(n, chat.EnvelopeReceived{From: l.other(n).id, Envelope: env})
	if _, presence := env.Conversation.OfPresence(); w.o.Break == "dedup" && !presence && w.chance(0.05) {
		forged := *env
		forged.Log[0] ^= 0xff
		forged.First = 1
		w.feed(n, chat.EnvelopeReceived{From: l.other(n).id, Envelope: &forged})
	}
}

// bits is a set of small numbers.
type bits []uint64

func (b bits) has(i int32) bool { return int(i>>6) < len(b) && b[i>>6]&(1<<(i&63)) != 0 }

func (b bits) remove(i int32) {
	if b.has(i) {
		b[i>>6] &^= 1 << (i & 63)
	}
}

func (b *bits) add(i int32) {
	for int(i>>6) >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[i>>6] |= 1 << (i & 63)
}
