package chat

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// here makes an announcement that no core of the script has made: of owner "" or
// guests, each with a minus sign in front if he is gone.
func (s *script) here(author string, life byte, of Conversation, first uint64, people ...string) Event {
	e := &Envelope{Conversation: of.Presence(), Author: PeerID(author), Log: LogID{life}, First: first}
	for _, p := range people {
		m := Message{Stamp: StampAt(s.now), Kind: Here, Guest: p}
		if p != "" && p[0] == '-' {
			m.Kind, m.Guest = Gone, p[1:]
		}
		e.Messages = append(e.Messages, m)
	}
	seal(e)
	return EnvelopeReceived{From: "h", Envelope: e}
}

// meeting is cores that have started and are all linked, in a channel or "".
func meeting(t *testing.T, channel string, names ...string) *script {
	t.Helper()
	s := newScript(t, names...)
	for i, n := range names {
		s.play(n, Started{})
		for _, o := range names[:i] {
			s.link(n, o)
		}
	}
	if channel != "" {
		for _, n := range names {
			s.play(n, Join{Channel: channel})
		}
	}
	s.pass(time.Second)
	s.forget()
	return s
}

// visit makes a guest known and takes him somewhere.
func (s *script) visit(who string, u User, name, channel string) {
	s.t.Helper()
	s.play(who, asks{u, "", Enter{name}})
	s.play(who, asks{u, "", Join{Channel: channel}})
}

func TestNothingIsAnnouncedBeforeTheStart(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.play("a", Join{Channel: "#c"})
	s.play("a", LinkFormed{"b"})
	if w := s.cores["a"].Wake(); !w.IsZero() {
		t.Errorf("it is about to do something at %v", w.Sub(noon))
	}
}

func TestMembersLearnOfEachOther(t *testing.T) {
	s := meeting(t, "#c", "a", "b")
	s.play("a", ListUsers{})
	s.saw("a", "users of #c [a me] [b]")
	s.play("b", ListUsers{In: "c"})
	s.play("b", ListUsers{In: "lobby"})
	s.saw("b", "users of #c [b me] [a]", "users of lobby [b me] [a]")
	s.play("b", ListUsers{In: "#d"})
	s.saw("b", "refused no-place: you are not in #d; /join #d first")
}

func TestNewcomerLearnsWhoIsThereWithinASecond(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"}
	s := meeting(t, "#c", names...)
	s.join("z", nil)
	s.play("z", Started{})
	for _, n := range names {
		s.link("z", n)
	}
	s.play("z", Join{Channel: "#c"})
	s.forget()
	s.pass(time.Second)
	if n := s.cores["z"].rooms["#c"].people.others(); n != len(names) {
		t.Errorf("the newcomer knows of %d, want %d", n, len(names))
	}
	s.saw("a", "came z", "came to #c: peer z")
}

func TestAPeerIsSpokenOfByHisName(t *testing.T) {
	s := newScript(t, "a")
	s.join("anna", func(c *Config) { c.Name = "anna" })
	s.join("mute", nil)
	for _, n := range []string{"a", "anna", "mute"} {
		s.play(n, Started{})
	}
	s.forget()
	s.give("a", PeerUp{"anna"})
	s.give("a", PeerUp{"mute"})
	s.step("a", PeerDown{"mute"}) // gone before anything was said of him
	s.give("a", PeerUp{"mute"})
	s.link("a", "anna")
	s.pass(nameTime)
	if came := s.told["a"]; !slices.Equal(came, []string{"came anna", "came mute"}) {
		t.Errorf("told %q", came)
	}
	s.step("a", PeerDown{"mute"}, "left mute")
}

func TestOwnerAndGuestsComeAndLeave(t *testing.T) {
	s := meeting(t, "#c", "a", "b")
	s.visit("b", 1, "bob", "#c")
	s.pass(time.Second)
	s.saw("a", "came to #c: bob@peer b")
	s.play("b", asks{1, "", Part{}})
	s.saw("a", "left #c: bob@peer b")
	s.play("b", Part{Channel: "#c"})
	s.saw("a", "left #c: peer b")
	s.pass(10 * time.Minute)
	s.saw("a")
	if n := len(s.cores["b"].rooms); n != 1 {
		t.Errorf("b is in %d rooms", n)
	}
}

func TestGuestWhoExitsLeavesEveryRoom(t *testing.T) {
	s := meeting(t, "#c", "a", "b")
	s.visit("b", 1, "bob", "#c")
	s.play("b", asks{1, "", OpenLobby{}})
	s.pass(time.Second)
	s.forget()
	s.play("b", asks{1, "", Exit{}})
	s.saw("a", "left #c: bob@peer b", "left lobby: bob@peer b")
}

