package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tincan/cmd/internal/graph"
)

// drawn runs the program and returns what it prints.
func drawn(t *testing.T, args ...string) string {
	t.Helper()
	var out, trouble bytes.Buffer
	if code := run(append([]string{"node"}, args...), strings.NewReader(""), &out, &trouble, noEnv); code != exitOK || trouble.Len() > 0 {
		t.Fatalf("%q ends with %d, and says %s", args, code, trouble.String())
	}
	return out.String()
}

// The program's own pipeline is printed for each role, in either spelling, and nothing
// is started (H-18).
func TestGraphFlow(t *testing.T) {
	for _, c := range []struct{ role, as string }{
		{"", ""}, {"client", "client"}, {"server", "server"}, {"gossiping-server1", "gossiping-server"}, {"gossiping-server5", "gossiping-server"},
	} {
		g, ok := graph.Flow(c.as)
		if !ok {
			t.Fatalf("no drawing of the role %q", c.as)
		}
		for format, want := range map[string]string{asMermaid: g.Mermaid(), asDot: g.Dot()} {
			command, root := []string{"graph", "flow", "--format", format}, []string{"--graph", format}
			if c.role != "" {
				command, root = append(command, "--role", c.role), append(root, "--role", c.role, "--name", "x")
			}
			if got := drawn(t, command...); got != want {
				t.Errorf("%q prints\n%s\nwant\n%s", command, got, want)
			}
			if got := drawn(t, root...); got != want {
				t.Errorf("%q prints\n%s\nwant\n%s", root, got, want)
			}
		}
	}
	if got := drawn(t, "graph", "flow"); !strings.HasPrefix(got, "flowchart LR\n") {
		t.Errorf("without a format: %.40q", got)
	}
	if got := drawn(t, "--role", "client", "graph", "flow"); got != drawn(t, "graph", "flow", "--role", "client") {
		t.Error("the role before the command is another")
	}
}

func TestGraphUsage(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"graph", `graph is not told what to draw – flow is what this program does, topology the network – node graph -h shows examples`},
		{"graph flwo", `graph draws no "flwo" – did you mean flow? – flow is`},
		{"graph flow --format png", `--format is "png" – it can be mermaid, dot – choose one`},
		{"graph flow --format mermiad", `--format is "mermiad" – did you mean mermaid? – it can be`},
		{"graph flow --format dot --format dot", `--format is given 2 times`},
		{"graph flow --role bystander", `--role is "bystander" – it can be client, server or gossiping-server1 to gossiping-server5 – choose one`},
		{"graph flow all", `"all" is left over – graph flow takes no words`},
		{"--peer-no 7 graph flow", `--peer-no is given – graph flow has no use for it`},
		{"graph topology --format png", `--format is "png" – it can be text, mermaid, dot, json – choose one`},
		{"graph topology now", `"now" is left over`},
		{"--sparse graph topology", `--sparse is given – graph topology has no use for it`},
		{"--graph svg", `--graph is "svg" – it can be mermaid, dot – choose one`},
		{"--role server --name x --graph json", `--graph is "json" – it can be mermaid, dot – choose one`},
		{"--graph dot --role bystander --name x", `--role is "bystander"`},
	} {
		_, err := parse(append([]string{"node"}, strings.Fields(c.args)...), noEnv)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.args, err, c.want)
		}
	}
	if s, err := parse([]string{"node", "graph", "flow", "-h"}, noEnv); err != nil || s.command != "help" || s.topic != "graph" {
		t.Errorf("graph flow -h: %+v, %v", s, err)
	}
	env := environment(map[string]string{"TINCAN_GRAPH": "dot", "TINCAN_ROLE": "server", "TINCAN_NAME": "x"})
	if s, err := parse([]string{"node"}, env); err != nil || s.command != "run" {
		t.Errorf("a variable keeps the program from running: %+v, %v", s, err)
	}
}

