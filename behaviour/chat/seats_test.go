package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// desks is a script in which one user of core a has several front ends: of what he is
// told, each hears what its seat is told.
type desks struct {
	*script
	user  User
	heard map[Seat][]string
}

// atDesks listens to a user of core a at some seats, before any of them is taken.
func atDesks(s *script, user User, seats ...Seat) *desks {
	d := &desks{script: s, user: user, heard: make(map[Seat][]string)}
	for _, no := range seats {
		d.heard[no] = nil
	}
	s.heard = func(who string, n Notify) {
		if who != "a" || (n.For != nil && !slices.Contains(n.For, user)) {
			return
		}
		for no := range d.heard {
			if !n.Reaches(no) {
				continue
			}
			line := notificationText(n.Notification)
			if n.Ref != "" && (n.Seat == 0 || n.Seat == no) {
				line += " (" + n.Ref + ")"
			}
			d.heard[no] = append(d.heard[no], line)
		}
	}
	return d
}

// at has one of the seats ask for things.
func (d *desks) at(no Seat, in ...Instruction) {
	d.t.Helper()
	for _, in := range in {
		d.play("a", sits{Asker{User: d.user, Seat: no}, in})
	}
}

// hears compares what a seat was told since the last time, but for who comes and goes.
func (d *desks) hears(no Seat, want ...string) {
	d.t.Helper()
	got := slices.DeleteFunc(d.heard[no], func(line string) bool { return strings.HasPrefix(line, "came ") || strings.HasPrefix(line, "left ") })
	d.heard[no] = nil
	d.compare(fmt.Sprintf("seat %d", no), d, got, want)
}

// quiet forgets what was told so far.
func (d *desks) quiet() {
	for no := range d.heard {
		d.heard[no] = nil
	}
	d.forget()
}

// twoDesks is a, who is linked to b and has a console, seat 1, and an attached terminal,
// seat 2; seat 3 listens and has not come yet.
func twoDesks(t *testing.T) *desks {
	t.Helper()
	s := newScript(t, "a", "b")
	s.play("a", Started{})
	s.play("b", Started{})
	s.link("a", "b")
	d := atDesks(s, Owner, 1, 2, 3)
	d.at(1, Act{"wakes up"})
	d.at(2, Attach{})
	d.quiet()
	return d
}

func TestOneSeatMovesAndTheOtherStays(t *testing.T) {
	d := twoDesks(t)
	d.play("a", sits{Asker{Owner, 2, "r"}, Join{Channel: "#ops"}})
	d.hears(1, "joined #ops as 1 elsewhere")
	d.hears(2, "joined #ops as 1 (r)")
	d.at(1, Say{"good morning"})
	d.at(2, Say{"deploying"})
	d.saw("b", `shown a2 "good morning"`)
	d.hears(1, `shown mine a2 "good morning"`, "sent a2 to 1", `shown mine elsewhere a#ops1 "deploying"`, "sent a#ops1 to 1")
	d.hears(2, `shown mine elsewhere a2 "good morning"`, "sent a2 to 1", `shown mine a#ops1 "deploying"`, "sent a#ops1 to 1")
	d.at(2, Fork{"b"})
	d.hears(1, "session 2 with peer b opened A elsewhere")
	d.hears(2, "session 2 with peer b opened A")
	d.at(1, Say{"for all"})
	d.at(2, Say{"for b"})
	d.saw("b", "session 1 with peer a opened B", `shown a3 "for all"`, `shown a~1 in 1B "for b"`)
	d.hears(1, `shown mine a3 "for all"`, "sent a3 to 1", `shown mine elsewhere a~1 in 2A "for b"`, "delivered a~1")
	d.at(1, SendDirect{To: "b", Text: "psst"})
	d.hears(1, `shown mine a>b1 "psst"`, "delivered a>b1")
	d.hears(2, `shown mine elsewhere a3 "for all"`, "sent a3 to 1", `shown mine a~1 in 2A "for b"`, "delivered a~1",
		`shown mine elsewhere a>b1 "psst"`, "delivered a>b1")
	d.at(1, ListSessions{})
	d.at(2, ListSessions{})
	d.hears(1, "places [0 lobby *] [1 #ops] [2 session with peer b]")
	d.hears(2, "places [0 lobby] [1 #ops] [2 session with peer b *]")
	d.at(1, SwitchTo{"#ops"})
	d.hears(1, "in #ops")
	d.hears(2)
}

