package chat

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// roster is everybody whom this node knows of.
type roster struct {
	byID    map[PeerID]*peer
	up      []PeerID // connected, in the order in which they came
	pending int      // direct messages that are accepted and not in flight, all peers
}

// peer is what is known of one other node.
type peer struct {
	id    PeerID
	name  string // last claimed
	no    int
	up    bool
	was   bool      // has been connected
	heard time.Time // when it last said something or was connected
	acked time.Time // when its hello was last answered
	sync  syncing

	linked time.Time // since when gossip carries what is new to it, if it does at all
}

// random returns a connected peer other than except, or "".
func (r *roster) random(rnd *rand.Rand, except PeerID) PeerID {
	if len(r.up) == 0 {
		return ""
	}
	p := r.up[rnd.IntN(len(r.up))]
	if p != except {
		return p
	}
	if len(r.up) == 1 {
		return ""
	}
	return r.up[(slices.Index(r.up, p)+1)%len(r.up)]
}

// shuffled returns the connected peers other than except in random order.
func (r *roster) shuffled(rnd *rand.Rand, except PeerID) []PeerID {
	s := make([]PeerID, 0, len(r.up))
	for _, p := range r.up {
		if p != except {
			s = append(s, p)
		}
	}
	rnd.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	return s
}

// meet returns the roster's entry of a peer, made if need be.
func (c *Core) meet(id PeerID) *peer {
	p := c.roster.byID[id]
	if p == nil {
		c.forgetSomebody()
		p = &peer{id: id, no: c.number(id)}
		c.roster.byID[id] = p
	}
	return p
}

// forgetSomebody makes room in a full roster: the one who is not connected and
// longest silent goes, of two equal ones the lesser id.
func (c *Core) forgetSomebody() {
	if len(c.roster.byID) < maxPeers {
		return
	}
	var oldest *peer
	for _, p := range c.roster.byID {
		if p.up {
			continue
		}
		if oldest == nil || p.heard.Before(oldest.heard) || (p.heard.Equal(oldest.heard) && p.id < oldest.id) {
			oldest = p
		}
	}
	if oldest != nil {
		delete(c.roster.byID, oldest.id)
	}
}

// face is how an author is shown; to be the author of a message is to be heard of.
func (c *Core) face(id PeerID) Peer {
	if id == c.cfg.Me {
		return c.me
	}
	p := c.meet(id)
	p.heard = c.now
	return Peer{ID: id, No: p.no, Name: p.name}
}

func (c *Core) rename(id PeerID, name string) {
	if p := c.roster.byID[id]; p != nil {
		p.name = name
	}
}

func (c *Core) peerUp(id PeerID) {
	p := c.meet(id)
	if p.up {
		return
	}
	p.up, p.was, p.heard = true, true, c.now
	c.roster.up = append(c.roster.up, id)
	c.tell(PeerCame{Peer{ID: id, No: p.no, Name: p.name}})
	p.sync = syncing{busy: p.sync.busy, retry: p.sync.retry, later: p.sync.later}
	p.linked = c.now
	c.wantSync(id)
	c.retryNow(id)
}

func (c *Core) peerDown(id PeerID) {
	p := c.roster.byID[id]
	if p == nil || !p.up {
		return
	}
	p.up, p.heard = false, c.now
	c.roster.up = slices.DeleteFunc(c.roster.up, func(o PeerID) bool { return o == id })
	c.tell(PeerLeft{Peer{ID: id, No: p.no, Name: p.name}})
}

// minPrefix is how many characters of an id name a peer.
const minPrefix = 6

// tagSize is how many characters of an id make the tag of a name.
const tagSize = 4

