package chat

import (
	"encoding/json"
	"fmt"
	"strings"
)

// texts writes effects as scripts state them.
func texts(effects []Effect) []string {
	var lines []string
	for _, e := range effects {
		lines = append(lines, text(e))
	}
	return lines
}

func text(e Effect) string {
	switch e := e.(type) {
	case Notify:
		s := notificationText(e.Notification)
		switch {
		case len(e.For) == 1 && e.For[0] != Owner:
			s = fmt.Sprintf("guest %d: %s", e.For[0], s)
		case len(e.For) > 1:
			s = fmt.Sprintf("users %v: %s", e.For, s)
		}
		if e.Ref != "" {
			s += " (" + e.Ref + ")"
		}
		return s
	case Publish:
		return "publish " + envelopeText(e.Envelope)
	case Send:
		s := fmt.Sprintf("send to %s %s", e.To, envelopeText(e.Envelope))
		if e.Floor != e.Envelope.First {
			s += fmt.Sprintf(" floor %d", e.Floor)
		}
		return s
	case Answer:
		return fmt.Sprintf("answer %v up to %d", e.Verdict, e.Last)
	case Sync:
		return fmt.Sprintf("sync with %s: %s", e.With, deltasText(e.Deltas))
	case AnswerSync:
		return "answer sync: " + deltasText(e.Deltas)
	case Find:
		return "find " + string(e.Peer)
	case Dial:
		return "dial " + e.Addr
	case Inspect:
		return "inspect"
	case AskLinks:
		return "ask " + string(e.With) + " for its links"
	case AnswerLinks:
		return "answer links:" + linksText(e.Links)
	case Subscribe:
		return "subscribe " + string(e.Conversation)
	case Unsubscribe:
		return "unsubscribe " + string(e.Conversation)
	case Hangup:
		return "hang up on " + string(e.Peer)
	case Stop:
		return "stop"
	case Save:
		return fmt.Sprintf("save %d with %d changes", e.N, len(e.Changes))
	case Recall:
		return fmt.Sprintf("recall %d of %s", e.Limit, e.Conversation)
	case OpenLine:
		return fmt.Sprintf("open line to %s: %s", e.To, frameText(e.Hello))
	case SendFrame:
		return fmt.Sprintf("line %d: %s", e.Line, frameText(e.Frame))
	case CloseLine:
		return fmt.Sprintf("close line %d", e.Line)
	}
	return fmt.Sprintf("%#v", e)
}

func linksText(links []Link) string {
	var s string
	for _, l := range links {
		s += fmt.Sprintf(" [%s %s %gms", l.Peer, l.Path, l.RTTms)
		for _, c := range l.Mesh {
			s += " " + string(c)
		}
		s += strings.TrimRight(" "+l.Addr, " ") + "]"
	}
	return s
}

// topologyText is the nodes, then the links.
func topologyText(n Topology) string {
	s := "network"
	for _, p := range n.Nodes {
		s += fmt.Sprintf(" [%s %s", p.Peer.Label(), p.State)
		if p.Me {
			s += " me"
		}
		s += strings.TrimRight(" in "+strings.Join(p.Channels, " "), " in") + "]"
	}
	for _, l := range n.Links {
		s += fmt.Sprintf(" (%d-%d %s %v", l.A, l.B, l.Path, l.RTT)
		for _, c := range l.Mesh {
			s += " " + c
		}
		s += ")"
	}
	return s
}