// What is asked for without a name is asked of where the seat is.
func TestQuestionsAreOfWhereTheSeatIs(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	d := atDesks(s, Owner, 1, 2)
	d.at(1, Say{"one"})
	d.at(2, Attach{}, Join{Channel: "#ops"}, Say{"two"})
	d.quiet()
	d.at(2, ListUsers{}, ReadHistory{}, Blank{}, WhoGot{}, Leave{})
	d.hears(1, "parted #ops")
	d.hears(2, "users of #ops [a me]", "history a#ops1 (sent)", `chat.Holders{"ID":{"Conversation":"#ops"…`, "parted #ops")
	d.at(1, ListUsers{}, ReadHistory{}, WhoGot{}, Leave{}, Blank{})
	d.hears(1, "users of lobby [a me] [b]", "history a1", `chat.Holders{"ID":{"Conversation":"lobby"…`,
		`refused no-place: the lobby cannot be left; \quit ends the node`, "shown mine a2 hello", "sent a2 to 1")
}

func TestASessionEndsForTheSeatsInIt(t *testing.T) {
	d := twoDesks(t)
	d.at(3, Attach{}, Join{Channel: "#ops"})
	d.at(1, Fork{"b"})
	d.at(2, SwitchTo{"b"})
	d.quiet()
	d.play("b", SwitchTo{"a"})
	d.play("b", Leave{})
	d.hears(1, "session 2 with peer b closed A: peer b has left (back in 0)")
	d.hears(2, "session 2 with peer b closed A: peer b has left (back in 0)")
	d.hears(3, "session 2 with peer b closed A: peer b has left")
	for _, no := range []Seat{1, 2} {
		d.at(no, Say{"secret"})
		d.hears(no, `held "secret": you are in no private session now, and this would go to the lobby`)
	}
	d.at(3, Say{"still here"})
	d.hears(3, `shown mine a#ops1 "still here"`, "sent a#ops1 to 1")
	d.quiet()
	d.at(2, Say{"to all"})
	d.saw("b", `shown a2 "to all"`)
}

// The user ends at one seat what he has before him at another.
func TestASeatEndsASessionOfAnother(t *testing.T) {
	for _, end := range []Instruction{Leave{}, Ignore{"b"}} {
		d := twoDesks(t)
		d.at(1, Fork{"b"})
		d.at(2, SwitchTo{"1"})
		d.quiet()
		d.at(2, end)
		d.hears(1, "session 1 with peer b closed A mine elsewhere (back in 0)")
		if got := d.heard[2][0]; got != "session 1 with peer b closed A mine (back in 0)" {
			t.Errorf("who ends it with %T hears %q", end, got)
		}
		d.quiet()
		d.at(1, Say{"secret"})
		d.at(2, Say{"to all"})
		if got := d.heard[1][0]; got != `held "secret": you are in no private session now, and this would go to the lobby` {
			t.Errorf("after %T the other seat's line: %q", end, got)
		}
		d.saw("b", `shown a2 "to all"`)
	}
}

// Of a session to which nobody agrees, each seat goes back to where it was, as far as
// that is known.
func TestAForkFailsForItsSeat(t *testing.T) {
	d := twoDesks(t)
	d.up("a", "c")
	d.at(2, Join{Channel: "#ops"})
	d.collect("a", d.give("a", sits{Asker{Owner, 2, ""}, Fork{"c"}}))
	d.work = nil // c does not answer
	d.at(3, Attach{}, SwitchTo{"c"})
	d.quiet()
	d.pass(answerTime)
	d.hears(1, "session 2 with peer c closed A: peer c does not answer")
	d.hears(2, "session 2 with peer c closed A: peer c does not answer (back in 1)")
	d.hears(3, "session 2 with peer c closed A: peer c does not answer (back in 0)")
	d.at(2, Fork{"nobody"}, Say{"secret"})
	d.hears(2, `refused unknown-peer: nobody is "nobody"`, `held "secret": you are in no private session now, and this would go to #ops`)
	d.at(1, Say{"hi"})
	d.hears(1, `shown mine a2 "hi"`, "sent a2 to 1")
}

