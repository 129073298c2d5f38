package chat

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestJoinAndPart(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", Join{Channel: "#ops"}, "subscribe #ops", "joined #ops as 1")
	s.step("a", Say{"hi"}, `shown mine a#ops1 "hi"`, `publish a#ops1 "hi"`)
	s.step("a", Published{Conversation: "#ops", Last: 1, Peers: 2}, "sent a#ops1 to 2")
	s.step("a", Join{Channel: "dev"}, "subscribe #dev", "joined #dev as 2")
	s.step("a", Join{Channel: "#ops"}, "in #ops") // he is there already
	s.step("a", ListSessions{}, "places [0 lobby] [1 #ops *] [2 #dev]")
	s.step("a", Part{}, "unsubscribe #ops", "parted #ops")
	s.step("a", ListSessions{}, "places [0 lobby *] [2 #dev]")
	s.step("a", Part{Channel: "#ops"}, "refused no-place: you are not in #ops")
	s.step("a", Part{}, `refused no-place: the lobby cannot be left; \quit ends the node`)
	s.step("a", SwitchTo{"2"}, "in #dev")
	s.step("a", Leave{}, "unsubscribe #dev", "parted #dev")
	s.step("a", Join{Channel: "#ops"}, "subscribe #ops", "joined #ops as 3") // numbers are not used again
	first := s.get("a#ops1").Log
	s.step("a", Say{"new"}, `shown mine a#ops1 "new"`, `publish a#ops1 "new"`)
	if s.get("a#ops1").Log == first {
		t.Error("a number was given twice in one log")
	}
}

func TestJoinedTellsTheOthers(t *testing.T) {
	s := newScript(t, "a")
	s.enter("a", "anna", "bob")
	others := func(u User, in Instruction) []UserInfo {
		t.Helper()
		for _, e := range s.give("a", asks{u, "", in}) {
			if n, ok := e.(Notify); ok {
				if joined, ok := n.Notification.(Joined); ok {
					return joined.Who
				}
			}
		}
		t.Fatalf("%v has not joined", u)
		return nil
	}
	anna := UserInfo{Peer: Peer{ID: "a", Guest: "anna"}}
	for _, c := range []struct {
		u    User
		in   Instruction
		want []UserInfo
	}{
		{1, Join{Channel: "#ops"}, []UserInfo{}},
		{2, Join{Channel: "#ops"}, []UserInfo{anna}},
		{1, OpenLobby{}, []UserInfo{{Peer: Peer{ID: "a"}}}},
		{2, OpenLobby{}, []UserInfo{{Peer: Peer{ID: "a"}}, anna}},
	} {
		if got := others(c.u, c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("guest %d with %+v: %+v, want %+v", c.u, c.in, got, c.want)
		}
	}
}

func TestPartWaitsForWhatWasSaid(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Join{Channel: "#ops"})
	s.step("a", Say{"one"}, `shown mine a#ops1 "one"`, `publish a#ops1 "one"`)
	s.step("a", Say{"two"}, `shown mine a#ops2 "two"`)
	s.step("a", Part{}, "parted #ops")
	s.sealed["x"] = in("#ops", s.forge("b", 1, 1, "too late"))
	s.step("a", s.gossip("b", "x")) // nobody is there to see it
	s.step("a", Published{Conversation: "#ops", Last: 1, Peers: 1}, "sent a#ops1 to 1", `publish a#ops2 "two"`)
	s.step("a", Published{Conversation: "#ops", Last: 2, Peers: 1}, "sent a#ops2 to 1", "unsubscribe #ops")
}

func TestRejoiningWhileLeaving(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Join{Channel: "#ops"})
	s.give("a", Say{"one"})
	s.give("a", Part{})
	s.step("a", Join{Channel: "#ops"}, "joined #ops as 2")
	s.step("a", Published{Conversation: "#ops", Last: 1, Peers: 1}, "sent a#ops1 to 1")
	s.step("a", Say{"two"}, `shown mine a#ops2 "two"`, `publish a#ops2 "two"`)
}

// TestOwnWordsAfterRejoining brings back what a node said before it left: its
// name then is not its name now, and nobody else is running as it.
func TestOwnWordsAfterRejoining(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", Rename{"ann"})
	s.give("a", Join{Channel: "#ops"})
	s.at(5 * time.Second)
	s.give("a", Say{"before"})
	before := s.get("a#ops1")
	s.give("a", Published{Conversation: "#ops", Last: 1, Peers: 1})
	s.give("a", Part{})
	s.give("a", Rename{"ada"})
	s.give("a", Join{Channel: "#ops"})
	s.step("a", EnvelopeReceived{From: "b", Envelope: before}, `shown mine a#ops1 "before"`)
	if s.cores["a"].me.Name != "ada" {
		t.Errorf("the name is %q again", s.cores["a"].me.Name)
	}
}

