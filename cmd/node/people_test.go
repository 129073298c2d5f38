package main

import (
	"fmt"
	"regexp"
	"testing"
)

// Two of a name are told apart by what nobody can claim.
func TestTwoOfAName(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 3)
	one := start(t, n[0])
	anna, other := named(t, "anna", n[1], n[0]), named(t, "anna", n[2], n[0])
	tag := func(no int) string {
		t.Helper()
		one.sees(fmt.Sprintf(`^\* (peer %d|anna#\w{4}) is called anna(#\w{4})? now$`, no))
		id := demoID(t, no).String()
		return "anna#" + id[len(id)-4:]
	}
	first, second := tag(n[1]), tag(n[2])
	one.types("/names")
	one.sees(`^\*   ` + first + `$`)
	one.sees(`^\*   ` + second + `$`)
	one.types("dm anna hi", "dm "+first+" only you", fmt.Sprintf("dm anna#%d only the other", n[2]))
	held := one.complains(`^held: dm anna hi – "anna" may be any of `)
	for _, want := range []string{first, second} {
		if !regexp.MustCompile(want).MatchString(held) {
			t.Errorf("%s is not told in %q", want, held)
		}
	}
	anna.sees(`^\[dm\] peer \d+: only you$`)
	other.sees(`^\[dm\] peer \d+: only the other$`)
	one.sees(`^\[dm\] to ` + second + `: only the other — delivered$`)
	anna.types("which am I?")
	one.sees(`^\[lobby\] ` + first + `: which am I\?$`)

	anna.types("/nick zoe")
	anna.sees(`^\* you are called zoe now$`)
	one.sees(`^\* ` + first + ` is called zoe now$`)
	other.types("I am the only one")
	one.sees(`^\[lobby\] anna: I am the only one$`)
}

// What one does about oneself, as another one sees it.
func TestPeople(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 3)
	one := start(t, n[0])
	zoe, bob := named(t, "zoe", n[1], n[0]), named(t, "bob", n[2], n[0])
	one.knows("zoe", "bob")
	zoe.knows("bob")

	zoe.types("/away lunch", "/me is hungry")
	one.sees(`^\* zoe is away: lunch$`)
	one.sees(`^\[lobby\] \* zoe is hungry$`)
	one.types("/join #c", `\users`, "/names lobby", "/whois zoe")
	one.sees(`^\* 1 person in #c:$`)
	one.sees(`^\* 3 people in the lobby:$`)
	one.sees(`^\*   zoe \(away: lunch\)$`)
	one.sees(fmt.Sprintf(`^\* zoe \(peer %d\) %s$`, n[1], demoID(t, n[1])))
	one.sees(`^\*   here, direct, /ip4/127\.0\.0\.1/tcp/`)
	one.sees(`^\*   away: lunch$`)
	zoe.types("/back", "join #c zoe")
	one.sees(`^\* zoe is back$`)
	one.sees(`^\* zoe has joined #c$`)
	zoe.sees(fmt.Sprintf(`^\* (peer %[1]d has joined #c|you are in #c now.* peer %[1]d)$`, n[0]))
	zoe.types("/me waves", "/names #c")
	one.sees(`^\[#c\] \* zoe waves$`)
	zoe.sees(`^\* 2 people in #c:$`)
	zoe.types("/part")
	zoe.sees(`^\* you have left #c$`)
	one.sees(`^\* zoe has left #c$`)

	one.types("/ignore zoe")
	one.sees(`^\* you ignore zoe: `)
	zoe.types("do you hear me?", fmt.Sprintf("dm %d or now?", n[0]), fmt.Sprintf(`\fork %d`, n[0]))
	zoe.complains(fmt.Sprintf(`^\[dm\] to peer %d: or now\? — failed: `, n[0]))
	zoe.sees(fmt.Sprintf(`^\* session \d with peer %d has ended: peer %d takes no private session from you; `, n[0], n[0]))
	bob.sees(`^\[lobby\] zoe: do you hear me\?$`)
	bob.types("I do") // nobody shows this before he has what it follows
	one.sees(`^\[lobby\] bob: I do$`)
	one.types("/unignore zoe")
	one.sees(`^\* you hear zoe$`)
	zoe.types(`\lobby`, "and now?")
	one.sees(`^\[lobby\] zoe: and now\?$`)
	if c := one.out.count("do you hear me|or now|opened private session"); c != 0 {
		t.Errorf("%d lines are shown of one who is ignored", c)
	}
}
