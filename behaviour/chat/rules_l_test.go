package chat

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The rules of the lobby-and-fork chat (L-…), as its users see them on tincan
// nodes, with its bugs mended. How it looks is in cmd/internal/line.

// lobby is three nodes that know each other, with anna, bobby and carmen.
func lobby(t *testing.T) *script {
	s := meeting(t, "", "a", "b", "c")
	s.play("a", Rename{"anna"})
	s.play("b", Rename{"bobby"})
	s.play("c", Rename{"carmen"})
	s.pass(time.Second)
	s.forget()
	return s
}

func TestL01RegisterName(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", asks{1, "", Enter{"anna"}}, `guest 1: entered as anna@peer a, asked for "anna"`)
	s.step("a", asks{1, "", OpenLobby{}}, "came to lobby: anna@peer a", "guest 1: joined lobby as 0")
	s.step("a", asks{2, "", Enter{"anna lee"}}, `guest 2: entered as anna lee@peer a, asked for "anna lee"`)
	s.step("a", asks{1, "", Fork{"anna lee@a"}}, "guest 1: session 1 with anna lee@peer a opened A", "guest 2: …") // and may be forked
	s.step("a", asks{3, "", Enter{""}}, `guest 3: entered as guest@peer a, asked for ""`)
}

func TestL02NameLength(t *testing.T) {
	s := newScript(t, "a")
	name := strings.Repeat("n", 61)
	s.step("a", asks{1, "", Enter{name}}, fmt.Sprintf("guest 1: entered as %s@peer a, asked for %q", name, name))
	s.give("a", asks{2, "", Enter{strings.Repeat("n", 10<<10)}})
	if n := len(s.cores["a"].byUser[2].name); n != MaxName {
		t.Errorf("of a name of 10 kB %d bytes are left, want %d", n, MaxName)
	}
}

func TestL03DuplicateName(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", asks{1, "", Enter{"anna"}}, "guest 1: entered as anna@peer a…")
	s.step("a", asks{2, "", Enter{"anna"}}, "guest 2: entered as anna_2@peer a…")
	s.step("a", asks{3, "", Enter{"anna"}}, "guest 3: entered as anna_3@peer a…")
	s.give("a", asks{2, "", Exit{}})
	s.step("a", asks{4, "", Enter{"anna"}}, "guest 4: entered as anna_2@peer a…") // free again
	s.step("a", asks{5, "", Enter{"anna_2"}}, "guest 5: entered as anna_2_2@peer a…")
}

func TestL04ReservedEnding(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", asks{1, "", Enter{"anna_"}}, "guest 1: entered as anna_@peer a…")
	s.step("a", asks{2, "", Enter{"anna"}}, "guest 2: entered as anna@peer a…") // another name
	s.give("a", asks{1, "", OpenLobby{}})
	s.step("a", ListUsers{}, "users of lobby [a me] [anna_@a]")
	s.give("a", asks{1, "", Exit{}})
	s.step("a", asks{3, "", Enter{"anna_"}}, "guest 3: entered as anna_@peer a…") // nothing is left of who has gone
}

func TestL05JoinNotice(t *testing.T) {
	s := meeting(t, "", "a", "b")
	s.visit("b", 1, "bobby", "lobby")
	s.pass(time.Second)
	s.saw("a", "came to lobby: bobby@peer b")
	s.give("a", asks{1, "", Enter{"anna"}})
	for _, e := range s.give("a", asks{1, "", OpenLobby{}}) {
		n, ok := e.(Notify)
		if !ok {
			continue
		}
		if joined, ok := n.Notification.(Joined); ok {
			if got, want := usersText(joined.Who), " [a] [b] [bobby@b]"; got != want { // and not herself
				t.Errorf("who comes is told of%s, want%s", got, want)
			}
			return
		}
	}
	t.Error("who comes is not told who is there")
}

func TestL06Users(t *testing.T) {
	s := lobby(t)
	s.play("a", asks{Owner, "r", ListUsers{}})
	s.saw("a", "users of lobby [a me] [b] [c] (r)")
	s.saw("b")
	s.saw("c")
}

func TestL07LobbyMessage(t *testing.T) {
	s := lobby(t)
	s.play("a", Say{"hi"})
	s.saw("a", `shown mine a1 "hi"`, "sent a1 to 2") // text does not repeat it
	s.saw("b", `shown a1 "hi"`)
	s.saw("c", `shown a1 "hi"`)
}

func TestL08LongAndMultiLineText(t *testing.T) {
	s := lobby(t)
	s.play("a", Fork{"bobby"})
	s.forget()
	for i, text := range []string{strings.Repeat("é", 32), strings.Repeat("é", MaxText/2), "two\nlines"} {
		s.play("a", Broadcast{text})
		s.saw("c", fmt.Sprintf("shown a%d %s", i+1, short(text)))
		s.play("a", Say{text})
		s.saw("b", fmt.Sprintf("shown a%d %s", i+1, short(text)), fmt.Sprintf("shown a~%d in 1B %s", i+1, short(text)))
	}
	s.step("a", Say{strings.Repeat("x", MaxText+1)}, "refused bad-text…") // and is never cut
}

