package chat

import (
	"math/rand/v2"
	"slices"
	"time"
)

// attendance is who is in a room as far as this node knows, by node. The zero
// value is an empty room and takes no memory of its own.
type attendance struct {
	byNode map[PeerID]*attendant // also those who left lately, so that what they said before does not bring them back
	nodes  []PeerID              // those who are there, in no order
}

// attendant is one other node's people in a room.
type attendant struct {
	people []attending // none: it has left
	place  int         // in attendance.nodes, while there are people

	log   LogID // of the last announcement
	first uint64
	stamp Stamp // zero: it has only been heard talking

	heard   time.Time // when it last gave a sign of life
	asked   time.Time // when it was last asked for what was said, since it had come
	members int       // how many nodes were in the room then: its rhythm follows from that
}

// attending is one person of a node in a room.
type attending struct {
	guest string // "" is the owner of the node
	away  string
	heard time.Time
}

// has says whether anybody of a node is in the room.
func (a *attendance) has(id PeerID) bool {
	n := a.byNode[id]
	return n != nil && len(n.people) > 0
}

// find returns a person who is in the room, or nil. It is valid until somebody
// of the node comes or leaves.
func (a *attendance) find(who Person) *attending {
	n := a.byNode[who.Peer]
	if n == nil {
		return nil
	}
	if i := n.index(who.Guest); i >= 0 {
		return &n.people[i]
	}
	return nil
}

func (n *attendant) index(guest string) int {
	return slices.IndexFunc(n.people, func(p attending) bool { return p.guest == guest })
}

// others counts the other nodes that are in the room.
func (a *attendance) others() int { return len(a.nodes) }

// open returns a node's entry, made if need be.
func (a *attendance) open(id PeerID) *attendant {
	n := a.byNode[id]
	if n == nil {
		if a.byNode == nil {
			a.byNode = make(map[PeerID]*attendant)
		}
		n = &attendant{}
		a.byNode[id] = n
	}
	return n
}

// add puts a person in and reports whether he is the first of his node.
func (a *attendance) add(id PeerID, p attending) (first bool) {
	n := a.byNode[id]
	n.people = append(n.people, p)
	if len(n.people) > 1 {
		return false
	}
	n.place = len(a.nodes)
	a.nodes = append(a.nodes, id)
	return true
}

// remove takes the i-th person of a node out and reports whether he was the last.
func (a *attendance) remove(id PeerID, i int) (last bool) {
	n := a.byNode[id]
	n.people = slices.Delete(n.people, i, i+1)
	if len(n.people) > 0 {
		return false
	}
	n.people = nil
	end := len(a.nodes) - 1
	moved := a.nodes[end]
	a.nodes[n.place] = moved
	a.byNode[moved].place = n.place
	a.nodes = a.nodes[:end]
	return true
}

// random returns a node other than except that is in the room, one of whom
// prefer says yes if there is any among some, or "".
func (a *attendance) random(rnd *rand.Rand, prefer func(PeerID) bool, except PeerID) PeerID {
	if len(a.nodes) == 0 {
		return ""
	}
	start := rnd.IntN(len(a.nodes))
	second := PeerID("")
	for i := range min(len(a.nodes), 64) {
		id := a.nodes[(start+i)%len(a.nodes)]
		if id == except {
			continue
		}
		if prefer(id) {
			return id
		}
		second = id
	}
	return second
}
