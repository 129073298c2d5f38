package chat

import (
	"strings"
	"testing"
	"time"
)

// The rules of the gossip-server chat (H-…), as its users see them on tincan
// nodes: clients are guests in the lobby of a server.

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
