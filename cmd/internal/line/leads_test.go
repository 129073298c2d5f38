package line

import "testing"

// TestWhereLinesLead states of lines which of them lead to another conversation,
// and which mean the one where the user is.
func TestWhereLinesLead(t *testing.T) {
	for _, c := range []struct {
		lines             []string
		opens, needsPlace bool
	}{
		{[]string{"/dm anna", "/query 3", `\lobby`, `\fork anna`, "/join #ops", "join #ops anna", `\sw 1`}, true, false},
		{[]string{"hi", "//hi", "/me waves", `\leave`, "/part", "join ops anna", "dn anna secret"}, false, true},
		{[]string{"", "dm anna hi", "/dm anna hi", "/part #ops", `\sw`, `\ss`, `\users`, "ls", "connect 127.0.0.1 4006",
			"/nick anna", "/away", "/back", "/whoami", "/ignore anna", "dm", `\quit`}, false, false},
	} {
		for _, l := range c.lines {
			in := Parse(l).Do
			if Opens(in) != c.opens || NeedsPlace(in) != c.needsPlace {
				t.Errorf("%q is %T: it opens a conversation: %v, it needs one: %v; want %v and %v", l, in, Opens(in), NeedsPlace(in), c.opens, c.needsPlace)
			}
		}
	}
}
