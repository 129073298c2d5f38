package chat

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The rules of the gossip-server chat (H-…), as its users see them on tincan
// nodes: clients are guests in the lobby of a server. What is no rule of the
// core's has its test where it is kept: H-01, H-02, H-13 (roles, addresses, members)
// and H-19 (help) in cmd/node, H-04 and H-05 (the client waits, and keeps what was
// typed) in cmd/internal/client, H-07 and H-09 (display) in cmd/internal/line. H-18
// (a drawing of the flow) comes with the command that draws it.

// servers is two nodes that gossip, with a client in the lobby of each.
func servers(t *testing.T) *script {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.enter("a", "alice")
	s.enter("b", "bob")
	s.play("a", asks{1, "", OpenLobby{}})
	s.play("b", asks{1, "", OpenLobby{}})
	s.forget()
	return s
}

func TestH03WhatIsLostOnTheWayIsFetched(t *testing.T) {
	s := servers(t)
	s.give("a", asks{1, "", Say{"one"}}) // and no packet of it arrives
	s.give("a", Published{Conversation: Lobby, Last: 1, Peers: 1})
	s.play("a", asks{1, "", Say{"two"}})
	s.read("b", `users [0 1]: shown a1 of alice "one"`, `users [0 1]: shown a2 of alice "two"`)
}

func TestH06TimeOfSending(t *testing.T) {
	s := servers(t)
	s.give("a", asks{1, "", Broadcast{"noon"}})
	s.at(7 * time.Second)
	for _, e := range s.give("b", s.gossip("a", "a1")) {
		if n, ok := e.(Notify); ok {
			if shown, ok := n.Notification.(Shown); ok && !shown.At.Equal(noon) {
				t.Errorf("sent at %v", shown.At)
			}
		}
	}
}

func TestH08TheAuthorSeesThatTheNodeHasIt(t *testing.T) {
	s := servers(t)
	s.play("a", asks{1, "", Say{"hi"}})
	s.read("a", `guest 1: shown mine a1 of alice "hi"`, `shown a1 of alice "hi"`, "guest 1: sent a1 to 1")
}

func TestH10ConnectingTwiceDoesNotDouble(t *testing.T) {
	s := servers(t)
	s.play("a", asks{1, "", OpenLobby{}})
	s.play("a", asks{1, "", Enter{"alice"}})
	s.forget()
	s.play("b", asks{1, "", Say{"hi"}})
	s.read("a", `users [0 1]: shown b1 of bob "hi"`)
	s.play("a", asks{1, "", Exit{}}) // and who has left is forgotten
	s.forget()
	s.play("b", asks{1, "", Say{"gone?"}})
	s.read("a", `shown b2 of bob "gone?"`)
}

func TestH11LateNodesGetWhatIsRecent(t *testing.T) {
	s := servers(t)
	s.play("a", asks{1, "", Say{"before you came"}})
	s.join("c", nil)
	s.enter("c", "carol")
	s.play("c", asks{1, "", OpenLobby{}})
	s.forget()
	s.link("c", "a")
	s.read("c", "users [0 1]: came a", `users [0 1]: shown a1 of alice "before you came"`)
}

func TestH12WhatMakesNoSenseIsAnswered(t *testing.T) {
	s := servers(t)
	s.sealed["x"] = s.forge("c", 1, 1, "not yours")
	s.step("b", DirectReceived{Ticket: 1, From: "a", Envelope: s.get("x")}, "answer refused up to 0")
	s.step("b", asks{1, "", Say{"still here"}}, `guest 1: shown mine b1 of bob "still here"`, `shown b1 of bob "still here"`, `publish b1 "still here"`)
}

func TestH14EveryServerHasEverything(t *testing.T) {
	names := strings.Split("abcde", "")
	s := newScript(t, names...)
	for i := range 4 { // in a row: a knows b, b knows c …
		s.link(names[i], names[i+1])
	}
	s.forget()
	s.play("a", Say{"for all"})
	for i, n := range names[1:] { // what gossip does not carry along a row, sync does
		s.play(n, LinkFormed{PeerID(names[i])})
		s.read(n, `shown a1 "for all"`)
	}
}

func TestH15TheSameTextTwiceIsTwoMessages(t *testing.T) {
	s := servers(t)
	s.play("a", asks{1, "", Say{"ok"}})
	s.play("a", asks{1, "", Say{"ok"}})
	s.read("b", `users [0 1]: shown a1 of alice "ok"`, `users [0 1]: shown a2 of alice "ok"`)
}

func TestH16EveryLineArrivesOnceAndInOrder(t *testing.T) {
	s := servers(t)
	var want []string
	for i := range 50 {
		line := fmt.Sprint("line ", i+1)
		s.play("a", asks{1, "", Say{line}})
		want = append(want, fmt.Sprintf("users [0 1]: shown a%d of alice %q", i+1, line))
	}
	s.read("b", want...)
}

func TestH17TheAuthorLearnsHowManyTookIt(t *testing.T) {
	s := servers(t)
	s.give("a", asks{1, "r", Say{"hi"}})
	s.step("a", Published{Conversation: Lobby, Last: 1, Peers: 4}, "guest 1: sent a1 to 4 (r)")
	s.unlink("a", "b")
	s.forget()
	s.give("a", asks{1, "r", Say{"anybody?"}})
	s.step("a", Published{Conversation: Lobby, Last: 2}, "guest 1: queued a2 (r)") // the owner is there to read it
}
