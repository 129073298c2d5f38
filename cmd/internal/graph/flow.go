package graph

import (
	"slices"
	"strings"
)

// Roles are the ways to start the program that Flow knows, "" being an ordinary node.
func Roles() (names []string) {
	for _, r := range pipeline.Roles {
		names = append(names, r.Name)
	}
	return names
}

// Flow is the way of what users say and what others send through this program, when
// it is started in a role; ok says that there is one of that name.
func Flow(role string) (g Graph, ok bool) { return pipeline.Flow(role) }

// Flow draws the pipeline as a role has it.
func (p Pipeline) Flow(role string) (g Graph, ok bool) {
	i := slices.IndexFunc(p.Roles, func(r Role) bool { return r.Name == role })
	if i < 0 {
		return Graph{}, false
	}
	f := flow{Pipeline: p, role: p.Roles[i], nodes: make(map[string]bool)}
	if f.role.Remote {
		f.remote()
	} else {
		f.node()
	}
	return f.Graph, true
}

// flow is a drawing that is being made.
type flow struct {
	Graph
	Pipeline
	role  Role
	nodes map[string]bool // by id
}

// The prefixes of ids: a topic may have the name of a protocol.
const (
	toFront = "front_"
	toSaid  = "say_"
	toTopic = "core_"
	toDo    = "do_"
	toBy    = "by_"
	toEvent = "on_"
	toTell  = "tell_"
)

func (f *flow) add(prefix, name, in string, shape Shape) string {
	return f.labelled(prefix, name, name, in, shape)
}

func (f *flow) labelled(prefix, name, label, in string, shape Shape) string {
	id := prefix + word(name)
	if !f.nodes[id] {
		f.nodes[id] = true
		f.Nodes = append(f.Nodes, Node{ID: id, Label: label, In: in, Shape: shape})
	}
	return id
}

// group draws a frame, once.
func (f *flow) group(id, label, in string) string {
	if !slices.ContainsFunc(f.Groups, func(g Group) bool { return g.ID == id }) {
		f.Groups = append(f.Groups, Group{ID: id, Label: label, In: in})
	}
	return id
}

func (f *flow) edge(e Edge) { f.Edges = append(f.Edges, e) }

// word makes an id of a name.
func word(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
}

// node is the pipeline of whoever runs a node.
func (f *flow) node() {
	fronts := f.open(f.role.Fronts)
	f.group("fronts", "front ends", "")
	for _, front := range fronts {
		f.add(toFront, front.Name, "fronts", Round)
	}
	for _, front := range fronts {
		for _, used := range front.Uses {
			if slices.ContainsFunc(fronts, func(o Front) bool { return o.Name == used }) {
				f.edge(Edge{From: toFront + word(front.Name), To: toFront + word(used), Dashed: true})
			}
		}
	}
	f.said(fronts)
	f.core()
	f.carried()
	f.told(fronts)
}

// open lists the front ends given and those that they use.
func (f *flow) open(names []string) (fronts []Front) {
	want := slices.Clone(names)
	for i := 0; i < len(want); i++ {
		for _, front := range f.Fronts {
			if front.Name == want[i] {
				for _, used := range front.Uses {
					if !slices.Contains(want, used) {
						want = append(want, used)
					}
				}
			}
		}
	}
	for _, front := range f.Fronts {
		if slices.Contains(want, front.Name) {
			fronts = append(fronts, front)
		}
	}
	return fronts
}

// grammars are those of the front ends that use no other.
func grammars(fronts []Front) (all []Front) {
	for _, front := range fronts {
		if len(front.Uses) == 0 {
			all = append(all, front)
		}
	}
	return all
}

// sets sorts names by which front ends have them, and calls draw for each set.
func sets(names []string, fronts []Front, has func(Front) []string, draw func(of []string, names []string)) {
	by := make(map[string][]string)
	var keys []string
	for _, name := range names {
		var of []string
		for _, front := range fronts {
			if slices.Contains(has(front), name) {
				of = append(of, front.Name)
			}
		}
		key := strings.Join(of, " ")
		if by[key] == nil {
			keys = append(keys, key)
		}
		by[key] = append(by[key], name)
	}
	slices.Sort(keys)
	for _, key := range keys {
		draw(strings.Fields(key), by[key])
	}
}

// said draws the instructions by who can say them: a grammar, or where none can, the
// front ends that say it for the user.
func (f *flow) said(fronts []Front) {
	f.group("instructions", "instructions", "")
	says := func(front Front) []string { return front.Says }
	speakers := grammars(fronts)
	var typed, rest []string
	for _, in := range f.Instructions {
		if slices.ContainsFunc(speakers, func(front Front) bool { return slices.Contains(front.Says, in.Name) }) {
			typed = append(typed, in.Name)
		} else {
			rest = append(rest, in.Name)
		}
	}
	draw := func(of, names []string) {
		if len(of) == 0 {
			return // nobody here says it
		}
		by := f.labelled("said_by_", strings.Join(of, "_"), "said by "+strings.Join(of, ", "), "instructions", Round)
		for _, front := range of {
			f.edge(Edge{From: toFront + word(front), To: by})
		}
		for _, name := range names {
			f.edge(Edge{From: by, To: f.labelled(toSaid, name, name+f.rights(name), "instructions", Box)})
		}
	}
	sets(typed, speakers, says, draw)
	sets(rest, fronts, says, draw)
}

// rights says whose an instruction is, if it is not everybody's.
func (f *flow) rights(name string) string {
	for _, in := range f.Instructions {
		if in.Name == name && in.Owner {
			return " (owner)"
		}
	}
	return ""
}

