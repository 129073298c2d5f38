package line

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

const (
	id1 = "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5"
	id2 = "12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq"
	id3 = "12D3KooWRndVhVZPCiQwHBBBdg769GyrPUW13zxwqQyf9r3ANaba"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

var (
	peer1 = chat.Peer{ID: id1, No: 1}
	peer2 = chat.Peer{ID: id2, No: 2}
	peer3 = chat.Peer{ID: id3, No: 3}
	anna  = chat.Peer{ID: id1, Name: "anna"}
	anna2 = chat.Peer{ID: id3, Name: "anna", Tagged: true}
	bobby = chat.Peer{ID: id2, Name: "bobby"}
	alice = chat.Peer{ID: id1, No: 1, Guest: "alice"}

	inLobby = chat.MessageID{Conversation: chat.Lobby, Ref: chat.Ref{LogKey: chat.LogKey{Author: id1}, Seq: 1}}
	inOps   = chat.MessageID{Conversation: "#ops", Ref: chat.Ref{LogKey: chat.LogKey{Author: id1}, Seq: 1}}
	inPriv  = chat.MessageID{Conversation: chat.SessionID{1}.Conversation(), Ref: chat.Ref{LogKey: chat.LogKey{Author: id1}, Seq: 1}}
	inDM    = chat.MessageID{Conversation: chat.DirectWith(id1, id2), Ref: chat.Ref{LogKey: chat.LogKey{Author: id1}, Seq: 1}}
)

func TestFormat(t *testing.T) {
	said := func(text string) chat.Shown {
		return chat.Shown{ID: inLobby, From: peer1, Kind: chat.Text, Text: text}
	}
	for _, c := range []struct {
		name     string
		n        chat.Notification
		out, err string
	}{
		{"D-02 H-09 ready", chat.Ready{Me: peer2, Network: "demo", Addrs: []string{"/ip4/127.0.0.1/tcp/63002", "/ip4/127.0.0.1/udp/63002/quic-v1"}},
			"* ready: you are peer 2 [demo] 12D3KooWJWoa… on /ip4/127.0.0.1/tcp/63002\n", ""},
		{"ready with a name, elsewhere", chat.Ready{Me: chat.Peer{ID: id2, No: 2, Name: "anna"}, Network: "lab", Addrs: []string{"/ip4/127.0.0.1/udp/63002/quic-v1", "/ip4/10.0.0.1/tcp/1"}},
			"* ready: you are peer 2 (anna) [demo] 12D3KooWJWoa… in network lab on /ip4/127.0.0.1/udp/63002/quic-v1, /ip4/10.0.0.1/tcp/1\n", ""},
		{"ready without a door", chat.Ready{Me: chat.Peer{ID: id2}, Network: "main"}, "* ready: you are peer …Lr2NASuq 12D3KooWJWoa…\n", ""},

		{"came", chat.PeerCame{Peer: peer1}, "* peer 1 is here\n", ""},
		{"left", chat.PeerLeft{Peer: peer1}, "* peer 1 is gone\n", ""},
		{"named peer came", chat.PeerCame{Peer: anna}, "* anna is here\n", ""},
		{"named demo peer came", chat.PeerCame{Peer: chat.Peer{ID: id1, No: 1, Name: "anna"}}, "* anna is here\n", ""},
		{"a name that poses as a line", chat.PeerCame{Peer: chat.Peer{ID: id3, No: 3, Name: "peer 1: \"hi\"\n[lobby] x"}},
			`* "peer 1: 'hi'\n[lobby] x" is here` + "\n", ""},

		{"one of two of a name", chat.PeerCame{Peer: anna2}, "* anna#Naba is here\n", ""},
		{"one of two demo peers of a name", chat.PeerCame{Peer: chat.Peer{ID: id3, No: 3, Name: "anna", Tagged: true}}, "* anna#Naba is here\n", ""},
		{"a guest of one of two", chat.PeerCame{Peer: chat.Peer{ID: id3, Name: "anna", Tagged: true, Guest: "alice"}}, "* alice@anna#Naba is here\n", ""},
		{"a name with the tag of another", chat.PeerCame{Peer: chat.Peer{ID: id3, Name: "anna#KPH5"}}, `* "anna#KPH5" is here` + "\n", ""},
		{"a name with the host of another", chat.PeerCame{Peer: chat.Peer{ID: id3, Name: "alice@anna"}}, `* "alice@anna" is here` + "\n", ""},
		{"a guest with the host of another", chat.PeerCame{Peer: chat.Peer{ID: id3, No: 3, Guest: "alice@anna"}}, `* "alice@anna"@peer 3 is here` + "\n", ""},
		{"a name of another's number", chat.PeerCame{Peer: chat.Peer{ID: id3, No: 3, Name: "peer 1"}}, `* "peer 1" is here` + "\n", ""},
		{"a name that is a number", chat.PeerCame{Peer: chat.Peer{ID: id3, No: 3, Name: "1"}}, `* "1" is here` + "\n", ""},
		{"a name that is the lobby", chat.PeerCame{Peer: chat.Peer{ID: id3, No: 3, Name: "Lobby"}}, `* "Lobby" is here` + "\n", ""},
		{"a name that is the reader", chat.PeerCame{Peer: chat.Peer{ID: id3, Name: "you"}}, `* "you" is here` + "\n", ""},
		{"a name of 10 kB", chat.PeerCame{Peer: chat.Peer{ID: id3, Name: strings.Repeat("a", 10<<10)}}, "* " + strings.Repeat("a", 31) + "… is here\n", ""},
		{"a bidi name", chat.PeerCame{Peer: chat.Peer{ID: id3, Name: "an\u202ena"}}, `* "an\u202ena" is here` + "\n", ""},
		{"a name with a suffix", chat.PeerCame{Peer: chat.Peer{ID: id3, Name: "anna_2"}}, "* anna_2 is here\n", ""},
		{"an emoji", chat.PeerCame{Peer: chat.Peer{ID: id3, Name: "🦊"}}, "* 🦊 is here\n", ""},
		{"a name of blanks", chat.PeerCame{Peer: chat.Peer{ID: id3, Name: "  "}}, `* "  " is here` + "\n", ""},
		{"ready for real", chat.Ready{Me: bobby, Network: "main"}, "* ready: you are bobby#ASuq 12D3KooWJWoa…\n", ""},

		{"channel text", chat.Shown{ID: inOps, From: anna2, Kind: chat.Text, Text: "deploy done"}, "[#ops] anna#Naba: deploy done\n", ""},
		{"own channel text", chat.Shown{ID: inOps, From: bobby, Kind: chat.Text, Text: "ok", Mine: true}, "", ""},
		{"text of a channel that poses", chat.Shown{ID: chat.MessageID{Conversation: "#x] bobby: hi"}, From: anna, Kind: chat.Text, Text: "y"}, `[#"x] bobby: hi"] anna: y` + "\n", ""},
		{"a channel of digits", chat.Shown{ID: chat.MessageID{Conversation: "#42"}, From: anna, Kind: chat.Text, Text: "y"}, "[#42] anna: y\n", ""},
		{"action", chat.Shown{ID: inLobby, From: anna, Kind: chat.Action, Text: "waves"}, "[lobby] * anna waves\n", ""},
		{"late action in a channel", chat.Shown{ID: inOps, From: anna, Kind: chat.Action, Text: "waves", Late: true}, "[#ops] * anna (late) waves\n", ""},
		{"L-16 in a session that I opened", chat.Shown{ID: inPriv, From: bobby, To: &anna, Kind: chat.Text, Text: "only you see this", Session: 2, Side: chat.SideA}, "P-> bobby: only you see this\n", ""},
		{"L-16 in a session that the other opened", chat.Shown{ID: inPriv, From: anna, To: &bobby, Kind: chat.Text, Text: "me too\nP-> bobby: x", Session: 1, Side: chat.SideB}, "P~> anna: me too\n    P-> bobby: x\n", ""},
		{"late in a session", chat.Shown{ID: inPriv, From: bobby, To: &anna, Kind: chat.Text, Text: "hi", Late: true, Session: 2, Side: chat.SideA}, "P-> bobby (late): hi\n", ""},
		{"action in a session", chat.Shown{ID: inPriv, From: bobby, To: &anna, Kind: chat.Action, Text: "waves", Session: 2, Side: chat.SideA}, "P-> * bobby waves\n", ""},
		{"own channel text said elsewhere", chat.Shown{ID: inOps, From: bobby, Kind: chat.Text, Text: "ok", Mine: true, Elsewhere: true}, "[#ops] bobby: ok\n", ""},
		{"own session text said elsewhere", chat.Shown{ID: inPriv, From: anna, To: &bobby, Kind: chat.Text, Text: "hi", Mine: true, Elsewhere: true, Session: 2, Side: chat.SideA}, "P-> anna: hi\n", ""},
		{"own direct text said elsewhere", chat.Shown{ID: inDM, From: anna, To: &bobby, Kind: chat.Text, Text: "hi", Mine: true, Elsewhere: true}, "", ""}, // that it is delivered is shown
		{"own session text", chat.Shown{ID: inPriv, From: anna, To: &bobby, Kind: chat.Text, Text: "hi", Mine: true, Session: 2, Side: chat.SideA}, "", ""},

		{"L-01 a guest enters", chat.Entered{Me: alice, Asked: "alice "}, `* you are alice; others see alice@peer 1; the lobby is conversation 0, \lobby leads there` + "\n", ""},
		{"L-03 a guest's name is taken", chat.Entered{Me: chat.Peer{ID: id1, No: 1, Guest: "anna_2"}, Asked: "anna"},
			`* you are anna_2, not anna: another guest here is called that already; others see anna_2@peer 1; the lobby is conversation 0, \lobby leads there` + "\n", ""},
		{"a guest without a name", chat.Entered{Me: chat.Peer{ID: id1, No: 1, Guest: "guest"}}, `* you are guest, for you gave no name; others see guest@peer 1; the lobby is conversation 0, \lobby leads there` + "\n", ""},
		{"a guest's name is cleaned", chat.Entered{Me: chat.Peer{ID: id1, No: 1, Guest: "red"}, Asked: "\x1b[31mred"},
			`* you are red, not "\x1b[31mred": not all of that can be in a name; others see red@peer 1; the lobby is conversation 0, \lobby leads there` + "\n", ""},
		{"L-05 somebody joins a channel", chat.MemberCame{Conversation: "#ops", Who: anna}, "* anna has joined #ops\n", ""},
		{"L-05 a guest joins the lobby", chat.MemberCame{Conversation: chat.Lobby, Who: alice}, "* alice@peer 1 has joined the lobby\n", ""},
		{"L-09 somebody leaves", chat.MemberLeft{Conversation: "#ops", Who: anna2}, "* anna#Naba has left #ops\n", ""},
		{"D-10 joined", chat.Joined{Conversation: "#ops", N: 3, Who: []chat.UserInfo{{Peer: anna}, {Peer: alice, Away: "lunch"}}},
			"* you are in #ops now, conversation 3; also there: anna, alice@peer 1 (away: lunch)\n", ""},
		{"joined an empty one", chat.Joined{Conversation: "#ops", N: 1}, "* you are in #ops now, conversation 1; nobody else is there yet, as far as is known\n", ""},
		{"joined a crowd", chat.Joined{Conversation: "#ops", N: 1, Who: slices.Repeat([]chat.UserInfo{{Peer: anna}}, 10_000)},
			"* you are in #ops now, conversation 1; also there: " + strings.Repeat("anna, ", 19) + `anna and 9980 more, \users lists them` + "\n", ""},
		{"a guest joins the lobby himself", chat.Joined{Conversation: chat.Lobby}, "* you are in the lobby now, conversation 0; nobody else is there yet, as far as is known\n", ""},
		{"joined at another front end", chat.Joined{Conversation: "#ops", N: 3, Who: []chat.UserInfo{{Peer: anna}}, Elsewhere: true},
			`* you have joined #ops elsewhere, conversation 3: \sw 3 leads there; also there: anna` + "\n", ""},
		{"parted", chat.Parted{Conversation: "#ops"}, "* you have left #ops\n", ""},
		{"L-19 back in the lobby", chat.Switched{To: chat.Place{Conversation: chat.Lobby}}, "* what you type now goes to the lobby\n", ""},
		{"L-18 in a channel", chat.Switched{To: chat.Place{N: 1, Conversation: "#ops", Unread: 3}}, "* what you type now goes to #ops; 3 unread\n", ""},
		{"in a direct conversation", chat.Switched{To: chat.Place{N: 1, Conversation: inDM.Conversation, With: &bobby}}, `* what you type now goes to bobby alone (\lobby leads back)` + "\n", ""},
		{"in a session", chat.Switched{To: chat.Place{N: 2, Conversation: inPriv.Conversation, With: &bobby, Side: chat.SideA}},
			`* what you type now goes to bobby alone, in session 2 (\lobby leads back)` + "\n", ""},
		{"in an interrupted session", chat.Switched{To: chat.Place{N: 2, Conversation: inPriv.Conversation, With: &bobby, Side: chat.SideA, Interrupted: true, Unread: 1}},
			`* what you type now goes to bobby alone, in session 2, when it is resumed (\lobby leads back); 1 unread` + "\n", ""},
		{"L-14 forked", chat.SessionChanged{Event: chat.Opened, N: 2, With: bobby, Side: chat.SideA},
			`* session 2 with bobby is open; what you type now goes to bobby alone (\lobby leads back)` + "\n", ""},
		{"L-15 forked by the other", chat.SessionChanged{Event: chat.Opened, N: 1, With: anna, Side: chat.SideB},
			`* anna has opened private session 1 with you: \sw 1 to answer, \leave there to end it` + "\n", ""},
		{"session interrupted", chat.SessionChanged{Event: chat.Interrupted, N: 2, With: bobby, Side: chat.SideA, Reason: "the line\nis gone"},
			"* session 2 with bobby is interrupted: the line\\nis gone; what you type there waits\n", ""},
		{"session resumed", chat.SessionChanged{Event: chat.Resumed, N: 2, With: bobby, Side: chat.SideB}, "* session 2 with bobby is resumed\n", ""},
		{"L-21 session left by the other", chat.SessionChanged{Event: chat.Closed, N: 2, With: bobby, Side: chat.SideA, Reason: "bobby has left", Back: &chat.Place{Conversation: chat.Lobby}},
			"* session 2 with bobby has ended: bobby has left; what you type now goes to the lobby\n", ""},
		{"L-22 a session elsewhere ends", chat.SessionChanged{Event: chat.Closed, N: 2, With: bobby, Side: chat.SideA}, "* session 2 with bobby has ended\n", ""},
		{"L-21 session left by the user", chat.SessionChanged{Event: chat.Closed, N: 2, With: bobby, Side: chat.SideA, Mine: true, Reason: "you have left", Back: &chat.Place{N: 1, Conversation: "#ops"}},
			"* you have ended session 2 with bobby; what you type now goes to #ops\n", ""},
		{"forked at another front end", chat.SessionChanged{Event: chat.Opened, N: 2, With: bobby, Side: chat.SideA, Elsewhere: true},
			`* session 2 with bobby is open: you asked for it elsewhere, \sw 2 leads there` + "\n", ""},
		{"session left at another front end", chat.SessionChanged{Event: chat.Closed, N: 2, With: bobby, Side: chat.SideA, Mine: true, Elsewhere: true, Back: &chat.Place{Conversation: chat.Lobby}},
			"* you have ended session 2 with bobby elsewhere; what you type now goes to the lobby\n", ""},
		{"L-17 sessions", chat.PlaceList{Places: []chat.Place{
			{Conversation: chat.Lobby, Unread: 12},
			{N: 1, Conversation: "#ops"},
			{N: 2, Conversation: inDM.Conversation, With: &peer3},
			{N: 3, Conversation: inPriv.Conversation, With: &bobby, Side: chat.SideA, Current: true},
			{N: 10, Conversation: inPriv.Conversation, With: &anna2, Side: chat.SideB, Interrupted: true, Unread: 1},
		}}, "" +
			`* your conversations (\sw <number> leads there):` + "\n" +
			"*    0   lobby                         12 unread\n" +
			"*    1   #ops\n" +
			"*    2   dm with peer 3\n" +
			"* *  3   private with bobby (P->)\n" +
			"*    10  private with anna#Naba (P~>)  1 unread, interrupted\n", ""},
		{"directs", chat.DirectList{With: []chat.Peer{{ID: id2, No: 2, Name: "anna"}, peer1}}, "* 2 direct conversations:\n*   anna\n*   peer 1\n", ""},
		{"no directs", chat.DirectList{}, "* 0 direct conversations\n", ""},
		{"no sessions", chat.PlaceList{}, "* you are in no conversation – join <#channel> <name> leads into one\n", ""},
		{"L-06 users", chat.UserList{Conversation: "#ops", Users: []chat.UserInfo{{Peer: bobby, Me: true}, {Peer: anna2, Away: "at\nlunch"}, {Peer: alice}}}, "" +
			"* 3 people in #ops:\n*   bobby (you)\n*   anna#Naba (away: at\\nlunch)\n*   alice@peer 1\n", ""},
		{"users of a session", chat.UserList{Conversation: inPriv.Conversation, Users: []chat.UserInfo{{Peer: bobby, Me: true}}}, "* 1 person in your private session:\n*   bobby (you)\n", ""},
		{"users of a direct conversation", chat.UserList{Conversation: inDM.Conversation, Users: []chat.UserInfo{{Peer: bobby, Me: true}}}, "* 1 person in your direct conversation:\n*   bobby (you)\n", ""},
		{"no users", chat.UserList{Conversation: chat.Lobby}, "* 0 people in the lobby\n", ""},
		{"renamed", chat.Renamed{Was: peer3, Now: chat.Peer{ID: id3, No: 3, Name: "anna"}}, "* peer 3 is called anna now\n", ""},
		{"renamed to one of two", chat.Renamed{Was: chat.Peer{ID: id3, Name: "ann"}, Now: anna2}, "* ann is called anna#Naba now\n", ""},
		{"renamed to pose", chat.Renamed{Was: peer3, Now: chat.Peer{ID: id3, No: 3, Name: "peer 1"}}, `* peer 3 is called "peer 1" now` + "\n", ""},
		{"renamed oneself", chat.Renamed{Was: chat.Peer{ID: id1}, Now: anna, Mine: true}, "* you are called anna now\n", ""},
		{"without a name again", chat.Renamed{Was: anna, Now: peer1, Mine: true}, "* you have no name now: others see peer 1\n", ""},
		{"away", chat.AwayChanged{Who: anna, Why: "lunch\x07"}, "* anna is away: lunch\\x07\n", ""},
		{"back", chat.AwayChanged{Who: anna}, "* anna is back\n", ""},
		{"whois", chat.Portrait{UserInfo: chat.UserInfo{Peer: chat.Peer{ID: id1, No: 1, Name: "anna"}, Away: "lunch"}, State: "here", Path: "direct", Addr: "/ip4/127.0.0.1/tcp/63001",
			Others: []chat.Peer{anna2, {ID: id2, No: 2, Name: "аnna"}}, In: []string{"lobby", "#ops", "#x] y"}, Ignored: true}, "" +
			"* anna (peer 1) " + id1 + "\n" +
			"*   here, direct, /ip4/127.0.0.1/tcp/63001\n" +
			"*   away: lunch\n" +
			`*   in lobby, #ops, #"x] y"` + "\n" +
			"*   others of that name, or one that looks like it: anna#Naba, аnna (peer 2)\n" +
			"*   ignored: nothing of this peer is shown to you – /unignore ends that\n", ""},
		{"whois a guest", chat.Portrait{UserInfo: chat.UserInfo{Peer: alice}, State: "guest"}, "* alice@peer 1 " + id1 + "\n*   guest\n", ""},
		{"whoami", chat.Portrait{UserInfo: chat.UserInfo{Peer: bobby, Me: true}, State: "here", In: []string{"lobby"}}, "* you are bobby#ASuq " + id2 + "\n*   in lobby\n", ""},
		{"whoami of a demo peer", chat.Portrait{UserInfo: chat.UserInfo{Peer: peer2, Me: true}}, "* you are peer 2 [demo] " + id2 + "\n", ""},
		{"whoami of a guest", chat.Portrait{UserInfo: chat.UserInfo{Peer: alice, Me: true}}, "* you are alice@peer 1 " + id1 + "\n", ""},

		{"channel text waits", chat.Delivery{ID: inOps, Text: "hi", State: chat.Queued, Reason: "nobody is there yet"}, "[#ops] you: hi — queued: nobody is there yet\n", ""},
		{"session text waits", chat.Delivery{ID: inPriv, To: &bobby, Text: "hi", State: chat.Queued, Reason: "the session is interrupted"}, "[private] to bobby: hi — queued: the session is interrupted\n", ""},
		{"session text delivered", chat.Delivery{ID: inPriv, To: &bobby, Text: "hi", State: chat.Delivered}, "", ""},
		{"session text failed", chat.Delivery{ID: inPriv, To: &bobby, Text: "hi", State: chat.SendFailed, Reason: "bobby has left"}, "", "[private] to bobby: hi — failed: bobby has left\n"},

		{"H-07 lobby text", said("good morning"), "[lobby] peer 1: good morning\n", ""},
		{"lobby text of several lines", said("one\n[lobby] peer 3: two\n\nfour"),
			"[lobby] peer 1: one\n    [lobby] peer 3: two\n    \n    four\n", ""},
		{"lobby text that commands the terminal", said("\x1b[2J\rgone\u202e"), `[lobby] peer 1: \x1b[2J\x0dgone\u202e` + "\n", ""},
		{"own lobby text", chat.Shown{ID: inLobby, From: peer2, Kind: chat.Text, Text: "mine", Mine: true}, "", ""},
		{"late text", chat.Shown{ID: inLobby, From: peer1, Kind: chat.Text, Text: "hi", Late: true}, "[lobby] peer 1 (late): hi\n", ""},
		{"text of a guest", chat.Shown{ID: inLobby, From: chat.Peer{ID: peer1.ID, No: peer1.No, Guest: "alice"}, Kind: chat.Text, Text: "hi"}, "[lobby] alice@peer 1: hi\n", ""},
		{"hello", chat.Shown{ID: inLobby, From: peer3, Kind: chat.Hello}, "[lobby] peer 3 says hello\n", ""},
		{"own hello", chat.Shown{ID: inLobby, From: peer2, Kind: chat.Hello, Mine: true}, "", ""},
		{"answer to a hello", chat.Shown{ID: inDM, From: peer1, To: &peer2, Kind: chat.HelloAck, After: 420 * time.Millisecond},
			"[dm] peer 1: heard your hello — 0.42 s\n", ""},
		{"direct text", chat.Shown{ID: inDM, From: peer3, To: &peer2, Kind: chat.Text, Text: "foo bar"}, "[dm] peer 3: foo bar\n", ""},
		{"a kind from the future", chat.Shown{ID: inLobby, From: peer1, Kind: 77, Text: "x"}, "", ""},

		{"delivered", chat.Delivery{ID: inDM, To: &peer3, Text: "foo bar", State: chat.Delivered}, "[dm] to peer 3: foo bar — delivered\n", ""},
		{"queued in passing", chat.Delivery{ID: inDM, To: &peer3, Text: "foo bar", State: chat.Queued}, "", ""},
		{"queued for a reason", chat.Delivery{ID: inDM, To: &peer3, Text: "foo bar", State: chat.Queued, Reason: "peer 3 is not here, trying on"},
			"[dm] to peer 3: foo bar — queued: peer 3 is not here, trying on\n", ""},
		{"sent", chat.Delivery{ID: inDM, To: &peer3, Text: "foo bar", State: chat.Sent}, "", ""},
		{"failed", chat.Delivery{ID: inDM, To: &peer3, Text: "foo bar", State: chat.SendFailed, Reason: "peer 3 refuses it"},
			"", "[dm] to peer 3: foo bar — failed: peer 3 refuses it\n"},
		{"failed before it was a message", chat.Delivery{Text: "hi", State: chat.SendFailed, Reason: "too long"}, "", "[lobby] you: hi — failed: too long\n"},
		{"lobby text sent", chat.Delivery{ID: inLobby, Text: "hi", State: chat.Sent, Peers: 3}, "", ""},
		{"lobby text waits", chat.Delivery{ID: inLobby, Text: "hi", State: chat.Queued, Reason: "nobody is here yet"},
			"[lobby] you: hi — queued: nobody is here yet\n", ""},
		{"hello waits", chat.Delivery{ID: inLobby, State: chat.Queued, Reason: "nobody is here yet"},
			"[lobby] you say hello — queued: nobody is here yet\n", ""},
		{"long text is not repeated", chat.Delivery{ID: inDM, To: &peer3, Text: strings.Repeat("a\n", 100), State: chat.Delivered},
			"[dm] to peer 3: " + strings.Repeat(`a\n`, 19) + `a\… — delivered` + "\n", ""},
		{"held on a pipe", chat.Delivery{Text: "dm 9 hi", State: chat.Held, Reason: "nobody is 9"},
			"", "held: dm 9 hi – nobody is 9 – it was not sent; /help tells the exact form\n"},

		{"D-04 nobody", chat.PeerList{}, "* no peers yet\n", ""},
		{"D-04 peers", chat.PeerList{Peers: []chat.PeerInfo{
			{Peer: peer1, State: "here", Path: "direct", RTT: 420 * time.Microsecond},
			{Peer: chat.Peer{ID: id3, Name: "zoë"}, State: "heard of", Path: "gossip"},
			{Peer: chat.Peer{ID: id2, No: 2, Name: "anna"}, State: "here", Path: "relayed"},
		}}, "" +
			"* peer           id                                                    state     path     rtt\n" +
			"* peer 1         " + id1 + "  here      direct   0.4 ms\n" +
			"* zoë#Naba       " + id3 + "  heard of  gossip   -\n" +
			"* anna (peer 2)  " + id2 + "  here      relayed  -\n", ""},
		{"status", chat.StatusReport{Me: peer2, Network: "demo", Addrs: []string{"/ip4/127.0.0.1/tcp/63002"}, Up: 90*time.Second + 1,
			Peers: 1, Messages: 14, Counters: map[string]uint64{"none": 0, "bad signature": 3}}, "" +
			"* you are peer 2 [demo] " + id2 + "\n" +
			"* network demo, up 1m30s\n" +
			"* listens on /ip4/127.0.0.1/tcp/63002\n" +
			"* 1 peer connected, 14 messages held, 0 direct messages on the way\n" +
			"* dropped or refused: 3 × bad signature\n", ""},

		{"the network of a node alone", chat.Topology{Nodes: []chat.NodeInfo{{PeerInfo: chat.PeerInfo{Peer: peer1}, Me: true}}}, "" +
			"* the network as this node knows it: 1 node, 0 links\n" +
			"*   no link is known of peer 1 (you)\n", ""},
		{"the network", chat.Topology{
			Nodes: []chat.NodeInfo{{PeerInfo: chat.PeerInfo{Peer: peer1}, Me: true}, {PeerInfo: chat.PeerInfo{Peer: chat.Peer{ID: id3, Name: "x\n* peer 1 – lobby"}}}, {PeerInfo: chat.PeerInfo{Peer: peer2}}, {PeerInfo: chat.PeerInfo{Peer: chat.Peer{ID: "5"}}}},
			Links: []chat.LinkInfo{{A: 0, B: 1, Path: "direct", RTT: 420 * time.Microsecond, Mesh: []string{"lobby", "#x\n"}}, {A: 1, B: 2, Path: "relayed"}, {A: 2, B: 9}},
		}, "" +
			"* the network as this node knows it: 4 nodes, 3 links\n" +
			"*   node                   linked to              path     rtt     gossip\n" +
			"*   peer 1 (you)           \"x\\n* peer 1 – lobby\"  direct   0.4 ms  lobby #x\\n\n" +
			"*   \"x\\n* peer 1 – lobby\"  peer 2                 relayed  -       -\n" +
			"*   no link is known of peer 5\n" +
			"*   and 1 more: node graph topology --format json has them all\n", ""},

		{"history", chat.History{Conversation: "#ops", More: true, Items: []chat.Remembered{
			{Shown: chat.Shown{ID: inOps, From: anna, Kind: chat.Text, Text: "deploy done", At: noon}},
			{Shown: chat.Shown{ID: inOps, From: bobby, Kind: chat.Action, Text: "waves\n[x]", At: noon.Add(time.Minute), Mine: true}},
		}}, "* 2 messages of #ops:\n2026-11-21 12:00:00 [#ops] anna: deploy done\n12:01:00 [#ops] * bobby waves\n    [x]\n* there are older ones: /history 4\n", ""},
		{"history of a direct conversation", chat.History{Conversation: inDM.Conversation, Items: []chat.Remembered{
			{Shown: chat.Shown{ID: inDM, From: bobby, To: &anna, Kind: chat.Text, Text: "there?", At: noon, Mine: true}, State: chat.Queued},
			{Shown: chat.Shown{ID: inDM, From: anna, To: &bobby, Kind: chat.Text, Text: "yes", At: noon.Add(24 * time.Hour)}},
		}}, "* 2 messages of your direct conversation:\n2026-11-21 12:00:00 [dm] to anna: there? — queued\n2026-11-22 12:00:00 [dm] anna: yes\n", ""},
		{"the first of a window", chat.History{Conversation: chat.Lobby, More: true, First: true, Items: []chat.Remembered{
			{Shown: chat.Shown{ID: inLobby, From: anna, Kind: chat.Text, Text: "hi", At: noon}},
		}}, "* 1 message of the lobby:\n2026-11-21 12:00:00 [lobby] anna: hi\n* there are later ones\n", ""},
		{"nothing found", chat.History{Words: "x\x1b[2J"}, `* nothing is remembered with "x\x1b[2J"` + "\n", ""},
		{"nothing said", chat.History{Conversation: chat.Lobby}, "* nothing is remembered of the lobby\n", ""},
		{"digest", chat.Digest{Conversation: "#ops", Count: 214, From: []chat.Peer{anna, peer3}, Since: noon.Add(-24 * time.Hour), Until: noon, Mentions: []chat.Shown{
			{ID: inOps, From: anna, Kind: chat.Text, Text: "bobby: are you there?", At: noon}}},
			"* while you were away: 214 messages in #ops from anna, peer 3, 2026-11-20 12:00 to 2026-11-21 12:00; 1 names you:\n2026-11-21 12:00:00 [#ops] anna: bobby: are you there?\n", ""},
		{"digest without mentions", chat.Digest{Conversation: chat.Lobby, Count: 21, From: []chat.Peer{anna}, Since: noon, Until: noon},
			"* while you were away: 21 messages in the lobby from anna, 2026-11-21 12:00 to 2026-11-21 12:00; /history 21 shows them\n", ""},
		{"holders", chat.Holders{ID: inOps, Text: "deploy done", State: chat.Delivered, Who: []chat.Peer{peer2, anna}, Of: 4}, `* "deploy done": 2 of 4 have it: peer 2, anna` + "\n", ""},
		{"no holders", chat.Holders{ID: inLobby, State: chat.Sent, Of: 3}, "* your message: nobody has said yet that he has it (3 there)\n", ""},
		{"holder of a direct message", chat.Holders{ID: inDM, Text: "hi", State: chat.Delivered, Who: []chat.Peer{anna}, Of: 1}, `* "hi" — delivered` + "\n", ""},
		{"equivocation", chat.Equivocated{Conversation: "#ops", Who: anna, Seq: 7, Texts: [2]string{"yes", "no\nyes"}}, "", `warning: anna signed two different messages under number 7 in #ops: "yes" and "no\nyes" – nothing more of that log is shown` + "\n"},
		{"ended, and kept", chat.Ended{Undelivered: 2, Kept: true}, "", "error: 2 messages were not delivered yet – nobody was there to take them – they are kept, and sent after the next start\n"},
		{"gap", chat.GapSeen{From: anna, Missing: 3}, "* 3 messages from anna have not arrived yet\n", ""},
		{"gap of one", chat.GapSeen{From: peer1, Missing: 1}, "* 1 message from peer 1 has not arrived yet\n", ""},
		{"lost", chat.GapSeen{From: peer1, Missing: 3, Lost: true}, "* 3 messages from peer 1 are lost: nobody here has them any more\n", ""},
		{"one lost", chat.GapSeen{From: peer1, Missing: 1, Lost: true}, "* 1 message from peer 1 is lost: nobody here has it any more\n", ""},
		{"notice", chat.Notice{Text: "one\ntwo\x07"}, "* one\n    two\\x07\n", ""},
		{"trouble", chat.Warning{Text: "cannot reach \x1b peer 1"}, "", "warning: cannot reach \\x1b peer 1\n"},
		{"failed instruction", chat.Failed{Code: chat.UnknownPeer, Text: "nobody is \x1b9 – ls lists the peers"},
			"", "error: nobody is \\x1b9 – ls lists the peers\n"},
		{"lagged", chat.Lagged{Lost: 12}, "", "error: 12 lines were left out – they came faster than this console writes – /ls and /status tell the present state\n"},
		{"ended", chat.Ended{}, "", ""},
		{"ended too early", chat.Ended{Undelivered: 1}, "", "error: 1 message was not delivered – the node ended before anybody took what was left – send again when a peer is here\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Formatter{Location: time.UTC}
			out, err := f.Append(nil, nil, chat.Notify{Notification: c.n})
			if string(out) != c.out || string(err) != c.err {
				t.Errorf("\n got stdout %q\n     stderr %q\nwant stdout %q\n     stderr %q", out, err, c.out, c.err)
			}
		})
	}
}

