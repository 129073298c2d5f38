package jsonl

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

var (
	peer1 = chat.Peer{ID: "p1", No: 1}
	anna  = chat.Peer{ID: "pa", Name: "anna"}
	anna2 = chat.Peer{ID: "p1k3f9", No: 2, Name: "anna", Tagged: true}
	alice = chat.Peer{ID: "p1", No: 1, Guest: "alice"}

	lobby   = chat.Place{Conversation: chat.Lobby, Unread: 2, Current: true}
	private = chat.Place{N: 2, Conversation: chat.SessionID{7}.Conversation(), With: &anna, Side: chat.SideB, Interrupted: true}

	now  = time.Date(2026, 11, 21, 7, 0, 0, 120, time.FixedZone("", 3600))
	sent = time.Date(2026, 11, 21, 5, 59, 58, 420e6, time.UTC)

	lobby1  = chat.MessageID{Conversation: chat.Lobby, Ref: chat.Ref{LogKey: chat.LogKey{Author: "p1", Log: chat.LogID{1, 2}}, Seq: 7}}
	ops1    = chat.MessageID{Conversation: "#ops", Ref: chat.Ref{LogKey: chat.LogKey{Author: "p1"}, Seq: 1}}
	said1   = chat.MessageID{Conversation: chat.SessionID{7}.Conversation(), Ref: chat.Ref{LogKey: chat.LogKey{Author: "p1"}, Seq: 1}}
	direct1 = chat.MessageID{Conversation: chat.DirectWith("p1", "pa"), Ref: chat.Ref{LogKey: chat.LogKey{Author: "p1"}, Seq: 1}}
)

