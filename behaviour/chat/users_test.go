package chat

import (
	"strings"
	"testing"
	"time"
)

func TestEnter(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", asks{1, "", Say{"hi"}}, "guest 1: refused no-place: nobody has entered here under that name yet")
	s.step("a", asks{1, "r", Enter{" anna "}}, `guest 1: entered as anna@peer a, asked for " anna " (r)`)
	s.step("a", asks{1, "", Enter{"anna"}}, "guest 1: refused twice: you are here already, as anna@peer a")
	s.step("a", asks{2, "", Enter{"anna"}}, `guest 2: entered as anna_2@peer a, asked for "anna"`)
	s.step("a", asks{3, "", Enter{"anna"}}, `guest 3: entered as anna_3@peer a, asked for "anna"`)
	s.step("a", asks{4, "", Enter{""}}, `guest 4: entered as guest@peer a, asked for ""`)
	s.step("a", asks{2, "", Exit{}}, "guest 2: ended, 0 undelivered")
	s.step("a", asks{5, "", Enter{"anna"}}, `guest 5: entered as anna_2@peer a, asked for "anna"`) // L-03: the place is free again
	s.step("a", asks{6, "", Enter{"anna_2"}}, `guest 6: entered as anna_2_2@peer a, asked for "anna_2"`)
	s.step("a", Exit{}, `refused not-allowed: the owner stays; \quit ends the node`)
	s.step("a", Enter{"x"}, "refused twice: you are here already, as peer a")
}

func TestNamesFit(t *testing.T) {
	s := newScript(t, "a")
	long := strings.Repeat("é", MaxName)
	s.give("a", asks{1, "", Enter{long}})
	s.give("a", asks{2, "", Enter{long}})
	for id, u := range s.cores["a"].byUser {
		if len(u.name) > MaxName || strings.ToValidUTF8(u.name, "") != u.name {
			t.Errorf("user %d has a name of %d bytes", id, len(u.name))
		}
	}
}

func TestGuestNowhere(t *testing.T) {
	s := newScript(t, "a")
	s.enter("a", "bob")
	const no = "guest 1: refused no-place: "
	s.step("a", asks{1, "", Say{"hi"}}, no+"malformed: join a channel first")
	s.step("a", asks{1, "", Act{"waves"}}, no+"malformed: join a channel first")
	s.step("a", asks{1, "", Broadcast{"hi"}}, no+`malformed: join a channel first, or \lobby`)
	s.step("a", asks{1, "", SayHello{}}, no+`malformed: join a channel first, or \lobby`)
	s.step("a", asks{1, "", Blank{}})
	s.step("a", asks{1, "", Leave{}}, no+"you are in no conversation")
	s.step("a", asks{1, "", Part{}}, no+"that is no channel…")
	s.step("a", asks{1, "", SwitchTo{"0"}}, no+`you are not in the lobby; \lobby goes there`)
	s.step("a", asks{1, "", ListSessions{}}, "guest 1: places")
	s.step("a", Say{"not for guests who are nowhere"}, `shown mine a1 "not for guests who are nowhere"`, `publish a1…`)
}

func TestOwnersInstructions(t *testing.T) {
	s := newScript(t, "a")
	s.enter("a", "bob")
	for _, in := range []Instruction{Connect{"127.0.0.1 1"}, Disconnect{"b"}} {
		s.step("a", asks{1, "", in}, "guest 1: refused not-allowed: only the owner of this node may do that")
	}
}

func TestRename(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.enter("a", "bob", "eve")
	s.forget()
	s.step("a", asks{1, "", OpenLobby{}}, "came to lobby: bob@peer a", "guest 1: joined lobby as 0")
	s.step("a", Rename{"anna"}, "you are anna", "guest 1: peer a is now anna")
	s.step("a", asks{1, "", Rename{"eve"}}, "guest 1: you are eve_2@anna", "bob@anna is now eve_2@anna")
	s.step("a", asks{1, "", Rename{"eve_2"}}, "guest 1: you are eve_2@anna")
	s.step("a", asks{1, "", Rename{" "}}, `guest 1: refused bad-name: " " cannot be a name…`)
	s.play("a", Say{"hi"})
	s.saw("b", "peer a is now anna", `shown a1 "hi"`)
	s.play("b", Rename{"anna"})
	s.play("b", Say{"me too"})
	s.forget()
	s.play("a", Say{"who?"})
	s.saw("b", `shown a2 "who?"`)
	if got := s.cores["b"].face("a").Label(); got != "anna#a" {
		t.Errorf("of two annas one is %q", got)
	}
	s.step("b", SendDirect{To: "anna", Text: "which?"}, `refused ambiguous-peer: "anna" may be any of anna#a a, yourself…`)
	s.step("b", Rename{"bella"}, "you are bella")
	if got := s.cores["b"].face("a").Label(); got != "anna" {
		t.Errorf("the only anna is %q", got)
	}
}

