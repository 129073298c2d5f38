package jsonl

import (
	"strconv"

	"tincan/behaviour/chat"
)

func topology(dst []byte, n chat.Topology) []byte {
	dst = list(dst, "nodes", n.Nodes, func(dst []byte, p chat.NodeInfo) []byte {
		dst = flag(link(dst, p.PeerInfo), "me", p.Me)
		return append(strs(dst, "in", p.Channels), '}')
	})
	return list(dst, "links", n.Links, func(dst []byte, l chat.LinkInfo) []byte {
		dst = strconv.AppendInt(append(dst, `{"a":`...), int64(l.A), 10)
		dst = str(num(dst, "b", l.B), "path", l.Path)
		return append(strs(ms(dst, "rtt_ms", l.RTT), "mesh", l.Mesh), '}')
	})
}
