package irc

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tincan/behaviour/chat"
)

// machine is a session with a core that exists on paper only.
type machine struct {
	*session
	t     testing.TB
	asked []chat.Instruction
}

const (
	home chat.PeerID = "12D3KooWHomeHomeHomeHomeHomeHomeHomeHomeHomeHomeHOME"
	away chat.PeerID = "12D3KooWAwayAwayAwayAwayAwayAwayAwayAwayAwayAwayAWAY"
)

func paperDoor() *Door { return New(nil, Options{Log: slog.New(slog.DiscardHandler)}) }

// register makes a session that is registered and has joined #ops.
func register(t testing.TB, d *Door, nick string, caps ...string) *machine {
	m := &machine{session: newSession(d, new(poster)), t: t}
	if len(caps) > 0 {
		m.types("CAP REQ :"+strings.Join(caps, " "), "NICK "+nick, "USER u 0 * :r", "CAP END")
	} else {
		m.types("NICK "+nick, "USER u 0 * :r")
	}
	m.types("JOIN #ops")
	if !m.registered || len(m.joined) != 1 {
		t.Fatalf("not registered: %s", m.out)
	}
	m.out, m.asked = nil, nil
	return m
}

var testTime = time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)

// types gives the session lines and answers what it asks the core.
func (m *machine) types(lines ...string) {
	for _, l := range lines {
		m.line(testTime, []byte(l))
		m.core()
		if m.busy() {
			m.t.Fatalf("%q is not over", l)
		}
	}
}

// core answers as politely as may be.
func (m *machine) core() {
	for len(m.asks) > 0 {
		asks := slices.Clone(m.asks)
		m.asks = m.asks[:0]
		for _, a := range asks {
			if a.act == nil {
				m.told(testTime, []chat.Notify{{Ref: a.ref, Notification: m.answerTo(a.in)}})
			}
		}
	}
}

func (m *machine) answerTo(in chat.Instruction) chat.Notification {
	if _, fence := in.(chat.Attach); !fence {
		m.asked = append(m.asked, in)
	}
	id := chat.MessageID{Conversation: "#ops", Ref: chat.Ref{LogKey: chat.LogKey{Author: home}, Seq: 1}}
	switch in := in.(type) {
	case chat.Attach:
		return chat.Ready{Me: chat.Peer{ID: home}}
	case chat.Enter:
		return chat.Entered{Me: chat.Peer{ID: home, Guest: in.Name}}
	case chat.Rename:
		return chat.Renamed{Was: m.me, Now: chat.Peer{ID: home, Guest: in.Name}, Mine: true}
	case chat.Join:
		return chat.Joined{Conversation: chat.Conversation(in.Channel)}
	case chat.Part:
		return chat.Parted{Conversation: chat.Conversation(in.Channel)}
	case chat.SayIn:
		return chat.Shown{ID: id, From: m.me, Kind: chat.Text, Text: in.Text, At: testTime, Mine: true}
	case chat.ActIn:
		return chat.Shown{ID: id, From: m.me, Kind: chat.Action, Text: in.Text, At: testTime, Mine: true}
	case chat.ReadHistory:
		return chat.History{}
	case chat.ListUsers:
		return chat.UserList{Conversation: "#ops"}
	case chat.Away, chat.Back:
		return chat.Notice{}
	}
	return chat.Failed{Code: chat.UnknownPeer, Text: "nobody\r\nQUIT"}
}

// tells gives the session notifications, and returns what it writes.
func (m *machine) tells(ns ...chat.Notification) string {
	m.out = nil
	for _, n := range ns {
		m.told(testTime, []chat.Notify{{Notification: n}})
	}
	m.core()
	return string(m.out)
}

// wellFormed checks all that a session writes: whole lines of text, none too long.
func wellFormed(t testing.TB, out []byte) {
	t.Helper()
	text := string(out)
	if text != "" && !strings.HasSuffix(text, "\r\n") {
		t.Errorf("half a line: %q", text)
	}
	for _, l := range strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		body := l
		if strings.HasPrefix(l, "@") {
			_, body, _ = strings.Cut(l, " ")
		}
		if strings.ContainsAny(l, "\r\n\x00") || len(body) > lineSize-2 || !utf8.ValidString(l) {
			t.Errorf("a bad line of %d bytes: %q", len(body), l)
		}
	}
}

var hostile = []string{
	"x\r\nQUIT :pwned", "x\nPRIVMSG #ops :pwned", "x\rKILL", "\x00", "\x1b[2J\x1b]52;c;AAAA\x07", ":x", " x y ", "", "@a=b :c d",
	"\xff\xfe", "\u202egnp", "\u0085x", strings.Repeat("é", 400), strings.Repeat("x", 4000), "\x01DCC SEND x\x01 y",
}

