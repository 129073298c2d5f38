package graph

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

// five is the second system's example: 2 and 3 know 1, 4 knows 3 by a relay, 5 knows 4.
func five() chat.Topology {
	node := func(no int, channels ...string) chat.NodeInfo {
		return chat.NodeInfo{PeerInfo: chat.PeerInfo{Peer: chat.Peer{ID: chat.PeerID(fmt.Sprintf("id%d", no)), No: no}, State: "here"}, Me: no == 3, Channels: channels}
	}
	return chat.Topology{
		Nodes: []chat.NodeInfo{node(3, "lobby", "#ops"), node(1, "lobby"), node(4, "lobby", "#ops"), node(2), node(5, "lobby", "#a", "#b", "#c")},
		Links: []chat.LinkInfo{
			{A: 0, B: 1, Path: "direct", RTT: 1500 * time.Microsecond, Mesh: []string{"lobby"}},
			{A: 0, B: 2, Path: "relayed", RTT: 20 * time.Millisecond, Mesh: []string{"lobby", "#ops", "#a", "#b", "#c"}},
			{A: 1, B: 3, Path: "direct"},
			{A: 2, B: 4, Path: "relayed"},
		},
	}
}

const fiveMermaid = `flowchart LR
  n0(["peer 3 (this node): lobby #35;ops"])
  n1["peer 1: lobby"]
  n2["peer 4: lobby #35;ops"]
  n3["peer 2"]
  n4["peer 5: lobby #35;a #35;b and 1 more"]
  n0 ---|"1.5 ms · lobby"| n1
  n0 -.-|"relayed · 20.0 ms · lobby #35;ops #35;a and 2 more"| n2
  n1 --- n3
  n2 -.-|"relayed"| n4
`

const fiveDot = `graph tincan {
  rankdir=LR;
  node [shape=box, fontname="sans-serif"]; edge [fontname="sans-serif", fontsize=10];
  n0 [label="peer 3 (this node): lobby #ops", style=rounded];
  n1 [label="peer 1: lobby"];
  n2 [label="peer 4: lobby #ops"];
  n3 [label="peer 2"];
  n4 [label="peer 5: lobby #a #b and 1 more"];
  n0 -- n1 [label="1.5 ms · lobby"];
  n0 -- n2 [label="relayed · 20.0 ms · lobby #ops #a and 2 more", style=dashed];
  n1 -- n3;
  n2 -- n4 [label="relayed", style=dashed];
}
`

func TestNetwork(t *testing.T) {
	g := Network(five())
	checkGraph(t, g)
	if got := g.Mermaid(); got != fiveMermaid {
		t.Errorf("Mermaid\n%s\nwant\n%s", got, fiveMermaid)
	}
	if got := g.Dot(); got != fiveDot {
		t.Errorf("Dot\n%s\nwant\n%s", got, fiveDot)
	}
}

// Graphviz itself reads what it is given; where it is not installed, readDot stands for it.
func TestGraphvizReadsIt(t *testing.T) {
	program, err := exec.LookPath("dot")
	if err != nil {
		t.Skip("NOT TESTED: there is no dot here (Debian: apt-get install graphviz)")
	}
	hostile := five()
	hostile.Nodes[1].Peer = chat.Peer{ID: "x", Name: `"]; n1 -- \n&lt;<b>`}
	drawings := []Graph{Network(five()), Network(hostile), Network(chat.Topology{})}
	for _, role := range Roles() {
		g, _ := Flow(role)
		drawings = append(drawings, g)
	}
	for _, g := range drawings {
		cmd := exec.Command(program, "-Tcanon")
		cmd.Stdin = strings.NewReader(g.Dot())
		var trouble strings.Builder
		cmd.Stderr = &trouble
		if err := cmd.Run(); err != nil || trouble.Len() > 0 {
			t.Errorf("%v\n%s\n%s", err, trouble.String(), g.Dot())
		}
	}
}

// No name of a stranger's ends its label or becomes markup, in either language.
func TestHostileNames(t *testing.T) {
	for _, name := range []string{
		`"`, `"]`, `"] --> n1["`, `a"--b`, "a\nb", "a\r\nn1 --> n2", `\`, `\"`, `\N\G\l`, `&quot;`, "#quot;", "#35;", "end", "subgraph",
		`<img src=x onerror=alert(1)>`, `</script>`, "`**bold**`", "%%{init: {}}%%", "a|b", "{{x}}", "((x))", "click n0 call x()", "\x1b[31mred", "\u202eevil", "a; b", "//x", "$$x$$",
	} {
		t.Run(name, func(t *testing.T) {
			topology := five()
			topology.Nodes[1].Peer = chat.Peer{ID: "x", Name: name}
			topology.Nodes[2].Channels = []string{"#" + name}
			topology.Links[0].Mesh = []string{"#" + name}
			checkGraph(t, Network(topology))
		})
	}
}

func TestLinksToNowhereAreLeftOut(t *testing.T) {
	topology := five()
	topology.Links = append(topology.Links, chat.LinkInfo{A: 0, B: 5}, chat.LinkInfo{A: -1, B: 1})
	if n := len(Network(topology).Edges); n != 4 {
		t.Errorf("%d edges, want 4", n)
	}
	checkGraph(t, Network(chat.Topology{}))
}
