package chat

import (
	"math/rand/v2"
	"slices"
)

// attendance is who is in a room as far as this node knows, by node.
type attendance struct {
	byNode map[PeerID]*attendant
	nodes  []PeerID // its keys, in the order in which they came
}

// attendant is one node's people in a room.
type attendant struct{}

// presenting is the state of this node's announcements.
type presenting struct{}

func (a *attendance) has(id PeerID) bool { return a.byNode[id] != nil }

// others counts the other nodes that are in the room.
func (a *attendance) others() int { return len(a.nodes) }

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

// presenceHeard takes in who a node says is in a room.
func (c *Core) presenceHeard(r *room, e *Envelope) {}

// spoke notes that a person said something in a room, and so is there.
func (c *Core) spoke(r *room, author PeerID, guest string) {}

// announceRoom tells others in a room, soon, who of this node is in it.
func (c *Core) announceRoom(r *room) {}

// announceUser tells of a user's new name or status wherever he is.
func (c *Core) announceUser(u *user) {}

// announceLeft tells others in a room that a user has left it.
func (c *Core) announceLeft(r *room, u *user) {}

// announceEnd tells everybody that this node goes.
func (c *Core) announceEnd() {}

// cameToLobby tells that a peer is here, if nobody knew.
func (c *Core) cameToLobby(p *peer) { c.tellRoom(c.lobby, PeerCame{c.shown(p)}) }

// leftEverything tells that a peer, to whom the last connection is gone, is not
// here any more.
func (c *Core) leftEverything(p *peer) { c.tellRoom(c.lobby, PeerLeft{c.shown(p)}) }

// usersOf lists who is in a room, the local users first.
func (c *Core) usersOf(r *room) []UserInfo { return nil }

// listUsers answers who is in a conversation.
func (c *Core) listUsers(who asker, u *user, in string) {}

// guestsNamed are the guests of that name whom this node knows of.
func (c *Core) guestsNamed(name string) []Person { return nil }

// alike are the people whose name is that of p or looks like it, p not among them.
func (c *Core) alike(p Peer) []Peer { return slices.Clip([]Peer(nil)) }