// TestGuestWhoHasGoneIsToldNothing lets a line be published when its author is out.
func TestGuestWhoHasGoneIsToldNothing(t *testing.T) {
	s := newScript(t, "a")
	s.enter("a", "bob")
	s.give("a", Join{Channel: "#ops"})
	s.give("a", asks{1, "", Join{Channel: "#ops"}})
	s.give("a", asks{1, "x", Say{"bye"}})
	s.step("a", asks{1, "", Exit{}}, "left #ops: bob@peer a", "guest 1: ended, 0 undelivered")
	s.step("a", Published{Conversation: "#ops", Last: 1, Peers: 1})
}

func TestChannelNamesThatCannotBe(t *testing.T) {
	s := newScript(t)
	s.join("a", func(c *Config) {
		c.CleanChannel = func(typed string) (Conversation, string) {
			if strings.Contains(typed, " ") {
				return "", "a channel's name has no spaces"
			}
			return Conversation(strings.ToLower(typed)), ""
		}
	})
	s.step("a", Join{Channel: "#a b"}, "refused bad-name: a channel's name has no spaces")
	s.step("a", Part{Channel: "#a b"}, "refused bad-name: a channel's name has no spaces")
	s.step("a", Join{Channel: "#OPS"}, "subscribe #ops", "joined #ops as 1")
	s.step("a", Join{Channel: "#ops"}, "in #ops")
	s.step("a", Join{Channel: "lobby"}, "in lobby")
	s.step("a", Join{Channel: "#dev", Name: " "}, "refused bad-name: \" \" cannot be a name…")
}

func TestGuestsShareTheRoomsOfTheirNode(t *testing.T) {
	s := newScript(t, "a")
	s.enter("a", "anna", "bob")
	s.step("a", asks{1, "", Join{Channel: "#ops"}}, "subscribe #ops", "guest 1: joined #ops as 1")
	s.step("a", asks{2, "", Join{Channel: "#ops"}}, "guest 1: came to #ops: bob@peer a", "guest 2: joined #ops as 1")
	s.step("a", asks{1, "", Say{"hi"}}, `guest 1: shown mine a#ops1 of anna "hi"`, `guest 2: shown a#ops1 of anna "hi"`, `publish a#ops1 "hi"`)
	s.give("a", Published{Conversation: "#ops", Last: 1})
	s.sealed["x"] = in("#ops", s.forge("b", 1, 1, "all of you"))
	s.step("a", s.gossip("b", "x"), "users [1 2]: came to #ops: peer b", `users [1 2]: shown b#ops1 "all of you"`, "sync with b: has a1-1 b1-1") // and the owner is not there
	s.step("a", asks{2, "", Part{}}, "guest 1: left #ops: bob@peer a", "guest 2: parted #ops")
	s.step("a", asks{1, "", Exit{}}, "unsubscribe #ops", "guest 1: ended, 0 undelivered")
}

func TestMayJoin(t *testing.T) {
	s := newScript(t, "a")
	line := MayJoin{Channel: "the", Name: "party", Line: "join the party"}
	s.step("a", line, `shown mine a1 "join the party"`, `publish a1 "join the party"`)
	s.enter("a", "bob")
	s.step("a", asks{1, "", line}, "guest 1: you are party@peer a", "subscribe #the", "guest 1: joined #the as 1")
	s.step("a", asks{1, "", line}, `guest 1: shown mine a#the1 of party "join the party"`, `publish a#the1 "join the party"`)
}

func TestManyChannelsAreSyncedInTurn(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	for i := range 40 {
		s.give("a", Join{Channel: "#c" + string(rune('A'+i))})
	}
	c := s.cores["a"]
	for _, r := range c.channels {
		c.wantSync("b", r)
	}
	seen := 0
	for range 4 {
		for _, e := range s.give("a", SyncDone{With: "b"}) {
			if e, ok := e.(Sync); ok {
				if len(e.Deltas) > syncRooms {
					t.Errorf("a sync of %d conversations", len(e.Deltas))
				}
				seen += len(e.Deltas)
			}
		}
	}
	if seen < 40-1 { // the first went out when it was wanted
		t.Errorf("%d channels were synced", seen)
	}
}

func TestSyncOfAChannel(t *testing.T) {
	s := newScript(t, "a", "b")
	s.play("a", Join{Channel: "#ops"})
	s.play("a", Say{"before you came"})
	s.link("a", "b")
	s.play("b", Join{Channel: "#ops"})
	s.forget()
	s.collect("b", func() []Effect { c := s.cores["b"]; c.begin(s.now); c.wantSync("a", c.rooms["#ops"]); return c.end() }())
	s.settle()
	s.saw("b", "came to #ops: peer a", `shown a#ops1 "before you came"`)
}

// in makes a forged envelope one of a channel.
func in(channel Conversation, e *Envelope) *Envelope {
	return edit(e, func(e *Envelope) { e.Conversation = channel })
}
