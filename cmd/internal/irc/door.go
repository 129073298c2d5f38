package irc

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/entrance"
	"tincan/cmd/internal/front"
)

// Product is what a door calls itself that has no name of its own.
const Product = "tincan"

// Options are what a door needs.
type Options struct {
	// Name is what the server calls itself: letters, digits, "-" and "."; "" is Product.
	Name string

	// Guest makes a user of the node who was never there before. Owner makes one
	// more seat of the owner's.
	Guest, Owner func() front.Client

	// Admits says whether a secret is the owner's.
	Admits func(secret string) bool

	Log *slog.Logger
}

// Door lets IRC clients in.
type Door struct {
	Options
	entrance *entrance.Entrance
	born     time.Time

	mu       sync.Mutex  // guards what follows, and what is said to be guarded by it
	self     chat.PeerID // this node, once a client has registered
	nicks    map[string]*face
	faces    map[chat.Person][]*face  // of those who have registered; the owner may have several
	freed    map[string]chan struct{} // closed when the nick is free that somebody waits for
	watched  map[string][]*face       // by the folded nick that they monitor
	markers  map[chat.Person]map[string]time.Time
	selves   uint64 // messages of clients to themselves
	most     int    // clients at a time, so far
	others   people
	rooms    map[chat.Conversation]*room
	sides    sides
	leavings farewells
}

// New makes a door that takes its clients from l, which it will close.
func New(l net.Listener, o Options) *Door {
	if o.Name == "" {
		o.Name = Product
	}
	e := entrance.New(l, "IRC door", o.Log)
	e.Most, e.MostFromOne, e.Whom = maxClients, maxFromOne, "clients"
	e.Refusal = func(why string) []byte { return []byte("ERROR :" + why + "\r\n") }
	return &Door{
		Options:  o,
		entrance: e,
		born:     time.Now(),
		nicks:    make(map[string]*face),
		faces:    make(map[chat.Person][]*face),
		freed:    make(map[string]chan struct{}),
		watched:  make(map[string][]*face),
		markers:  make(map[chat.Person]map[string]time.Time),
		others:   newPeople(),
		rooms:    make(map[chat.Conversation]*room),
		sides:    newSides(),
	}
}

// Run serves clients until ctx ends, and returns when all connections are closed. It
// may be called once.
func (d *Door) Run(ctx context.Context) { d.entrance.Run(ctx, d.serve) }

// face is a client as others at the door see it. Door.mu guards it; its own session
// alone changes it.
type face struct {
	nick   string
	wanted string // the nick that it has reserved: the core may know it by that already
	person chat.Person
	owner  bool
	user   string
	real   string
	away   string
	caps   capSet
	since  time.Time
	spoke  time.Time
	said   []*side // the messages that it has under way

	poster *poster
}

// mask is how others see who has the face. The caller holds Door.mu.
func (f *face) mask() string { return f.nick + "!" + f.user + "@" + host(f.person.Peer) }

// poster lets other sessions do something in a session, in the order of the core.
// Its methods are safe from any goroutine.
type poster struct {
	client front.Client // set before anybody can find the face

	going sync.RWMutex // guards gone; read-locked while something is asked for another session
	gone  bool         // the seat is given up: to ask for anything would take it again

	mu     sync.Mutex // guards posted
	posted []func(*session)
}

// postRef marks what is done for other sessions.
const postRef = "post"

// post has act done on the session's goroutine, behind all that the core has told it
// of what was done before. It must not be called with Door.mu held: it waits while
// the node is saturated.
func (p *poster) post(ctx context.Context, act func(*session)) {
	p.going.RLock()
	defer p.going.RUnlock()
	if p.gone {
		return
	}
	p.mu.Lock()
	full := len(p.posted) >= maxPosted
	if !full {
		p.posted = append(p.posted, act)
	}
	p.mu.Unlock()
	if !full {
		_ = p.client.Do(ctx, postRef, chat.Attach{}) // it goes, or the node does
	}
}

// leave says that the seat is about to be given up. What is being posted comes first.
func (p *poster) leave() {
	p.going.Lock()
	defer p.going.Unlock()
	p.gone = true
}

// next is what was posted first.
func (p *poster) next() func(*session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.posted) == 0 {
		return nil
	}
	act := p.posted[0]
	p.posted[0] = nil
	if p.posted = p.posted[1:]; len(p.posted) == 0 {
		p.posted = nil
	}
	return act
}

