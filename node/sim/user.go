package sim

import (
	"fmt"
	"slices"
	"strconv"

	"tincan/behaviour/chat"
)

// user is a local user of one life of a node, with what he was told of where he
// is. A guest who comes back is another user of the same name.
type user struct {
	n       *node
	life    int32
	id      chat.User // his place in node.users
	seat    int       // 0: the owner; else which guest of the schedule
	name    string    // of a guest
	came    int64
	gone    bool
	went    int64
	away    string
	before  string // away, until
	changed int64
	at      spot
	rooms   []stay
	ends    []*end // of private sessions, also those that are over
	moving  int    // questions that take him elsewhere and are not answered yet
	swept   int64  // when he was last told that a session in which he thought himself is not
}

// stay is a user's part in a shared conversation.
type stay struct {
	in      chat.Conversation
	since   int64
	leaving bool // he has asked to leave
}

// spot is where the words of a user go. The zero spot is nowhere.
type spot struct {
	room    chat.Conversation // the lobby or a channel, or ""
	with    chat.Person       // of a direct conversation or a session
	session bool
}

// addUser lets somebody in: seat 0 is the owner, who is in the lobby.
func (w *world) addUser(n *node, seat int) {
	u := &user{n: n, life: n.life, id: chat.User(len(n.users)), seat: seat, name: guestName(n, seat), came: w.now, swept: -1 << 62}
	n.users = append(n.users, u)
	if seat == 0 {
		u.rooms, u.at = []stay{{in: chat.Lobby, since: w.now}}, spot{room: chat.Lobby}
	}
}

// guestName is what the guest of a seat calls himself: no other has that name.
func guestName(n *node, seat int) string {
	if seat == 0 {
		return ""
	}
	return fmt.Sprintf("g%d%s", seat, n.nick)
}

// seated returns who has a seat now, or nil.
func (n *node) seated(seat int) *user {
	for _, u := range n.users {
		if u.seat == seat && !u.gone {
			return u
		}
	}
	return nil
}

// called returns the user whom a name means at a node, "" being the owner, or nil.
func (n *node) called(name string) *user {
	for _, u := range n.users {
		if u.name == name && !u.gone {
			return u
		}
	}
	return nil
}

func (u *user) person() chat.Person { return chat.Person{Peer: u.n.id, Guest: u.name} }
func (u *user) here() bool          { return !u.gone && u.n.alive && u.n.life == u.life }
func (u *user) String() string      { return u.name + "@" + u.n.nick }

// find returns the present user that a person is, or nil.
func (w *world) find(p chat.Person) *user {
	if n := w.byID[p.Peer]; n != nil && n.alive {
		return n.called(p.Guest)
	}
	return nil
}

// stays returns since when a user is in a shared conversation.
func (u *user) stays(in chat.Conversation) (since int64, ok bool) {
	for _, s := range u.rooms {
		if s.in == in {
			return s.since, true
		}
	}
	return 0, false
}

// address is how a person is named to any node.
func (w *world) address(p chat.Person) string {
	s := strconv.Itoa(int(w.byID[p.Peer].i) + 1)
	if p.Guest != "" {
		s = p.Guest + "@" + s
	}
	return s
}

// instruct gives an instruction of a user to the core.
func (w *world) instruct(u *user, ref string, in chat.Instruction) {
	w.mix(uint64(w.now), uint64(u.n.i), 0x696e, uint64(u.id))
	if w.trace != nil {
		w.tracef("%s <- %T%.80v %s %s", u.n.nick, in, in, u.name, ref)
	}
	w.carryOut(u.n, u.n.core.HandleInstruction(w.clock(u.n), chat.Asker{User: u.id, Ref: ref}, in))
}

// ask gives an instruction that has one answer to the core.
func (w *world) ask(u *user, in chat.Instruction) { w.instruct(u, w.check.ask(u), in) }

// move is ask for what takes the user elsewhere: he waits for the answer before he
// types on.
func (w *world) move(u *user, in chat.Instruction) {
	ref := w.check.ask(u)
	w.check.asked[len(w.check.asked)-1].moves = true
	u.moving++
	w.instruct(u, ref, in)
}

// act has a user do what an op says, if he can.
func (w *world) act(op Op) {
	n := w.nodes[op.Node]
	if !n.alive || n.leaving {
		return
	}
	u := n.seated(op.Seat)
	if op.Do == Enter && u == nil {
		w.addUser(n, op.Seat)
		u = n.seated(op.Seat)
		w.move(u, chat.Enter{Name: u.name})
		return
	}
	if u == nil {
		return
	}
	switch op.Do {
	case Exit:
		u.gone, u.went, u.rooms = true, w.now, nil
		w.instruct(u, "exit", chat.Exit{})
	case Join:
		w.move(u, chat.Join{Channel: string(op.Channel)})
	case Part:
		if _, in := u.stays(op.Channel); in && (op.Channel != chat.Lobby || u.seat > 0) {
			for i := range u.rooms {
				u.rooms[i].leaving = u.rooms[i].leaving || u.rooms[i].in == op.Channel
			}
			w.move(u, chat.Part{Channel: string(op.Channel)})
		}
	case Switch:
		if len(u.rooms) > 0 && !u.unsure() {
			w.move(u, chat.SwitchTo{To: string(u.rooms[op.Peer%len(u.rooms)].in)})
		}
	case Fork:
		w.fork(u, chat.Person{Peer: w.nodes[op.Peer].id, Guest: guestName(w.nodes[op.Peer], op.PeerSeat)})
	case Close:
		if e := u.anEnd(op.Count, func(e *end) bool { return e.open }); e != nil && !u.unsure() {
			e.leaving = true
			w.move(u, chat.SwitchTo{To: strconv.Itoa(e.n)})
			w.move(u, chat.Leave{})
		}
	case Nick:
		n.renames++
		n.renamed = w.now
		w.ask(u, chat.Rename{Name: n.claimed()})
	case Away:
		u.before, u.changed = u.away, w.now
		if u.away = ""; op.Count > 0 {
			u.away = fmt.Sprintf("tea %d", op.Count)
			w.ask(u, chat.Away{Text: u.away})
			return
		}
		w.ask(u, chat.Back{})
	}
}

