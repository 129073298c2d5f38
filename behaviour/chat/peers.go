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
	names   map[string]int // how many claim a name, this node included
	up      []PeerID       // connected, in the order in which they came
	here    int            // in the lobby: those of byID who are here
	pending int            // direct messages of the owner that are accepted and not in flight, all peers
	bytes   int            // of direct messages that have not arrived, all peers
}

// peer is what is known of one other node.
type peer struct {
	id      PeerID
	name    string // last claimed, clean
	claim   string // the same as it came
	unsaid  bool   // nobody was told yet that he is here
	claimed Stamp  // when it was claimed: what is older and comes later, by sync, is no claim any more
	no      int
	up      bool
	was     bool      // has been connected
	here    bool      // is in the lobby, as the users were told
	heard   time.Time // when it last said something or was connected
	acked   time.Time // when its hello was last answered
	sync    syncing

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

// forgetSomebody makes room in a full roster: the one who is not here and longest
// silent goes, of two equal ones the lesser id.
func (c *Core) forgetSomebody() {
	if len(c.roster.byID) < maxPeers {
		return
	}
	var oldest *peer
	for _, p := range c.roster.byID {
		if p.up || p.here {
			continue
		}
		if oldest == nil || p.heard.Before(oldest.heard) || (p.heard.Equal(oldest.heard) && p.id < oldest.id) {
			oldest = p
		}
	}
	if oldest != nil {
		c.unname(oldest.name)
		delete(c.roster.byID, oldest.id)
	}
}

// face is how the owner of a node is shown; to be the author of a message is to
// be heard of.
func (c *Core) face(id PeerID) Peer {
	if id == c.cfg.Me {
		me := c.me
		me.Tagged = c.roster.names[me.Name] > 1
		return me
	}
	p := c.meet(id)
	p.heard = c.now
	return c.shown(p)
}

func (c *Core) shown(p *peer) Peer {
	return Peer{ID: p.id, No: p.no, Name: p.name, Tagged: c.roster.names[p.name] > 1}
}

// portrayed is how a person is shown.
func (c *Core) portrayed(who Person) Peer {
	p := c.face(who.Peer)
	p.Guest = who.Guest
	return p
}

// rename notes what the owner of a node claims to be called at a time of his
// clock, or 0 for now, and reports whether that is news. Those who are where he is are told of it.
func (c *Core) rename(id PeerID, claim string, at Stamp) bool {
	if id == c.cfg.Me {
		c.unname(c.me.Name)
		c.me.Name = c.cleanName(claim)
		c.roster.names[c.me.Name]++
		return true
	}
	p := c.roster.byID[id]
	if p == nil || (at != 0 && at < p.claimed) {
		return false
	}
	p.claimed = max(p.claimed, at)
	if p.claim == claim {
		c.sayCame(p)
		return false
	}
	was := c.shown(p)
	c.unname(p.name)
	p.claim, p.name = claim, c.cleanName(claim)
	c.roster.names[p.name]++
	now := c.shown(p)
	switch {
	case p.unsaid:
		c.sayCame(p)
	case now.Name != was.Name:
		c.tellNeighbours(p, Renamed{Was: was, Now: now})
	}
	return true
}

// unname forgets that somebody claims a name.
func (c *Core) unname(name string) {
	if c.roster.names[name]--; c.roster.names[name] <= 0 {
		delete(c.roster.names, name)
	}
}

func (c *Core) peerUp(id PeerID) {
	p := c.meet(id)
	if p.up {
		return
	}
	p.up, p.was, p.heard = true, true, c.now
	c.roster.up = append(c.roster.up, id)
	c.cameToLobby(p)
	c.announceLinks()
	p.sync = syncing{busy: p.sync.busy, under: p.sync.under, retry: p.sync.retry, later: p.sync.later}
	p.linked = c.now
	c.syncAll(p)
	c.retryNow(id)
	c.sessionsMay(id)
}

func (c *Core) peerDown(id PeerID) {
	p := c.roster.byID[id]
	if p == nil || !p.up {
		return
	}
	p.up, p.heard = false, c.now
	c.roster.up = slices.DeleteFunc(c.roster.up, func(o PeerID) bool { return o == id })
	c.leftEverything(p)
}

// minPrefix is how many characters of an id name a peer.
const minPrefix = 6

// tagSize is how many characters of an id make the tag of a name.
const tagSize = 4

// meant is resolve for a user: to a guest the owner of his node is somebody else.
func (c *Core) meant(u *user, to string) (who Person, known bool, code FailCode, why string) {
	who, known, code, why = c.resolve(to)
	switch {
	case code == SelfPeer && u.id != Owner:
		return who, true, "", ""
	case code == "" && who == c.person(u):
		return who, true, SelfPeer, to + " is yourself"
	}
	return who, known, code, why
}

// resolve finds whom a name means: a peer number, a unique name of an owner or a
// guest, a name with its tag, a guest with his host ("alice@2"), or the beginning
// of an id. A demo number names a peer that nobody has met yet: known is false then.
func (c *Core) resolve(to string) (who Person, known bool, code FailCode, why string) {
	guest, host, ok := cutLast(to, "@")
	if !ok {
		return c.resolveName(to)
	}
	if who, known, code, why = c.resolveOwner(host); code == SelfPeer {
		who, known, code = Person{Peer: c.cfg.Me}, true, ""
	}
	if code != "" {
		return Person{}, false, code, why
	}
	if who.Guest = c.cleanName(guest); who.Guest == "" {
		return Person{}, false, UnknownPeer, strconv.Quote(guest) + " cannot be a guest's name"
	}
	if who.Peer == c.cfg.Me && c.local(who.Guest) == nil {
		return Person{}, false, UnknownPeer, "no guest of this node is called " + who.Guest
	}
	return who, known, "", ""
}

// resolveName is resolve for what names no host.
func (c *Core) resolveName(to string) (Person, bool, FailCode, string) {
	who, known, code, why := c.resolveOwner(to)
	guests := c.guestsNamed(to)
	switch {
	case len(guests) == 0 || (code == "" && !c.claimed(who.Peer, to)):
		return who, known, code, why // nobody can claim a number or an id as a name
	case len(guests) == 1 && code == UnknownPeer:
		return guests[0], true, "", ""
	case code == "" || code == SelfPeer:
		guests = append(guests, who)
	}
	list := make([]string, 0, len(guests))
	for _, g := range guests {
		list = append(list, c.typed(g))
	}
	return Person{}, false, AmbiguousPeer, fmt.Sprintf("%q may be any of %s; use one of these", to, strings.Join(list, ", "))
}

// typed is what a user types to name a person and nobody else.
func (c *Core) typed(who Person) string {
	host := c.portrayed(Person{Peer: who.Peer})
	name := string(who.Peer)
	switch {
	case host.No > 0:
		name = strconv.Itoa(host.No)
	case host.Name != "":
		name = host.Name + "#" + host.Tag()
	}
	if who.Guest != "" {
		return who.Guest + "@" + name
	}
	return name
}

// claimed says whether a peer is found by its claimed name alone.
func (c *Core) claimed(id PeerID, to string) bool {
	p := c.roster.byID[id]
	return p != nil && p.name == to
}

// resolveOwner is resolve for owners of nodes.
func (c *Core) resolveOwner(to string) (who Person, known bool, code FailCode, why string) {
	if n, err := strconv.Atoi(to); err == nil && c.cfg.ByNumber != nil && strconv.Itoa(n) == to {
		id, ok := c.cfg.ByNumber(n)
		if !ok {
			return Person{}, false, UnknownPeer, "no peer has the number " + to
		}
		if id == c.cfg.Me {
			return Person{Peer: id}, false, SelfPeer, "peer " + to + " is this node itself"
		}
		return Person{Peer: id}, c.roster.byID[id] != nil, "", ""
	}
	if to == "" {
		return Person{}, false, UnknownPeer, "no peer was named"
	}
	if c.roster.byID[PeerID(to)] != nil {
		return Person{Peer: PeerID(to)}, true, "", "" // nobody can claim another's id as a name
	}
	var found []*peer
	for _, p := range c.roster.byID {
		if (p.name == to && p.name != "") || p.tagged(to) || (len(to) >= minPrefix && strings.HasPrefix(string(p.id), to)) {
			found = append(found, p)
		}
	}
	me := to == string(c.cfg.Me) || (to == c.me.Name && to != "") || to == c.me.Name+"#"+c.me.Tag()
	switch {
	case len(found) == 1 && !me:
		return Person{Peer: found[0].id}, true, "", ""
	case len(found) >= 1:
		slices.SortFunc(found, func(a, b *peer) int { return cmp.Compare(a.id, b.id) })
		list := make([]string, 0, len(found)+1)
		for _, p := range found {
			list = append(list, c.shown(p).Label()+" "+string(p.id))
		}
		if me {
			list = append(list, "yourself")
		}
		return Person{}, false, AmbiguousPeer, fmt.Sprintf("%q may be any of %s; use the number, the name with its tag, or the id", to, strings.Join(list, ", "))
	case me:
		return Person{Peer: c.cfg.Me}, false, SelfPeer, to + " is this node itself"
	}
	return Person{}, false, UnknownPeer, "nobody is " + strconv.Quote(to)
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
	if len(c.lists)+len(c.reports)+len(c.portraits) == 1 {
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
	for _, w := range c.portraits {
		c.portray(w, links)
	}
	c.lists, c.reports, c.portraits = nil, nil, nil
}

// peerInfo is what is known of a peer and the way to it.
func (c *Core) peerInfo(p *peer, links map[PeerID]Link) PeerInfo {
	info := PeerInfo{Peer: c.shown(p), State: "heard of", Path: "gossip"}
	switch {
	case p.up:
		l := links[p.id]
		info.State, info.Path, info.Addr = "here", l.Path, l.Addr
		info.RTT = time.Duration(l.RTTms * float64(time.Millisecond))
	case p.was:
		info.State, info.Path = "gone", ""
	}
	return info
}

// peerList shows the connected first, then by number and id.
func (c *Core) peerList(links map[PeerID]Link) []PeerInfo {
	list := make([]PeerInfo, 0, len(c.roster.byID))
	for _, p := range c.roster.byID {
		list = append(list, c.peerInfo(p, links))
	}
	rank := map[string]int{"here": 0, "heard of": 1, "gone": 2}
	slices.SortFunc(list, func(a, b PeerInfo) int {
		return cmp.Or(cmp.Compare(rank[a.State], rank[b.State]), cmp.Compare(a.Peer.No, b.Peer.No), cmp.Compare(a.Peer.ID, b.Peer.ID))
	})
	return list
}