// reserve gives a face a nick, if nobody else at the door has it. freed is closed
// when who has it is gone.
func (d *Door) reserve(f *face, nick string) (ok bool, freed <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := fold(nick)
	if held := d.nicks[key]; held != nil && held != f && !(held.owner && f.owner) {
		if d.freed[key] == nil {
			d.freed[key] = make(chan struct{})
		}
		return false, d.freed[key]
	}
	d.nicks[key], f.wanted = f, nick
	return true, nil
}

// release takes a nick back that a face has reserved and does not get.
func (d *Door) release(f *face, nick string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if fold(nick) == fold(f.nick) { // its own in another case
		f.wanted = f.nick
		return
	}
	d.free(f, nick)
	f.wanted = f.nick
}

// free is release for who holds mu.
func (d *Door) free(f *face, nick string) {
	key := fold(nick)
	if nick == "" || d.nicks[key] != f {
		return
	}
	delete(d.nicks, key)
	for _, o := range d.faces[f.person] {
		if o != f && fold(o.nick) == key {
			d.nicks[key] = o
		}
	}
	if c := d.freed[key]; c != nil {
		close(c)
		delete(d.freed, key)
	}
}

// register makes a face known whose nick is reserved, and returns who of another
// node was called so till now: all are to be told that he has another nick.
func (d *Door) register(f *face) (was, now string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.self = f.person.Peer
	d.faces[f.person] = append(d.faces[f.person], f)
	d.most = max(d.most, len(d.clients()))
	return d.displace(f.nick)
}

// rename gives a registered face another nick and name, like register.
func (d *Door) rename(f *face, nick string, person chat.Person) (was, now string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := f.nick
	d.forget(f)
	f.nick, f.wanted, f.person = nick, nick, person
	d.faces[person] = append(d.faces[person], f)
	if fold(old) != fold(nick) {
		d.free(f, old)
		d.nicks[fold(nick)] = f
	}
	return d.displace(nick)
}

// forget takes a face out of those who have registered.
func (d *Door) forget(f *face) {
	rest := d.faces[f.person][:0:0]
	for _, o := range d.faces[f.person] {
		if o != f {
			rest = append(rest, o)
		}
	}
	if d.faces[f.person] = rest; len(rest) == 0 {
		delete(d.faces, f.person)
	}
}

// gone takes a face out of everything. Last says that nobody else has its nick, who
// was registered.
func (d *Door) gone(f *face) (last bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := len(d.faces[f.person])
	d.forget(f)
	last = known == 1 && len(d.faces[f.person]) == 0
	if last {
		delete(d.markers, f.person)
	}
	for conv, r := range d.rooms {
		d.leaveRoom(f, conv, r)
	}
	for key, fs := range d.watched {
		if fs = slices.DeleteFunc(fs, func(o *face) bool { return o == f }); len(fs) == 0 {
			delete(d.watched, key)
		} else {
			d.watched[key] = fs
		}
	}
	d.free(f, f.nick)
	return last
}

// faceOf is a client of a user's, or nil. The caller holds mu. One that changes its
// nick is who the core says it is, even before it has heard so itself.
func (d *Door) faceOf(who chat.Person) *face {
	if fs := d.faces[who]; len(fs) > 0 {
		return fs[0]
	}
	f := d.nicks[fold(who.Guest)]
	if f == nil || who.Guest == "" || who.Peer != d.self || f.wanted != who.Guest || f.owner || len(d.faces[f.person]) == 0 {
		return nil
	}
	return f
}

// clients are all who have registered. The caller holds mu.
func (d *Door) clients() (all []*face) {
	for _, fs := range d.faces {
		all = append(all, fs...)
	}
	return all
}

// everybody is clients for who does not hold mu, but for one.
func (d *Door) everybody(but *face) (all []*face) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.clients() {
		if f != but {
			all = append(all, f)
		}
	}
	return all
}

// of are the clients of one user.
func (d *Door) of(who chat.Person) []*face {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.faces[who])
}

// touch notes that a client is not idle.
func (d *Door) touch(f *face, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f.spoke = now
}

// nextSelf numbers the messages of clients to themselves.
func (d *Door) nextSelf() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.selves++
	return d.selves
}