// Those who may be meant are told in words that can be typed.
func TestGuestsOfAName(t *testing.T) {
	s := newScript(t, "n1", "n2", "c")
	for _, o := range []string{"n2", "c"} {
		s.link("n1", o)
		s.enter(o, "anna")
		s.play(o, asks{1, "", OpenLobby{}})
	}
	s.enter("n1", "anna")
	s.play("c", Rename{"carmen"})
	for _, o := range []string{"n2", "c"} {
		s.play(o, asks{1, "", Say{"here I am"}})
	}
	s.forget()
	s.step("n1", SendDirect{To: "anna", Text: "which?"}, `refused ambiguous-peer: "anna" may be any of anna@n1, anna@carmen#c, anna@n2; use one of these`)
	for _, to := range []string{"anna@n1", "anna@n2"} {
		if _, known, code, why := s.cores["n1"].resolve(to); !known || code != "" {
			t.Errorf("%s is nobody: %s %s", to, code, why)
		}
	}
}

func TestAway(t *testing.T) {
	s := newScript(t, "a")
	s.enter("a", "bob")
	s.give("a", asks{1, "", OpenLobby{}})
	s.step("a", Back{}, "notice: you are not away")
	s.step("a", Away{"lunch"}, "notice: you are away: lunch", "guest 1: away: peer a lunch")
	s.step("a", Away{}, "notice: you are away: away", "guest 1: away: peer a away")
	s.step("a", Back{}, "notice: you are back", "guest 1: away: peer a")
}

func TestIgnore(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.enter("a", "bob")
	s.play("a", asks{1, "", OpenLobby{}})
	s.step("a", Ignore{"nobody"}, `refused unknown-peer: nobody is "nobody"`)
	s.step("a", Ignore{"a"}, "refused self: a is this node itself")
	s.step("a", Ignore{"b"}, "notice: you ignore peer b: nothing of theirs is shown, no session of theirs opens")
	s.forget()
	s.play("b", Say{"hi"})
	s.saw("a", `guest 1: shown b1 "hi"`)
	s.play("b", SendDirect{To: "a", Text: "listen"})
	s.saw("a")
	s.saw("b", `shown mine b1 "hi"`, "sent b1 to 1", `shown mine b>a1 "listen"`, "failed b>a1: their node answered: refused")
	s.play("b", SendDirect{To: "bob@a", Text: "and you?"})
	s.saw("a", `guest 1: shown b>a2 to bob "and you?"`)
	s.step("a", Unignore{"b"}, "notice: you hear peer b")
	s.play("b", SendDirect{To: "a", Text: "now?"})
	s.saw("a", `shown b>a3 "now?"`)
}

func TestDirectMessagesOfGuests(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.enter("a", "anna", "eve")
	s.enter("b", "bob")
	s.forget()
	s.play("a", asks{1, "", SendDirect{To: "bob@b", Text: "hi bob"}})
	s.saw("a", `guest 1: shown mine a>b1 of anna to bob "hi bob"`, "guest 1: delivered a>b1")
	s.saw("b", `guest 1: shown a>b1 of anna to bob "hi bob"`)
	s.play("b", asks{1, "", SendDirect{To: "anna@a", Text: "hi anna"}})
	s.saw("a", `guest 1: shown b>a1 of bob to anna "hi anna"`)
	s.play("a", asks{2, "", SendDirect{To: "carl@b", Text: "hi carl"}})
	s.saw("a", `guest 2: shown mine a>b2 of eve to carl "hi carl"`, "guest 2: failed a>b2: carl is not there any more, or does not want to hear you")
	s.play("a", asks{2, "", SendDirect{To: "anna@a", Text: "hi here"}})
	s.saw("a", `guest 2: shown mine a1 of eve to anna "hi here"`, `guest 1: shown a1 of eve to anna "hi here"`, "guest 2: delivered a1")
	s.play("a", asks{2, "", SendDirect{To: "a", Text: "dear owner"}})
	s.saw("a", `guest 2: shown mine a2 of eve "dear owner"`, `shown a2 of eve "dear owner"`, "guest 2: delivered a2")
	s.step("a", asks{2, "", SendDirect{To: "eve@a", Text: "me"}}, "guest 2: refused self: eve@a is yourself")
	s.step("a", asks{2, "", SendDirect{To: "zoe@a", Text: "me"}}, "guest 2: refused unknown-peer: no guest of this node is called zoe")
	s.step("a", SendDirect{To: "@b", Text: "x"}, `refused unknown-peer: "" cannot be a guest's name`)
}

