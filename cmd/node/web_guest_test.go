package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestWebGuestsRights goes through all instructions that there are: to a guest none of
// them tells or does anything of the owner's.
func TestWebGuestsRights(t *testing.T) {
	bert := named(t, "bert", 2471, 2470)
	anna := named(t, "anna", 2470, 2471, "--web", "127.0.0.1:0")
	addr, secret := anna.page()
	bert.knows("anna")
	owner := surfs(t, addr, enterWith(secret))
	owner.told(`"type":"ready"`)

	const private = "swordfish"
	owner.asks(`{"do":"join","channel":"#treasury"}`, `{"do":"say","conversation":"#treasury","text":"the safe: `+private+`"}`,
		`{"do":"dm","to":2471,"text":"for you alone: `+private+`","ref":"d"}`,
		`{"do":"dm","to":2999,"text":"waits for one who is not there: `+private+`"}`,
		`{"do":"fork","to":2471}`)
	dm := owner.told(`"type":"message".*for you alone`)["id"].(string)
	said := owner.told(`"type":"message".*the safe`)["id"].(string)
	session := owner.told(`"type":"session".*"opened"`)["n"]
	owner.asks(fmt.Sprintf(`{"do":"say","conversation":"session:%v","text":"between us: %s"}`, session, private))
	owner.told(`"type":"message".*between us`)
	bert.sees("between us")

	guest := surfs(t, addr, `{"do":"enter","name":"eve"}`)
	guest.told(`"type":"entered"`)
	for i, c := range []struct{ in, told string }{
		{`"do":"broadcast","text":"x"`, `"error"`},
		{`"do":"say","conversation":"lobby","text":"x"`, `"error"`},
		{`"do":"say","conversation":"#treasury","text":"x"`, `"error"`},
		{fmt.Sprintf(`"do":"say","conversation":"session:%v","text":"x"`, session), `"error"`},
		{`"do":"act","text":"x"`, `"error"`},
		{`"do":"hello"`, `"no-place"`},
		{`"do":"ls"`, `"peers"`},
		{`"do":"sessions"`, `"sessions":\[\]`},
		{`"do":"users","conversation":"#treasury"`, `"no-place"`},
		{fmt.Sprintf(`"do":"users","conversation":"session:%v"`, session), `"no-place"`},
		{fmt.Sprintf(`"do":"switch","n":"%v"`, session), `"error"`},
		{`"do":"switch","n":"#treasury"`, `"error"`},
		{`"do":"leave"`, `"error"`},
		{`"do":"part","channel":"#treasury"`, `"error"`},
		{`"do":"connect","addr":"127.0.0.1 1"`, `"not-allowed"`},
		{`"do":"disconnect","to":2471`, `"not-allowed"`},
		{`"do":"retry"`, `"not-allowed"`},
		{`"do":"status"`, `"status"`},
		{`"do":"topology"`, `"topology"`},
		{`"do":"whois","to":2471`, `"whois"`},
		{`"do":"whois","to":2470`, `"whois"`},
		{`"do":"history","conversation":"dm","to":2471`, `"items":\[\]`},
		{`"do":"history","conversation":"dm","to":2999`, `"unknown-peer"`},
		{`"do":"history","conversation":"#treasury"`, `"error"`},
		{`"do":"history","conversation":"lobby"`, `"error"`},
		{fmt.Sprintf(`"do":"history","conversation":"session:%v"`, session), `"error"`},
		{`"do":"history"`, `"error"`},
		{fmt.Sprintf(`"do":"history","conversation":"dm","to":2471,"before":%q`, dm), `"items":\[\]`},
		{fmt.Sprintf(`"do":"history","conversation":"dm","to":2471,"after":%q`, said), `"no-place"`},
		{`"do":"search","words":"` + private[:4] + `"`, `"no-place"`},
		{`"do":"search","words":"` + private[:4] + `","conversation":"#treasury"`, `"no-place"`},
		{fmt.Sprintf(`"do":"who-got","id":%q`, dm), `"error"`},
		{fmt.Sprintf(`"do":"who-got","id":%q`, said), `"error"`},
		{`"do":"who-got"`, `"error"`},
		{`"do":"retry","to":2999`, `"unknown-peer"`},
		{`"do":"ignore","to":2471`, `"notice"`},
		{`"do":"unignore","to":2471`, `"notice"`},
		{`"do":"away","text":"x"`, `"notice"`},
		{`"do":"back"`, `"notice"`},
		{`"do":"nick","name":"anna"`, `"guest":"anna"`},
		{`"do":"open","to":2471`, `"switched"`},
		{`"do":"blank"`, `"notice"`},
		{`"do":"lobby"`, `"joined"`},
		{`"do":"may-join","channel":"#treasury","line":"x"`, `"conversation":"lobby"`},
		{`"do":"hold","line":"x"`, `"held"`},
		{`"do":"doubt","line":"x","to":"bert"`, `"held"`},
		{`"do":"detach"`, `you are in already`},
		{`"do":"exit"`, `you are in already`},
		{`"do":"enter","token":"` + secret + `"`, `you are in already`},
		{`"do":"enter","name":"anna"`, `you are in already`},
	} {
		guest.asks(fmt.Sprintf(`{%s,"ref":"r%d"}`, c.in, i))
		answer := guest.out.wait(t, "the page", fmt.Sprintf(`"ref":"r%d"`, i))
		if !regexp.MustCompile(c.told).MatchString(answer) {
			t.Errorf("to {%s} a guest is told %s, want %s", c.in, answer, c.told)
		}
	}
	if strings.Contains(guest.out.text(), private) {
		t.Errorf("a guest has read %q", private)
	}
	owner.asks(`{"do":"sessions","ref":"end"}`)
	if there := owner.told(`"ref":"end"`)["sessions"].([]any); len(there) != 3 {
		t.Errorf("the owner is in %v, want the lobby, #treasury and his session", there)
	}
}