// claimed is the name that a node's owner claims now.
func (n *node) claimed() string {
	if n.renames == 0 {
		return n.nick
	}
	return fmt.Sprintf("%sv%d", n.nick, n.renames)
}

// fork has a user ask for a private session. From then on he is in it, unless
// he is told at once that there will be none.
func (w *world) fork(u *user, with chat.Person) {
	if with == u.person() || u.unsure() {
		return
	}
	e := &end{u: u, with: with, asked: w.now, from: u.at}
	u.ends, u.at = append(u.ends, e), spot{with: with, session: true}
	ref := w.check.ask(u)
	w.check.asked[len(w.check.asked)-1].fork = e
	w.instruct(u, ref, chat.Fork{To: w.address(with)})
}

// unfork is the answer that there will be no session.
func (w *world) unfork(e *end) {
	u := e.u
	if u.at == (spot{with: e.with, session: true}) && e.from != u.at {
		u.at = e.from
	}
	u.swept = w.now // the next line is held
	if e.n > 0 {
		return // the other has asked at the same time: there is one
	}
	u.ends = slices.DeleteFunc(u.ends, func(o *end) bool { return o == e })
}

// typed is a line that waits.
type typed struct {
	by *user
	do func()
}

// unsure says whether the user waits to be told where he is before he types on.
func (u *user) unsure() bool { return u.moving > 0 && u.here() }

// anEnd returns one of the user's ends of sessions that are not over, or nil.
func (u *user) anEnd(i int, fit func(*end) bool) *end {
	var fits []*end
	for _, e := range u.ends {
		if !e.closed && fit(e) {
			fits = append(fits, e)
		}
	}
	if len(fits) == 0 {
		return nil
	}
	return fits[i%len(fits)]
}

// line has a user type one line, unless the core takes none now.
func (w *world) line(op Op) {
	n := w.nodes[op.Node]
	if !n.alive {
		return
	}
	u := n.seated(op.Seat)
	if u == nil {
		return
	}
	say := func() {
		if to, ok := w.aim(u, op); ok && !u.gone {
			ref, text := w.check.line(u, to, op.Size)
			w.instruct(u, ref, w.words(u, to, text))
			if w.o.Break == "privacy" && to.session && u.seat == 0 && w.chance(0.2) {
				w.instruct(u, ref, chat.Broadcast{Text: text})
			}
		}
	}
	if len(n.lines) > 0 || n.core.Saturated() || u.unsure() {
		n.lines = append(n.lines, typed{u, say})
		return
	}
	say()
}

// aim is where the words of an op go.
func (w *world) aim(u *user, op Op) (to spot, ok bool) {
	switch op.Do {
	case Say:
		if op.Channel == "" {
			op.Channel = chat.Lobby
		}
		if _, ok = u.stays(op.Channel); !ok && len(u.rooms) > 0 {
			op.Channel, ok = u.rooms[len(u.rooms)-1].in, true
		}
		return spot{room: op.Channel}, ok
	case Direct:
		with := chat.Person{Peer: w.nodes[op.Peer].id, Guest: guestName(w.nodes[op.Peer], op.PeerSeat)}
		return spot{with: with}, with != u.person()
	case Whisper:
		e := u.anEnd(op.Peer, func(e *end) bool { return e.n > 0 || (spot{with: e.with, session: true}) == u.at })
		if e == nil {
			return spot{}, false
		}
		return spot{with: e.with, session: true}, true
	}
	return u.at, u.at != spot{}
}

// words is the instruction that brings a text to a spot.
func (w *world) words(u *user, to spot, text string) chat.Instruction {
	switch {
	case to == u.at:
		return chat.Say{Text: text}
	case to.room == chat.Lobby:
		return chat.Broadcast{Text: text}
	case to.room != "":
		return chat.SayIn{In: string(to.room), Text: text}
	case to.session:
		return chat.SayIn{In: "session:" + strconv.Itoa(u.session(to.with).n), Text: text}
	}
	return chat.SendDirect{To: w.address(to.with), Text: text}
}

// session returns the user's end of the session with somebody, or nil.
func (u *user) session(with chat.Person) *end {
	return u.anEnd(0, func(e *end) bool { return e.with == with })
}
