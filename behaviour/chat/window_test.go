package chat

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// discussion has a and b say ten things in the lobby, one a minute from noon on, and
// returns a script in which the last second has come.
func discussion(t *testing.T) *script {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	for i := range 10 {
		s.now = noon.Add(time.Duration(i) * time.Minute)
		s.play([]string{"a", "b"}[i%2], Say{fmt.Sprint(i)})
	}
	s.forget()
	return s
}

// What CHATHISTORY of IRC, a page that goes on where it was and a command that
// follows a conversation ask for, of a1 b1 a2 b2 … b5.
func TestWindowsOfHistory(t *testing.T) {
	s := discussion(t)
	id := func(who string, seq uint64) string {
		l := s.cores["a"].lobby
		for _, k := range l.list {
			if k.key.Author == PeerID(who) {
				return MessageID{Lobby, Ref{k.key, seq}}.String()
			}
		}
		t.Fatalf("%s has said nothing", who)
		return ""
	}
	at := func(m int) time.Time { return noon.Add(time.Duration(m) * time.Minute) }
	for _, c := range []struct {
		name string
		in   ReadHistory
		want string
	}{
		{"latest", ReadHistory{N: 2}, "history a5 b5 and more"},
		{"latest after a message", ReadHistory{N: 2, After: id("a", 4)}, "history a5 b5 and more"},
		{"latest after a message, all of it", ReadHistory{N: 4, After: id("a", 4)}, "history b4 a5 b5"},
		{"before a message", ReadHistory{N: 2, Before: id("a", 2)}, "history a1 b1"},
		{"before a message, there are more", ReadHistory{N: 2, Before: id("b", 2)}, "history b1 a2 and more"},
		{"before a time", ReadHistory{N: 2, Until: at(2)}, "history a1 b1"},
		{"after a message", ReadHistory{N: 2, After: id("b", 1), First: true}, "history a2 b2 and more"},
		{"after the last but one", ReadHistory{N: 2, After: id("a", 5), First: true}, "history b5"},
		{"after the last", ReadHistory{N: 2, After: id("b", 5), First: true}, "history"},
		{"since a time", ReadHistory{N: 2, Since: at(8), First: true}, "history a5 b5"},
		{"since a moment later", ReadHistory{N: 2, Since: at(8).Add(time.Nanosecond), First: true}, "history b5"},
		{"from the beginning", ReadHistory{N: 3, First: true}, "history a1 b1 a2 and more"},
		{"between messages", ReadHistory{N: 9, After: id("b", 1), Before: id("a", 4), First: true}, "history a2 b2 a3 b3"},
		{"between messages, cut", ReadHistory{N: 3, After: id("b", 1), Before: id("a", 4), First: true}, "history a2 b2 a3 and more"},
		{"between messages, cut at the other end", ReadHistory{N: 3, After: id("b", 1), Before: id("a", 4)}, "history b2 a3 b3 and more"},
		{"between times", ReadHistory{N: 9, Since: at(1), Until: at(3)}, "history b1 a2"},
		{"between a message and a time", ReadHistory{N: 9, After: id("b", 1), Until: at(4)}, "history a2 b2"},
		{"between a time and a message", ReadHistory{N: 9, Since: at(4), Before: id("b", 3)}, "history a3"},
		{"around a message: before", ReadHistory{N: 2, Before: id("a", 3)}, "history a2 b2 and more"},
		{"around a message: from it on", ReadHistory{N: 2, After: id("b", 2), First: true}, "history a3 b3 and more"},
		{"upside down", ReadHistory{N: 9, After: id("a", 4), Before: id("b", 1)}, "history"},
		{"upside down in time", ReadHistory{N: 9, Since: at(3), Until: at(1)}, "history"},
		{"of no time at all", ReadHistory{N: 9, Since: at(3), Until: at(3)}, "history"},
		{"until long ago", ReadHistory{N: 9, Until: time.Unix(-1e9, 0)}, "history"},
		{"since long ago", ReadHistory{N: 9, Since: time.Unix(-1e9, 0)}, "history b1 a2 b2 a3 b3 a4 b4 a5 b5 and more"},
		{"until the end of time", ReadHistory{N: 1, Until: time.Unix(1<<62, 0)}, "history b5 and more"},
		{"since the end of time", ReadHistory{N: 1, Since: time.Unix(1<<62, 0)}, "history"},
		{"after what is no message", ReadHistory{After: "x"}, "refused no-place: no message there is called x"},
		{"after a message of another place", ReadHistory{In: "dm b", After: id("a", 1)}, "refused no-place: no message there is called " + id("a", 1)},
		{"with nobody", ReadHistory{In: "dm zoe"}, `refused unknown-peer: nobody is "zoe"`},
		{"of a channel whose name begins as a question for one does", ReadHistory{In: "dmb"}, `refused no-place: nobody is "dmb"`},
		{"after what is not kept", ReadHistory{After: id("a", 99)}, "refused no-place: that message is not kept here; /history tells what is"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.t = t
			s.play("a", c.in)
			s.pass(olderTime)
			s.saw("a", c.want)
		})
	}
}

