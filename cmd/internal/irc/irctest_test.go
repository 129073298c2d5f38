package irc

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

// The conformance suite of the field is irctest (github.com/progval/irctest). The
// cases below hold the door to what it asks of a server, by its names of files and
// tests, besides what testdata, rude_test.go and machine_test.go hold.
//
// Deliberately not held, because
//   - nobody has power over others: mode (k, l, i, b, m, t, o and v that work), kick that
//     works, topic with +t, invite with +i, statusmsg, auditorium, oper that succeeds, kill;
//   - there is no registry of accounts: account_tag, account_registration, sasl with a
//     wrong password, SCRAM, extended_join and whois of who is logged in, confusables,
//     umodes/registeredonly, bouncer, channel_rename, relaymsg, roleplay, metadata, redact;
//   - Ergo alone has it: bot_mode, the user mode i in lusers and whois;
//   - an event is in no history here: chathistory of TOPIC (EventPlayback) and of TAGMSG;
//   - a channel has the name that the core gives it: "#Foo" is shown as "#foo".
//
// In a case "anna! cap cap" connects anna ("anna! -": without registering), "anna> line"
// sends a line, "anna= A B" says which commands and numerics have come since, all of
// them ("anna~": whatever it is), and "anna< text" that one of those lines contains text.
var irctest = []struct{ names, talk string }{
	{"connection_registration: EmptyCapList, cap: NakExactString, NakWhole, ReqUnavailable, NoReq", `
		foo! -
		foo> CAP LIST
		foo= CAP
		foo< CAP * LIST :
		foo> CAP REQ :foo qux bar baz qux quux
		foo= CAP
		foo< NAK :foo qux bar baz qux quux
		foo> CAP REQ :foo multi-prefix bar
		foo= CAP
		foo< NAK :foo multi-prefix bar
		foo> CAP REQ :multi-prefix
		foo= CAP
		foo< ACK :multi-prefix
		foo> USER foo foo foo :foo
		foo> NICK foo
		foo=
		foo> CAP END
		foo= 001 002 003 004 005 005 251 252 253 254 255 265 266 422`},
	{"cap: CapRemovalByClient", `
		bar! echo-message server-time
		foo!
		foo> PRIVMSG bar :hi
		foo=
		bar= PRIVMSG
		bar< @time=
		bar> CAP REQ :-server-time
		bar= CAP
		bar> CAP LIST
		bar= CAP
		bar< :tincan CAP bar LIST :echo-message`},
	{"connection_registration: EmptyRealname, EarlyNickCollision, regressions: NickReleaseUnregistered", `
		a! -
		a> NICK foo
		a> USER u * * :
		a= 461
		b! -
		b> NICK foo
		b> USER u s e r
		b= 001 002 003 004 005 005 251 252 253 254 255 265 266 422
		a> USER u s e r
		a= 433`},
	{"sasl: PlainLarge, PlainLargeEquals400, PlainNoAuthzid, MechanismNotAvailable", `
		a! -
		a> CAP REQ sasl
		a= CAP
		a> AUTHENTICATE FOO
		a= 908 904
		a> AUTHENTICATE PLAIN
		a> AUTHENTICATE AGppbGxlcwBzZXNhbWU=
		a= AUTHENTICATE 900 903
		a> AUTHENTICATE PLAIN
		a> AUTHENTICATE ` + base64Of("foo\x00foo\x00" + strings.Repeat("bar", 100))[:400] + `
		a= AUTHENTICATE
		a> AUTHENTICATE ` + base64Of("foo\x00foo\x00" + strings.Repeat("bar", 100))[400:] + `
		a= 900 903
		a> AUTHENTICATE PLAIN
		a> AUTHENTICATE ` + base64Of("foo\x00foo\x00"+strings.Repeat("bar", 97)) + `
		a> AUTHENTICATE +
		a= AUTHENTICATE 900 903`},
	{"messages: LineAtLimit, LineBeyondLimit", `
		bar!
		bar> PING ` + strings.Repeat("x", 505) + `
		bar= PONG
		bar< ` + strings.Repeat("x", 450) + `
		bar> PING ` + strings.Repeat("x", 506) + `
		bar= 417
		bar> JOIN #c
		bar= JOIN 353 366`},
	{"message_tags: LengthLimits, messages: Tags.LineTooLong", `
		alice! message-tags echo-message
		bob! message-tags
		alice> JOIN #test
		alice~
		bob> JOIN #test
		bob~
		alice~
		alice> @foo=bar;+baz=` + strings.Repeat("a", 4081) + ` TAGMSG #test
		alice= TAGMSG
		bob= TAGMSG
		bob< +baz=` + strings.Repeat("a", 4081) + `
		alice> @foo=bar;+baz=` + strings.Repeat("a", 4082) + ` TAGMSG #test
		alice= 417
		alice> @foo=bar;+baz=` + strings.Repeat("a", 4081) + " PRIVMSG #test " + strings.Repeat("b", 496) + `
		alice= PRIVMSG PRIVMSG
		bob= PRIVMSG PRIVMSG
		bob< +baz=` + strings.Repeat("a", 4081) + `
		alice> @foo=bar;+baz=` + strings.Repeat("a", 4082) + " PRIVMSG #test " + strings.Repeat("b", 495) + `
		alice= 417
		bob=`},
	{"labeled_responses: TagMsg and Notice to self, BatchedJoin, EmptyBatchForNoResponse, UnknownCommand", `
		foo! echo-message batch labeled-response message-tags
		foo> @label=1;+draft/react=l😃l TAGMSG foo
		foo= TAGMSG TAGMSG
		foo< label=1
		foo> @label=2 NOTICE foo :hi
		foo= NOTICE NOTICE
		foo> @label=3 JOIN #xyz
		foo= BATCH JOIN 353 366 BATCH
		foo> @label=4 PONG x
		foo= ACK
		foo> @label=5 NONEXISTENT_COMMAND
		foo= 421
		foo< label=5`},
	{"monitor: OneConnectionWithQuit, Unmonitor, NickChange, ForbidsMasks, Clear", `
		foo!
		foo> MONITOR + bar
		foo= 731
		bar!
		foo= 730
		bar> QUIT :bye
		bar= ERROR the
		foo= 731
		bar!
		foo= 730
		bar> NICK BAR
		bar= NICK
		foo=
		bar> NICK bazbat
		bar= NICK
		foo= 731
		foo< 731 foo :BAR
		foo> MONITOR + *!username@localhost
		foo=
		foo> MONITOR - bar
		foo=
		bar> NICK bar
		bar= NICK
		foo=
		foo> MONITOR + x
		foo> MONITOR C
		foo> MONITOR L
		foo= 731 733`},
	{"extended monitor: Away, SetName, with and without the capability", `
		bar!
		foo! extended-monitor away-notify setname
		baz! extended-monitor
		foo> MONITOR + bar
		foo= 730
		baz> MONITOR + bar
		baz= 730
		bar> AWAY :afk
		bar> AWAY
		bar> SETNAME :new name
		bar= 306 305
		foo= AWAY AWAY SETNAME
		baz=`},
	{"away_notify: OnJoin, away: Privmsg, Whois, Userhost", `
		foo! away-notify
		bar!
		foo> JOIN #chan
		foo~
		bar> AWAY :I'm not here right now
		bar> JOIN #chan
		bar= 306 JOIN 353 366
		foo= JOIN AWAY
		foo> PRIVMSG bar :what's up
		foo= 301
		foo< 301 foo bar :I'm not here right now
		foo> USERHOST bar
		foo= 302
		foo< :bar=-
		foo> WHOIS bar
		foo= 311 319 312 301 317 318`},
	{"regressions: FailedNickChange, CaseChanges, StarNick, NickRelease", `
		alice!
		bob!
		alice> JOIN #test
		alice~
		bob> JOIN #test
		bob~
		alice~
		bob> NICK alice
		bob= 433
		alice> PRIVMSG bob hi
		alice=
		bob= PRIVMSG
		alice> NICK Alice
		alice= NICK
		bob= NICK
		alice> NICK Alice
		alice=
		bob=
		alice> NICK malice
		alice= NICK
		c! -
		c> NICK *
		c= 432
		c> NICK alice
		c> USER u s e r
		c= 001 002 003 004 005 005 251 252 253 254 255 265 266 422`},
	{"lusers: Full, Unregistered", `
		bar!
		qux! -
		qux> NICK qux
		qux=
		bar> LUSERS
		bar= 251 252 253 254 255 265 266
		bar< 253 bar 1 :
		bar< 265 bar 1 1 :
		qux> USER u s e r
		qux= 001 002 003 004 005 005 251 252 253 254 255 265 266 422
		qux> QUIT
		qux= ERROR the
		bar> LUSERS
		bar= 251 252 253 254 255 265 266
		bar< 253 bar 0 :
		bar< 265 bar 1 2 :`},
	{"whowas: Numerics, Multiple, Count1, CountNegative, NoSuchNick", `
		nick1!
		nick1> WHOWAS nick2
		nick1= 406 369
		a! -
		a> NICK nick2
		a> USER ident2 0 * :Realname
		a= 001 002 003 004 005 005 251 252 253 254 255 265 266 422
		a> QUIT :bye
		a= ERROR the
		b! -
		b> NICK nick2
		b> USER ident3 0 * :Realname
		b= 001 002 003 004 005 005 251 252 253 254 255 265 266 422
		b> NICK other
		b= NICK
		nick1> WHOWAS NICK2
		nick1= 314 314 369
		nick1> WHOWAS nick2 1
		nick1= 314 369
		nick1< 314 nick1 nick2 ~ident3
		nick1> WHOWAS nick2 -1
		nick1= 314 314 369`},
	{"help: NoArg, Privmsg, UnknownSubject, time, wallops: Privileges, oper: Failure, NoPassword, info: NoSuchServer", `
		nick!
		nick> HELP
		nick= 704 705 705 706
		nick> HELPOP privmsg
		nick= 704 706
		nick> HELP THISISNOTACOMMAND
		nick= 524
		nick> TIME
		nick> WALLOPS :hi everyone
		nick> OPER a b
		nick> OPER a
		nick> INFO invalidserver
		nick= 391 481 491 461 402`},
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestIrctest(t *testing.T) {
	for i, c := range slices.Concat(irctest, irctestRooms) {
		t.Run(c.names, func(t *testing.T) {
			h := open(t, 1500+i)
			clients := make(map[string]*client)
			told := make(map[string][]string)
			for _, l := range strings.Split(c.talk, "\n") {
				if l = strings.TrimLeft(l, "\t"); l == "" {
					continue
				}
				who, rest, _ := strings.Cut(l, " ")
				name, sign := who[:len(who)-1], who[len(who)-1]
				switch {
				case sign == '!' && rest == "-":
					clients[name] = h.dial(t)
				case sign == '!':
					clients[name] = h.come(t, name, strings.Fields(rest)...)
				case sign == '>':
					clients[name].send(unescape(rest))
				case sign == '~':
					clients[name].sync()
				case sign == '=':
					told[name] = clients[name].sync()
					if got := strings.Join(commandsOf(told[name]), " "); got != rest {
						t.Errorf("%.80s: got %s\n%.300q", l, got, told[name])
					}
				case sign == '<':
					if !strings.Contains(strings.Join(told[name], "\n"), rest) {
						t.Errorf("%.80s: got %.300q", l, told[name])
					}
				}
			}
		})
	}
}

// commandsOf are the commands and numerics of lines.
func commandsOf(lines []string) (all []string) {
	for _, l := range lines {
		for l != "" && (l[0] == '@' || l[0] == ':') {
			_, l, _ = strings.Cut(l, " ")
		}
		cmd, _, _ := strings.Cut(l, " ")
		all = append(all, cmd)
	}
	return all
}
