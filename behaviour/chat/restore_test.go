package chat

import (
	"fmt"
	"testing"
	"time"
)

// A node that was down goes on where it was: it shows nothing twice, uses no number
// twice and is given what it missed.
func TestRestartGoesOnWhereItWas(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	s.play("a", Say{"one"})
	s.play("b", Say{"two"})
	s.forget()
	s.crash("a")
	s.play("b", Say{"three"})
	s.news("b", `shown mine b2 "three"`, "queued b2: nobody is here yet")
	s.restart("a")
	s.news("a", `shown b2 "three"`)
	s.play("a", Say{"four"})
	s.news("b", "sent b2 to 1", `shown a2 "four"`)
}

// What is not durable is nobody's: it is neither shown nor sent, and its number is free.
func TestWhatIsNotDurableIsForgotten(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	s.forget()
	s.disks["a"].slow = true
	s.play("a", Say{"lost"})
	s.saw("a")
	s.crash("a")
	s.disks["a"].slow = false
	s.restart("a")
	s.play("a", Say{"found"})
	s.news("b", `shown a1 "found"`)
}

// A direct message to one who is not there outlives the node, and is delivered once.
func TestDirectMessageOutlivesTheNode(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	s.unlink("a", "b")
	s.play("a", SendDirect{To: "b", Text: "hi"})
	s.crash("a")
	s.forget()
	s.restart("a")
	s.link("a", "b")
	s.news("a", "delivered a>b1")
	s.news("b", `shown a>b1 "hi"`)
	s.crash("a")
	s.restart("a")
	s.pass(retryLast)
	s.news("b")
}

func TestHistoryIsRecalled(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	s.play("a", Say{"one"})
	s.play("b", Say{"two"})
	s.play("a", SendDirect{To: "b", Text: "between us"})
	s.crash("a")
	s.forget()
	s.restart("a")
	s.forget()
	s.play("a", ReadHistory{N: 1})
	s.saw("a", "history b1 and more")
	s.play("a", ReadHistory{})
	s.saw("a", "history a1 b1")
	s.play("a", ReadHistory{In: "dm b"})
	s.saw("a", "history a>b1 (delivered)")
	s.play("a", Search{Words: "tw"})
	s.saw("a", "history b1 a>b1 (delivered)")
}

// What was said while nobody was there reaches those who come after a restart, and
// is reported then.
func TestWhatWasSaidAloneIsSentAfterARestart(t *testing.T) {
	for _, room := range []string{"lobby", "#c"} {
		s := newKeptScript(t, "a", "b")
		if room == "#c" {
			s.play("a", Join{Channel: room})
			s.play("b", Join{Channel: room})
		}
		s.play("a", SayIn{room, "one"})
		s.play("a", SayIn{room, "two"})
		s.crash("a")
		s.restart("a")
		s.forget()
		s.link("a", "b")
		s.pass(time.Second)
		name := map[string]string{"lobby": "a", "#c": "a#c"}[room]
		s.news("a", "sent "+name+"1 to 1", "sent "+name+"2 to 1")
		s.news("b", `shown `+name+`1 "one"`, `shown `+name+`2 "two"`)
		s.crash("a")
		s.restart("a")
		s.forget()
		s.pass(time.Minute)
		s.news("a") // it is not reported again
		s.play("a", SayIn{room, "three"})
		s.news("b", `shown `+name+`3 "three"`)
	}
}

// What was accepted and is in no envelope when a node crashes goes out after the restart.
func TestDraftsGoOutAfterARestart(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	for _, who := range s.names {
		s.play(who, Join{Channel: "#c"})
	}
	s.link("a", "b")
	s.pass(time.Second)
	d := s.disks["a"]
	d.slow = true
	for i := range 3 {
		s.play("a", Say{fmt.Sprint(i)})
	}
	d.apply(d.asked[0]) // the envelope with the first
	d.apply(d.asked[1])
	s.crash("a")
	s.forget()
	d.slow = false
	s.restart("a")
	s.pass(time.Minute)
	s.news("b", `shown a#c1 "0"`, `shown a#c2 "1"`)
	s.play("a", SayIn{"#c", "3"})
	s.news("b", `shown a#c3 "3"`)
}

// gapped is b, which has a2 and not a1, as c told it. a has both.
func gapped(t *testing.T) *script {
	s := newKeptScript(t, "a", "b")
	s.up("b", "c")
	s.play("a", Say{"one"})
	s.play("a", Say{"two"})
	s.play("b", s.gossip("c", "a2"))
	s.pass(gapPatience + gapRetry)
	s.news("b", "gap of 1 from a")
	return s
}

func TestGapIsFilledAfterARestart(t *testing.T) {
	s := gapped(t)
	s.crash("b")
	s.restart("b")
	s.pass(time.Second)
	s.news("b") // what waited is gone, and with it what said that something is missing
	s.play("b", s.gossip("c", "a2"))
	s.pass(time.Minute)
	s.news("b", "gap of 1 from a")
	s.link("a", "b")
	s.pass(time.Second)
	s.news("b", `shown late a1 "one"`, `shown late a2 "two"`)
}

