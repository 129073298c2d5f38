package graph

import (
	"slices"
	"strings"
	"testing"
)

func TestFlowOfEveryRole(t *testing.T) {
	if got, want := Roles(), []string{"", "client", "server", "gossiping-server"}; !slices.Equal(got, want) {
		t.Fatalf("the roles are %q, want %q", got, want)
	}
	for _, role := range Roles() {
		t.Run("role "+role, func(t *testing.T) {
			g, ok := Flow(role)
			if !ok || len(g.Nodes) == 0 {
				t.Fatal("it is not drawn")
			}
			checkGraph(t, g)
			if n := len(g.Mermaid()); n > 50_000 {
				t.Errorf("%d characters; Mermaid draws 50,000 unless told otherwise", n)
			}
			if n := len(g.Edges); n > 500 {
				t.Errorf("%d edges; Mermaid draws 500 unless told otherwise", n)
			}
		})
	}
	if _, ok := Flow("bystander"); ok {
		t.Error("a role that is none is drawn")
	}
}

// Everything of the vocabulary that a front end of this node says is in the drawing, and
// every way of a message through it.
func TestFlowTellsTheWholeWay(t *testing.T) {
	g, _ := Flow("")
	text := g.Mermaid()
	for _, in := range pipeline.Instructions {
		said := slices.ContainsFunc(pipeline.Fronts, func(f Front) bool {
			return slices.Contains(f.Says, in.Name) && slices.Contains(pipeline.Roles[0].Fronts, f.Name)
		})
		if said && !strings.Contains(text, "say_"+in.Name+"[") {
			t.Errorf("%s is not in the drawing", in.Name)
		}
	}
	for _, e := range pipeline.Effects {
		if e.Name != "Notify" && !strings.Contains(text, "do_"+e.Name+"[") {
			t.Errorf("%s is not in the drawing", e.Name)
		}
	}
	for _, e := range pipeline.Events {
		if !strings.Contains(text, "on_"+e.Name+"[") {
			t.Errorf("%s is not in the drawing", e.Name)
		}
	}
	way := []string{"say_SendDirect", "core_to_one_peer", "do_Send", "by_direct", "on_DirectReceived", "core_to_one_peer", "tell_Shown"}
	leads := func(from, to string) bool {
		return slices.ContainsFunc(g.Edges, func(e Edge) bool { return e.From == from && e.To == to })
	}
	for i := range len(way) - 1 {
		if !leads(way[i], way[i+1]) {
			t.Errorf("a direct message does not get from %s to %s", way[i], way[i+1])
		}
	}
	if !leads("front_console", "front_line") || !slices.ContainsFunc(g.Nodes, func(n Node) bool { return leads("front_line", n.ID) && leads(n.ID, way[0]) }) {
		t.Error("a direct message does not get from the console to its instruction")
	}
}

func TestRolesDiffer(t *testing.T) {
	has := func(role, id string) bool {
		g, _ := Flow(role)
		return slices.ContainsFunc(g.Nodes, func(n Node) bool { return n.ID == id })
	}
	for _, c := range []struct {
		role, id string
		want     bool
	}{
		{"client", "do_Publish", false},
		{"client", "front_client", true},
		{"client", "noted_Join", true},
		{"client", "say_Connect", false},
		{"client", "say_Join", true},
		{"server", "front_gateway", true},
		{"server", "front_client", false},
		{"server", "do_Publish", true},
		{"server", "the_other_members", false},
		{"gossiping-server", "front_gateway", true},
		{"gossiping-server", "the_other_members", true},
	} {
		if got := has(c.role, c.id); got != c.want {
			t.Errorf("%s in the drawing of a %s: %v, want %v", c.id, c.role, got, c.want)
		}
	}
}

// checkGraph holds a graph to what both languages need.
func checkGraph(t *testing.T, g Graph) {
	t.Helper()
	ids := make(map[string]bool)
	plain := func(id string) {
		if id == "" || strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
			t.Errorf("%q is no id", id)
		}
		if ids[id] {
			t.Errorf("the id %s is there twice", id)
		}
		ids[id] = true
	}
	for _, group := range g.Groups {
		plain(group.ID)
	}
	groups := len(ids)
	for _, n := range g.Nodes {
		if n.In != "" && !slices.ContainsFunc(g.Groups, func(group Group) bool { return group.ID == n.In }) {
			t.Errorf("%s stands in %s, which is not there", n.ID, n.In)
		}
		plain(n.ID)
	}
	if len(ids) != groups+len(g.Nodes) {
		t.Error("a group and a node have one id")
	}
	for _, e := range g.Edges {
		for _, id := range []string{e.From, e.To} {
			if !slices.ContainsFunc(g.Nodes, func(n Node) bool { return n.ID == id }) {
				t.Errorf("an edge ends at %q, which is no node", id)
			}
		}
	}
	nodes, edges := readDot(t, g.Dot())
	if len(nodes) != len(g.Nodes) || edges != len(g.Edges) {
		t.Errorf("Dot has %d nodes and %d edges, want %d and %d", len(nodes), edges, len(g.Nodes), len(g.Edges))
	}
	for _, n := range g.Nodes {
		if nodes[n.ID] != n.Label {
			t.Errorf("Dot calls %s %q, want %q", n.ID, nodes[n.ID], n.Label)
		}
	}
	m := g.unrolled()
	nodes, edges = readMermaid(t, g.Mermaid())
	if len(nodes) != len(m.Nodes) || edges != len(m.Edges) {
		t.Errorf("Mermaid has %d nodes and %d edges, want %d and %d", len(nodes), edges, len(m.Nodes), len(m.Edges))
	}
	for _, n := range m.Nodes {
		if nodes[n.ID] != n.Label {
			t.Errorf("Mermaid calls %s %q, want %q", n.ID, nodes[n.ID], n.Label)
		}
	}
}
