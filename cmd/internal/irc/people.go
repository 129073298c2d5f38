package irc

import (
	"strconv"
	"strings"

	"tincan/behaviour/chat"
)

// people are the nicks of those who are not clients of this door.
type people struct {
	byPerson map[chat.Person]*other
	byNick   map[string]chat.Person // folded
}

// other is somebody of another door or node.
type other struct {
	base, nick   string // what the nick is made of, and it
	base0, nick0 string // before he changed his name
	here         bool   // somebody was told that he came, and nobody that he went
}

func newPeople() people {
	return people{make(map[chat.Person]*other), make(map[string]chat.Person)}
}

func personOf(p chat.Peer) chat.Person { return chat.Person{Peer: p.ID, Guest: p.Guest} }

// base is the nick that somebody has if nobody else is called so.
func base(p chat.Peer) string {
	switch {
	case p.Guest != "":
		return nickable(p.Guest)
	case p.Name != "":
		return nickable(p.Name)
	case p.No > 0:
		return "peer" + strconv.Itoa(p.No)
	}
	return "peer-" + string(p.ID[max(0, len(p.ID)-8):])
}

// tagged is base with what tells people of one name apart: the tag of the key, or of
// a guest his host.
func tagged(p chat.Peer) string {
	if p.Guest != "" {
		node := p
		node.Guest = ""
		return cut(base(p), taggedLength) + "|" + cut(base(node), taggedLength/2)
	}
	return cut(base(p), taggedLength) + "|" + p.Tag()
}

// nickOf is what somebody is called at this door. It remembers it.
func (d *Door) nickOf(p chat.Peer) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	who := personOf(p)
	b := base(p)
	switch f := d.faceOf(who); {
	case f != nil && who.Guest != "":
		return b
	case f != nil:
		return f.nick
	}
	if p.ID == d.self && p.Guest != "" { // of another door, or gone: his name is free when he is
		if d.nicks[fold(b)] != nil {
			return b + "|door"
		}
		return b
	}
	o := d.others.byPerson[who]
	if o != nil && o.base == b {
		return o.nick
	}
	if o == nil {
		d.others.makePlace()
		o = new(other)
		d.others.byPerson[who] = o
	} else {
		delete(d.others.byNick, fold(o.nick))
		o.base0, o.nick0 = o.base, o.nick
	}
	o.base, o.nick = b, d.freeNick(p, b)
	d.others.byNick[fold(o.nick)] = who
	return o.nick
}

// wasCalled is nickOf for who has just changed his name.
func (d *Door) wasCalled(was chat.Peer) string {
	if was.Guest != "" && was.ID == d.itself() {
		return base(was)
	}
	d.mu.Lock()
	o := d.others.byPerson[personOf(was)]
	if o != nil && o.base0 == base(was) && o.base != o.base0 {
		defer d.mu.Unlock()
		return o.nick0
	}
	d.mu.Unlock()
	return d.nickOf(was)
}

func (d *Door) itself() chat.PeerID {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.self
}

// isClient says whether somebody is a client of this door.
func (d *Door) isClient(p chat.Peer) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.faceOf(personOf(p)) != nil
}

// freeNick is a nick made of b that nobody has. The caller holds mu.
func (d *Door) freeNick(p chat.Peer, b string) string {
	nick := b
	for n := 1; ; n++ {
		_, taken := d.others.byNick[fold(nick)]
		if d.nicks[fold(nick)] == nil && !taken {
			return nick
		}
		if nick = tagged(p); n > 1 {
			nick += strconv.Itoa(n)
		}
	}
}

// displace gives who of another node is called nick another one: a client of this
// door is called so now. The caller holds mu.
func (d *Door) displace(nick string) (was, now string) {
	who, taken := d.others.byNick[fold(nick)]
	if !taken {
		return "", ""
	}
	o := d.others.byPerson[who]
	delete(d.others.byNick, fold(nick))
	was = o.nick
	o.nick = d.freeNick(chat.Peer{ID: who.Peer, Guest: who.Guest, Name: o.base}, o.base+"|"+chat.Peer{ID: who.Peer}.Tag())
	d.others.byNick[fold(o.nick)] = who
	return was, o.nick
}

// makePlace forgets somebody if too many are remembered.
func (p *people) makePlace() {
	if len(p.byPerson) < maxOthers {
		return
	}
	for who, o := range p.byPerson { // anybody: he gets it again
		delete(p.byNick, fold(o.nick))
		delete(p.byPerson, who)
		return
	}
}

// find is who is called so at this door: a client of it, or another.
func (d *Door) find(nick string) (who chat.Person, client *face, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.nicks[fold(nick)]; f != nil && len(d.faces[f.person]) > 0 {
		return f.person, f, true
	}
	who, ok = d.others.byNick[fold(nick)]
	return who, nil, ok
}

// address is how the core is told of somebody: nobody else can be meant.
func address(who chat.Person) string {
	if who.Guest != "" {
		return who.Guest + "@" + string(who.Peer)
	}
	return string(who.Peer)
}

// host is the host of somebody's mask: the end of his node's id.
func host(id chat.PeerID) string {
	return strings.ToLower(string(id[max(0, len(id)-8):])) + ".peer"
}

// mask is nick!user@host of somebody.
func (d *Door) mask(p chat.Peer) string {
	nick := d.nickOf(p)
	user := "peer"
	if p.Guest != "" {
		user = "guest"
	}
	d.mu.Lock()
	if f := d.faceOf(personOf(p)); f != nil {
		user = f.user
	}
	d.mu.Unlock()
	return nick + "!" + user + "@" + host(p.ID)
}