func TestL09LeaveNotice(t *testing.T) {
	s := lobby(t)
	s.visit("b", 1, "dora", "lobby")
	s.pass(time.Second)
	s.forget()
	s.play("b", asks{1, "", Exit{}})
	s.pass(time.Second)
	s.saw("a", "left lobby: dora@bobby")
	s.play("b", Quit{})
	s.pass(time.Second)
	s.saw("a", "left b")
	s.unlink("a", "c") // dies without a word
	s.saw("a", "left c")
}

func TestL10Fork(t *testing.T) {
	s := lobby(t)
	s.play("a", Join{Channel: "#ops"})
	s.forget()
	s.play("a", Fork{"bobby"}) // from anywhere
	s.saw("a", "session 2 with bobby opened A")
	s.step("a", Fork{""}, "refused unknown-peer: no peer was named")
}

func TestL11ForkSelf(t *testing.T) {
	s := lobby(t)
	s.step("a", asks{Owner, "r", Fork{"anna"}}, "refused self: anna is this node itself (r)")
}

func TestL12ForkDuplicate(t *testing.T) {
	s := lobby(t)
	s.play("a", Fork{"bobby"})
	s.step("a", Fork{"bobby"}, `refused twice: you have a private session with bobby already: \sw 1`)
	s.step("b", Fork{"anna"}, `refused twice: you have a private session with anna already: \sw 1`)
	s.collect("b", s.give("b", Fork{"carmen"})) // both at once are one
	s.collect("c", s.give("c", Fork{"bobby"}))
	s.forget()
	s.settle()
	s.saw("b", "session 2 with carmen opened A")
	s.saw("c", "session 1 with bobby opened B")
}

func TestL13ForkUnknownOrOffline(t *testing.T) {
	s := lobby(t)
	s.step("a", Fork{"nobody"}, `refused unknown-peer: nobody is "nobody"`)
	s.unlink("a", "b")
	s.forget()
	s.play("a", asks{Owner, "r", Fork{"bobby"}})
	s.saw("a", "session 1 with bobby closed A: bobby cannot be reached: no route (back in 0) (r)")
}

func TestL14ForkSuccessA(t *testing.T) {
	s := lobby(t)
	s.play("a", asks{Owner, "r", Fork{"bobby"}})
	s.saw("a", "session 1 with bobby opened A (r)")
	s.says("a", "only you") // she is taken there
	s.saw("a", `shown mine a~1 in 1A "only you"`, "delivered a~1")
	s.saw("c")
}

func TestL15ForkSuccessB(t *testing.T) {
	s := lobby(t)
	s.play("a", Fork{"bobby"})
	s.saw("b", "session 1 with anna opened B")
	s.says("b", "to everybody") // he is not taken along
	s.saw("b", `shown mine b1 "to everybody"`, "sent b1 to 2")
	s.play("c", Ignore{"anna"})
	s.forget()
	s.play("a", Fork{"carmen"}) // and may refuse
	s.saw("c")
	s.saw("a", "session 2 with carmen closed A: carmen takes no private session from you (back in 1)")
}

func TestL16Markers(t *testing.T) {
	s := lobby(t)
	s.play("a", Fork{"bobby"})
	s.play("b", SwitchTo{"1"})
	s.forget()
	s.says("a", "P~> for him")
	s.saw("b", `shown a~1 in 1B "P~> for him"`)
	s.forget()
	s.says("b", "P-> for her")
	s.saw("a", `shown b~1 in 1A "P-> for her"`)
}

func TestL17Sessions(t *testing.T) {
	s := lobby(t)
	s.play("a", Fork{"bobby"})
	s.play("c", Fork{"anna"})
	s.says("c", "unread")
	s.play("a", Join{Channel: "#ops"})
	s.step("a", ListSessions{}, "places [0 lobby] [1 session with bobby] [2 session with carmen 1 unread] [3 #ops *]") // in order
}

func TestL18Switch(t *testing.T) {
	s := lobby(t)
	s.play("a", Fork{"bobby"})
	s.step("a", SwitchTo{"0"}, "in lobby")
	s.step("a", SwitchTo{"1"}, "in session with bobby")
	s.step("a", SwitchTo{"7"}, `refused no-place: you have no conversation 7; \sessions lists those there are`)
	s.step("a", SwitchTo{"zoe"}, `refused no-place: nobody is "zoe"`) // no number is no longer the lobby
	s.forget()
	s.says("a", "still here")
	s.saw("a", `shown mine a~1 in 1A "still here"`, "delivered a~1")
	s.step("a", SwitchTo{"lobby"}, "in lobby")
	s.step("a", SwitchTo{"bobby"}, "in session with bobby")
}

func TestL19Lobby(t *testing.T) {
	s := lobby(t)
	s.play("a", Fork{"bobby"})
	s.step("a", OpenLobby{}, "in lobby")
	s.step("a", OpenLobby{}, "in lobby")
}