func TestNewNamesAreTold(t *testing.T) {
	s := meeting(t, "#c", "a", "b")
	s.visit("b", 1, "bob", "#c")
	s.pass(time.Second)
	s.forget()
	s.play("b", Rename{"berta"})
	s.pass(announceSoon)
	s.saw("a", "peer b is now berta")
	s.play("b", asks{1, "", Rename{"bill"}})
	s.pass(time.Second)
	s.saw("a", "bob@berta is now bill@berta")
	s.play("b", asks{1, "", Part{}})
	s.saw("a", "left #c: bill@berta")
}

func TestAwayIsToldOnceAndOnChange(t *testing.T) {
	s := meeting(t, "#c", "a", "b")
	s.play("b", Away{"lunch"})
	s.pass(time.Second)
	s.saw("a", "away: peer b lunch") // although they share the lobby and a channel
	s.play("a", ListUsers{})
	s.saw("a", `users of #c [a me] [b away: "lunch"]`)
	s.pass(2 * time.Minute)
	s.saw("a")
	s.play("b", Back{})
	s.pass(time.Second)
	s.saw("a", "away: peer b")
}

// Whoever comes to a channel as another than he was in the lobby is told of
// whichever of the two is heard first.
func TestBackAndInAChannel(t *testing.T) {
	for wait := range 8 {
		s := meeting(t, "", "a", "b")
		s.play("a", Join{Channel: "#c"})
		s.play("b", Away{"lunch"})
		s.pass(time.Second + time.Duration(wait)*time.Minute) // and so other chances
		s.forget()
		s.play("b", Back{})
		s.play("b", Join{Channel: "#c"})
		s.pass(time.Second)
		told := s.told["a"]
		slices.Sort(told)
		if want := []string{"away: peer b", "came to #c: peer b"}; !slices.Equal(told, want) {
			t.Errorf("a is told %q, want %q", told, want)
		}
	}
}

func TestSilentMembersLeave(t *testing.T) {
	s := newScript(t, "a")
	s.play("a", Join{Channel: "#c"})
	s.forget()
	s.play("a", s.here("b", 1, "#c", 1, "", "bob"))
	s.saw("a", "came to #c: peer b", "came to #c: bob@peer b")
	s.pass(silence(2) - time.Second)
	s.play("a", s.here("b", 1, "#c", 2, ""))
	s.saw("a")
	s.pass(2 * announceMin)
	s.saw("a", "left #c: bob@peer b")
	s.pass(silence(2))
	s.saw("a", "left #c: peer b")
	s.pass(2 * maxClock)
	if c := s.cores["a"]; c.presence.held != 0 || !c.Wake().IsZero() {
		t.Errorf("%d entries are left; it wakes at %v", c.presence.held, c.Wake())
	}
}

func TestWhatIsOldOrHeardBeforeChangesNothing(t *testing.T) {
	for name, change := range map[string]struct {
		life  byte
		first uint64
		at    time.Duration
	}{
		"a copy":              {1, 5, 0},
		"overtaken":           {1, 4, 0},
		"an earlier life":     {2, 9, -time.Second},
		"too far in the past": {1, 9, -maxClock - time.Second},
		"from the future":     {1, 9, maxClock + time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, "a")
			s.play("a", Join{Channel: "#c"})
			s.play("a", s.here("b", 1, "#c", 5, "", "-bob"))
			s.forget()
			s.now = s.now.Add(change.at)
			ev := s.here("b", change.life, "#c", change.first, "-", "bob")
			s.now = noon
			s.play("a", ev)
			s.saw("a")
		})
	}
}

func TestPeopleOfAnEarlierLifeAreGone(t *testing.T) {
	s := newScript(t, "a")
	s.play("a", Join{Channel: "#c"})
	s.play("a", s.here("b", 1, "#c", 5, "", "bob", "bill"))
	s.forget()
	s.pass(time.Second)
	s.play("a", s.here("b", 2, "#c", 1, "", "bill", "ben"))
	s.saw("a", "left #c: bob@peer b", "came to #c: ben@peer b")
}