func notificationText(n Notification) string {
	switch n := n.(type) {
	case Ready:
		return "ready " + n.Me.Label()
	case PeerCame:
		return "came " + string(n.Peer.ID)
	case PeerLeft:
		return "left " + string(n.Peer.ID)
	case Shown:
		s := "shown "
		if n.Mine {
			s += "mine "
		}
		if n.Elsewhere {
			s += "elsewhere "
		}
		if n.Late {
			s += "late "
		}
		s += idText(n.ID) + " "
		if n.Session > 0 {
			s += fmt.Sprintf("in %d%s ", n.Session, sideText(n.Side))
		}
		if n.From.Guest != "" {
			s += "of " + n.From.Guest + " "
		}
		if n.To != nil && n.To.Guest != "" {
			s += "to " + n.To.Guest + " "
		}
		switch n.Kind {
		case Text:
			s += short(n.Text)
		case HelloAck:
			s += fmt.Sprintf("hello-ack after %v", n.After)
		case Action:
			s += "* " + short(n.Text)
		default:
			s += n.Kind.String()
		}
		return s
	case Delivery:
		if n.ID == (MessageID{}) {
			return fmt.Sprintf("%v %s: %s", n.State, short(n.Text), n.Reason)
		}
		s := fmt.Sprintf("%v %s", n.State, idText(n.ID))
		if n.State == Sent {
			s += fmt.Sprintf(" to %d", n.Peers)
		}
		if n.Reason != "" {
			s += ": " + n.Reason
		}
		return s
	case Entered:
		return fmt.Sprintf("entered as %s, asked for %q", n.Me.Label(), n.Asked)
	case Joined:
		s := fmt.Sprintf("joined %s as %d", n.Conversation, n.N)
		if n.Elsewhere {
			s += " elsewhere"
		}
		return s
	case Parted:
		return "parted " + string(n.Conversation)
	case Switched:
		return "in " + placeText(n.To)
	case DirectList:
		s := "directs"
		for _, p := range n.With {
			s += " [" + p.Label() + "]"
		}
		return s
	case PlaceList:
		s := "places"
		for _, p := range n.Places {
			s += fmt.Sprintf(" [%d %s", p.N, placeText(p))
			if p.Unread > 0 {
				s += fmt.Sprintf(" %d unread", p.Unread)
			}
			if p.Current {
				s += " *"
			}
			s += "]"
		}
		return s
	case Renamed:
		if n.Mine {
			return "you are " + n.Now.Label()
		}
		return n.Was.Label() + " is now " + n.Now.Label()
	case AwayChanged:
		return strings.TrimSpace("away: " + n.Who.Label() + " " + n.Why)
	case MemberCame:
		return "came to " + string(n.Conversation) + ": " + n.Who.Label()
	case MemberLeft:
		return "left " + string(n.Conversation) + ": " + n.Who.Label()
	case Portrait:
		s := n.Peer.Label() + " is " + n.State
		for _, p := range n.Others {
			s += ", not " + p.Label()
		}
		if n.Ignored {
			s += ", ignored"
		}
		return s
	case PeerList:
		s := "peers"
		for _, p := range n.Peers {
			s += fmt.Sprintf(" [%s %s %s]", p.Peer.Label(), p.State, p.Path)
		}
		return s
	case Topology:
		return topologyText(n)
	case StatusReport:
		return fmt.Sprintf("status: %d peers, %d messages, %d in outbox", n.Peers, n.Messages, n.Outbox)
	case GapSeen:
		s := fmt.Sprintf("gap of %d from %s", n.Missing, n.From.ID)
		if n.Conversation != Lobby {
			s = "direct " + s
		}
		if n.Lost {
			s += " lost"
		}
		return s
	case Equivocated:
		return fmt.Sprintf("equivocation of %s in %s: %d is %s and %s", n.Who.ID, n.Conversation, n.Seq, short(n.Texts[0]), short(n.Texts[1]))
	case History:
		s := "history"
		for _, m := range n.Items {
			s += " " + idText(m.ID)
			if m.State != 0 {
				s += " (" + m.State.String() + ")"
			}
		}
		if n.More {
			s += " and more"
		}
		return s
	case Digest:
		s := fmt.Sprintf("digest of %s: %d in %v from", n.Conversation, n.Count, n.Until.Sub(n.Since))
		for _, p := range n.From {
			s += " " + personText(p)
		}
		for i, m := range n.Mentions {
			if i == 0 {
				s += ", mentioned in"
			}
			s += " " + idText(m.ID)
		}
		return s
	case Warning:
		return "warning: " + n.Text
	case Notice:
		return "notice: " + n.Text
	case Failed:
		return fmt.Sprintf("refused %s: %s", n.Code, n.Text)
	case Ended:
		return fmt.Sprintf("ended, %d undelivered", n.Undelivered)
	case UserList:
		return "users of " + string(n.Conversation) + usersText(n.Users)
	case SessionChanged:
		s := fmt.Sprintf("session %d with %s %v %s", n.N, n.With.Label(), n.Event, sideText(n.Side))
		if n.Mine {
			s += " mine"
		}
		if n.Elsewhere {
			s += " elsewhere"
		}
		if n.Reason != "" {
			s += ": " + n.Reason
		}
		if n.Back != nil {
			s += fmt.Sprintf(" (back in %d)", n.Back.N)
		}
		return s
	}
	b, _ := json.Marshal(n) // follows pointers
	return fmt.Sprintf("%T%s", n, b)
}

func sideText(s Side) string { return [...]string{"", "A", "B"}[s] }