func TestL20CommandsInsideAPeerSession(t *testing.T) {
	s := lobby(t)
	s.play("a", Fork{"bobby"})
	s.forget()
	s.play("a", ListUsers{})
	s.play("a", ListUsers{In: "lobby"})
	s.play("a", Fork{"carmen"})
	s.saw("b") // none of it is text
	s.saw("a", "users of session/…", "users of lobby [a me] [b] [c]", "session 2 with carmen opened A")
}

func TestL21Leave(t *testing.T) {
	s := lobby(t)
	s.play("a", Fork{"bobby"})
	s.play("b", SwitchTo{"1"})
	s.forget()
	s.play("a", asks{Owner, "r", Leave{}})
	s.saw("a", "session 1 with bobby closed A mine (back in 0) (r)")
	s.saw("b", "session 1 with anna closed B: anna has left (back in 0)")
	s.play("a", Fork{"bobby"})
	s.forget()
	s.unlink("a", "b") // when the line drops, each is told with whom
	s.pass(time.Second)
	s.saw("a", "left b", "session 2 with bobby interrupted A: reset")
	s.saw("b", "left a", "session 2 with anna interrupted B: reset")
}

func TestL22ReturnAfterClose(t *testing.T) {
	s := lobby(t)
	s.play("a", Fork{"bobby"})
	s.play("a", Fork{"carmen"})
	s.play("b", SwitchTo{"1"})
	s.forget()
	s.play("b", Leave{})
	s.saw("a", "session 1 with bobby closed A: bobby has left") // and stays where she is
	s.says("a", "still with you")
	s.saw("a", `shown mine a~1 in 2A "still with you"`, "delivered a~1")
	s.play("a", Leave{})
	s.saw("a", "session 2 with carmen closed A mine (back in 0)")
}

func TestL23Quit(t *testing.T) {
	s := lobby(t)
	s.play("a", Fork{"bobby"})
	s.forget()
	s.collect("a", s.give("a", Say{"bye"}))
	s.collect("a", s.give("a", Quit{}))
	s.settle()
	s.saw("a", `shown mine a~1 in 1A "bye"`, "delivered a~1", "ended, 0 undelivered")
	s.saw("b", `shown a~1 in 1B "bye"`, "left a", "session 1 with anna closed B: anna has left")
	s.saw("c", "left a")
}

func TestL24BackgroundReceive(t *testing.T) {
	s := lobby(t)
	s.play("a", Fork{"bobby"})
	s.play("c", Fork{"anna"})
	s.play("b", SwitchTo{"1"})
	s.forget()
	s.says("b", "one")
	s.says("c", "two")
	s.play("c", Broadcast{"three"})
	s.saw("a", `shown b~1 in 1A "one"`, `shown c~1 in 2B "two"`, `shown c1 "three"`) // whichever is current
}

func TestL25ServerDrop(t *testing.T) {
	s := lobby(t)
	s.join("d", nil) // by which all came
	for _, x := range []string{"a", "b", "c"} {
		s.link("d", x)
	}
	s.play("a", Fork{"bobby"})
	for _, x := range []string{"a", "b", "c"} {
		s.unlink("d", x)
	}
	s.forget()
	s.says("a", "go on")
	s.saw("b", `shown a~1 in 1B "go on"`)
	s.forget()
	s.play("b", Fork{"carmen"}) // new ones begin, either way
	s.saw("b", "session 2 with carmen opened A")
	s.play("c", Broadcast{"and the lobby is there"})
	s.saw("a", `shown c1 "and the lobby is there"`)
	s.play("a", Leave{})
	s.step("a", ListSessions{}, "places [0 lobby *]") // what is closed is gone, and nobody exits
}

func TestL26SeveralSessionsInARing(t *testing.T) {
	s := lobby(t)
	s.play("a", Fork{"bobby"})
	s.play("b", Fork{"carmen"})
	s.play("c", Fork{"anna"})
	s.saw("c", "session 1 with bobby opened B", "session 2 with anna opened A")
	s.forget()
	for _, x := range []string{"a", "b", "c"} {
		s.says(x, "round")
	}
	s.saw("a", `shown mine a~1 in 1A "round"`, "delivered a~1", `shown c~1 in 2B "round"`)
	s.saw("b", `shown a~1 in 1B "round"`, `shown mine b~1 in 2A "round"`, "delivered b~1")
	s.saw("c", `shown b~1 in 1B "round"`, `shown mine c~1 in 2A "round"`, "delivered c~1")
}

func TestL27AnyNumberMayBeForked(t *testing.T) {
	s := lobby(t)
	names := strings.Split("dora emil fred gina hans iris", " ")
	s.enter("b", names...)
	for i, name := range names {
		s.play("a", Fork{name + "@bobby"})
		s.read("a", fmt.Sprintf("session %d with %s@bobby opened A", i+1, name))
	}
}

func TestL28NobodyThereAtTheStart(t *testing.T) {
	s := newScript(t, "a", "b")
	s.play("a", Started{})
	s.forget()
	s.play("a", Say{"anybody?"})
	s.saw("a", `shown mine a1 "anybody?"`, "queued a1: …")
	s.link("a", "b") // hours later
	s.pass(time.Second)
	s.saw("b", `shown a1 "anybody?"`, "came a")
}
