package line

import (
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

var (
	peer1 = chat.Peer{ID: id1, No: 1}
	peer2 = chat.Peer{ID: id2, No: 2}
	peer3 = chat.Peer{ID: id3, No: 3}
	anna  = chat.Peer{ID: id1, Name: "anna"}

	inLobby = chat.MessageID{Conversation: chat.Lobby, Ref: chat.Ref{LogKey: chat.LogKey{Author: id1}, Seq: 1}}
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
		{"ready", chat.Ready{Me: peer2, Network: "demo", Addrs: []string{"/ip4/127.0.0.1/tcp/63002", "/ip4/127.0.0.1/udp/63002/quic-v1"}},
			"* ready: you are peer 2 [demo] 12D3KooWJWoa… on /ip4/127.0.0.1/tcp/63002\n", ""},
		{"ready with a name, elsewhere", chat.Ready{Me: chat.Peer{ID: id2, No: 2, Name: "anna"}, Network: "lab", Addrs: []string{"/ip4/127.0.0.1/udp/63002/quic-v1", "/ip4/10.0.0.1/tcp/1"}},
			"* ready: you are peer 2 (anna) [demo] 12D3KooWJWoa… in network lab on /ip4/127.0.0.1/udp/63002/quic-v1, /ip4/10.0.0.1/tcp/1\n", ""},
		{"ready without a door", chat.Ready{Me: chat.Peer{ID: id2}, Network: "main"}, "* ready: you are peer …Lr2NASuq 12D3KooWJWoa…\n", ""},

		{"came", chat.PeerCame{Peer: peer1}, "* peer 1 is here\n", ""},
		{"left", chat.PeerLeft{Peer: peer1}, "* peer 1 is gone\n", ""},
		{"named peer came", chat.PeerCame{Peer: anna}, "* anna#KPH5 is here\n", ""},
		{"named demo peer came", chat.PeerCame{Peer: chat.Peer{ID: id1, No: 1, Name: "anna"}}, "* anna#1 is here\n", ""},
		{"a name that poses as a line", chat.PeerCame{Peer: chat.Peer{ID: id3, No: 3, Name: "peer 1: \"hi\"\n[lobby] x"}},
			`* "peer 1: 'hi'\n[lobby] x"#3 is here` + "\n", ""},

		{"lobby text", said("good morning"), "[lobby] peer 1: good morning\n", ""},
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

		{"nobody", chat.PeerList{}, "* no peers yet\n", ""},
		{"peers", chat.PeerList{Peers: []chat.PeerInfo{
			{Peer: peer1, State: "here", Path: "direct", RTT: 420 * time.Microsecond},
			{Peer: chat.Peer{ID: id3, Name: "zoë"}, State: "heard of", Path: "gossip"},
		}}, "" +
			"* peer      id                                                    state     path    rtt\n" +
			"* peer 1    " + id1 + "  here      direct  0.4 ms\n" +
			"* zoë#Naba  " + id3 + "  heard of  gossip  -\n", ""},
		{"status", chat.StatusReport{Me: peer2, Network: "demo", Addrs: []string{"/ip4/127.0.0.1/tcp/63002"}, Up: 90*time.Second + 1,
			Peers: 1, Messages: 14, Counters: map[string]uint64{"none": 0, "bad signature": 3}}, "" +
			"* you are peer 2 [demo] " + id2 + "\n" +
			"* network demo, up 1m30s\n" +
			"* listens on /ip4/127.0.0.1/tcp/63002\n" +
			"* 1 peer connected, 14 messages held, 0 direct messages on the way\n" +
			"* dropped or refused: 3 × bad signature\n", ""},

		{"gap", chat.GapSeen{From: anna, Missing: 3}, "* 3 messages from anna#KPH5 have not arrived yet\n", ""},
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
			var f Formatter
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
	} {
		d.ID = inLobby
		out, _ = f.Append(out, nil, chat.Notify{Notification: d})
	}
	want := "[lobby] you: one — queued: nobody is here yet\n" +
		"[lobby] you: three — queued: nobody is here yet\n" +
		"[lobby] you: four — queued: something else\n"
	if string(out) != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}

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

// FuzzFormat holds that whatever a stranger writes, every line of output begins with a
// bracket, a star or an indentation.
func FuzzFormat(f *testing.F) {
	f.Add("anna", "hi\nthere", "alice")
	f.Add("\n", "\r\n\x1b", "\u202e")
	f.Fuzz(func(t *testing.T, name, text, guest string) {
		var form Formatter
		from := chat.Peer{ID: id1, Name: name, Guest: guest}
		for _, n := range []chat.Notification{
			chat.Shown{ID: inLobby, From: from, Kind: chat.Text, Text: text},
			chat.Delivery{ID: inDM, To: &from, Text: text, State: chat.Delivered},
			chat.PeerCame{Peer: from},
			chat.Notice{Text: text},
			chat.PeerList{Peers: []chat.PeerInfo{{Peer: from, State: text, Path: text}}},
		} {
			out, _ := form.Append(nil, nil, chat.Notify{Notification: n})
			if len(out) == 0 || out[len(out)-1] != '\n' {
				t.Fatalf("%T: %q is not whole lines", n, out)
			}
			for line := range strings.Lines(string(out)) {
				if !strings.HasPrefix(line, "[") && !strings.HasPrefix(line, "* ") && !strings.HasPrefix(line, indent) {
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

func BenchmarkFormatLobby(b *testing.B) {
	var f Formatter
	n := chat.Notify{Notification: chat.Shown{ID: inLobby, From: peer1, Kind: chat.Text, Text: strings.Repeat("good morning ", 8)}}
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out, _ = f.Append(out[:0], nil, n)
	}
}