func TestGapThatWasGivenUpIsNotToldAgain(t *testing.T) {
	s := gapped(t)
	s.pass(gapHopeless + time.Second)
	s.news("b", "gap of 1 from a lost", `shown late a2 "two"`)
	for range 2 {
		s.crash("b")
		s.restart("b")
		s.pass(time.Minute)
		s.news("b")
		s.link("a", "b")
		s.pass(time.Minute)
		s.news("b")
		s.unlink("a", "b")
		s.forget()
	}
	s.play("a", Say{"three"})
	s.link("a", "b")
	s.pass(time.Second)
	s.news("b", `shown a3 "three"`)
}

// What of an envelope was shown before a message in it had to wait is not shown
// again after a restart, and the rest is shown when it can be.
func TestRestartInTheMiddleOfAnEnvelope(t *testing.T) {
	s := newKeptScript(t, "b")
	s.up("b", "c")
	s.sealed["x1"] = s.forge("x", 1, 1, "dep")
	s.sealed["a1"] = edit(s.forge("a", 1, 1, "one", "two", "three"), func(e *Envelope) {
		e.Messages[1].Deps = []Ref{{key("x", 1), 1}}
	})
	s.play("b", s.gossip("c", "a1"))
	s.news("b", `shown a1 "one"`)
	s.crash("b")
	s.restart("b")
	s.play("b", s.gossip("c", "a1"))
	s.news("b")
	s.play("b", s.gossip("c", "x1"))
	s.news("b", `shown x1 "dep"`, `shown a2 "two"`, `shown a3 "three"`)
	s.crash("b")
	s.restart("b")
	s.play("b", s.gossip("c", "a1"))
	s.play("b", s.gossip("c", "x1"))
	s.news("b")
	s.play("b", ReadHistory{})
	s.saw("b", "history a1 a2 a3 x1")
	// What it gives to others is whole.
	s.join("n", keeping(s.disk("n")))
	s.play("n", Started{})
	s.link("b", "n")
	s.news("n", `shown x1 "dep"`, `shown a1 "one"`, `shown a2 "two"`, `shown a3 "three"`)
}

// A channel that is left and joined again goes on with all that was known of it:
// where logs begin of which nothing was met, how far those are that had to make
// place, and what nobody has been given yet.
func TestAChannelGoesOnWhenItIsJoinedAgain(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.play("a", Join{Channel: "#c"})
	s.play("a", Say{"alone"})
	r := s.cores["a"].rooms["#c"]
	r.floors.set(key("x", 1), 7)
	l := r.add(key("y", 1))
	l.head = 3
	r.retire(len(r.list) - 1)
	s.play("a", Part{})
	if s.cores["a"].rooms["#c"] != nil {
		t.Fatal("the channel is not closed")
	}
	s.play("a", Join{Channel: "#c"})
	r = s.cores["a"].rooms["#c"]
	if !r.has(Ref{key("x", 1), 7}) || r.has(Ref{key("x", 1), 8}) || !r.has(Ref{key("y", 1), 3}) || r.has(Ref{key("y", 1), 4}) {
		t.Errorf("floors %v, logs %v", r.floors, r.logs)
	}
	s.play("b", Join{Channel: "#c"})
	s.forget()
	s.link("a", "b")
	s.pass(time.Second)
	s.news("a", "sent a#c1 to 1")
	s.news("b", `shown a#c1 "alone"`)
}

// Where the end of one of its logs cannot be read any more, a node does not go on with
// it: it may have used the numbers. Others' logs are no reason.
func TestDamagedLogIsNotContinued(t *testing.T) {
	old, fresh := LogID{1}, LogID{9}
	for _, c := range []struct {
		name    string
		damaged LogKey
		log     LogID
		next    uint64
	}{
		{"whole", LogKey{}, old, 5},
		{"its own", LogKey{"a", old}, fresh, 0},
		{"of an earlier life", LogKey{"a", LogID{0, 7}}, old, 5},
		{"another's", LogKey{"b", old}, old, 5},
	} {
		logs := map[LogKey]*PastLog{{"a", old}: {LogMark: LogMark{LogKey: LogKey{"a", old}, Head: 5}, Low: 1}}
		if k := c.damaged; k != (LogKey{}) {
			logs[k] = &PastLog{LogMark: LogMark{LogKey: k, Head: 5}, Low: 1, Damaged: true}
		}
		core := New(Config{Me: "a", Log: fresh, Keeps: true, Durable: true, Past: &Past{
			Notes: map[string][]byte{noteLife: append(old[:len(old):len(old)], make([]byte, 8)...)},
			Rooms: map[Conversation]*PastRoom{Lobby: {Logs: logs}},
		}})
		if mine := core.lobby.mine; mine.log.key.Log != c.log || mine.next != c.next {
			t.Errorf("%s: goes on with log %s after %d, want %s after %d", c.name, mine.log.key.Log, mine.next, c.log, c.next)
		}
	}
}