// What comes from the network breaks no line, whatever it is.
func TestHostileNetwork(t *testing.T) {
	for _, caps := range [][]string{nil, {"message-tags", "server-time", "batch", "draft/multiline", "extended-join", "away-notify", "userhost-in-names"}} {
		for i, bad := range hostile {
			t.Run(fmt.Sprint(len(caps), "/", i), func(t *testing.T) {
				m := register(t, paperDoor(), "anna", caps...)
				who := chat.Peer{ID: away, Name: bad}
				guest := chat.Peer{ID: away, Name: bad, Guest: bad + "g"}
				id := chat.MessageID{Conversation: "#ops", Ref: chat.Ref{LogKey: chat.LogKey{Author: away}, Seq: 1}}
				dm := chat.MessageID{Conversation: chat.DirectWith(home, away), Ref: id.Ref}
				out := m.tells(
					chat.MemberCame{Conversation: "#ops", Who: who}, chat.MemberCame{Conversation: "#ops", Who: guest},
					chat.Shown{ID: id, From: who, Kind: chat.Text, Text: bad},
					chat.Shown{ID: id, From: guest, Kind: chat.Action, Text: bad},
					chat.Shown{ID: id, From: guest, Kind: chat.Hello},
					chat.Shown{ID: dm, From: who, To: &m.me, Kind: chat.Text, Text: bad},
					chat.Shown{ID: dm, From: m.me, To: &who, Kind: chat.Text, Text: bad, Mine: true},
					chat.Shown{ID: chat.MessageID{Conversation: "session/1"}, From: who, To: &m.me, Kind: chat.Text, Text: bad, Session: 1},
					chat.SessionChanged{Event: chat.Opened, N: 2, With: guest, Reason: bad},
					chat.AwayChanged{Who: who, Why: bad},
					chat.Renamed{Was: who, Now: chat.Peer{ID: away, Name: bad + "2"}},
					chat.Delivery{State: chat.SendFailed, To: &guest, Text: bad, Reason: bad},
					chat.Digest{Conversation: "#ops", Count: 3}, chat.GapSeen{From: guest, Missing: 2},
					chat.Equivocated{Who: who}, chat.Notice{Text: bad}, chat.Warning{Text: bad}, chat.Failed{Text: bad}, chat.Lagged{Lost: 3},
					chat.MemberLeft{Conversation: "#ops", Who: guest}, chat.PeerLeft{Peer: who},
				)
				wellFormed(t, []byte(out))
				for _, l := range strings.Split(out, "\r\n") {
					if strings.HasPrefix(l, "QUIT") || strings.HasPrefix(l, "PRIVMSG") || strings.HasPrefix(l, "KILL") {
						t.Errorf("injected: %q", l)
					}
				}
			})
		}
	}
}

// TestLongTexts: a text longer than a line comes whole, in pieces of whole characters.
func TestLongTexts(t *testing.T) {
	text := strings.Repeat("añ日🦊 ", 500) + "\n\nlast"
	for _, c := range []struct {
		story string
		caps  []string
	}{
		{"plain", nil},
		{"batched", []string{"batch", "draft/multiline", "message-tags"}},
	} {
		t.Run(c.story, func(t *testing.T) {
			m := register(t, paperDoor(), "anna", c.caps...)
			id := chat.MessageID{Conversation: "#ops", Ref: chat.Ref{LogKey: chat.LogKey{Author: away}, Seq: 7}}
			out := m.tells(chat.Shown{ID: id, From: chat.Peer{ID: away, Name: "bob"}, Kind: chat.Text, Text: text})
			wellFormed(t, []byte(out))
			var got strings.Builder
			ids := 0
			for i, l := range strings.Split(strings.TrimSuffix(out, "\r\n"), "\r\n") {
				ids += strings.Count(l, "msgid=")
				_, said, ok := strings.Cut(l, " PRIVMSG #ops :")
				if !ok {
					continue
				}
				if i > 1 && c.caps != nil && !strings.Contains(l, concatTag) || said == "last" && c.caps == nil {
					got.WriteByte('\n')
				}
				got.WriteString(said)
			}
			want := text
			if c.caps == nil {
				want = strings.ReplaceAll(text, "\n\n", "\n") // an empty line cannot be said
			}
			if got.String() != want {
				t.Errorf("got %q", got.String())
			}
			if c.caps != nil && ids != 1 {
				t.Errorf("%d ids", ids)
			}
		})
	}
}

