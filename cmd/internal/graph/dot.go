package graph

import (
	"strings"

	"tincan/cmd/internal/safe"
)

// Dot is a graph in the language of Graphviz.
func (g Graph) Dot() string {
	var b strings.Builder
	kind, arrow := "digraph", " -> "
	if g.Undirected {
		kind, arrow = "graph", " -- "
	}
	b.WriteString(kind + " tincan {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"]; edge [fontname=\"sans-serif\", fontsize=10];\n")
	g.frame("", "  ", func(n Node, indent string) {
		b.WriteString(indent + n.ID + " [label=" + dotText(n.Label))
		switch n.Shape {
		case Round:
			b.WriteString(", style=rounded")
		case Store:
			b.WriteString(", peripheries=2")
		}
		b.WriteString("];\n")
	}, func(group Group, indent string) {
		b.WriteString(indent + "subgraph cluster_" + group.ID + " {\n" + indent + "  label=" + dotText(group.Label) + ";\n")
	}, func(indent string) {
		b.WriteString(indent + "}\n")
	})
	for _, e := range g.Edges {
		var attributes []string
		if e.Label != "" {
			attributes = append(attributes, "label="+dotText(e.Label))
		}
		if e.Dashed {
			attributes = append(attributes, "style=dashed")
		}
		if e.Back {
			attributes = append(attributes, "constraint=false")
		}
		b.WriteString("  " + e.From + arrow + e.To)
		if len(attributes) > 0 {
			b.WriteString(" [" + strings.Join(attributes, ", ") + "]")
		}
		b.WriteString(";\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// dotText is a label in quotes. In labels Graphviz takes backslashes for itself; it
// reads no markup in quotes, but turns "&name;" into characters.
func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;").Replace(safe.Line(s)) + `"`
}
