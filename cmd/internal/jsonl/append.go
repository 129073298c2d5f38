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

// Append appends n as one object with its newline. now is the time of telling.
func Append(dst []byte, n chat.Notify, now time.Time) []byte {
	ref := n.Ref
	switch n := n.Notification.(type) {
	case chat.Ready:
		dst = ready(head(dst, "ready", now), n)
	case chat.PeerCame:
		dst = peer(field(str(head(dst, "peer", now), "event", "up"), "peer"), n.Peer)
	case chat.PeerLeft:
		dst = peer(field(str(head(dst, "peer", now), "event", "down"), "peer"), n.Peer)
	case chat.Shown:
		if !n.At.IsZero() {
			now = n.At
		}
		dst = message(head(dst, "message", now), n)
	case chat.Delivery:
		dst = delivery(str(head(dst, "delivery", now), "ref", ref), n)
	case chat.PeerList:
		dst = peers(str(head(dst, "peers", now), "ref", ref), n)
	case chat.StatusReport:
		dst = status(str(head(dst, "status", now), "ref", ref), n)
	case chat.GapSeen:
		dst = gap(head(dst, "gap", now), n)
	case chat.Notice:
		dst = remark(head(dst, "notice", now), n.Text, ref, "")
	case chat.Warning:
		dst = remark(head(dst, "notice", now), n.Text, ref, "warning")
	case chat.Failed:
		dst = remark(head(dst, "error", now), n.Text, ref, string(n.Code))
	case chat.Lagged:
		dst = num(head(dst, "lagged", now), "lost", n.Lost)
	case chat.Ended:
		dst = ended(dst, n, ref, now)
	default:
		panic(fmt.Sprintf("jsonl: unknown notification %T", n))
	}
	return append(dst, '}', '\n')
}

func head(dst []byte, typ string, ts time.Time) []byte {
	dst = append(dst, `{"v":1,"type":"`...)
	dst = append(dst, typ...)
	dst = append(dst, `","ts":"`...)
	dst = ts.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000000000Z07:00")
	return append(dst, '"')
}

func ready(dst []byte, n chat.Ready) []byte {
	dst = append(dst, ',')
	dst = identity(dst, n.Me)
	dst = str(dst, "network", n.Network)
	return strs(dst, "addrs", n.Addrs)
}

// identity appends the fields of a peer, without braces or a comma before them.
func identity(dst []byte, p chat.Peer) []byte {
	dst = append(dst, `"id":`...)
	dst = quote(dst, string(p.ID))
	if p.No > 0 {
		dst = num(dst, "peer_no", p.No)
	}
	return str(dst, "name", p.Name)
}

func peer(dst []byte, p chat.Peer) []byte {
	dst = append(dst, '{')
	dst = identity(dst, p)
	return append(dst, '}')
}

func message(dst []byte, n chat.Shown) []byte {
	dst = id(dst, n.ID)
	dst = str(dst, "conversation", n.ID.Conversation.Kind())
	dst = str(dst, "kind", n.Kind.String())
	dst = append(field(dst, "from"), '{')
	dst = identity(dst, n.From)
	if n.From.Guest != "" {
		dst = str(dst, "guest", n.From.Guest)
	}
	dst = append(dst, '}')
	if n.To != nil {
		dst = peer(field(dst, "to"), *n.To)
	}
	dst = str(dst, "text", n.Text)
	if n.Late {
		dst = append(field(dst, "late"), "true"...)
	}
	if n.Mine {
		dst = append(field(dst, "mine"), "true"...)
	}
	return dst
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
	dst = str(dst, "state", n.State.String())
	if n.Reason != "" {
		dst = str(dst, "reason", n.Reason)
	}
	if n.Peers > 0 {
		dst = num(dst, "peers", n.Peers)
	}
	return dst
}

func peers(dst []byte, n chat.PeerList) []byte {
	dst = append(field(dst, "peers"), '[')
	for i, p := range n.Peers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		dst = identity(dst, p.Peer)
		dst = str(dst, "state", p.State)
		dst = str(dst, "path", p.Path)
		if p.RTT > 0 {
			dst = strconv.AppendFloat(field(dst, "rtt_ms"), float64(p.RTT)/float64(time.Millisecond), 'f', 3, 64)
		}
		dst = str(dst, "addr", p.Addr)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func status(dst []byte, n chat.StatusReport) []byte {
	dst = append(dst, ',')
	dst = identity(dst, n.Me)
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
	if n.Lost {
		dst = append(field(dst, "lost"), "true"...)
	}
	return dst
}

// remark appends the fields of a notice or an error.
func remark(dst []byte, text, ref, code string) []byte {
	dst = str(dst, "text", text)
	if ref != "" {
		dst = str(dst, "ref", ref)
	}
	if code != "" {
		dst = str(dst, "code", code)
	}
	return dst
}

func ended(dst []byte, n chat.Ended, ref string, now time.Time) []byte {
	if n.Undelivered > 0 {
		return remark(head(dst, "error", now), "the node has ended; messages not delivered: "+strconv.Itoa(n.Undelivered), ref, Undelivered)
	}
	return remark(head(dst, "notice", now), "the node has ended", ref, Ended)
}
