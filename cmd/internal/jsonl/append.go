package jsonl

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"tincan/behaviour/chat"
)

// Codes of the end of the node.
const (
	Ended       = "ended"
	Undelivered = "undelivered"
)

// warning is the code of a notice of trouble.
const warning = "warning"

// Append appends n as one object with its newline. now is the time of telling.
// The asker's ref is in every object that answers.
func Append(dst []byte, n chat.Notify, now time.Time) []byte {
	ref := n.Ref
	switch n := n.Notification.(type) {
	case chat.Ready:
		dst = ready(told(dst, "ready", now, ref), n)
	case chat.PeerCame:
		dst = peer(field(str(told(dst, "peer", now, ref), "event", "up"), "peer"), n.Peer)
	case chat.PeerLeft:
		dst = peer(field(str(told(dst, "peer", now, ref), "event", "down"), "peer"), n.Peer)
	case chat.Shown:
		if !n.At.IsZero() {
			now = n.At
		}
		dst = message(told(dst, "message", now, ref), n)
	case chat.Delivery:
		dst = delivery(answer(dst, "delivery", now, ref), n)
	case chat.Entered:
		dst = entered(answer(dst, "entered", now, ref), n)
	case chat.MemberCame:
		dst = member(told(dst, "channel", now, ref), "joined", n.Conversation, n.Who)
	case chat.MemberLeft:
		dst = member(told(dst, "channel", now, ref), "parted", n.Conversation, n.Who)
	case chat.Joined:
		dst = joined(told(dst, "channel", now, ref), n)
	case chat.Parted:
		dst = str(str(told(dst, "channel", now, ref), "event", "parted"), "channel", n.Conversation.Kind())
	case chat.Switched:
		dst = place(field(told(dst, "switched", now, ref), "to"), &n.To)
	case chat.SessionChanged:
		dst = session(told(dst, "session", now, ref), n)
	case chat.PlaceList:
		dst = places(answer(dst, "sessions", now, ref), n)
	case chat.DirectList:
		dst = list(answer(dst, "directs", now, ref), "peers", n.With, peer)
	case chat.UserList:
		dst = users(str(answer(dst, "users", now, ref), "conversation", n.Conversation.Kind()), n.Users)
	case chat.Renamed:
		dst = renamed(told(dst, "renamed", now, ref), n)
	case chat.AwayChanged:
		dst = away(told(dst, "away", now, ref), n)
	case chat.Portrait:
		dst = portrait(answer(dst, "whois", now, ref), n)
	case chat.PeerList:
		dst = peers(answer(dst, "peers", now, ref), n)
	case chat.StatusReport:
		dst = status(answer(dst, "status", now, ref), n)
	case chat.Topology:
		dst = topology(answer(dst, "topology", now, ref), n)
	case chat.History:
		dst = history(answer(dst, "history", now, ref), n)
	case chat.Digest:
		dst = digest(told(dst, "digest", now, ref), n)
	case chat.Holders:
		dst = holders(answer(dst, "holders", now, ref), n)
	case chat.Equivocated:
		dst = equivocation(told(dst, "equivocation", now, ref), n)
	case chat.GapSeen:
		dst = gap(told(dst, "gap", now, ref), n)
	case chat.Notice:
		dst = remark(head(dst, "notice", now), n.Text, ref, "")
	case chat.Warning:
		dst = remark(head(dst, "notice", now), n.Text, ref, warning)
	case chat.Failed:
		dst = remark(head(dst, "error", now), n.Text, ref, string(n.Code))
	case chat.Lagged:
		dst = num(told(dst, "lagged", now, ref), "lost", n.Lost)
	case chat.Ended:
		dst = ended(dst, n, ref, now)
	default:
		panic(fmt.Sprintf("jsonl: unknown notification %T", n))
	}
	return append(dst, '}', '\n')
}

// stamps is RFC 3339 with nanoseconds.
const stamps = "2006-01-02T15:04:05.000000000Z07:00"

func head(dst []byte, typ string, ts time.Time) []byte {
	dst = append(dst, `{"v":1,"type":"`...)
	dst = append(dst, typ...)
	dst = append(dst, `","ts":"`...)
	dst = ts.UTC().AppendFormat(dst, stamps)
	return append(dst, '"')
}

// answer begins an object that is there only because somebody asked: it always
// has a ref, if only an empty one.
func answer(dst []byte, typ string, ts time.Time, ref string) []byte {
	return str(head(dst, typ, ts), "ref", ref)
}