func TestAChannelIsLeftAtAnotherSeat(t *testing.T) {
	d := twoDesks(t)
	d.at(1, Join{Channel: "#ops"})
	d.at(3, Attach{}, SwitchTo{"#ops"})
	d.quiet()
	d.at(2, Part{"#ops"})
	d.hears(1, "parted #ops", "in lobby")
	d.hears(2, "parted #ops")
	d.hears(3, "parted #ops", "in lobby")
	d.at(1, Say{"deploying"}, Say{"deploying"})
	d.hears(1, `held "deploying": you have left #ops, and this would go to the lobby`, `shown mine a2 "deploying"`, "sent a2 to 1")
	d.at(2, OpenDirect{"b"})
	d.at(1, SwitchTo{"b"})
	d.quiet()
	d.at(2, Leave{})
	d.hears(1, "in lobby")
	d.hears(2, "in lobby")
	d.at(1, Say{"psst"})
	d.hears(1, `held "psst": you have left the conversation with peer b, and this would go to the lobby`)
	d.pass(sweptGrace)
	d.at(3, Say{"later"}) // it was told long ago
	d.hears(3, `shown mine a3 "later"`, "sent a3 to 1")
}

// What a slow disk holds back about one seat holds back no line of another.
func TestASlowDiskIsOfItsSeat(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	d := atDesks(s, Owner, 1, 2)
	d.at(1, Join{Channel: "#ops"})
	d.at(2, Attach{})
	d.disks["a"].slow = true
	d.at(2, Part{"#ops"})
	d.pass(sweptGrace + time.Second)
	d.quiet()
	d.at(1, Say{"deploying"}, Say{"deploying"})
	d.at(2, Say{"hi"})
	d.disks["a"].slow = false
	d.disks["a"].sync("a")
	d.at(1, Say{"deploying"}) // it has just been told
	d.at(1, Say{"never mind"})
	d.settle()
	const held = `held "deploying": you have left #ops, and this would go to the lobby`
	d.hears(1, "parted #ops", "in lobby", held, held, `shown mine elsewhere a1 "hi"`, held, "sent a1 to 1", `shown mine a2 "never mind"`, "sent a2 to 1")

	d.at(1, Fork{"b"})
	d.pass(time.Second)
	d.disks["a"].slow = true
	d.at(2, SwitchTo{"b"}, Leave{})
	d.pass(sweptGrace + time.Second)
	d.at(1, Say{"secret"})
	d.disks["a"].slow = false
	d.disks["a"].sync("a")
	d.settle()
	d.hears(1, "session 2 with peer b opened A", "session 2 with peer b closed A mine elsewhere (back in 0)",
		`held "secret": you are in no private session now, and this would go to the lobby`)
	d.quiet()
	d.pass(sweptGrace + time.Second) // told, and long ago
	d.disks["a"].slow = true
	d.at(2, Say{"anything"}, SwitchTo{"nowhere"}) // what fails there is nothing to seat 1
	d.at(1, Say{"to all"})
	d.disks["a"].slow = false
	d.disks["a"].sync("a")
	d.settle()
	d.saw("b", `shown a3 "anything"`, `shown a4 "to all"`)
}

func TestUnreadIsWhatNoSeatHadBeforeIt(t *testing.T) {
	d := twoDesks(t)
	d.at(2, Join{Channel: "#ops"})
	d.play("b", Join{Channel: "#ops"})
	d.play("b", SayIn{"#ops", "one"})
	d.play("b", SayIn{"lobby", "two"})
	d.quiet()
	d.at(1, ListSessions{})
	d.hears(1, "places [0 lobby *] [1 #ops]")
	d.at(1, SwitchTo{"#ops"})
	d.play("b", SayIn{"lobby", "three"})
	d.at(3, Attach{}) // that somebody has come does not mean that he has read
	d.play("b", SayIn{"lobby", "four"})
	d.quiet()
	d.at(2, ListSessions{})
	d.hears(2, "places [0 lobby 1 unread] [1 #ops *]")
	d.at(2, OpenLobby{})
	d.at(1, ListSessions{})
	d.hears(1, "places [0 lobby] [1 #ops *]")
}

