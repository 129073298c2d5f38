package chat

import (
	"testing"
	"time"
)

func TestDirectWithIsTheSameAtBothEnds(t *testing.T) {
	c := DirectWith("b", "a")
	if c != DirectWith("a", "b") || c != "dm/a/b" {
		t.Errorf("%q and %q", c, DirectWith("a", "b"))
	}
}

func TestParties(t *testing.T) {
	for _, c := range []struct {
		in   Conversation
		a, b PeerID
		ok   bool
		kind string
	}{
		{"dm/a/b", "a", "b", true, "dm"},
		{"dm/12D3KooWa/12D3KooWb", "12D3KooWa", "12D3KooWb", true, "dm"},
		{"dm/b/a", "b", "a", false, "dm"},
		{"dm/a/a", "a", "a", false, "dm"},
		{"dm//a", "", "a", false, "dm"},
		{"dm/a/", "a", "", false, "dm"},
		{"dm/a", "a", "", false, "dm"},
		{"dm/", "", "", false, "dm"},
		{"dm/a/b/c", "a", "b/c", false, "dm"},
		{"dm", "", "", false, "dm"},
		{Lobby, "", "", false, "lobby"},
		{"#ops", "", "", false, "#ops"},
		{"", "", "", false, ""},
	} {
		a, b, ok := c.in.Parties()
		if a != c.a || b != c.b || ok != c.ok {
			t.Errorf("%q: %q, %q, %v", c.in, a, b, ok)
		}
		if got := c.in.Kind(); got != c.kind {
			t.Errorf("%q is of kind %q, want %q", c.in, got, c.kind)
		}
		if ok && DirectWith(b, a) != c.in {
			t.Errorf("%q becomes %q", c.in, DirectWith(b, a))
		}
	}
}

func TestMessageIDAsText(t *testing.T) {
	id := MessageID{DirectWith("b", "a"), Ref{LogKey{"a", LogID{0xab, 7: 1}}, 18446744073709551615}}
	if got, want := id.String(), "a/ab00000000000001/dm/a/b/18446744073709551615"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestStampAt(t *testing.T) {
	for _, at := range []time.Time{noon, noon.Add(time.Millisecond), time.UnixMilli(0)} {
		if got := StampAt(at).Time(); !got.Equal(at) {
			t.Errorf("%v became %v", at, got)
		}
	}
	if StampAt(noon) >= StampAt(noon.Add(time.Millisecond)) {
		t.Error("a later time has no greater stamp")
	}
	if got := StampAt(time.Time{}); got != 0 {
		t.Errorf("before 1970 the stamp is %d, want 0", got)
	}
}

func TestLabel(t *testing.T) {
	for _, c := range []struct {
		peer Peer
		want string
	}{
		{Peer{ID: "12D3KooWabcdefgh", No: 2, Name: "anna"}, "anna"},
		{Peer{ID: "12D3KooWabcdefgh", No: 2}, "peer 2"},
		{Peer{ID: "12D3KooWabcdefgh"}, "peer …abcdefgh"},
		{Peer{ID: "short"}, "peer short"},
	} {
		if got := c.peer.Label(); got != c.want {
			t.Errorf("%+v is shown as %q, want %q", c.peer, got, c.want)
		}
	}
}
