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

	now  = time.Date(2026, 11, 21, 7, 0, 0, 120, time.FixedZone("", 3600))
	sent = time.Date(2026, 11, 21, 5, 59, 58, 420e6, time.UTC)

	lobby1  = chat.MessageID{Conversation: chat.Lobby, Ref: chat.Ref{LogKey: chat.LogKey{Author: "p1", Log: chat.LogID{1, 2}}, Seq: 7}}
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
			`{"v":1,"type":"message",` + at + `,"id":"p1/0000000000000000/dm/p1/pa/1","conversation":"dm","kind":"text",` +
				`"from":{"id":"p1","peer_no":1,"name":""},"to":{"id":"pa","name":"anna"},"text":"hi","mine":true}`},
		{"answer to a hello", "", chat.Shown{ID: direct1, From: peer1, To: &anna, Kind: chat.HelloAck},
			`{"v":1,"type":"message",` + at + `,"id":"p1/0000000000000000/dm/p1/pa/1","conversation":"dm","kind":"hello-ack",` +
				`"from":{"id":"p1","peer_no":1,"name":""},"to":{"id":"pa","name":"anna"},"text":""}`},
		{"delivered", "r", chat.Delivery{ID: direct1, To: &anna, Text: "hi", State: chat.Delivered},
			`{"v":1,"type":"delivery",` + at + `,"ref":"r","id":"p1/0000000000000000/dm/p1/pa/1","to":{"id":"pa","name":"anna"},"state":"delivered"}`},
		{"sent", "", chat.Delivery{ID: lobby1, State: chat.Sent, Peers: 3},
			`{"v":1,"type":"delivery",` + at + `,"ref":"","id":"p1/0102000000000000/lobby/7","state":"sent","peers":3}`},
		{"held", "r", chat.Delivery{Text: "dm 9 hi", State: chat.Held, Reason: "nobody is 9"},
			`{"v":1,"type":"delivery",` + at + `,"ref":"r","id":"","state":"held","reason":"nobody is 9"}`},
		{"peers", "r", chat.PeerList{Peers: []chat.PeerInfo{
			{Peer: peer1, State: "here", Path: "direct", RTT: 420 * time.Microsecond, Addr: "/ip4/127.0.0.1/tcp/63001"}, {Peer: anna, State: "gone"}}},
			`{"v":1,"type":"peers",` + at + `,"ref":"r","peers":[{"id":"p1","peer_no":1,"name":"","state":"here","path":"direct","rtt_ms":0.420,"addr":"/ip4/127.0.0.1/tcp/63001"},` +
				`{"id":"pa","name":"anna","state":"gone","path":"","addr":""}]}`},
		{"status", "r", chat.StatusReport{Me: peer1, Network: "demo", Up: 90 * time.Second, Peers: 1, Messages: 2, Outbox: 3, Counters: map[string]uint64{"b": 2, "a": 1}},
			`{"v":1,"type":"status",` + at + `,"ref":"r","id":"p1","peer_no":1,"name":"","network":"demo","addrs":[],"up_s":90,"peers":1,"messages":2,"outbox":3,"counters":{"a":1,"b":2}}`},
		{"gap", "", chat.GapSeen{Conversation: chat.Lobby, From: anna, Missing: 3},
			`{"v":1,"type":"gap",` + at + `,"conversation":"lobby","from":{"id":"pa","name":"anna"},"missing":3}`},
		{"lost", "", chat.GapSeen{Conversation: chat.Lobby, From: anna, Missing: 3, Lost: true},
			`{"v":1,"type":"gap",` + at + `,"conversation":"lobby","from":{"id":"pa","name":"anna"},"missing":3,"lost":true}`},
		{"notice", "", chat.Notice{Text: "x"}, `{"v":1,"type":"notice",` + at + `,"text":"x"}`},
		{"error", "r", chat.Failed{Code: chat.UnknownPeer, Text: "nobody is 9"}, `{"v":1,"type":"error",` + at + `,"text":"nobody is 9","ref":"r","code":"unknown-peer"}`},
		{"warning", "", chat.Warning{Text: "nothing answers"}, `{"v":1,"type":"notice",` + at + `,"text":"nothing answers","code":"warning"}`},
		{"lagged", "", chat.Lagged{Lost: 4}, `{"v":1,"type":"lagged",` + at + `,"lost":4}`},
		{"ended", "q", chat.Ended{}, `{"v":1,"type":"notice",` + at + `,"text":"the node has ended","ref":"q","code":"ended"}`},
		{"ended too early", "", chat.Ended{Undelivered: 2}, `{"v":1,"type":"error",` + at + `,"text":"the node has ended; messages not delivered: 2","code":"undelivered"}`},
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