func TestAttachAndDetach(t *testing.T) {
	d := twoDesks(t)
	d.play("a", sits{Asker{Owner, 3, "r"}, Attach{}})
	d.hears(1)
	d.hears(3, "ready peer a (r)")
	d.at(3, Join{Channel: "#ops"}, Attach{})
	d.hears(3, "joined #ops as 1", "ready peer a")
	d.at(3, Say{"where I was"})
	d.hears(3, `shown mine a#ops1 "where I was"`, "sent a#ops1 to 1")
	d.quiet()
	d.play("a", sits{Asker{Owner, 3, "r"}, Detach{}})
	d.hears(1)
	d.hears(3, "notice: detached (r)")
	d.play("b", SayIn{"lobby", "hello?"})
	d.at(1, SwitchTo{"#ops"})
	d.at(2, Detach{}, Detach{})
	d.play("b", SayIn{"lobby", "nobody there?"})
	d.quiet()
	d.at(1, ListSessions{})
	d.hears(1, "places [0 lobby 1 unread] [1 #ops *]")
	d.at(3, Say{"back"}) // at a new seat
	d.hears(3, `shown mine a2 "back"`, "sent a2 to 1")
	if n := len(d.cores["a"].byUser[Owner].seats); n != 2 {
		t.Errorf("there are %d seats", n)
	}
}

// Whom a front end wanted to talk to is found when it has gone: nothing moves.
func TestWhatASeatWantedThatHasGone(t *testing.T) {
	s := newScript(t)
	s.join("a", func(cfg *Config) {
		cfg.ByNumber = func(n int) (PeerID, bool) { return PeerID(fmt.Sprintf("p%d", n)), n < 10 }
	})
	one, two := Asker{Seat: 1}, Asker{Seat: 2}
	s.step("a", sits{one, OpenDirect{"7"}}, "find p7")
	s.step("a", sits{two, Say{"to all"}}, `shown mine elsewhere a1 "to all"`, `shown mine a1 "to all"`, `publish a1 "to all"`)
	s.step("a", sits{one, Say{"for 7"}})
	s.step("a", sits{one, Detach{}})
	s.step("a", FindDone{"p7", true}, `shown mine a>p71 "for 7"`, `send to p7 a>p71 "for 7"`)
	s.step("a", sits{two, ListSessions{}}, "places [0 lobby *]")
	s.step("a", sits{two, OpenDirect{"8"}}, "find p8")
	s.step("a", sits{two, SwitchTo{"0"}}, "in lobby")
	s.step("a", FindDone{"p8", true}) // it has gone elsewhere
	s.step("a", sits{two, Say{"hi"}}, `shown mine a2 "hi"`)
}

func TestSeatsAreBounded(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", sits{Asker{Seat: 1}, Away{}})
	for no := range Seat(maxSeats - 1) {
		s.step("a", sits{Asker{Seat: no + 2}, Attach{}}, "ready peer a")
	}
	const full = "refused overloaded: you have as many front ends at this node as it takes; close one first"
	further := Asker{Seat: maxSeats + 1}
	s.step("a", sits{further, Attach{}}, full)
	s.step("a", sits{further, Say{"hi"}}, full)
	s.step("a", sits{further, Detach{}})
	s.step("a", sits{Asker{Seat: 2}, Detach{}})
	s.step("a", sits{further, Say{"hi"}}, `shown mine elsewhere a1 "hi"`, `shown mine a1 "hi"`, `publish a1 "hi"`)
	s.step("a", sits{Asker{Seat: maxSeats + 2}, Quit{}}, "ended, 1 undelivered", "stop")
}

func TestGuestWithTwoSeats(t *testing.T) {
	s := newScript(t, "a")
	d := atDesks(s, 1, 4, 5, 6)
	d.at(4, Enter{"bob"})
	d.at(5, Attach{}, Say{"hi"})
	d.hears(4, "entered as bob@peer a, asked for \"bob\"")
	d.hears(5, "entered as bob@peer a, asked for \"bob\"", "ready peer a", "refused no-place: malformed: join a channel first")
	d.at(4, Join{Channel: "#c"})
	d.hears(4, "joined #c as 1")
	if n := len(d.cores["a"].byUser[1].seats); n != 2 {
		t.Errorf("there are %d seats", n)
	}
	d.hears(5, "joined #c as 1 elsewhere")
	d.at(5, Say{"hi"})
	d.hears(5, `refused no-place: you are in none of your conversations now; \sessions lists them, \sw leads to one`)
	d.at(4, OpenLobby{})
	d.at(6, Attach{}, Say{"hi"})
	d.hears(4, "joined lobby as 0", `shown mine elsewhere a1 of bob "hi"`, "queued a1…")
	d.quiet()
	d.at(5, SwitchTo{"#c"})
	d.at(6, Part{"#c"}, Part{""})
	d.hears(4, "parted #c", "parted lobby")
	d.hears(5, "in #c", "parted #c", "in lobby", "parted lobby")
	d.at(5, Say{"hi"})
	d.hears(5, "refused no-place: malformed: join a channel first")
	d.at(5, Exit{})
	d.hears(4, "ended, 0 undelivered")
}

