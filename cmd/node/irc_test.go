package main

import (
	"fmt"
	"regexp"
	"testing"
)

// ircDoor waits until a node lets IRC clients in, and returns where and the owner's
// password.
func (p *process) ircDoor() (addr, password string) {
	p.t.Helper()
	m := regexp.MustCompile(`on (\S+) \(with the password (\S+) `).FindStringSubmatch(p.sees(`^\* irc on `))
	if m == nil {
		p.t.Fatal("the door does not say where it is")
	}
	return m[1], m[2]
}

// registers makes a connection to an IRC door one of a client.
func registers(t *testing.T, nick, addr string, first ...string) *visitor {
	t.Helper()
	v := visits(t, nick, addr)
	v.types(append(first, "NICK "+nick, "USER "+nick+" 0 * :"+nick, "CAP END")...)
	v.sees(" 001 ")
	return v
}

// IRC clients of two nodes talk with each other, and with the people at the consoles,
// in channels, in the lobby and alone; the owner has his own name and his history.
func TestIRCOfTwoNodes(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0], "--irc", "0", "--name", "olga")
	two := named(t, "hub", n[1], n[0], "--irc", "0")
	one.knows("hub")
	at1, password := one.ircDoor()
	at2, _ := two.ircDoor()

	anna := registers(t, "anna", at1)
	bob := registers(t, "bob", at2)
	anna.types("JOIN #ops,#lobby")
	anna.sees(` 353 anna = #lobby :.*\bhub\b`)
	anna.sees(` 366 anna #lobby `)
	bob.types("JOIN #ops")
	anna.sees(`^:bob!\S+ JOIN #ops`)
	bob.types("PRIVMSG #ops :hello from the other node")
	anna.sees(`^:bob!\S+ PRIVMSG #ops :hello from the other node`)
	anna.types("PRIVMSG bob :\x01ACTION winks\x01", "PRIVMSG bob :first\xc3\xa9")
	bob.sees(`^:anna!\S+ PRIVMSG bob :\x01ACTION winks\x01`)
	bob.sees(`^:anna!\S+ PRIVMSG bob :firsté`)
	bob.types("AWAY :lunch")
	anna.types("CAP REQ away-notify")
	bob.types("AWAY", "AWAY :tea")
	anna.sees(`^:bob!\S+ AWAY :tea`)
	bob.types("NICK bert")
	anna.sees(`^:bob!\S+ NICK :?bert`)

	// the consoles
	two.types("hello, IRC")
	anna.sees(`^:hub!\S+ PRIVMSG #lobby :hello, IRC`)
	anna.types("PRIVMSG hub :a word with you", "PRIVMSG olga :and with you")
	two.sees(`^\[dm\] anna@olga: a word with you$`)
	one.sees(`^\[dm\] anna@olga: and with you$`)
	two.types("dm anna@olga of course")
	anna.sees(`^:hub!\S+ PRIVMSG anna :of course`)

	// a session is a query
	bert := bob
	anna.types("FORK bert")
	query := regexp.MustCompile(`session\d+/bert`).FindString(anna.sees(`^:session\d+/bert!\S+ NOTICE anna :this private session with bert is open`))
	bert.sees(`^:session\d+/anna!\S+ NOTICE bert :`)
	anna.types("PRIVMSG " + query + " :only you")
	bert.sees(`^:session\d+/anna!\S+ PRIVMSG bert :only you`)
	anna.types("PART " + query)
	bert.sees(`this private session is closed`)

	// the owner
	olga := registers(t, "olga", at1, "CAP REQ :draft/chathistory batch", "PASS "+password)
	olga.sees(` 366 olga #lobby `)
	olga.types("CHATHISTORY LATEST #lobby * 10")
	olga.sees(`^@batch=\S+ :hub!\S+ PRIVMSG #lobby :hello, IRC`)
	olga.types("PRIVMSG #lobby :from my other screen")
	two.sees(`^\[lobby\] olga: from my other screen$`)

	// the end of one
	bert.types("QUIT :good night")
	bert.sees(`^ERROR :`)
	anna.sees(`^:bert!\S+ (PART #ops|QUIT)`)
	two.types(`\quit`)
	anna.sees(`^:hub!\S+ QUIT`)
	one.types(`\quit`)
	anna.sees(`^ERROR :Closing link: the node has stopped`)
	one.ends(exitOK)
}

// The flags of the door are judged before anybody is let in.
func TestIRCFlags(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 1)[0]
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--irc", "nowhere:x"}, exitUsage, `--irc is "nowhere:x"`},
		{[]string{"--irc", "0", "--irc-name", "two words"}, exitUsage, `--irc-name is "two words"`},
		{[]string{"--irc", "192.0.2.1:6667"}, exitListen, `the irc cannot listen on 192\.0\.2\.1:6667`},
	} {
		p := launch(t, append([]string{"--peer-no", fmt.Sprint(n)}, c.args...)...)
		p.complains(c.says)
		p.ends(c.code)
	}
}
