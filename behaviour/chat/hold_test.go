package chat

import "testing"

func TestHold(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", Hold{"dm 9", "there is no text"}, `held "dm 9": there is no text`)
	s.enter("a", "bob")
	s.step("a", asks{1, "r", Hold{"dm", "whom"}}, `guest 1: held "dm": whom (r)`)
}

func TestDoubt(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "12D3KooWanna", "12D3KooWbob")
	const why = ": it looks like a direct message to "
	for _, c := range []struct{ name, line, to, want string }{
		{"names a peer", "dn 12D3KooWanna secret", "12D3KooWanna", `held "dn 12D3KooWanna secret"` + why + "12D3KooWanna, and would go to everybody"},
		{"names two", "dn 12D3KooW secret", "12D3KooW", `held "dn 12D3KooW secret"` + why + "12D3KooW, and would go to everybody"},
		{"names oneself", "dn a secret", "a", `held "dn a secret"` + why + "a, and would go to everybody"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.t = t
			s.step("a", Doubt{c.line, c.to}, c.want)
		})
	}
	s.t = t
	s.step("a", Doubt{"do we meet", "we"}, `shown mine a1 "do we meet"`, `publish a1 "do we meet"`)
}

func TestDoubtAboutANumberThatNobodyMet(t *testing.T) {
	s := newScript(t)
	s.join("a", numbered)
	s.step("a", Doubt{"in 2 minutes", "2"}, `shown mine a1 "in 2 minutes"`, `publish a1 "in 2 minutes"`)
	s.up("a", "n2")
	s.step("a", Doubt{"dn 2 secret", "2"}, `held "dn 2 secret": …`)
}
