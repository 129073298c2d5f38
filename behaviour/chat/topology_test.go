package chat

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// see gives a core its own links, direct ones of a round trip of 2 ms in the lobby's mesh.
func see(peers ...PeerID) Inspected {
	var ev Inspected
	for _, p := range peers {
		ev.Links = append(ev.Links, told(p, Lobby))
	}
	return ev
}

func told(p PeerID, mesh ...Conversation) Link {
	return Link{Peer: p, Path: "direct", RTTms: 2, Mesh: mesh}
}

// chain is five nodes as the second system's README has them: 2 and 3 know 1, 4
// knows 3, 5 knows 4.
func TestNetworkOfAChain(t *testing.T) {
	s := newScript(t)
	for i := range 5 {
		s.join(fmt.Sprintf("n%d", i+1), numbered)
	}
	for _, l := range [][2]string{{"n2", "n1"}, {"n3", "n1"}, {"n4", "n3"}, {"n5", "n4"}} {
		s.link(l[0], l[1])
	}
	s.forget()
	s.play("n3", ShowNetwork{})
	s.saw("n3", "network [peer 3 here me in lobby] [peer 1 here in lobby] [peer 4 here in lobby] [peer 2 heard of] [peer 5 heard of]"+
		" (0-1 direct 2ms lobby) (0-2 direct 2ms lobby) (1-3 direct 2ms lobby) (2-4 direct 2ms lobby)")
}

func TestNetworkIsAskedForOnceForAll(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b", "c")
	s.enter("a", "bob")
	s.step("a", asks{Owner, "r1", ShowNetwork{}}, "inspect")
	s.step("a", asks{1, "r2", ShowNetwork{}})
	s.step("a", GetStatus{})
	s.step("a", see("b", "c"), "status: 2 peers, 0 messages, 0 in outbox", "ask b for its links", "ask c for its links")
	s.step("a", asks{Owner, "r3", ShowNetwork{}})
	s.step("a", LinksDone{With: "b", Links: []Link{told("a"), told("x", Lobby)}})
	s.step("a", LinksDone{With: "b", Links: []Link{told("y")}}) // it had its turn
	s.step("a", GetStatus{}, "inspect")
	s.step("a", see("b", "c"), "status: 2 peers, 0 messages, 0 in outbox") // and nobody is asked again
	const rest = " (0-1 direct 2ms%s) (0-2 direct 2ms%s) (1-3 direct 2ms%s)"
	all := "[peer b here in lobby] [peer c here in lobby] [peer x heard of]" + fmt.Sprintf(rest, " lobby", " lobby", " lobby")
	owner, guest := "network [peer a here me in lobby] "+all, "guest 1: network [peer a here me] [peer b here] [peer c here] [peer x heard of]"+fmt.Sprintf(rest, "", "", "")
	s.step("a", LinksDone{With: "c", Err: "it does not answer"}, owner+" (r1)", guest+" (r2)", owner+" (r3)")
	s.step("a", asks{Owner, "r4", ShowNetwork{}}, owner+" (r4)") // it is fresh
	s.now = s.now.Add(surveyFresh)
	s.step("a", ShowNetwork{}, "inspect")
}

func TestNetworkOfANodeAlone(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", ShowNetwork{}, "inspect")
	s.step("a", see(), "network [peer a here me in lobby]")
}

// What a neighbour says moves its own links and no others, and not even those
// where the other end, or this node, knows better.
func TestLiesMoveTheLiarsLinksOnly(t *testing.T) {
	relayed := func(p PeerID, ms float64) Link { return Link{Peer: p, Path: "relayed", RTTms: ms} }
	full := make([]Link, MaxLinks)
	for i := range full {
		full[i] = told(PeerID(fmt.Sprintf("w%03d", i)))
	}
	for _, c := range []struct {
		name string
		b, c []Link
		want string // of the links, besides those of a
	}{
		{"both tell the same", []Link{told("a"), told("c", Lobby)}, []Link{told("a"), told("b", Lobby)}, " (1-2 direct 2ms lobby)"},
		{"one of them hides it", []Link{told("a")}, []Link{told("a"), told("b", Lobby)}, ""},
		{"one of them makes it up", []Link{told("c")}, []Link{}, ""},
		{"one says less of it", []Link{told("c", Lobby)}, []Link{{Peer: "b", Path: "direct"}}, " (1-2 direct 2ms)"},
		{"one says worse of it", []Link{told("c")}, []Link{relayed("b", 9)}, " (1-2 relayed 2ms)"},
		{"about this node", []Link{relayed("a", 1000)}, nil, ""},
		{"about itself with itself", []Link{told("b")}, nil, ""},
		{"about one who was not asked", []Link{relayed("x", 7)}, nil, " (1-3 relayed 7ms)"},
		{"about a channel that the user is not in", []Link{told("x", "#secret")}, nil, " (1-3 direct 2ms)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t, "a")
			s.up("a", "b", "c")
			s.give("a", ShowNetwork{})
			s.give("a", see("b", "c"))
			s.give("a", LinksDone{With: "b", Links: c.b})
			effects := s.give("a", LinksDone{With: "c", Links: c.c})
			n := effects[0].(Notify).Notification.(Topology)
			n.Nodes = nil
			if got, want := topologyText(n), "network (0-1 direct 2ms lobby) (0-2 direct 2ms lobby)"+c.want; got != want {
				t.Errorf("%s\nwant %s", got, want)
			}
		})
	}
	t.Run("a full list hides nothing", func(t *testing.T) {
		for _, liar := range []PeerID{"b", "c"} {
			s := newScript(t, "a")
			s.up("a", "b", "c")
			s.give("a", ShowNetwork{})
			s.give("a", see("b", "c"))
			honest := map[PeerID]PeerID{"b": "c", "c": "b"}[liar]
			s.give("a", LinksDone{With: liar, Links: full})
			n := s.give("a", LinksDone{With: honest, Links: []Link{told(liar)}})[0].(Notify).Notification.(Topology)
			if !slices.ContainsFunc(n.Links, func(l LinkInfo) bool { return l.A == 1 && l.B == 2 }) {
				t.Errorf("the link of b and c is not there when %s has too many others", liar)
			}
		}
	})
}