// core draws the rules by topic, and the instructions that come to them.
func (f *flow) core() {
	f.group("core", "core: behaviour/chat", "")
	for _, t := range f.Topics {
		label := t.Name + ": " + strings.Join(t.Files, ", ")
		if len(t.Files) == 1 && t.Files[0] == t.Name {
			label = t.Name
		}
		f.labelled(toTopic, t.Name, label, "core", Store)
	}
	for _, in := range f.Instructions {
		if f.nodes[toSaid+word(in.Name)] {
			f.edge(Edge{From: toSaid + word(in.Name), To: toTopic + word(in.Topic)})
		}
	}
	for _, t := range f.Topics {
		for _, to := range t.Hands {
			f.edge(Edge{From: toTopic + word(t.Name), To: toTopic + word(to), Dashed: true, Back: true})
		}
	}
}

// carried draws the effects, who carries them out, and the events.
func (f *flow) carried() {
	f.group("effects", "effects", "")
	f.group("protocols", "carried out and reported by: behaviour/…", "")
	f.group("events", "events", "")
	for _, e := range f.Effects {
		if e.Name != notify {
			f.add(toDo, e.Name, "effects", Box)
		}
	}
	for _, t := range f.Topics {
		for _, name := range t.Effects {
			f.edge(Edge{From: toTopic + word(t.Name), To: toDo + word(name)})
		}
	}
	for _, e := range f.Effects {
		for _, by := range e.By {
			if e.Name != notify {
				f.edge(Edge{From: toDo + word(e.Name), To: f.add(toBy, by, "protocols", Round)})
			}
		}
	}
	for _, e := range f.Events {
		f.add(toEvent, e.Name, "events", Box)
		for _, from := range e.From {
			f.edge(Edge{From: f.add(toBy, from, "protocols", Round), To: toEvent + word(e.Name)})
		}
	}
	for _, e := range f.Effects {
		for _, name := range e.Outcome {
			f.edge(Edge{From: toDo + word(e.Name), To: toEvent + word(name), Label: "outcome", Dashed: true})
		}
	}
	for _, e := range f.Events {
		f.edge(Edge{From: toEvent + word(e.Name), To: toTopic + word(e.Topic), Back: true})
	}
	if f.role.Members {
		f.edge(Edge{From: toBy + "node", To: f.add("", "the other members", "", Round), Label: "keeps links to"})
	}
}

// notify is the effect by which users are told: its notifications are drawn instead.
const notify = "Notify"

// told draws the notifications, by the grammars that have words for them.
func (f *flow) told(fronts []Front) {
	f.group("notifications", "notifications (effect "+notify+")", "")
	var names []string
	for _, t := range f.Topics {
		names = append(names, t.Tells...)
	}
	for _, front := range grammars(fronts) {
		names = append(names, front.Shows...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	sets(names, grammars(fronts), func(front Front) []string { return front.Shows }, func(of, names []string) {
		for _, name := range names {
			f.add(toTell, name, "notifications", Box)
		}
		if len(of) == 0 {
			return // nobody here has words for it
		}
		by := f.labelled("told_by_", strings.Join(of, "_"), "in the words of "+strings.Join(of, ", "), "notifications", Round)
		for _, name := range names {
			f.edge(Edge{From: toTell + word(name), To: by})
		}
		for _, front := range of {
			f.edge(Edge{From: by, To: toFront + word(front), Back: true})
		}
	})
	for _, t := range f.Topics {
		for _, name := range t.Tells {
			f.edge(Edge{From: toTopic + word(t.Name), To: toTell + word(name)})
		}
	}
}

// remote is the pipeline of whoever talks to the gateway of a node elsewhere.
func (f *flow) remote() {
	const gateway = "gateway"
	f.group("here", "this program", "")
	f.group("there", "a node with a gateway", "")
	in, out := f.add("", "stdin", "here", Box), f.add("", "stdout", "here", Box)
	door := f.add(toFront, gateway, "there", Round)
	for _, front := range f.Fronts {
		if !slices.Contains(f.role.Fronts, front.Name) {
			continue
		}
		id := f.add(toFront, front.Name, "here", Round)
		f.edge(Edge{From: in, To: id, Label: "lines"})
		f.edge(Edge{From: id, To: door, Label: "lines over TCP"})
		f.edge(Edge{From: door, To: id, Label: "lines over TCP", Back: true})
		f.edge(Edge{From: id, To: out, Label: "lines"})
		for _, name := range front.Notes {
			f.edge(Edge{From: id, To: f.labelled("noted_", name, name, f.group("noted", "remembered for the next connection", "here"), Box), Dashed: true})
		}
	}
	core := f.add("", "core", "there", Store)
	for _, used := range grammars(f.open([]string{gateway})) {
		id := f.add(toFront, used.Name, "there", Round)
		f.edge(Edge{From: door, To: id})
		f.edge(Edge{From: id, To: door, Back: true})
		for _, name := range used.Says {
			if f.rights(name) == "" {
				said := f.add(toSaid, name, f.group("instructions", "a guest's instructions", "there"), Box)
				f.edge(Edge{From: id, To: said})
				f.edge(Edge{From: said, To: core})
			}
		}
		for _, name := range used.Shows {
			told := f.add(toTell, name, f.group("notifications", "notifications", "there"), Box)
			f.edge(Edge{From: core, To: told})
			f.edge(Edge{From: told, To: id, Back: true})
		}
	}
}