// told begins an object that also comes unasked.
func told(dst []byte, typ string, ts time.Time, ref string) []byte {
	if ref == "" {
		return head(dst, typ, ts)
	}
	return answer(dst, typ, ts, ref)
}

func ready(dst []byte, n chat.Ready) []byte {
	dst = append(dst, ',')
	dst = person(dst, n.Me)
	dst = str(dst, "network", n.Network)
	return strs(dst, "addrs", n.Addrs)
}

func message(dst []byte, n chat.Shown) []byte {
	dst = id(dst, n.ID)
	dst = conversation(dst, n.ID.Conversation, n.Session)
	dst = str(dst, "kind", n.Kind.String())
	dst = peer(field(dst, "from"), n.From)
	if n.To != nil {
		dst = peer(field(dst, "to"), *n.To)
	}
	dst = str(dst, "text", n.Text)
	dst = ms(dst, "after_ms", n.After)
	dst = side(dst, n.Side)
	dst = flag(dst, "late", n.Late)
	return flag(flag(dst, "mine", n.Mine), "elsewhere", n.Elsewhere)
}

// id appends a message's id, "" for the zero id.
func id(dst []byte, m chat.MessageID) []byte {
	dst = field(dst, "id")
	if m == (chat.MessageID{}) {
		return append(dst, `""`...)
	}
	return quote(dst, m.String())
}

func delivery(dst []byte, n chat.Delivery) []byte {
	dst = id(dst, n.ID)
	if n.To != nil {
		dst = peer(field(dst, "to"), *n.To)
	}
	dst = opt(dst, "text", n.Text)
	dst = str(dst, "state", n.State.String())
	dst = opt(dst, "reason", n.Reason)
	if n.Peers > 0 {
		dst = num(dst, "peers", n.Peers)
	}
	return dst
}

func peers(dst []byte, n chat.PeerList) []byte {
	return list(dst, "peers", n.Peers, func(dst []byte, p chat.PeerInfo) []byte { return append(link(dst, p), '}') })
}

// link begins a peer with the way to it.
func link(dst []byte, p chat.PeerInfo) []byte {
	dst = person(append(dst, '{'), p.Peer)
	dst = str(dst, "state", p.State)
	dst = str(dst, "path", p.Path)
	return str(ms(dst, "rtt_ms", p.RTT), "addr", p.Addr)
}

// ms appends a time in milliseconds, if it is known.
func ms(dst []byte, key string, d time.Duration) []byte {
	if d <= 0 {
		return dst
	}
	return strconv.AppendFloat(field(dst, key), float64(d)/float64(time.Millisecond), 'f', 3, 64)
}

func status(dst []byte, n chat.StatusReport) []byte {
	dst = append(dst, ',')
	dst = person(dst, n.Me)
	dst = str(dst, "network", n.Network)
	dst = strs(dst, "addrs", n.Addrs)
	dst = num(dst, "up_s", int(n.Up/time.Second))
	dst = num(dst, "peers", n.Peers)
	dst = num(dst, "messages", n.Messages)
	dst = num(dst, "outbox", n.Outbox)
	dst = append(field(dst, "counters"), '{')
	for i, k := range slices.Sorted(maps.Keys(n.Counters)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(quote(dst, k), ':')
		dst = strconv.AppendUint(dst, n.Counters[k], 10)
	}
	return append(dst, '}')
}

func gap(dst []byte, n chat.GapSeen) []byte {
	dst = str(dst, "conversation", n.Conversation.Kind())
	dst = peer(field(dst, "from"), n.From)
	dst = strconv.AppendUint(field(dst, "missing"), n.Missing, 10)
	return flag(dst, "lost", n.Lost)
}

// remark appends the fields of a notice or an error.
func remark(dst []byte, text, ref, code string) []byte {
	return opt(opt(str(dst, "text", text), "ref", ref), "code", code)
}

func ended(dst []byte, n chat.Ended, ref string, now time.Time) []byte {
	if n.Undelivered == 0 {
		return remark(head(dst, "notice", now), "the node has ended", ref, Ended)
	}
	text := "the node has ended; messages not delivered: " + strconv.Itoa(n.Undelivered)
	if n.Kept {
		text += "; they are kept, and sent after the next start"
	}
	dst = remark(head(dst, "error", now), text, ref, Undelivered)
	return flag(num(dst, "undelivered", n.Undelivered), "kept", n.Kept)
}