// The five nodes of the fourth system's README: 2 and 3 know 1, 4 knows 3, 5 knows 4.
// Seen from 3 the network is all of it, in each format.
func TestTopologyOfFiveNodes(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 5)
	socket := filepath.Join(t.TempDir(), "s")
	start(t, n[0], "--sparse")
	start(t, n[1], "--sparse", "-b", fmt.Sprint(n[0]))
	three := start(t, n[2], "--sparse", "-b", fmt.Sprint(n[0]), "--control", socket)
	start(t, n[3], "--sparse", "-b", fmt.Sprint(n[2]))
	start(t, n[4], "--sparse", "-b", fmt.Sprint(n[3]))
	for _, no := range []int{n[0], n[1], n[3], n[4]} {
		three.sees(fmt.Sprintf(`^\* peer %d is here$`, no))
	}
	topology := func(format string) string {
		t.Helper()
		out, err := exec.Command(binary, "--control", socket, "graph", "topology", "--format", format).Output()
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		return round(string(out), n)
	}
	// Neither that two have become neighbours in gossip nor that one knows it of others
	// is announced anywhere.
	late := time.After(patience)
	for topology(asText) != fiveText {
		select {
		case <-late:
			t.Fatalf("the network is\n%s\nwant\n%s", topology(asText), fiveText)
		case <-three.exited:
			t.Fatal("the node has ended")
		case <-time.After(50 * time.Millisecond):
		}
	}
	for format, want := range map[string]string{asMermaid: fiveMermaid, asDot: fiveDot} {
		if got := topology(format); got != want {
			t.Errorf("as %s\n%s\nwant\n%s", format, got, want)
		}
	}
	var object struct {
		Type  string
		Nodes []struct {
			PeerNo int `json:"peer_no"`
			Me     bool
			In     []string
			State  string
		}
		Links []struct {
			A, B int
			Path string
			RTT  float64 `json:"rtt_ms"`
			Mesh []string
		}
	}
	out, err := exec.Command(binary, "--control", socket, "graph", "topology", "--format", "json").Output()
	if err != nil || json.Unmarshal(out, &object) != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if object.Type != "topology" || len(object.Nodes) != 5 || !object.Nodes[0].Me || object.Nodes[0].PeerNo != n[2] || len(object.Links) != 4 {
		t.Errorf("as JSON %s", out)
	}
	for i, l := range object.Links {
		if want := [][2]int{{0, 1}, {0, 2}, {1, 3}, {2, 4}}[i]; l.A != want[0] || l.B != want[1] || l.Path != "direct" || l.RTT <= 0 || len(l.Mesh) != 1 {
			t.Errorf("link %d as JSON is %+v, want %v", i, l, want)
		}
	}
	three.types("/graph")
	three.sees(`^\* the network as this node knows it: 5 nodes, 4 links$`)
	three.sees(fmt.Sprintf(`^\*   peer %d +peer %d +direct +\d+\.\d ms +lobby$`, n[3], n[4]))
}

// round puts 1 to 5 for the numbers of peers, and the same round trip for all.
func round(text string, n []int) string {
	for i, no := range n {
		text = strings.ReplaceAll(text, fmt.Sprintf("peer %d", no), fmt.Sprintf("peer %d", i+1))
	}
	text = regexp.MustCompile(`\d+\.\d ms`).ReplaceAllString(text, "RTT")
	return regexp.MustCompile(`  +`).ReplaceAllString(text, "  ")
}

const (
	fiveText = `* the network as this node knows it: 5 nodes, 4 links
*  node  linked to  path  rtt  gossip
*  peer 3 (you)  peer 1  direct  RTT  lobby
*  peer 3 (you)  peer 4  direct  RTT  lobby
*  peer 1  peer 2  direct  RTT  lobby
*  peer 4  peer 5  direct  RTT  lobby
`
	fiveMermaid = `flowchart LR
  n0(["peer 3 (this node): lobby"])
  n1["peer 1: lobby"]
  n2["peer 4: lobby"]
  n3["peer 2: lobby"]
  n4["peer 5: lobby"]
  n0 ---|"RTT · lobby"| n1
  n0 ---|"RTT · lobby"| n2
  n1 ---|"RTT · lobby"| n3
  n2 ---|"RTT · lobby"| n4
`
	fiveDot = `graph tincan {
  rankdir=LR;
  node [shape=box, fontname="sans-serif"]; edge [fontname="sans-serif", fontsize=10];
  n0 [label="peer 3 (this node): lobby", style=rounded];
  n1 [label="peer 1: lobby"];
  n2 [label="peer 4: lobby"];
  n3 [label="peer 2: lobby"];
  n4 [label="peer 5: lobby"];
  n0 -- n1 [label="RTT · lobby"];
  n0 -- n2 [label="RTT · lobby"];
  n1 -- n3 [label="RTT · lobby"];
  n2 -- n4 [label="RTT · lobby"];
}
`
)
