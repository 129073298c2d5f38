// Package graph draws two things as text: the way of the program's own pipeline, and
// the network as a node knows it. The drawings are for Mermaid and for Graphviz.
//
//	sources ──source.Read──▶ Pipeline (table.go) ──Flow────▶ Graph ──▶ Mermaid, Dot
//	                             chat.Topology   ──Network─▶
//
// table.go is written by scripts/generate, which reads the vocabulary, the dispatch of
// the core and of behaviour, and the front ends, so the drawing is what the program
// does. A test compares it with the sources.
//
// All functions are pure, and what they draw is in a fixed order: two equal inputs give
// the same bytes. Whatever strangers have a say in is escaped, in either language, so
// that no name ends a label, begins an edge or reaches a browser as markup.
package graph

// A Graph is what can be drawn. Ids are our own words: letters, digits and "_".
type Graph struct {
	Groups []Group
	Nodes  []Node
	Edges  []Edge

	Undirected bool // edges have no direction
}

// A Group is a frame around nodes and other groups.
type Group struct {
	ID, Label string
	In        string // the group that it stands in, or ""
}

// A Node is a box.
type Node struct {
	ID, Label string
	In        string // its group, or ""
	Shape     Shape
}

// Shape of a node.
type Shape int

// The shapes.
const (
	Box   Shape = iota
	Round       // who does something
	Store       // a file of the core
)

// An Edge joins two nodes.
type Edge struct {
	From, To string
	Label    string
	Dashed   bool
	Back     bool // it leads back to where the drawing comes from, and moves nothing in it
}