func TestWordsShowWhoIsThere(t *testing.T) {
	s := newScript(t, "a")
	s.play("a", Join{Channel: "#c"})
	s.forget()
	say := func(first uint64, guest string) Event {
		return EnvelopeReceived{"h", edit(s.forge("b", 1, first, "hi"), func(e *Envelope) {
			e.Conversation, e.Messages[0].Guest = "#c", guest
		})}
	}
	s.play("a", say(1, ""))
	s.play("a", say(2, "bob"))
	s.saw("a", "came to #c: peer b", `shown b#c1 "hi"`, "came to #c: bob@peer b", `shown b#c2 of bob "hi"`)
	old := say(3, "bill")
	s.pass(wordAge + time.Second)
	s.play("a", old)
	s.saw("a", `shown b#c3 of bill "hi"`)
	left := say(4, "bob")
	s.pass(time.Millisecond)
	s.play("a", s.here("b", 1, "#c", 1, "-bob"))
	s.play("a", left)
	s.saw("a", "left #c: bob@peer b", `shown b#c4 of bob "hi"`) // said before he left
}

func TestPeersInTheLobby(t *testing.T) {
	b := PeerID("b")
	s := newScript(t, "a")
	s.play("a", s.here("b", 1, Lobby, 1, ""))
	s.saw("a", "came b")
	s.play("a", PeerUp{b})
	s.saw("a") // connected and announced is one coming
	s.play("a", PeerDown{b})
	s.saw("a", "left b")
	s.play("a", s.here("b", 1, Lobby, 1, ""))
	s.saw("a") // a copy does not bring it back
	s.play("a", s.here("b", 1, Lobby, 2, ""))
	s.saw("a", "came b")
	s.play("a", s.here("b", 1, Lobby, 3, "-"))
	s.saw("a", "left b")

	s.play("a", PeerUp{b})
	s.saw("a", "came b")
	s.play("a", s.here("b", 1, Lobby, 4, "", "bob"))
	s.saw("a", "came to lobby: bob@peer b")
	s.pass(2 * silence(2))
	s.saw("a", "left lobby: bob@peer b") // the owner is connected
	s.play("a", s.here("b", 1, Lobby, 5, "-"))
	s.saw("a", "left b")
	s.play("a", PeerDown{b})
	s.saw("a")
	s.play("a", s.here("b", 1, Lobby, 6, ""))
	s.pass(2 * silence(2))
	s.saw("a", "came b", "left b")
}

func TestPeerThatIsCutOffLeavesChannels(t *testing.T) {
	s := meeting(t, "#c", "a", "b", "c")
	s.visit("b", 1, "bob", "#c")
	s.pass(time.Second)
	s.forget()
	s.unlink("a", "b")
	s.saw("a", "left b", "left #c: bob@peer b", "left #c: peer b")
	s.saw("c")
}

func TestQuitIsTold(t *testing.T) {
	s := meeting(t, "#c", "a", "b")
	s.play("b", Quit{})
	s.saw("a", "left b", "left #c: peer b")
}

func TestMembersOfAChannelAreAskedForItsHistory(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "up")
	s.give("a", Join{Channel: "#c"})
	for _, w := range []struct {
		who  string
		sync bool
	}{{"x", true}, {"y", true}, {"z", false}, {"up", true}} {
		effects := texts(s.give("a", s.here(w.who, 1, "#c", 1, "")))
		if got := len(effects) == 2; got != w.sync || effects[0] != "came to #c: peer "+w.who {
			t.Errorf("%s comes: %v", w.who, effects)
		}
	}
	if p := s.cores["a"].partner(s.cores["a"].rooms["#c"], ""); p != "up" {
		t.Errorf("the channel is synced with %q, who is not connected", p)
	}
}