// A front end that only looks reads for nobody: what comes where nobody else is is unread.
func TestASeatApartReadsForNobody(t *testing.T) {
	d := twoDesks(t)
	d.at(2, Detach{})
	d.play("a", sits{Asker{Owner, 3, "r"}, Attach{Apart: true}})
	d.at(1, Join{Channel: "#ops"})
	d.quiet()
	d.play("b", SayIn{"lobby", "one"})
	d.hears(3, `shown b1 "one"`)
	d.at(1, ListSessions{})
	d.at(3, ListSessions{})
	d.hears(1, `shown b1 "one"`, "places [0 lobby 1 unread] [1 #ops *]")
	d.hears(3, "places [0 lobby 1 unread] [1 #ops]")

	// What it asks for does not take it there.
	d.at(3, Join{Channel: "#dev"}, Join{Channel: "#ops"}, Join{Channel: "lobby"}, Fork{"b"})
	d.hears(3, "joined #dev as 2", "in #ops", "in lobby", "session 3 with peer b opened A")
	d.play("b", SayIn{"lobby", "two"})
	d.play("b", SayIn{"session:1", "for a"})
	d.quiet()
	d.at(3, ListSessions{})
	d.hears(3, "places [0 lobby 2 unread] [1 #ops] [2 #dev] [3 session with peer b 1 unread]")

	// It says where a line goes, and nowhere is no place for one.
	d.at(3, Say{"hi"}, Act{"waves"}, Blank{}, ListUsers{}, Leave{}, SayIn{"#dev", "for dev"}, ActIn{"lobby", "waves"})
	const nowhere = "refused no-place: this front end is in no conversation; say which one this is for"
	d.hears(3, nowhere, nowhere, "refused no-place: you are in no conversation; /join one first", "refused no-place: you are in no conversation",
		`shown mine a#dev1 "for dev"`, "sent a#dev1 to 1", `shown mine a2 * "waves"`, "sent a2 to 1")
}

// Where a seat apart goes of itself it is, until that ends or it wants to be apart again;
// one that is taken becomes apart.
func TestASeatApartGoesWhereItWants(t *testing.T) {
	d := twoDesks(t)
	d.at(1, Join{Channel: "#ops"})
	d.at(3, Attach{Apart: true}, SwitchTo{"#ops"}, Say{"here"})
	d.hears(3, "joined #ops as 1 elsewhere", "ready peer a", "in #ops", `shown mine a#ops1 "here"`, "sent a#ops1 to 1")
	d.at(3, Attach{}) // is no answer to where it is
	d.quiet()
	d.at(1, Part{"#ops"})
	d.hears(3, "parted #ops")
	d.at(3, Say{"where?"}, OpenLobby{}, Say{"here"})
	d.hears(3, "refused no-place: this front end is in no conversation; say which one this is for", "in lobby", `shown mine a2 "here"`, "sent a2 to 1")
	d.at(1, Join{Channel: "#dev"})
	d.at(2, Attach{Apart: true}, Say{"x"})
	d.at(3, Attach{Apart: true})
	d.quiet()
	d.play("b", SayIn{"lobby", "anybody?"})
	d.at(2, ListSessions{})
	d.hears(2, `shown b1 "anybody?"`, "places [0 lobby 1 unread] [2 #dev]")
}

// A session that ends sends a seat apart nowhere, be it open or never opened.
func TestASessionEndsForASeatApart(t *testing.T) {
	d := twoDesks(t)
	d.at(3, Attach{Apart: true}, Fork{"b"}, SwitchTo{"b"})
	d.quiet()
	d.play("b", SwitchTo{"a"})
	d.play("b", Leave{})
	d.hears(3, "session 1 with peer b closed A: peer b has left")
	d.at(3, Say{"secret"})
	d.hears(3, "refused no-place: this front end is in no conversation; say which one this is for")

	d.up("a", "c")
	d.collect("a", d.give("a", sits{Asker{Owner, 3, ""}, Fork{"c"}}))
	d.work = nil // c does not answer
	d.at(3, SwitchTo{"c"})
	d.quiet()
	d.pass(answerTime)
	d.hears(3, "session 2 with peer c closed A: peer c does not answer")
}