// A window that begins after what is kept does is answered at once; one that begins
// before it fetches what is missing of it, and no more.
func TestOlderHistoryOfAWindow(t *testing.T) {
	s := reader(t, true, 2000, "x")
	low := s.cores["b"].lobby.logs[key("x", 1)].low
	began, apart := noon.Add(-21*24*time.Hour), 21*24*time.Hour/200
	sent := func(seq uint64) time.Time { return began.Add(apart * time.Duration((seq-1)/10)) } // of the envelope it is in
	asked := 0                                                                                 // turns that want what is older
	s.carried = func(deltas []Delta) {
		if slices.ContainsFunc(deltas, func(d Delta) bool { return len(d.Want) > 0 }) {
			asked++
		}
	}
	for _, c := range []struct {
		name string
		in   ReadHistory
	}{
		{"since a time", ReadHistory{N: 2000, Since: sent(low + 30)}},
		{"after a message", ReadHistory{N: 2000, After: MessageID{Lobby, Ref{key("x", 1), low}}.String()}},
		{"the first", ReadHistory{N: 3, Since: sent(low - 300), First: true}},
	} {
		s.recalled(c.in)
		if got := s.cores["b"].lobby.logs[key("x", 1)].low; got != low || asked != 0 {
			t.Fatalf("%s: the history begins at %d, at %d before, after %d turns with others", c.name, got, low, asked)
		}
	}
	since := low - low%10 + 1 - 500
	ids, more := s.recalled(ReadHistory{N: 2000, Since: sent(since)})
	if want := int(2000 - since + 1); len(ids) != want || more || ids[0] != fmt.Sprint("x", since) {
		t.Errorf("since %d came %d from %s, more: %v; want %d", since, len(ids), ids[0], more, want)
	}
	if got := s.cores["b"].lobby.logs[key("x", 1)].low; got == 1 {
		t.Error("all there is was fetched for it")
	}
	was := asked
	s.recalled(ReadHistory{N: 2000, Since: sent(since)})
	if asked != was {
		t.Errorf("the first time it took %d turns with others, and the second time %d", was, asked-was)
	}
}

// Of a direct conversation of several users of a node each is told of as many of his
// own messages as he asks for, however many of others' lie between; and of nothing that
// is older than himself.
func TestHistoryOfOneAmongMany(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	s.enter("a", "ann")
	says := func(user User, text string) { s.play("a", asks{user, "", SendDirect{To: "b", Text: text}}) }
	says(1, "one")  // a>b1
	says(1, "two")  // a>b2
	for range 300 { // up to a>b302
		says(Owner, "of the owner's")
	}
	says(1, "three") // a>b303
	s.forget()
	for _, c := range []struct {
		in   ReadHistory
		want string
	}{
		{ReadHistory{N: 2}, "a>b2 (delivered) a>b303 (delivered) and more"},
		{ReadHistory{N: 3}, "a>b1 (delivered) a>b2 (delivered) a>b303 (delivered)"},
		{ReadHistory{N: 9}, "a>b1 (delivered) a>b2 (delivered) a>b303 (delivered)"},
		{ReadHistory{N: 2, First: true}, "a>b1 (delivered) a>b2 (delivered) and more"},
		{ReadHistory{N: 3, First: true}, "a>b1 (delivered) a>b2 (delivered) a>b303 (delivered)"},
	} {
		c.in.In = "dm b"
		s.play("a", asks{1, "", c.in})
		s.saw("a", "guest 1: history "+c.want)
	}
	s.give("a", asks{1, "", Exit{}})
	s.now = s.now.Add(time.Second)
	s.give("a", asks{2, "", Enter{"ann"}})
	s.forget()
	before := s.cores["a"].recallsAsked
	s.play("a", asks{2, "", ReadHistory{In: "dm b", N: 2}})
	s.saw("a", "guest 2: history")
	if n := s.cores["a"].recallsAsked - before; n != 1 {
		t.Errorf("the store was asked %d times for what can only be nothing", n)
	}
}

// What is shown to nobody is looked through for a while, not for ever.
func TestHistoryOfNobody(t *testing.T) {
	s := newScript(t)
	s.join("a", durable)
	started(t, s, "a")
	asked, looked := 0, 0
	effects := s.give("a", ReadHistory{In: "lobby", N: 10})
	for {
		q, ok := effects[0].(Recall)
		if !ok {
			break
		}
		asked++
		r := Recalled{N: q.N, More: true}
		for range q.Limit {
			looked++
			r.Items = append(r.Items, Memory{Placed: Placed{ID: MessageID{Lobby, Ref{key("b", 1), uint64(1<<20 - looked)}}, Message: Message{Kind: 99}}})
		}
		effects = s.give("a", r)
	}
	h := effects[0].(Notify).Notification.(History)
	if len(h.Items) != 0 || !h.More || looked < maxHistory || looked >= maxHistory+sieveCount || asked != 1+(maxHistory-10+sieveCount-1)/sieveCount {
		t.Errorf("after %d questions and %d messages it tells %+v", asked, looked, h)
	}
}
