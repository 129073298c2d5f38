package graph

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tincan/cmd/internal/safe"
)

// Mermaid is a graph in the language of Mermaid (https://mermaid.js.org, flowcharts).
//
// Its layout fails at edges that lead back from one frame to another (seen in version
// 11). So an edge that leads back ends at a second box for where it leads to.
func (g Graph) Mermaid() string {
	g = g.unrolled()
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	g.frame("", "  ", func(n Node, indent string) {
		left, right := "[", "]"
		switch n.Shape {
		case Round:
			left, right = "([", "])"
		case Store:
			left, right = "[[", "]]"
		}
		b.WriteString(indent + n.ID + left + mermaidText(n.Label) + right + "\n")
	}, func(group Group, indent string) {
		b.WriteString(indent + "subgraph " + group.ID + " [" + mermaidText(group.Label) + "]\n")
	}, func(indent string) {
		b.WriteString(indent + "end\n")
	})
	for _, e := range g.Edges {
		arrow := " --> "
		switch {
		case g.Undirected && e.Dashed:
			arrow = " -.- "
		case g.Undirected:
			arrow = " --- "
		case e.Dashed:
			arrow = " -.-> "
		}
		if e.Label != "" {
			arrow = strings.TrimRight(arrow, " ") + "|" + mermaidText(e.Label) + "| "
		}
		b.WriteString("  " + e.From + arrow + e.To + "\n")
	}
	return b.String()
}

// mermaidText is a label in quotes: everything but letters, digits and harmless signs is
// written as the number of the character, which Mermaid shows as the character.
func mermaidText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range safe.Line(s) {
		if unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.So) || strings.ContainsRune(" .,:-_+@()/…→×·", r) {
			b.WriteRune(r)
			continue
		}
		b.WriteString("#" + strconv.Itoa(int(r)) + ";")
	}
	b.WriteByte('"')
	return b.String()
}

// unrolled is the graph without edges that lead back from one frame to another.
func (g Graph) unrolled() Graph {
	const again = "again"
	nodes := make(map[string]Node)
	for _, n := range g.Nodes {
		nodes[n.ID] = n
	}
	g.Nodes, g.Edges, g.Groups = slices.Clone(g.Nodes), slices.Clone(g.Edges), slices.Clone(g.Groups)
	for i, e := range g.Edges {
		to := nodes[e.To]
		if !e.Back || nodes[e.From].In == to.In {
			continue
		}
		second := Node{ID: again + "_" + to.ID, In: again, Shape: Round}
		second.Label, _, _ = strings.Cut(to.Label, ":")
		if _, there := nodes[second.ID]; !there {
			nodes[second.ID] = second
			g.Nodes = append(g.Nodes, second)
		}
		g.Edges[i].To = second.ID
	}
	if slices.ContainsFunc(g.Nodes, func(n Node) bool { return n.In == again }) {
		g.Groups = append(g.Groups, Group{ID: again, Label: "back to"})
	}
	return g
}

// frame walks over what stands in a group, "" being the whole.
func (g Graph) frame(in, indent string, node func(Node, string), open func(Group, string), close func(string)) {
	for _, n := range g.Nodes {
		if n.In == in {
			node(n, indent)
		}
	}
	for _, group := range g.Groups {
		if group.In == in {
			open(group, indent)
			g.frame(group.ID, indent+"  ", node, open, close)
			close(indent)
		}
	}
}