// TestNicks: people of away nodes have nicks of their own, whatever they are called,
// and the words to them go to them.
func TestNicks(t *testing.T) {
	d := paperDoor()
	m := register(t, d, "anna")
	for _, c := range []struct {
		who  chat.Peer
		nick string
	}{
		{chat.Peer{ID: away, Name: "bob"}, "bob"},
		{chat.Peer{ID: away + "2", Name: "Bob"}, "Bob|WAY2"},
		{chat.Peer{ID: away + "3", Name: "anna"}, "anna|WAY3"},
		{chat.Peer{ID: away + "4", No: 4}, "peer4"},
		{chat.Peer{ID: away + "5"}, "peer-wayAWAY5"},
		{chat.Peer{ID: away, Name: "bob", Guest: "carl"}, "carl"},
		{chat.Peer{ID: away + "4", No: 4, Guest: "carl"}, "carl|peer4"},
		{chat.Peer{ID: away + "6", Name: "9 lives, 2: many"}, "_9_lives__2__many"},
		{chat.Peer{ID: home, Guest: "dora"}, "dora"},
		{chat.Peer{ID: home, Name: "anna"}, "anna|HOME"},
	} {
		for range 2 {
			if nick := d.nickOf(c.who); nick != c.nick {
				t.Errorf("%+v is %q, want %q", c.who, nick, c.nick)
			}
		}
		if c.who.ID == home && c.who.Guest != "" {
			continue // the core finds him by his name
		}
		m.asked = nil
		m.types("PRIVMSG " + strings.ToUpper(c.nick) + " :hi")
		want := []chat.Instruction{chat.SendDirect{To: address(personOf(c.who)), Text: "hi"}}
		if !slices.Equal(m.asked, want) {
			t.Errorf("%q: asked %v, want %v", c.nick, m.asked, want)
		}
	}
	// A client may have the nick that somebody elsewhere was shown with.
	bob := register(t, d, "BOB")
	if nick := d.nickOf(chat.Peer{ID: away, Name: "bob"}); nick != "bob|AWAY" {
		t.Errorf("the away bob is %q", nick)
	}
	if who, _, _ := d.find("bob"); who != bob.face.person {
		t.Errorf("bob is %v", who)
	}
}

// TestQuits: who leaves everything quits once, who leaves a channel parts.
func TestQuits(t *testing.T) {
	m := register(t, paperDoor(), "anna")
	m.types("JOIN #dev", "JOIN lobby", "JOIN #lobby")
	bob := chat.Peer{ID: away, Name: "bob"}
	came := func(in chat.Conversation) chat.Notification { return chat.MemberCame{Conversation: in, Who: bob} }
	left := func(in chat.Conversation) chat.Notification { return chat.MemberLeft{Conversation: in, Who: bob} }
	m.joined[chat.Lobby] = &membership{}
	for _, c := range []struct {
		story string
		told  []chat.Notification
		want  string
	}{
		{"he comes", []chat.Notification{chat.PeerCame{Peer: bob}, came("#ops")}, "JOIN #lobby|JOIN #ops"},
		{"he parts", []chat.Notification{left("#ops")}, "PART #ops"},
		{"he comes again", []chat.Notification{came("#ops"), came("#dev")}, "JOIN #ops|JOIN #dev"},
		{"his node is gone", []chat.Notification{chat.PeerLeft{Peer: bob}, left("#ops"), left("#dev")}, "QUIT :gone"},
		{"he is back", []chat.Notification{came("#ops")}, "JOIN #ops"},
		{"and parts", []chat.Notification{left("#ops")}, "PART #ops"},
	} {
		var got []string
		for _, l := range strings.Split(strings.TrimSuffix(m.tells(c.told...), "\r\n"), "\r\n") {
			_, l, _ = strings.Cut(l, ".peer ")
			got = append(got, l)
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%s: %q, want %q", c.story, got, c.want)
		}
	}
}

// FuzzLine: whatever a client sends, what it is answered is IRC, and the session goes
// on or says why not.
func FuzzLine(f *testing.F) {
	for name := range verbs {
		f.Add(name+" a b c d :e", "x")
	}
	for _, s := range []string{"@label=x;+a=b PRIVMSG #ops,anna :hi", "BATCH +1 draft/multiline #ops", "@batch=1 PRIVMSG #ops :x", "WHO #ops %tcuhsnfdlaor,9",
		"CHATHISTORY BETWEEN #ops msgid=x timestamp=2020-01-01T00:00:00.000Z 3", "MONITOR + a,b,c", ":src NICK \xff", "JOIN " + strings.Repeat("#a,", 100)} {
		f.Add(s, "\x01ACTION x\x01")
	}
	f.Fuzz(func(t *testing.T, line, text string) {
		d := paperDoor()
		for _, caps := range [][]string{nil, {"batch", "message-tags", "labeled-response", "echo-message", "draft/multiline", "draft/chathistory", "server-time"}} {
			m := register(t, d, fmt.Sprint("anna", len(caps)), caps...)
			if strings.ContainsAny(line, "\n") {
				continue // the reader leaves none
			}
			m.types(line, "PRIVMSG #ops :"+strings.ReplaceAll(text, "\n", ""))
			m.tells(chat.Shown{ID: chat.MessageID{Conversation: "#ops"}, From: chat.Peer{ID: away, Name: text}, Kind: chat.Text, Text: text})
			wellFormed(t, m.out)
		}
	})
}