func TestUnreadIsCounted(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.play("a", OpenDirect{"b"})
	s.play("a", Join{Channel: "#ops"})
	s.play("b", Say{"one"})
	s.play("b", Say{"two"})
	s.play("b", SendDirect{To: "a", Text: "three"})
	s.forget()
	s.step("a", ListSessions{}, "places [0 lobby 2 unread] [1 dm with peer b 1 unread] [2 #ops *]")
	s.step("a", SwitchTo{"lobby"}, "in lobby")
	s.step("a", SwitchTo{"b"}, "in dm with peer b")
	s.step("a", ListSessions{}, "places [0 lobby] [1 dm with peer b *] [2 #ops]")
	s.step("a", SwitchTo{"7"}, `refused no-place: you have no conversation 7; \sessions lists those there are`)
	s.step("a", SwitchTo{"#dev"}, "refused no-place: you are not in #dev; /join #dev first")
	s.step("a", SwitchTo{"zoe"}, `refused no-place: nobody is "zoe"`)
}

func TestSayIn(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Join{Channel: "#ops"})
	s.step("a", SayIn{"lobby", "hi"}, `shown mine a1 "hi"`, `publish a1 "hi"`)
	s.step("a", SayIn{"#ops", "hi"}, `shown mine a#ops1 "hi"`, `publish a#ops1 "hi"`)
	s.step("a", SayIn{"#dev", "hi"}, "refused no-place: you are not in #dev; /join #dev first")
	s.step("a", SayIn{"session:9", "hi"}, `refused no-place: you have no conversation 9…`)
	s.step("a", SayIn{"lobby", ""}, "refused bad-text…")
}

func TestAct(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.forget()
	s.play("a", Act{"waves"})
	s.saw("b", `shown a1 * "waves"`)
	s.step("a", Act{" "}, "refused bad-text…")
}

func TestLeavingADirectConversation(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", OpenDirect{"b"})
	s.step("a", asks{Owner, "r", Leave{}}, "notice: left the conversation with peer b (r)", "in lobby (r)")
	s.step("a", Leave{}, `refused no-place: the lobby cannot be left; \quit ends the node`)
}

func TestTheLineAfterASweepIsHeld(t *testing.T) {
	s := newScript(t, "a")
	s.cores["a"].byUser[Owner].seats[0].swept = s.now
	s.step("a", Say{"secret"}, `held "secret": you are in no private session now, and this would go to the lobby`)
	s.step("a", Say{"secret"}, `shown mine a1 "secret"`, `publish a1 "secret"`)
	s.cores["a"].byUser[Owner].seats[0].swept = s.now
	s.at(sweptGrace + time.Second)
	s.step("a", Say{"later"}, `shown mine a2 "later"`)
}

// Who cleans a name cuts it: what sets one guest apart from another must be left.
func TestNamesStayApartForThoseWhoCleanThem(t *testing.T) {
	s := newScript(t)
	cut := func(name string) string { return truncate(name, 8) }
	s.join("a", func(cfg *Config) { cfg.CleanName = cut })
	for u := range User(300) {
		s.give("a", asks{u + 1, "", Enter{"ännchen-von-tharau"}})
	}
	s.give("a", asks{7, "", Rename{"other"}})
	s.give("a", asks{7, "", Rename{"ännchen-von"}})
	seen := make(map[string]User)
	for id, u := range s.cores["a"].byUser {
		if other, taken := seen[cut(u.name)]; taken {
			t.Errorf("others cannot tell user %d from user %d: %q", id, other, cut(u.name))
		}
		seen[cut(u.name)] = id
	}
}

func TestLocalsAreFoundByName(t *testing.T) {
	s := newScript(t, "a")
	s.enter("a", "bob", "bob", "eve")
	s.give("a", asks{1, "", Rename{"rob"}})
	s.give("a", asks{3, "", Exit{}})
	c := s.cores["a"]
	for name, want := range map[string]*user{"": c.byUser[Owner], "rob": c.byUser[1], "bob_2": c.byUser[2], "bob": nil, "eve": nil} {
		if got := c.local(name); got != want {
			t.Errorf("%q is %v, want %v", name, got, want)
		}
	}
	if len(c.byName) != len(c.users) {
		t.Errorf("%d names of %d users", len(c.byName), len(c.users))
	}
}

func TestIgnoredComeAndGoUnseen(t *testing.T) {
	s := meeting(t, "#c", "a", "b")
	s.play("a", Ignore{"b"})
	s.forget()
	s.play("b", Away{"out"})
	s.play("b", Rename{"bea"})
	s.play("b", Part{Channel: "#c"})
	s.pass(time.Second)
	s.play("b", Join{Channel: "#c"})
	s.pass(time.Second)
	s.play("b", Quit{})
	s.unlink("a", "b")
	s.pass(time.Minute)
	s.saw("a")
}

func TestOldWordsAreNoClaim(t *testing.T) {
	s := newScript(t, "b")
	s.up("b", "a")
	s.claim("b", "a", "bella")
	old := edit(s.forge("a", 2, 1, "from yesterday"), func(e *Envelope) {
		e.Messages[0].Name, e.Messages[0].Stamp = "anna", StampAt(s.now.Add(-time.Hour))
	})
	s.give("b", EnvelopeReceived{From: "a", Envelope: old})
	if got := s.cores["b"].face("a").Name; got != "bella" {
		t.Errorf("she is called %s again", got)
	}
}