// A connection to one who is no node of this network, or has gone meanwhile, is no link
// of this node's, though others know him.
func TestLinksOfStrangersAreNotThisNodes(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b", "c")
	s.give("a", ShowNetwork{})
	s.give("a", see("b", "c", "z"))
	s.give("a", PeerDown{"c"})
	s.give("a", LinksDone{With: "c", Err: "it has gone"})
	s.step("a", LinksDone{With: "b", Links: []Link{told("z"), told("c")}},
		"network [peer a here me in lobby] [peer b here in lobby] [peer c heard of] [peer z heard of] (0-1 direct 2ms lobby) (1-2 direct 2ms) (1-3 direct 2ms)")
}

func TestNetworkIsBounded(t *testing.T) {
	s := newScript(t, "a")
	var up []PeerID
	var mesh []Conversation
	for i := range MaxMesh + 1 {
		mesh = append(mesh, Conversation(fmt.Sprintf("#%02d", i)))
		s.give("a", Join{Channel: string(mesh[i])})
	}
	for i := range maxSurveyed + 8 {
		up = append(up, PeerID(fmt.Sprintf("p%03d", i)))
		s.up("a", string(up[i]))
	}
	s.give("a", ShowNetwork{})
	effects := slices.Clone(s.give("a", see(up...)))
	if len(effects) != maxSurveyed {
		t.Fatalf("%d are asked, want %d", len(effects), maxSurveyed)
	}
	var n Topology
	for i, e := range effects {
		links := make([]Link, 10_000)
		for j := range links {
			links[j] = told(PeerID(fmt.Sprintf("x%02d-%05d", i, j)), mesh...)
		}
		for _, e := range s.give("a", LinksDone{With: e.(AskLinks).With, Links: links}) {
			n = e.(Notify).Notification.(Topology)
		}
	}
	if len(n.Nodes) != maxNodes || len(n.Links) != maxNodes-1 {
		t.Errorf("%d nodes and %d links, want %d and one less", len(n.Nodes), len(n.Links), maxNodes)
	}
	named := 0
	for _, l := range n.Links {
		named += len(l.Mesh)
	}
	if named != maxCharted {
		t.Errorf("%d conversations are named, want %d", named, maxCharted)
	}
	s.now = s.now.Add(surveyFresh)
	for range maxMaps {
		s.give("a", ShowNetwork{})
	}
	s.step("a", ShowNetwork{}, "refused overloaded: …")
}

func TestNetworkIsTheSameHoweverItIsHeard(t *testing.T) {
	var first string
	for i := range 20 {
		s := newScript(t, "a")
		s.up("a", "b", "c", "d")
		s.give("a", ShowNetwork{})
		s.give("a", see("b", "c", "d"))
		var got string
		for j := range 3 {
			who := []PeerID{"b", "c", "d"}[(i+j)%3]
			for _, e := range s.give("a", LinksDone{With: who, Links: []Link{told("x"), told("y"), told("z" + who)}}) {
				got = topologyText(e.(Notify).Notification.(Topology))
			}
		}
		if first == "" {
			first = got
		}
		if got != first || got == "" {
			t.Fatalf("once\n%s\nthen\n%s", first, got)
		}
	}
}

func TestLinksAreToldWithoutWhatIsNotTheAskers(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b", "c")
	s.give("a", Join{Channel: "#ours"})
	s.give("a", Join{Channel: "#mine"})
	s.give("a", EnvelopeReceived{From: "b", Envelope: edit(s.forge("b", 1, 1, "hi"), func(e *Envelope) { e.Conversation = "#ours" })})
	ev := see("c", "b", "stranger")
	for i := range ev.Links {
		ev.Links[i].Mesh = []Conversation{"#mine", "#ours", Lobby}
		ev.Links[i].Addr = "/ip4/192.0.2.7/tcp/1"
	}
	s.step("a", LinksAsked{1, "b"}, "inspect")
	s.step("a", LinksAsked{2, "c"})
	s.step("a", ev, "answer links: [b direct 2ms #ours lobby] [c direct 2ms #ours lobby]", "answer links: [b direct 2ms lobby] [c direct 2ms lobby]")
	s.step("a", LinksAsked{3, "x"}, "answer links: [b direct 2ms lobby] [c direct 2ms lobby]") // it is fresh
	s.now = s.now.Add(surveyFresh - time.Millisecond)
	s.step("a", PeerDown{"c"}, "left c")
	s.step("a", LinksAsked{4, "x"}, "answer links: [b direct 2ms lobby]")
	s.now = s.now.Add(time.Millisecond)
	for i := range maxCallers {
		s.give("a", LinksAsked{Ticket(5 + i), "x"})
	}
	s.step("a", LinksAsked{1000, "x"}, "answer links:")
	if n := len(s.give("a", see("b"))); n != maxCallers {
		t.Errorf("%d are answered, want %d", n, maxCallers)
	}
}
