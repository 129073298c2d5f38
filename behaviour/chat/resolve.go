package chat

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

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
