package gossip

import (
	"fmt"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"
)

func TestMeshForgetsWhoIsPrunedOrGone(t *testing.T) {
	g := &Gossip{trace: &tracer{notes: newNotices()}}
	for i := range MaxTopics {
		for _, p := range []peer.ID{"a", "b"} {
			g.trace.Graft(p, fmt.Sprint(i))
		}
	}
	g.trace.Prune("a", "7")
	if got := g.Mesh("7"); len(got) != 1 || got[0] != "b" {
		t.Errorf("in topic 7: %v, want b", got)
	}
	g.trace.OnClosedOutboundStream("b")
	if got := g.Mesh("7"); got != nil {
		t.Errorf("in topic 7: %v, want nobody", got)
	}
	g.trace.OnClosedOutboundStream("a")
	g.trace.Prune("a", "never joined")
	if n := len(g.trace.mesh.in); n != 0 {
		t.Errorf("%d topics are remembered, want none", n)
	}
}
