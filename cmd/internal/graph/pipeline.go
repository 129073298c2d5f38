package graph

// A Pipeline is how the program works, by the names of its own sources: what front
// ends ask for, which file of the core decides about it and what that leads to, who
// carries that out and what he reports. Every list is sorted and without repetition.
type Pipeline struct {
	Fronts       []Front
	Instructions []Handled
	Topics       []Topic
	Effects      []Effect
	Events       []Event
	Roles        []Role
}

// A Front is a package that speaks for users: a grammar, or a carrier of some.
type Front struct {
	Name  string
	Uses  []string // other fronts
	Says  []string // instructions that it makes
	Shows []string // notifications that it has words for, if it uses no other
	Notes []string // instructions that it takes note of, if it makes none
}

// Handled is an instruction and who decides about it.
type Handled struct {
	Name  string
	File  string // of the core
	Topic string // that the file belongs to
	Owner bool   // guests are refused it
}

// A Topic is some files of the core with rules that belong together.
type Topic struct {
	Name    string   // as doc.go of the core has it, or of a file that is not in its list
	Files   []string // that decide or tell something, or lead to effects
	Effects []string // that they ask for
	Tells   []string // notifications, likewise
	Hands   []string // topics to which they hand on what leads to effects
}

// An Effect is carried out by packages: protocols, or the node itself.
type Effect struct {
	Name    string
	By      []string
	Outcome []string // events that tell how it went
}

// An Event is what the core is told.
type Event struct {
	Handled
	From []string // who reports it, if it is the outcome of nothing
}

// A Role is a way to start the program.
type Role struct {
	Name    string
	Fronts  []string // carriers that it opens
	Remote  bool     // it is no node, and talks to the gateway of one
	Members bool     // it keeps to fixed others
}
