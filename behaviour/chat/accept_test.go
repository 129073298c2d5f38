package chat

import (
	"strings"
	"testing"
)

func TestTextsThatCannotBeSent(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"one byte too long", strings.Repeat("x", MaxText+1), "refused bad-text: the text has 65537 bytes and a message takes 65536 at most; nothing was sent"},
		{"not UTF-8", "caf\xe9", "refused bad-text: the text is not valid UTF-8; nothing was sent"},
		{"nothing", "", "refused bad-text: there is nothing to send but white space"},
		{"only white space", " \t\u2003\n", "refused bad-text: there is nothing to send but white space"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t, "a")
			s.up("a", "b")
			s.step("a", Say{c.text}, c.want)
			s.step("a", Broadcast{c.text}, c.want)
			s.step("a", SendDirect{To: "b", Text: c.text}, c.want)
			s.step("a", OpenDirect{"b"}, "in dm with peer b")
			s.step("a", Say{c.text}, c.want)
			s.step("a", OpenLobby{}, "in lobby")
			s.step("a", Say{"and on"}, `shown mine a1 "and on"`, `publish a1 "and on"`)
		})
	}
}

func TestTextsThatAreSentAsTheyAre(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("x", MaxText),
		"  inner   spaces  ",
		"\x1b[2J\x1b]52;c;YQ==\x07", // front ends make it safe, not the core
		"nul \x00 and \u202e",
		"line\nline",
	} {
		s := newScript(t, "a")
		s.step("a", Say{text}, "shown mine a1 "+short(text), "publish a1 "+short(text))
		if got := s.get("a1").Messages[0].Body; got != text {
			t.Errorf("%s became %s", short(text), short(got))
		}
	}
}

func TestSayGoesWhereTheUserIs(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.enter("a", "bob")
	const guest = User(1)
	s.step("a", asks{guest, "", OpenLobby{}}, "came to lobby: bob@peer a", "guest 1: joined lobby as 0")
	s.step("a", OpenDirect{"b"}, "in dm with peer b")
	s.step("a", Say{"psst"}, `shown mine a>b1 "psst"`, `send to b a>b1 "psst"`)
	s.step("a", Broadcast{"all"}, `shown mine a1 "all"`, `guest 1: shown a1 "all"`, `publish a1 "all"`)
	s.step("a", asks{guest, "", Say{"me too"}}, `guest 1: shown mine a2 of bob "me too"`, `shown a2 of bob "me too"`) // a guest is elsewhere
	s.step("a", OpenLobby{}, "in lobby")
	s.step("a", Say{"back"}, `shown mine a3 "back"`, `guest 1: shown a3 "back"`)
}
