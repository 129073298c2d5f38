package chat

import (
	"testing"
)

// holdersOf asks a core who has a message and returns the answer.
func holdersOf(t *testing.T, s *script, who string, in Instruction) Notification {
	t.Helper()
	for _, e := range s.give(who, in) {
		if n, ok := e.(Notify); ok {
			return n.Notification
		}
	}
	t.Fatalf("%v is not answered", in)
	return nil
}

func TestWhoGot(t *testing.T) {
	s := newScript(t, "a", "b", "c")
	s.play("a", Say{"alone"})
	if h := holdersOf(t, s, "a", WhoGot{}).(Holders); h.State != Sent || h.Text != "alone" || len(h.Who) > 0 {
		t.Errorf("nobody is there: %+v", h)
	}
	s.link("a", "b")
	s.link("a", "c")
	s.pass(syncEvery * 2)
	if h := holdersOf(t, s, "a", WhoGot{"1"}).(Holders); h.State != Delivered || len(h.Who) != 2 || h.Of != 2 {
		t.Errorf("two have it: %+v", h)
	}
	if n, ok := holdersOf(t, s, "a", WhoGot{"2"}).(Failed); !ok || n.Code != NoPlace {
		t.Errorf("of one message the second is %+v", n)
	}
	for _, which := range []string{"0", "-1", "x", "a/0100000000000000/lobby/0", "b/0100000000000000/lobby/1"} {
		if n, ok := holdersOf(t, s, "a", WhoGot{which}).(Failed); !ok {
			t.Errorf("%q: %+v", which, n)
		}
	}
	// A guest's messages are his, the owner's are not.
	s.enter("a", "alice")
	s.play("a", asks{1, "", OpenLobby{}})
	for _, e := range s.give("a", asks{1, "", WhoGot{}}) {
		if n, ok := e.(Notify); ok {
			if _, ok := n.Notification.(Failed); !ok {
				t.Errorf("alice, who has said nothing, is told %+v", n)
			}
		}
	}
}

func TestWhoGotADirectMessage(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", SendDirect{To: "b", Text: "1"})
	id := MessageID{DirectWith("a", "b"), Ref{key("a", 1), 1}}.String()
	state := func(want State) {
		t.Helper()
		if h, ok := holdersOf(t, s, "a", WhoGot{id}).(Holders); !ok || h.State != want || (want == Delivered) != (len(h.Who) == 1) {
			t.Errorf("it is %+v, want %v", h, want)
		}
	}
	state(Queued)
	s.give("a", SendDone{To: "b", Last: 1, Verdict: Refused})
	state(SendFailed)
	s.give("a", SendDirect{To: "b", Text: "2"})
	id = MessageID{DirectWith("a", "b"), Ref{key("a", 1), 2}}.String()
	s.give("a", SendDone{To: "b", Last: 2, Verdict: Stored})
	state(Delivered)
	if n, ok := holdersOf(t, s, "a", WhoGot{MessageID{DirectWith("a", "b"), Ref{key("a", 1), 3}}.String()}).(Failed); !ok {
		t.Errorf("one that was never sent: %+v", n)
	}
}

// TestWhoGotOfAnother: an id can be guessed, and leads a guest to nothing of the owner's.
func TestWhoGotOfAnother(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.play("a", Say{"the owner's"})
	s.give("a", SendDirect{To: "b", Text: "the owner's"})
	s.enter("a", "alice")
	s.play("a", asks{1, "", OpenLobby{}})
	s.give("a", asks{1, "", Say{"alice's"}})
	said := func(seq uint64) string { return MessageID{Lobby, Ref{key("a", 1), seq}}.String() }
	for which, answered := range map[string]bool{
		said(1): false,
		said(2): true,
		MessageID{DirectWith("a", "b"), Ref{key("a", 1), 1}}.String(): false,
	} {
		if n := holdersOf(t, s, "a", asks{1, "", WhoGot{which}}); answered != isHolders(n) {
			t.Errorf("alice asks for %s and is told %+v", which, n)
		}
		if n := holdersOf(t, s, "a", WhoGot{which}); !isHolders(n) {
			t.Errorf("the owner asks for %s and is told %+v", which, n)
		}
	}
}

func isHolders(n Notification) bool {
	_, ok := n.(Holders)
	return ok
}