// resolve finds whom a user means: a peer number, a unique name, or the
// beginning of an id. A demo number names a peer that nobody has met yet:
// known is false then.
func (c *Core) resolve(to string) (id PeerID, known bool, code FailCode, why string) {
	if n, err := strconv.Atoi(to); err == nil && c.cfg.ByNumber != nil && strconv.Itoa(n) == to {
		id, ok := c.cfg.ByNumber(n)
		if !ok {
			return "", false, UnknownPeer, "no peer has the number " + to
		}
		if id == c.cfg.Me {
			return "", false, SelfPeer, "peer " + to + " is this node itself"
		}
		return id, c.roster.byID[id] != nil, "", ""
	}
	if to == "" {
		return "", false, UnknownPeer, "no peer was named"
	}
	if c.roster.byID[PeerID(to)] != nil {
		return PeerID(to), true, "", "" // nobody can claim another's id as a name
	}
	var found []*peer
	for _, p := range c.roster.byID {
		if p.name == to || p.tagged(to) || (len(to) >= minPrefix && strings.HasPrefix(string(p.id), to)) {
			found = append(found, p)
		}
	}
	switch {
	case len(found) == 1:
		return found[0].id, true, "", ""
	case len(found) > 1:
		slices.SortFunc(found, func(a, b *peer) int { return cmp.Compare(a.id, b.id) })
		list := make([]string, 0, len(found))
		for _, p := range found {
			list = append(list, Peer{ID: p.id, No: p.no, Name: p.name}.Label()+" "+string(p.id))
		}
		return "", false, AmbiguousPeer, fmt.Sprintf("%q may be any of %s; use the number or the id", to, strings.Join(list, ", "))
	case to == string(c.cfg.Me) || to == c.cfg.Name:
		return "", false, SelfPeer, to + " is this node itself"
	}
	return "", false, UnknownPeer, "nobody is " + strconv.Quote(to)
}

// tagged says whether to is the peer's claimed name with its tag behind "#": its
// demo number, or the last four characters of its id.
func (p *peer) tagged(to string) bool {
	name, tag, ok := cutLast(to, "#")
	if !ok || name != p.name || name == "" {
		return false
	}
	return (p.no > 0 && tag == strconv.Itoa(p.no)) || (len(tag) == tagSize && strings.HasSuffix(string(p.id), tag))
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// listPeers answers when the network has told the state of its links.
func (c *Core) listPeers(who asker) {
	c.lists = append(c.lists, who)
	c.inspect()
}

// inspect asks for the links once for all who wait.
func (c *Core) inspect() {
	if len(c.lists)+len(c.reports) == 1 {
		c.do(Inspect{})
	}
}

func (c *Core) inspected(ev Inspected) {
	links := make(map[PeerID]Link, len(ev.Links))
	for _, l := range ev.Links {
		links[l.Peer] = l
	}
	if len(c.lists) > 0 {
		list := c.peerList(links)
		for _, who := range c.lists {
			c.answer(who, PeerList{list})
		}
	}
	for _, who := range c.reports {
		c.answer(who, c.status(ev.Counters))
	}
	c.lists, c.reports = nil, nil
}

// peerList shows the connected first, then by number and id.
func (c *Core) peerList(links map[PeerID]Link) []PeerInfo {
	list := make([]PeerInfo, 0, len(c.roster.byID))
	for id, p := range c.roster.byID {
		info := PeerInfo{Peer: Peer{ID: id, No: p.no, Name: p.name}, State: "heard of", Path: "gossip"}
		switch {
		case p.up:
			l := links[id]
			info.State, info.Path, info.Addr = "here", l.Path, l.Addr
			info.RTT = time.Duration(l.RTTms * float64(time.Millisecond))
		case p.was:
			info.State, info.Path = "gone", ""
		}
		list = append(list, info)
	}
	rank := map[string]int{"here": 0, "heard of": 1, "gone": 2}
	slices.SortFunc(list, func(a, b PeerInfo) int {
		return cmp.Or(cmp.Compare(rank[a.State], rank[b.State]), cmp.Compare(a.Peer.No, b.Peer.No), cmp.Compare(a.Peer.ID, b.Peer.ID))
	})
	return list
}
