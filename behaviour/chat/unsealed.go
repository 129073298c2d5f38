package chat

import "slices"

// What is accepted and waits for its envelope is said, and so part of the history
// before the store has it as such: it is added to what the store answers.

// unsealed is what waits so in the conversation of a question when the store is asked,
// as far as it may be part of the answer.
func (c *Core) unsealed(q recalling) (waiting []Memory) {
	out := c.outgoingOf(q.conversation)
	if out == nil || q.words != "" || q.window.Before != (Ref{}) {
		return nil // what is known by a reference is in the store, and before what waits
	}
	first := out.next - uint64(len(out.pending)) + 1
	for i := range out.pending {
		m := Placed{MessageID{q.conversation, Ref{out.log.key, first + uint64(i)}}, out.pending[i].Message}
		if q.window.Has(m, nil, nil) {
			waiting = append(waiting, Memory{Placed: m, State: Queued})
		}
	}
	if n := len(waiting); n > q.limit && q.first {
		return waiting[:q.limit]
	} else if n > q.limit {
		return waiting[n-q.limit:]
	}
	return waiting
}

// outgoingOf is this node's own log in a conversation by gossip or with a peer, or nil.
func (c *Core) outgoingOf(conv Conversation) *outgoing {
	if r := c.rooms[conv]; r != nil {
		return &r.mine
	}
	a, b, ok := conv.Parties()
	if a == c.cfg.Me {
		a = b
	}
	if d := c.directs[a]; ok && d != nil {
		return &d.mine
	}
	return nil
}

// withUnsealed adds to the store's answer what waited when it was asked.
func (q *recalling) withUnsealed(ev *Recalled) {
	if q.first && ev.More {
		return // it comes later
	}
	known := len(ev.Items)
	for _, m := range q.waiting {
		if !slices.ContainsFunc(ev.Items[:known], func(o Memory) bool { return o.ID == m.ID }) {
			ev.Items = append(ev.Items, m)
		}
	}
	if len(ev.Items) == known {
		return
	}
	slices.SortStableFunc(ev.Items, func(a, b Memory) int {
		switch {
		case Less(a.Placed, b.Placed):
			return -1
		case Less(b.Placed, a.Placed):
			return 1
		}
		return 0
	})
	if over := len(ev.Items) - q.limit; over > 0 {
		ev.More = true
		if q.first {
			ev.Items = ev.Items[:q.limit]
		} else {
			ev.Items = ev.Items[over:]
		}
	}
}