// frameText names the messages of a frame by their numbers.
func frameText(f *Frame) string {
	s := ""
	switch f.Kind {
	case FrameHello:
		s = "hello"
		if f.Fresh {
			s = "fresh hello"
		}
		if f.From != "" || f.To != "" {
			s += fmt.Sprintf(" from %q to %q", f.From, f.To)
		}
	case FrameData:
		s = fmt.Sprintf("%d", f.First)
		if len(f.Messages) > 1 {
			s += fmt.Sprintf("-%d", f.First+uint64(len(f.Messages))-1)
		}
	case FrameAck:
		s = "ack"
	case FrameClose:
		return fmt.Sprintf("close %d", f.Reason)
	default:
		s = fmt.Sprintf("frame of kind %d", f.Kind)
	}
	if f.Ack > 0 {
		s += fmt.Sprintf(" has %d", f.Ack)
	}
	return s
}

// placeText is "lobby", "#ops", "dm with peer b" or "session with peer b".
func placeText(p Place) string {
	if p.With == nil {
		return string(p.Conversation)
	}
	return p.Conversation.Kind() + " with " + p.With.Label()
}

func personText(p Peer) string {
	if p.Guest != "" {
		return p.Guest + "@" + string(p.ID)
	}
	return string(p.ID)
}

// usersText is " [a me] [b away: "lunch"]".
func usersText(users []UserInfo) string {
	s := ""
	for _, u := range users {
		s += " [" + personText(u.Peer)
		if u.Me {
			s += " me"
		}
		if u.Away != "" {
			s += fmt.Sprintf(" away: %q", u.Away)
		}
		s += "]"
	}
	return s
}

// presenceText is "presence in #c: here a, gone x@a".
func presenceText(of Conversation, e *Envelope) string {
	var s []string
	for _, m := range e.Messages {
		text := m.Kind.String() + " " + personText(Peer{ID: e.Author, Guest: m.Guest})
		if m.Body != "" {
			text += fmt.Sprintf(" %q", m.Body)
		}
		s = append(s, text)
	}
	return "presence in " + string(of) + ": " + strings.Join(s, ", ")
}

func logText(k LogKey) string {
	return string(k.Author) + strings.Repeat("'", int(k.Log[0])-1)
}

func idText(m MessageID) string {
	if m.Conversation.Kind() == "session" {
		return fmt.Sprintf("%s~%d", m.Author, m.Seq)
	}
	s := logText(m.LogKey)
	if a, b, ok := m.Conversation.Parties(); ok {
		if a == m.Author {
			a = b
		}
		s += ">" + string(a)
	} else if m.Conversation.IsChannel() {
		s += string(m.Conversation)
	}
	return fmt.Sprintf("%s%d", s, m.Seq)
}

func envelopeName(e *Envelope) string { return idText(e.ID(0)) }

// envelopeText names the envelope, then its messages, or their number if they are many.
func envelopeText(e *Envelope) string {
	if of, ok := e.Conversation.OfPresence(); ok {
		return presenceText(of, e)
	}
	s := envelopeName(e)
	if len(e.Messages) > 4 {
		return fmt.Sprintf("%s and %d more", s, len(e.Messages)-1)
	}
	for _, m := range e.Messages {
		if m.Kind == Text {
			s += " " + short(m.Body)
		} else {
			s += " " + m.Kind.String()
		}
		if m.Re != nil {
			s += fmt.Sprintf(" re %s%d", logText(m.Re.LogKey), m.Re.Seq)
		}
		for i, d := range m.Deps {
			if i == 0 {
				s += " after"
			}
			s += fmt.Sprintf(" %s%d", logText(d.LogKey), d.Seq)
		}
	}
	return s
}

// deltasText is "has a1-2 b3-2 gives a1 a2": of b it holds nothing but knows of 2.
func deltasText(deltas []Delta) string {
	var s []string
	for _, d := range deltas {
		if len(d.Vector) > 0 {
			s = append(s, "has")
		}
		for _, v := range d.Vector {
			s = append(s, fmt.Sprintf("%s%d-%d", logText(v.LogKey), v.From, v.Head))
		}
		if len(d.Envelopes) > 0 {
			s = append(s, "gives")
		}
		for _, e := range d.Envelopes {
			s = append(s, envelopeName(e))
		}
		if d.More {
			s = append(s, "and more")
		}
	}
	if s == nil {
		return "nothing"
	}
	return strings.Join(s, " ")
}

func short(s string) string {
	if len(s) > 40 {
		return fmt.Sprintf("%q(%d)", s[:8], len(s))
	}
	return fmt.Sprintf("%q", s)
}

// list is lines as a failing test prints them.
func list(lines []string) string {
	if len(lines) == 0 {
		return "nothing"
	}
	return strings.Join(lines, "\n     ")
}
