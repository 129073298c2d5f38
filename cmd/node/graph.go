package main

import (
	"io"
	"slices"
	"strings"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/graph"
	"tincan/cmd/internal/line"
)

// The formats of drawings.
const (
	asMermaid = "mermaid"
	asDot     = "dot"
	asText    = "text"
	asJSON    = "json"
)

// A drawing is what graph was asked for.
type drawing struct {
	of     string // "flow" or "topology"
	role   string // of flow: as Flow knows it
	format string
}

// graph judges what stands around the command graph, and what stands after it.
func (f *flags) graph(from []string, env func(string) string) (*settings, error) {
	of := ""
	if len(from) > 0 {
		of, from = from[0], from[1:]
	}
	switch of {
	case "topology":
		return f.asks("graph topology", from, env)
	case "flow":
		return f.flow(from)
	case "-h", "--help", "-help":
		return &settings{command: "help", topic: "graph"}, nil
	}
	const there = "flow is what this program does, topology the network – node graph -h shows examples"
	if of == "" {
		return nil, usage("graph is not told what to draw – %s", there)
	}
	return nil, usage("graph draws no %s – %s%s", quoted(of), didYouMean(line.Nearest(of, []string{"flow", "topology"})), there)
}

// flow judges what stands after "graph flow". Nothing else counts: it needs no node.
func (f *flags) flow(from []string) (*settings, error) {
	if err := f.only("graph flow", &f.role); err != nil {
		return nil, err
	}
	format := given{name: "format"}
	a := args{command: "graph flow", topic: "graph", takes: []*given{&format, &f.role}}
	words, help, err := a.read(from)
	switch {
	case help:
		return &settings{command: "help", topic: "graph"}, nil
	case err != nil:
		return nil, err
	case len(words) > 0:
		return nil, usage("%s is left over – graph flow takes no words – leave it out, node graph -h shows examples", quoted(words[0]))
	}
	role := ""
	if f.role.source == "--"+f.role.name {
		if role, err = f.role.one(); err != nil {
			return nil, err
		}
		if err := f.known(role); err != nil {
			return nil, err
		}
	}
	return f.draws(&format, role)
}

// drawing says that --graph stands before the command: then the program draws what it
// would do, and does not do it. An environment with it is for nobody.
func (f *flags) drawing() bool { return f.drawn.source == "--"+f.drawn.name }

// known refuses a role that there is not.
func (f *flags) known(role string) error {
	if slices.Contains(roles(), role) {
		return nil
	}
	return usage("%s is %s – %sit can be client, server or gossiping-server1 to gossiping-server%d – choose one",
		f.role.source, quoted(role), didYouMean(line.Nearest(role, roles())), roleMembers)
}

// draws is the drawing of a role's flow; the members draw one picture.
func (f *flags) draws(format *given, role string) (*settings, error) {
	s := &settings{command: "graph", drawing: &drawing{of: "flow", role: strings.TrimRight(role, "123456789")}}
	var err error
	s.drawing.format, err = format.format(asMermaid, asMermaid, asDot)
	return s, err
}

// format returns the only value, one of those given, or the default.
func (g *given) format(def string, all ...string) (string, error) {
	v, err := g.one()
	if v == "" || err != nil {
		return def, err
	}
	if !slices.Contains(all, v) {
		return "", usage("%s is %s – %sit can be %s – choose one", g.source, quoted(v), didYouMean(line.Nearest(v, all)), strings.Join(all, ", "))
	}
	return v, nil
}

// flow prints what the program does.
func flow(s *settings, stdout io.Writer) error {
	g, ok := graph.Flow(s.drawing.role)
	if !ok {
		panic("no drawing of the role " + s.drawing.role)
	}
	return print(stdout, draw(g, s.drawing.format))
}

func draw(g graph.Graph, format string) string {
	if format == asDot {
		return g.Dot()
	}
	return g.Mermaid()
}

// drawn is an answer in the format that was asked for, or "" if it is to be shown as
// the console would.
func (q *asking) drawn(n chat.Notification) string {
	t, ok := n.(chat.Topology)
	if !ok || q.format == "" || q.format == asText || q.format == asJSON {
		return ""
	}
	return draw(graph.Network(t), q.format)
}

const graphHelp = `node graph: pictures, as text for Mermaid and for Graphviz.

    node graph flow | mmdc -i - -o flow.svg
    node graph flow --role client --format dot | dot -Tsvg > client.svg
    node --peer-no 9 graph topology
    node graph topology --format json | jq '.links[].rtt_ms'
    node --role server --name _ --graph mermaid

node graph flow [--format mermaid|dot] [--role ROLE]: what this program does
with what users say and others send, made from its own sources: front end,
instruction, rules, effect, protocol, event, notification. The role is client,
server or gossiping-server1 to 5; without one, an ordinary node with all that it
can have. node --graph FORMAT is the same.

node [--data-dir DIR | --peer-no N | --control PATH] graph topology
[--format text|mermaid|dot|json]: the network as a node that runs knows it. It
asks at most 32 of its peers whom they are connected to, and none of them can
say anything of links but its own. Names in gossip are the conversations in
which two pass messages on to each other; you see those that you are in.
`