func TestAppend(t *testing.T) {
	const at = `"ts":"2026-11-21T06:00:00.000000120Z"`
	for _, c := range []struct {
		name string
		ref  string
		n    chat.Notification
		want string
	}{
		{"ready", "", chat.Ready{Me: peer1, Network: "demo", Addrs: []string{"/ip4/127.0.0.1/tcp/63001"}},
			`{"v":1,"type":"ready",` + at + `,"id":"p1","peer_no":1,"name":"","network":"demo","addrs":["/ip4/127.0.0.1/tcp/63001"]}`},
		{"ready without a door", "", chat.Ready{Me: anna, Network: "main"},
			`{"v":1,"type":"ready",` + at + `,"id":"pa","name":"anna","network":"main","addrs":[]}`},
		{"came", "", chat.PeerCame{Peer: peer1}, `{"v":1,"type":"peer",` + at + `,"event":"up","peer":{"id":"p1","peer_no":1,"name":""}}`},
		{"left", "", chat.PeerLeft{Peer: anna}, `{"v":1,"type":"peer",` + at + `,"event":"down","peer":{"id":"pa","name":"anna"}}`},
		{"lobby text", "", chat.Shown{ID: lobby1, From: peer1, Kind: chat.Text, Text: "<b>&\"\\\n\x1b\u202e\xff", At: sent},
			`{"v":1,"type":"message","ts":"2026-11-21T05:59:58.420000000Z","id":"p1/0102000000000000/lobby/7","conversation":"lobby","kind":"text",` +
				`"from":{"id":"p1","peer_no":1,"name":""},"text":"<b>&\"\\\n\u001b\u202e` + "\ufffd" + `"}`},
		{"late text of a guest", "", chat.Shown{ID: lobby1, From: chat.Peer{ID: "p1", No: 1, Guest: "bob"}, Kind: chat.Text, Text: "hi", Late: true},
			`{"v":1,"type":"message",` + at + `,"id":"p1/0102000000000000/lobby/7","conversation":"lobby","kind":"text",` +
				`"from":{"id":"p1","peer_no":1,"name":"","guest":"bob"},"text":"hi","late":true}`},
		{"own direct text", "r", chat.Shown{ID: direct1, From: peer1, To: &anna, Kind: chat.Text, Text: "hi", Mine: true},
			`{"v":1,"type":"message",` + at + `,"ref":"r","id":"p1/0000000000000000/dm/p1/pa/1","conversation":"dm","kind":"text",` +
				`"from":{"id":"p1","peer_no":1,"name":""},"to":{"id":"pa","name":"anna"},"text":"hi","mine":true}`},
		{"answer to a hello", "", chat.Shown{ID: direct1, From: peer1, To: &anna, Kind: chat.HelloAck, After: 310 * time.Millisecond},
			`{"v":1,"type":"message",` + at + `,"id":"p1/0000000000000000/dm/p1/pa/1","conversation":"dm","kind":"hello-ack",` +
				`"from":{"id":"p1","peer_no":1,"name":""},"to":{"id":"pa","name":"anna"},"text":"","after_ms":310.000}`},
		{"channel text of one of two", "", chat.Shown{ID: ops1, From: anna2, Kind: chat.Action, Text: "waves"},
			`{"v":1,"type":"message",` + at + `,"id":"p1/0000000000000000/#ops/1","conversation":"#ops","kind":"action",` +
				`"from":{"id":"p1k3f9","peer_no":2,"name":"anna","tag":"k3f9"},"text":"waves"}`},
		{"session text", "", chat.Shown{ID: said1, From: alice, To: &anna, Kind: chat.Text, Text: "hi", Session: 2, Side: chat.SideA},
			`{"v":1,"type":"message",` + at + `,"id":"p1/0000000000000000/session/0700000000000000/1","conversation":"session:2","kind":"text",` +
				`"from":{"id":"p1","peer_no":1,"name":"","guest":"alice"},"to":{"id":"pa","name":"anna"},"text":"hi","side":"A"}`},
		{"entered", "e", chat.Entered{Me: alice, Asked: "al\x00ice"},
			`{"v":1,"type":"entered",` + at + `,"ref":"e","me":{"id":"p1","peer_no":1,"name":"","guest":"alice"},"asked":"al\u0000ice"}`},
		{"somebody joins", "", chat.MemberCame{Conversation: "#ops", Who: alice},
			`{"v":1,"type":"channel",` + at + `,"event":"joined","channel":"#ops","peer":{"id":"p1","peer_no":1,"name":"","guest":"alice"}}`},
		{"somebody parts", "", chat.MemberLeft{Conversation: "#ops", Who: anna},
			`{"v":1,"type":"channel",` + at + `,"event":"parted","channel":"#ops","peer":{"id":"pa","name":"anna"}}`},
		{"joined", "j", chat.Joined{Conversation: "#ops", N: 1, Who: []chat.UserInfo{{Peer: anna, Away: "lunch"}}},
			`{"v":1,"type":"channel",` + at + `,"ref":"j","event":"joined","channel":"#ops","n":1,"users":[{"id":"pa","name":"anna","away":"lunch"}]}`},
		{"joined an empty one", "", chat.Joined{Conversation: "#ops", N: 1},
			`{"v":1,"type":"channel",` + at + `,"event":"joined","channel":"#ops","n":1,"users":[]}`},
		{"joined at another front end", "", chat.Joined{Conversation: "#ops", N: 1, Elsewhere: true},
			`{"v":1,"type":"channel",` + at + `,"event":"joined","channel":"#ops","n":1,"users":[],"elsewhere":true}`},
		{"parted", "p", chat.Parted{Conversation: "#ops"}, `{"v":1,"type":"channel",` + at + `,"ref":"p","event":"parted","channel":"#ops"}`},
		{"switched", "s", chat.Switched{To: lobby},
			`{"v":1,"type":"switched",` + at + `,"ref":"s","to":{"n":0,"conversation":"lobby","unread":2,"current":true}}`},
		{"session opened", "f", chat.SessionChanged{Event: chat.Opened, N: 2, With: anna, Side: chat.SideA},
			`{"v":1,"type":"session",` + at + `,"ref":"f","event":"opened","n":2,"peer":{"id":"pa","name":"anna"},"side":"A"}`},
		{"session interrupted", "", chat.SessionChanged{Event: chat.Interrupted, N: 2, With: anna, Side: chat.SideB, Reason: "the line is gone"},
			`{"v":1,"type":"session",` + at + `,"event":"interrupted","n":2,"peer":{"id":"pa","name":"anna"},"side":"B","reason":"the line is gone"}`},
		{"session closed", "l", chat.SessionChanged{Event: chat.Closed, N: 2, With: anna, Side: chat.SideB, Reason: "you have left", Mine: true, Back: &lobby},
			`{"v":1,"type":"session",` + at + `,"ref":"l","event":"closed","n":2,"peer":{"id":"pa","name":"anna"},"side":"B","reason":"you have left","mine":true,` +
				`"back":{"n":0,"conversation":"lobby","unread":2,"current":true}}`},
		{"session opened at another front end", "", chat.SessionChanged{Event: chat.Opened, N: 2, With: anna, Side: chat.SideA, Elsewhere: true},
			`{"v":1,"type":"session",` + at + `,"event":"opened","n":2,"peer":{"id":"pa","name":"anna"},"side":"A","elsewhere":true}`},
		{"sessions", "s", chat.PlaceList{Places: []chat.Place{lobby, private}},
			`{"v":1,"type":"sessions",` + at + `,"ref":"s","sessions":[{"n":0,"conversation":"lobby","unread":2,"current":true},` +
				`{"n":2,"conversation":"session:2","with":{"id":"pa","name":"anna"},"side":"B","interrupted":true,"unread":0}]}`},
		{"directs", "s", chat.DirectList{With: []chat.Peer{anna}}, `{"v":1,"type":"directs",` + at + `,"ref":"s","peers":[{"id":"pa","name":"anna"}]}`},
		{"no directs", "", chat.DirectList{}, `{"v":1,"type":"directs",` + at + `,"ref":"","peers":[]}`},
		{"no sessions", "", chat.PlaceList{}, `{"v":1,"type":"sessions",` + at + `,"ref":"","sessions":[]}`},
		{"users", "u", chat.UserList{Conversation: "#ops", Users: []chat.UserInfo{{Peer: anna2, Me: true}, {Peer: alice, Away: "x"}}},
			`{"v":1,"type":"users",` + at + `,"ref":"u","conversation":"#ops","users":[{"id":"p1k3f9","peer_no":2,"name":"anna","tag":"k3f9","me":true},` +
				`{"id":"p1","peer_no":1,"name":"","guest":"alice","away":"x"}]}`},
		{"renamed", "n", chat.Renamed{Was: peer1, Now: chat.Peer{ID: "p1", No: 1, Name: "zoë"}, Mine: true},
			`{"v":1,"type":"renamed",` + at + `,"ref":"n","was":{"id":"p1","peer_no":1,"name":""},"now":{"id":"p1","peer_no":1,"name":"zoë"},"mine":true}`},
		{"away", "", chat.AwayChanged{Who: anna, Why: "lunch"}, `{"v":1,"type":"away",` + at + `,"event":"away","peer":{"id":"pa","name":"anna"},"why":"lunch"}`},
		{"back", "b", chat.AwayChanged{Who: anna}, `{"v":1,"type":"away",` + at + `,"ref":"b","event":"back","peer":{"id":"pa","name":"anna"}}`},
		{"whois", "w", chat.Portrait{UserInfo: chat.UserInfo{Peer: anna2, Away: "lunch"}, State: "here", Path: "relayed", Addr: "/ip4/1.2.3.4/tcp/1",
			Others: []chat.Peer{anna}, In: []string{"lobby", "#ops"}, Ignored: true},
			`{"v":1,"type":"whois",` + at + `,"ref":"w","peer":{"id":"p1k3f9","peer_no":2,"name":"anna","tag":"k3f9","away":"lunch"},` +
				`"state":"here","path":"relayed","addr":"/ip4/1.2.3.4/tcp/1","others":[{"id":"pa","name":"anna"}],"in":["lobby","#ops"],"ignored":true}`},
		{"whoami", "", chat.Portrait{UserInfo: chat.UserInfo{Peer: peer1, Me: true}},
			`{"v":1,"type":"whois",` + at + `,"ref":"","peer":{"id":"p1","peer_no":1,"name":"","me":true},"state":"","path":"","addr":"","others":[],"in":[]}`},
		{"delivered", "r", chat.Delivery{ID: direct1, To: &anna, Text: "hi", State: chat.Delivered},
			`{"v":1,"type":"delivery",` + at + `,"ref":"r","id":"p1/0000000000000000/dm/p1/pa/1","to":{"id":"pa","name":"anna"},"text":"hi","state":"delivered"}`},
		{"sent", "", chat.Delivery{ID: lobby1, State: chat.Sent, Peers: 3},
			`{"v":1,"type":"delivery",` + at + `,"ref":"","id":"p1/0102000000000000/lobby/7","state":"sent","peers":3}`},
		{"held", "r", chat.Delivery{Text: "dm 9 hi", State: chat.Held, Reason: "nobody is 9"},
			`{"v":1,"type":"delivery",` + at + `,"ref":"r","id":"","text":"dm 9 hi","state":"held","reason":"nobody is 9"}`},
		{"peers", "r", chat.PeerList{Peers: []chat.PeerInfo{
			{Peer: peer1, State: "here", Path: "direct", RTT: 420 * time.Microsecond, Addr: "/ip4/127.0.0.1/tcp/63001"}, {Peer: anna, State: "gone"}}},
			`{"v":1,"type":"peers",` + at + `,"ref":"r","peers":[{"id":"p1","peer_no":1,"name":"","state":"here","path":"direct","rtt_ms":0.420,"addr":"/ip4/127.0.0.1/tcp/63001"},` +
				`{"id":"pa","name":"anna","state":"gone","path":"","addr":""}]}`},
		{"status", "r", chat.StatusReport{Me: peer1, Network: "demo", Up: 90 * time.Second, Peers: 1, Messages: 2, Outbox: 3, Counters: map[string]uint64{"b": 2, "a": 1}},
			`{"v":1,"type":"status",` + at + `,"ref":"r","id":"p1","peer_no":1,"name":"","network":"demo","addrs":[],"up_s":90,"peers":1,"messages":2,"outbox":3,"counters":{"a":1,"b":2}}`},
		{"the network", "r", chat.Topology{
			Nodes: []chat.NodeInfo{
				{PeerInfo: chat.PeerInfo{Peer: peer1, State: "here"}, Me: true, Channels: []string{"lobby", "#ops"}},
				{PeerInfo: chat.PeerInfo{Peer: chat.Peer{ID: "px", Name: "</script>\"]\n"}, State: "here", Path: "direct", RTT: 420 * time.Microsecond, Addr: "/ip4/127.0.0.1/tcp/1"}},
			},
			Links: []chat.LinkInfo{{A: 0, B: 1, Path: "direct", RTT: 420 * time.Microsecond, Mesh: []string{"lobby"}}},
		},
			`{"v":1,"type":"topology",` + at + `,"ref":"r","nodes":[{"id":"p1","peer_no":1,"name":"","state":"here","path":"","addr":"","me":true,"in":["lobby","#ops"]},` +
				`{"id":"px","name":"</script>\"]\n","state":"here","path":"direct","rtt_ms":0.420,"addr":"/ip4/127.0.0.1/tcp/1","in":[]}],"links":[{"a":0,"b":1,"path":"direct","rtt_ms":0.420,"mesh":["lobby"]}]}`},
		{"history", "r", chat.History{Conversation: "#ops", More: true, Items: []chat.Remembered{{Shown: chat.Shown{ID: ops1, From: anna, Kind: chat.Text, Text: "hi", At: sent}}}},
			`{"v":1,"type":"history",` + at + `,"ref":"r","conversation":"#ops","items":[{"ts":"2026-11-21T05:59:58.420000000Z","id":"p1/0000000000000000/#ops/1","conversation":"#ops","kind":"text","from":{"id":"pa","name":"anna"},"text":"hi"}],"more":true}`},
		{"the first of a window", "r", chat.History{Conversation: chat.Lobby, More: true, First: true}, `{"v":1,"type":"history",` + at + `,"ref":"r","conversation":"lobby","items":[],"more":true,"first":true}`},
		{"search", "r", chat.History{Words: "hi", Items: []chat.Remembered{{Shown: chat.Shown{ID: direct1, From: peer1, To: &anna, Kind: chat.Text, Text: "hi", At: sent, Mine: true}, State: chat.Queued}}},
			`{"v":1,"type":"history",` + at + `,"ref":"r","words":"hi","items":[{"ts":"2026-11-21T05:59:58.420000000Z","id":"p1/0000000000000000/dm/p1/pa/1","conversation":"dm","kind":"text","from":{"id":"p1","peer_no":1,"name":""},"to":{"id":"pa","name":"anna"},"text":"hi","mine":true,"state":"queued"}]}`},
		{"digest", "", chat.Digest{Conversation: "#ops", Count: 214, From: []chat.Peer{anna}, Since: sent, Until: sent, Mentions: []chat.Shown{{ID: ops1, From: anna, Kind: chat.Text, Text: "p1!", At: sent}}},
			`{"v":1,"type":"digest",` + at + `,"conversation":"#ops","count":214,"since":"2026-11-21T05:59:58.420000000Z","until":"2026-11-21T05:59:58.420000000Z","from":[{"id":"pa","name":"anna"}],` +
				`"mentions":[{"ts":"2026-11-21T05:59:58.420000000Z","id":"p1/0000000000000000/#ops/1","conversation":"#ops","kind":"text","from":{"id":"pa","name":"anna"},"text":"p1!"}]}`},
		{"holders", "r", chat.Holders{ID: lobby1, Text: "hi", State: chat.Delivered, Who: []chat.Peer{anna}, Of: 2},
			`{"v":1,"type":"holders",` + at + `,"ref":"r","id":"p1/0102000000000000/lobby/7","text":"hi","state":"delivered","peers":[{"id":"pa","name":"anna"}],"of":2}`},
		{"equivocation", "", chat.Equivocated{Conversation: chat.Lobby, Who: anna, Seq: 7, Texts: [2]string{"a", "b"}},
			`{"v":1,"type":"equivocation",` + at + `,"conversation":"lobby","from":{"id":"pa","name":"anna"},"seq":7,"texts":["a","b"]}`},
		{"gap", "", chat.GapSeen{Conversation: chat.Lobby, From: anna, Missing: 3},
			`{"v":1,"type":"gap",` + at + `,"conversation":"lobby","from":{"id":"pa","name":"anna"},"missing":3}`},
		{"lost", "", chat.GapSeen{Conversation: chat.Lobby, From: anna, Missing: 3, Lost: true},
			`{"v":1,"type":"gap",` + at + `,"conversation":"lobby","from":{"id":"pa","name":"anna"},"missing":3,"lost":true}`},
		{"notice", "", chat.Notice{Text: "x"}, `{"v":1,"type":"notice",` + at + `,"text":"x"}`},
		{"error", "r", chat.Failed{Code: chat.UnknownPeer, Text: "nobody is 9"}, `{"v":1,"type":"error",` + at + `,"text":"nobody is 9","ref":"r","code":"unknown-peer"}`},
		{"warning", "", chat.Warning{Text: "nothing answers"}, `{"v":1,"type":"notice",` + at + `,"text":"nothing answers","code":"warning"}`},
		{"lagged", "", chat.Lagged{Lost: 4}, `{"v":1,"type":"lagged",` + at + `,"lost":4}`},
		{"ended", "q", chat.Ended{}, `{"v":1,"type":"notice",` + at + `,"text":"the node has ended","ref":"q","code":"ended"}`},
		{"ended, and kept", "", chat.Ended{Undelivered: 2, Kept: true}, `{"v":1,"type":"error",` + at + `,"text":"the node has ended; messages not delivered: 2; they are kept, and sent after the next start","code":"undelivered","undelivered":2,"kept":true}`},
		{"ended too early", "", chat.Ended{Undelivered: 2}, `{"v":1,"type":"error",` + at + `,"text":"the node has ended; messages not delivered: 2","code":"undelivered","undelivered":2}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := string(Append(nil, chat.Notify{Ref: c.ref, Notification: c.n}, now))
			if got != c.want+"\n" {
				t.Errorf("\n got %swant %s", got, c.want)
			}
			if !json.Valid([]byte(got)) {
				t.Errorf("%s is not JSON", got)
			}
		})
	}
}

// Whatever answers carries the ref of the one who asked, exactly once.
func TestEveryAnswerHasTheRef(t *testing.T) {
	for _, n := range []chat.Notification{
		chat.Ready{}, chat.PeerCame{}, chat.PeerLeft{}, chat.Shown{}, chat.Delivery{}, chat.Entered{}, chat.MemberCame{}, chat.MemberLeft{},
		chat.Joined{}, chat.Parted{}, chat.Switched{}, chat.SessionChanged{Event: chat.Opened}, chat.PlaceList{}, chat.DirectList{}, chat.UserList{}, chat.Renamed{},
		chat.AwayChanged{}, chat.Portrait{}, chat.PeerList{}, chat.StatusReport{}, chat.History{}, chat.Digest{}, chat.Holders{}, chat.Equivocated{}, chat.GapSeen{}, chat.Notice{}, chat.Warning{}, chat.Failed{},
		chat.Lagged{}, chat.Ended{}, chat.Ended{Undelivered: 1},
	} {
		told := string(Append(nil, chat.Notify{Ref: "r42", Notification: n}, now))
		if !json.Valid([]byte(told)) || strings.Count(told, `"ref":"r42"`) != 1 {
			t.Errorf("%T: %s", n, told)
		}
	}
}

// FuzzQuote holds that a reader gets back what was written, and that nothing in between
// can act on a terminal.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a\"\\", "\x00\x7f\u0085\u2028", "\U000e0041😀", "\xff\xed\xa0\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q := quote(nil, s)
		var back string
		if err := json.Unmarshal(q, &back); err != nil || utf8.ValidString(s) && back != s || !utf8.ValidString(back) {
			t.Fatalf("quote(%q) = %s, read as %q, %v", s, q, back, err)
		}
		if strings.IndexFunc(string(q), safe.Hidden) >= 0 {
			t.Fatalf("quote(%q) = %q lets something hidden through", s, q)
		}
	})
}

func BenchmarkAppendLobby(b *testing.B) {
	n := chat.Notify{Notification: chat.Shown{ID: lobby1, From: peer1, Kind: chat.Text, Text: strings.Repeat("good morning ", 8), At: sent}}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = Append(dst[:0], n, now)
	}
}