func TestGuestsAreFoundByName(t *testing.T) {
	s := meeting(t, "#c", "a", "b")
	s.visit("b", 1, "bob", "#c")
	s.visit("a", 1, "bob", "#c")
	s.pass(time.Second)
	c := s.cores["a"]
	if got, want := c.guestsNamed("bob"), []Person{{"a", "bob"}, {"b", "bob"}}; !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	if got := c.guestsNamed(""); len(got) > 0 {
		t.Errorf("found %v, who has no name", got)
	}
	s.unlink("a", "b")
	if got, want := c.guestsNamed("bob"), []Person{{"a", "bob"}}; !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

func TestAlike(t *testing.T) {
	s := newScript(t)
	c := s.join("a", func(c *Config) {
		c.Name = "anna"
		c.Skeleton = strings.ToLower
	})
	for i, name := range []string{"anna", "Anna", "bob", ""} {
		id := PeerID(fmt.Sprint("p", i))
		c.meet(id)
		c.rename(id, name, 0)
	}
	s.play("a", s.here("p2", 1, Lobby, 1, "anna"))
	var got []string
	for _, p := range c.alike(Peer{ID: "p0", Name: "anna"}) {
		got = append(got, personText(p))
	}
	if want := []string{"anna@p2", "p1", "a"}; !slices.Equal(got, want) {
		t.Errorf("like anna are %v, want %v", got, want)
	}
	if got := c.alike(Peer{ID: "p3"}); got != nil {
		t.Errorf("like who has no name are %v", got)
	}
}

func TestUsersAreInOrder(t *testing.T) {
	s := newScript(t, "a")
	s.visit("a", 1, "zoe", "#c")
	s.play("a", Join{Channel: "#c"})
	for i, p := range []string{"d", "c", "b"} {
		name := []string{"anna", "", "anna"}[i]
		ev := s.here(p, 1, "#c", 1, "x", "", "b").(EnvelopeReceived)
		edit(ev.Envelope, func(e *Envelope) {
			for i := range e.Messages {
				e.Messages[i].Name = name
			}
		})
		s.play("a", ev)
	}
	s.forget()
	s.play("a", ListUsers{})
	s.saw("a", "users of #c [zoe@a] [a me] [c] [b@c] [x@c] [b] [b@b] [x@b] [d] [b@d] [x@d]")
	s.play("a", OpenDirect{"c"})
	s.forget()
	s.play("a", ListUsers{})
	s.saw("a", "users of dm/a/c [a me] [c]")
}

// FuzzPresence lets random peers and users come, speak, leave and be cut off, in
// the lobby and two channels. Nobody comes twice to a room without having left it
// between, or leaves without having come, and the books agree.
func FuzzPresence(f *testing.F) {
	for seed := range uint64(16) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		b := make([]byte, 200+rnd.IntN(2000))
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		s := newScript(t, "me")
		c := s.cores["me"]
		s.give("me", Started{})
		pick := func(n int) int {
			if len(in) == 0 {
				return 0
			}
			b := in[0]
			in = in[1:]
			return int(b) % n
		}
		rooms := []Conversation{Lobby, "#c", "#d"}
		there := make(map[string]bool)
		for len(in) > 0 {
			s.now = s.now.Add(time.Duration(pick(256)) * 50 * time.Millisecond)
			peer, room := string("abcd"[pick(4)]), rooms[pick(3)]
			guest := []string{"", "x", "y"}[pick(3)]
			var step any
			switch pick(10) {
			case 0, 1, 2:
				people := []string{[]string{"", "-"}[pick(2)] + guest, []string{"", "-"}[pick(2)] + []string{"", "x", "y"}[pick(3)]}
				step = s.here(peer, byte(1+pick(2)), room, uint64(1+pick(64)), people...)
			case 3:
				step = EnvelopeReceived{"h", edit(s.forge(peer, 1, uint64(1+pick(64)), "hi"), func(e *Envelope) {
					e.Conversation, e.Messages[0].Guest, e.Messages[0].Name = room, guest, []string{"", "anna"}[pick(2)]
				})}
			case 4:
				step = PeerUp{PeerID(peer)}
			case 5:
				step = PeerDown{PeerID(peer)}
			case 6:
				step = Join{Channel: string(rooms[1+pick(2)])}
			case 7:
				step = Part{Channel: string(rooms[1+pick(2)])}
			case 8:
				s.now = s.now.Add(time.Duration(pick(256)) * 2 * time.Second)
				step = Tick{}
			case 9:
				for _, of := range rooms {
					if r := c.rooms[of]; r != nil && r.own.flight != nil {
						step = Published{of.Presence(), r.own.flight.Last(), 1, ""}
					}
				}
			}
			if step == nil {
				continue
			}
			for _, e := range s.give("me", step) {
				n, _ := e.(Notify)
				who, came := "", false
				switch n := n.Notification.(type) {
				case PeerCame:
					who, came = string(n.Peer.ID)+" lobby", true
				case PeerLeft:
					who = string(n.Peer.ID) + " lobby"
				case MemberCame:
					who, came = personText(n.Who)+" "+string(n.Conversation), true
				case MemberLeft:
					who = personText(n.Who) + " " + string(n.Conversation)
				case Renamed:
					if n.Was.Guest != "" {
						t.Fatalf("%s was renamed", n.Was.Guest) // nobody here says so
					}
				case Joined:
					for _, u := range n.Who {
						there[personText(u.Peer)+" "+string(n.Conversation)] = true
					}
				case Parted:
					for k := range there {
						if _, in, _ := cutLast(k, " "); in == string(n.Conversation) {
							delete(there, k)
						}
					}
				}
				if who == "" {
					continue
				}
				if there[who] == came {
					t.Fatalf("after %#v: %s came: %v, for the second time", step, who, came)
				}
				there[who] = came
			}
			checkPresence(t, c)
		}
	})
}