func TestHeldInATerminal(t *testing.T) {
	f := Formatter{Resend: true}
	_, err := f.Append(nil, nil, chat.Notify{Notification: chat.Delivery{Text: "dm", State: chat.Held, Reason: "dm needs a peer and a text"}})
	if want := "held: dm – dm needs a peer and a text – Enter again sends it as text\n"; string(err) != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestWaitingIsToldOnce(t *testing.T) {
	var f Formatter
	var out []byte
	for _, d := range []chat.Delivery{
		{Text: "one", State: chat.Queued, Reason: "nobody is here yet"},
		{Text: "two", State: chat.Queued, Reason: "nobody is here yet"},
		{Text: "two", State: chat.Sent, Peers: 1},
		{Text: "three", State: chat.Queued, Reason: "nobody is here yet"},
		{Text: "four", State: chat.Queued, Reason: "something else"},
		{ID: inOps, Text: "five", State: chat.Queued, Reason: "something else"},
		{ID: inPriv, To: &bobby, Text: "six", State: chat.Queued, Reason: "interrupted"},
		{ID: inPriv, To: &bobby, Text: "seven", State: chat.Queued, Reason: "interrupted"},
		{ID: inOps, Text: "five", State: chat.Sent},
		{Text: "eight", State: chat.Queued, Reason: "something else"},
		{ID: inPriv, To: &bobby, Text: "six", State: chat.Delivered},
		{ID: inPriv, To: &bobby, Text: "nine", State: chat.Queued, Reason: "interrupted"},
	} {
		if d.ID == (chat.MessageID{}) {
			d.ID = inLobby
		}
		out, _ = f.Append(out, nil, chat.Notify{Notification: d})
	}
	want := "[lobby] you: one — queued: nobody is here yet\n" +
		"[lobby] you: three — queued: nobody is here yet\n" +
		"[lobby] you: four — queued: something else\n" +
		"[#ops] you: five — queued: something else\n" +
		"[private] to bobby: six — queued: interrupted\n" +
		"[private] to bobby: nine — queued: interrupted\n"
	if string(out) != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}

// TestMine: with Mine one's own messages to many are shown, as others see them.
func TestMine(t *testing.T) {
	f := Formatter{Mine: true}
	for _, c := range []struct {
		shown chat.Shown
		want  string
	}{
		{chat.Shown{ID: inOps, From: alice, Kind: chat.Text, Text: "hi", Mine: true}, "[#ops] alice@peer 1: hi\n"},
		{chat.Shown{ID: inLobby, From: bobby, Kind: chat.Hello, Mine: true}, "[lobby] bobby says hello\n"},
		{chat.Shown{ID: inPriv, From: bobby, To: &anna, Kind: chat.Text, Text: "hi", Session: 2, Side: chat.SideA, Mine: true}, ""},
		{chat.Shown{ID: inDM, From: bobby, To: &anna, Kind: chat.Text, Text: "hi", Mine: true}, ""}, // that it is delivered is shown
	} {
		if out, err := f.Append(nil, nil, chat.Notify{Notification: c.shown}); string(out) != c.want || len(err) > 0 {
			t.Errorf("%+v: %q, %q; want %q", c.shown, out, err, c.want)
		}
	}
}

// Times are of sending, and the reader's (H-07).
func TestTimes(t *testing.T) {
	f := Formatter{Time: true, Location: time.FixedZone("", 3600)}
	var out []byte
	for _, at := range []time.Time{
		time.Date(2026, 11, 20, 22, 58, 1, 0, time.UTC),
		time.Date(2026, 11, 20, 22, 59, 59, 0, time.UTC),
		time.Date(2026, 11, 20, 23, 0, 0, 0, time.UTC),
		{},
	} {
		out, _ = f.Append(out, nil, chat.Notify{Notification: chat.Shown{ID: inLobby, From: peer1, Kind: chat.Text, Text: "hi", At: at}})
	}
	want := "2026-11-20 23:58:01 [lobby] peer 1: hi\n" +
		"23:59:59 [lobby] peer 1: hi\n" +
		"2026-11-21 00:00:00 [lobby] peer 1: hi\n" +
		"[lobby] peer 1: hi\n"
	if string(out) != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}

// FuzzFormat holds that whatever a stranger writes, every line of output begins
// with a bracket, a star, the mark of a session or an indentation.
func FuzzFormat(f *testing.F) {
	f.Add("anna", "hi\nthere", "alice")
	f.Add("\n", "\r\n\x1b", "\u202e")
	f.Add("peer 1", "[lobby] x", "#ops")
	f.Fuzz(func(t *testing.T, name, text, guest string) {
		var form Formatter
		from := chat.Peer{ID: id1, Name: name, Guest: guest, Tagged: len(text)%2 == 0}
		channel := chat.Conversation("#" + text)
		there := chat.Place{Conversation: channel, Unread: 1}
		who := []chat.UserInfo{{Peer: from, Away: text}}
		for _, n := range []chat.Notification{
			chat.Shown{ID: inLobby, From: from, Kind: chat.Text, Text: text},
			chat.Shown{ID: chat.MessageID{Conversation: channel}, From: from, Kind: chat.Action, Text: text},
			chat.Shown{ID: inPriv, From: from, To: &bobby, Kind: chat.Text, Text: text, Side: chat.SideA},
			chat.Shown{ID: inPriv, From: from, To: &bobby, Kind: chat.Action, Text: text, Side: chat.SideB},
			chat.Delivery{ID: inDM, To: &from, Text: text, State: chat.Delivered},
			chat.Delivery{ID: inPriv, To: &from, Text: text, State: chat.Queued, Reason: text + "."},
			chat.PeerCame{Peer: from},
			chat.Entered{Me: from, Asked: text},
			chat.MemberCame{Conversation: channel, Who: from},
			chat.MemberLeft{Conversation: channel, Who: from},
			chat.Joined{Conversation: channel, Who: who},
			chat.Parted{Conversation: channel},
			chat.Switched{To: there},
			chat.SessionChanged{Event: chat.Opened, With: from, Side: chat.SideA},
			chat.SessionChanged{Event: chat.Opened, With: from, Side: chat.SideB},
			chat.SessionChanged{Event: chat.Closed, With: from, Reason: text, Back: &there},
			chat.PlaceList{Places: []chat.Place{there, {Conversation: inPriv.Conversation, With: &from}}},
			chat.UserList{Conversation: channel, Users: who},
			chat.Renamed{Was: from, Now: from},
			chat.AwayChanged{Who: from, Why: text},
			chat.Portrait{UserInfo: who[0], State: text, Path: text, Addr: text, Others: []chat.Peer{from}, In: []string{text}},
			chat.Notice{Text: text},
			chat.PeerList{Peers: []chat.PeerInfo{{Peer: from, State: text, Path: text}}}, chat.DirectList{With: []chat.Peer{from}},
			chat.Topology{Nodes: []chat.NodeInfo{{PeerInfo: chat.PeerInfo{Peer: from}}, {PeerInfo: chat.PeerInfo{Peer: from}}}, Links: []chat.LinkInfo{{B: 1, Path: text, Mesh: []string{text}}}},
		} {
			out, _ := form.Append(nil, nil, chat.Notify{Notification: n})
			if len(out) == 0 || out[len(out)-1] != '\n' {
				t.Fatalf("%T: %q is not whole lines", n, out)
			}
			for line := range strings.Lines(string(out)) {
				if !begins(line, "[", "* ", "P-> ", "P~> ", indent) {
					t.Fatalf("%T: line %q", n, line)
				}
				for _, r := range strings.TrimSuffix(line, "\n") {
					if r < 0x20 || r >= 0x7f && r < 0xa0 {
						t.Fatalf("%T: line %q", n, line)
					}
				}
			}
		}
	})
}

func begins(line string, with ...string) bool {
	return slices.ContainsFunc(with, func(w string) bool { return strings.HasPrefix(line, w) })
}

func BenchmarkFormatLobby(b *testing.B) {
	var f Formatter
	n := chat.Notify{Notification: chat.Shown{ID: inLobby, From: peer1, Kind: chat.Text, Text: strings.Repeat("good morning ", 8)}}
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out, _ = f.Append(out[:0], nil, n)
	}
}
