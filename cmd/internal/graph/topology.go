package graph

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// maxMesh is how many conversations are named at a link; of more the number is told.
const maxMesh = 3

// Network is the network as a node knows it: a line for each connection, dashed if it
// goes through a relay, with its round trip and the conversations in whose gossip the
// two are neighbours.
func Network(t chat.Topology) Graph {
	g := Graph{Undirected: true}
	for i, n := range t.Nodes {
		node := Node{ID: place(i), Label: safe.Name(n.Peer.Label())}
		if n.Me {
			node.Label += " (this node)"
			node.Shape = Round
		}
		if len(n.Channels) > 0 {
			node.Label += ": " + few(n.Channels)
		}
		g.Nodes = append(g.Nodes, node)
	}
	for _, l := range t.Links {
		if !within(l.A, t) || !within(l.B, t) {
			continue
		}
		e := Edge{From: place(l.A), To: place(l.B), Dashed: l.Path == "relayed"}
		var words []string
		if e.Dashed {
			words = append(words, "relayed")
		}
		if l.RTT > 0 {
			words = append(words, fmt.Sprintf("%.1f ms", float64(l.RTT)/float64(time.Millisecond)))
		}
		if len(l.Mesh) > 0 {
			words = append(words, few(l.Mesh))
		}
		e.Label = strings.Join(words, " · ")
		g.Edges = append(g.Edges, e)
	}
	return g
}

func place(i int) string { return fmt.Sprintf("n%d", i) }

func within(i int, t chat.Topology) bool { return i >= 0 && i < len(t.Nodes) }

// few names some of many.
func few(names []string) string {
	names = slices.Clone(names)
	for i, n := range names {
		names[i] = safe.Name(n)
	}
	if over := len(names) - maxMesh; over > 0 {
		names = append(names[:maxMesh], fmt.Sprintf("and %d more", over))
	}
	return strings.Join(names, " ")
}
