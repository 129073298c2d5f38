package line

import (
	"fmt"
	"strings"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// maxLinks is how many links and lonely nodes are listed: a terminal shows no more,
// and programs take the JSON.
const maxLinks = 200

// graph answers /graph: one line a link, in columns, then who has none that is known.
func graph(out []byte, n chat.Topology) []byte {
	out = own(out, "the network as this node knows it: "+plural(len(n.Nodes), "node", "nodes")+", "+plural(len(n.Links), "link", "links"))
	rows := [][]string{{"  node", "linked to", "path", "rtt", "gossip"}}
	linked := make(map[int]bool)
	for _, l := range n.Links {
		linked[l.A], linked[l.B] = true, true
		if l.A < 0 || l.B < 0 || l.A >= len(n.Nodes) || l.B >= len(n.Nodes) || len(rows) > maxLinks {
			continue
		}
		rows = append(rows, []string{"  " + whose(n.Nodes[l.A]), whose(n.Nodes[l.B]), orDash(l.Path), rtt(l.RTT), meshes(l.Mesh)})
	}
	if len(rows) > 1 {
		out = table(out, rows)
	}
	var lonely []string
	for i, node := range n.Nodes {
		if !linked[i] && len(lonely) < maxLinks {
			lonely = append(lonely, whose(node))
		}
	}
	if len(lonely) > 0 {
		out = own(out, "  no link is known of "+strings.Join(lonely, ", "))
	}
	if more := len(n.Links) - (len(rows) - 1); more > 0 {
		out = own(out, fmt.Sprintf("  and %d more: node graph topology --format json has them all", more))
	}
	return out
}

func whose(n chat.NodeInfo) string {
	if n.Me {
		return label(n.Peer) + " (you)"
	}
	return label(n.Peer)
}

// meshes is the conversations in whose gossip two are neighbours.
func meshes(in []string) string {
	if len(in) == 0 {
		return "-"
	}
	shown := make([]string, 0, len(in))
	for _, c := range in {
		shown = append(shown, safe.Name(c))
	}
	return strings.Join(shown, " ")
}
