package irc

import (
	"strings"
	"testing"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Anna", "anna"}, {"#OPS", "#ops"}, {"[]{}", "[]{}"}, {"ÄÖ", "ÄÖ"}, {"", ""},
	} {
		if got := fold(c.in); got != c.want {
			t.Errorf("fold(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// TestNickable: what is asked for as a nick is one or not, and what somebody is called
// elsewhere always becomes one.
func TestNickable(t *testing.T) {
	for _, c := range []struct {
		name  string
		valid bool
		nick  string
	}{
		{"anna", true, "anna"},
		{"Zoë", true, "Zoë"},
		{"a-b_c[d]{e}^|", true, "a-b_c[d]{e}^|"},
		{"", false, "_"},
		{"9lives", false, "_9lives"},
		{"-a", false, "_-a"},
		{"*", false, "_"},
		{"a b", false, "a_b"},
		{"a!b@c", false, "a_b_c"},
		{"#a", false, "_a"},
		{"a\x00\r\n", false, "a___"},
		{"a\xff", false, "a_"},
		{"a\u00a0b", false, "a_b"},
		{strings.Repeat("é", nickLength), true, strings.Repeat("é", nickLength)},
		{strings.Repeat("é", nickLength+1), false, strings.Repeat("é", nickLength+1)},
	} {
		if got := validNick(c.name); got != c.valid {
			t.Errorf("validNick(%q) = %v", c.name, got)
		}
		if got := nickable(c.name); got != c.nick {
			t.Errorf("nickable(%q) = %q, want %q", c.name, got, c.nick)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"abc", 3, "abc"}, {"abc", 2, "ab"}, {"aé", 2, "a"}, {"aé", 3, "aé"}, {"🦊", 3, ""}, {"", 0, ""},
	} {
		if got := cut(c.in, c.n); got != c.want {
			t.Errorf("cut(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		mask, s string
		want    bool
	}{
		{"*", "", true}, {"", "", true}, {"", "a", false}, {"?", "", false}, {"?", "é", true},
		{"an*", "ANNA", true}, {"*na", "anna", true}, {"*n*n*", "anna", true}, {"a?a", "anna", false},
		{"*ab*ab", "abab", true}, {"a*b", "acbc", false}, {"#ch*", "#chan", true},
		{strings.Repeat("*a", 500) + "b", strings.Repeat("a", 2000), false},
	} {
		if got := matches(c.mask, c.s); got != c.want {
			t.Errorf("matches(%.20q, %.20q) = %v", c.mask, c.s, got)
		}
	}
}

// TestRequestCaps: a request is granted whole or not at all, and said again as it was.
func TestRequestCaps(t *testing.T) {
	for _, c := range []struct {
		request, answer string
		had, has        capSet
	}{
		{"batch", "ACK", 0, capBatch},
		{"batch  echo-message ", "ACK", 0, capBatch | capEcho},
		{"-batch", "ACK", capBatch | capEcho, capEcho},
		{"-batch batch", "ACK", 0, capBatch},
		{"-echo-message", "ACK", 0, 0},
		{"batch nothing", "NAK", capEcho, capEcho},
		{"-nothing", "NAK", capEcho, capEcho},
		{"BATCH", "NAK", 0, 0},
		{"sasl=PLAIN", "NAK", 0, 0},
		{"", "ACK", capEcho, capEcho},
	} {
		m := &machine{session: newSession(paperDoor(), new(poster)), t: t}
		m.caps = c.had
		m.types("CAP REQ :" + c.request)
		want := " CAP * " + c.answer + " :" + c.request + "\r\n"
		if m.caps != c.has || !strings.HasSuffix(string(m.out), want) {
			t.Errorf("%q: has %b, want %b, said %q", c.request, m.caps, c.has, m.out)
		}
	}
}