// checkPresence compares the books of presence.
func checkPresence(t *testing.T, c *Core) {
	t.Helper()
	held, here := 0, 0
	guests := make(map[Person]int)
	for _, r := range append([]*room{c.lobby}, c.channels...) {
		held += len(r.people.byNode)
		present := 0
		for id, n := range r.people.byNode {
			held += len(n.people)
			if len(n.people) > 0 {
				present++
				if r.people.nodes[n.place] != id {
					t.Fatalf("%s: %s is not where it should be", r.name, id)
				}
			}
			for _, p := range n.people {
				if p.guest != "" {
					guests[Person{id, p.guest}]++
				}
			}
		}
		if present != len(r.people.nodes) {
			t.Fatalf("%s: %d nodes are there, %d are listed", r.name, present, len(r.people.nodes))
		}
	}
	for _, p := range c.roster.byID {
		if p.here {
			here++
		}
	}
	if held != c.presence.held || here != c.roster.here || held > maxHeld {
		t.Fatalf("%d entries and %d here; the books say %d and %d", held, here, c.presence.held, c.roster.here)
	}
	for who, n := range guests {
		if c.presence.guests[who.Guest][who.Peer] != n {
			t.Fatalf("%v is in %d rooms, the book says %d", who, n, c.presence.guests[who.Guest][who.Peer])
		}
	}
	for i, r := range c.presence.agenda {
		if r.own.place != i+1 || (c.rooms[r.name] != r) {
			t.Fatalf("%s stands in the agenda wrongly", r.name)
		}
	}
}

// crowd is an announcement of so many guests.
func (s *script) crowd(author string, life byte, of Conversation, first uint64, from, n int) Event {
	people := make([]string, n)
	for i := range people {
		people[i] = fmt.Sprint("guest", from+i)
	}
	return s.here(author, life, of, first, people...)
}

// A new life of a node with many guests costs a look at each, not one at each for
// each message.
func TestANewLifeIsCheap(t *testing.T) {
	s := newScript(t)
	looks := 0
	c := s.join("a", func(cfg *Config) {
		cfg.CleanName = func(name string) string { looks++; return name }
	})
	s.give("a", Started{})
	for i := range maxGuests / MaxBatch {
		s.give("a", s.crowd("m", 1, Lobby, uint64(1+i*MaxBatch), i*MaxBatch, MaxBatch))
	}
	if c.presence.held != maxGuests+1 {
		t.Fatalf("%d entries", c.presence.held)
	}
	looks = 0
	s.at(time.Second)
	s.give("a", s.crowd("m", 2, Lobby, 1, 100, MaxBatch))
	if looks > 10*MaxBatch {
		t.Errorf("%d looks at names", looks)
	}
	if n := len(c.lobby.people.byNode["m"].people); n != MaxBatch {
		t.Errorf("%d people are left, want %d", n, MaxBatch)
	}
}

// Who comes and goes without end is asked for what was said now and then only.
func TestFlappingCostsFewSyncs(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Started{})
	s.up("a", "m")
	s.give("a", SyncDone{With: "m"})
	s.give("a", Join{Channel: "#c"})
	syncs := 0
	for i := range 1000 {
		s.at(time.Duration(i) * time.Millisecond)
		who := []string{"", "-"}[i%2]
		for _, e := range s.give("a", s.here("m", 1, "#c", uint64(i+1), who)) {
			if _, ok := e.(Sync); ok {
				syncs++
				s.give("a", SyncDone{With: "m"})
			}
		}
	}
	if syncs != 1 {
		t.Errorf("%d syncs in a second", syncs)
	}
}

// Announcements without anybody in them are forgotten like those who have left.
func TestNobodyIsForgotten(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Started{})
	for i := range 100 {
		e := s.here(fmt.Sprint("m", i), 1, Lobby, 1, "x").(EnvelopeReceived)
		edit(e.Envelope, func(e *Envelope) { e.Messages[0].Kind = Text })
		s.give("a", e)
	}
	c := s.cores["a"]
	if c.presence.held != 100 {
		t.Fatalf("%d entries", c.presence.held)
	}
	s.pass(time.Hour)
	if c.presence.held != 0 || len(c.lobby.people.byNode) != 0 {
		t.Errorf("%d entries are left", c.presence.held)
	}
}
