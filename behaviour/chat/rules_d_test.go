package chat

import (
	"fmt"
	"testing"
)

// The rules of the channel chat (D-…), as its users see them on tincan nodes,
// with its bugs mended. Its servers are nodes, its clients their guests. What is
// no rule of the core's has its test where it is kept: D-01 (kinds of servers), D-02
// (start lines) and D-05 (exit and end of input) in cmd/node, D-06 and D-07 (servers learn
// of each other) in package node, D-09 (the client) in cmd/internal/client, D-16
// (behind a NAT) in node/localnet. D-18 (a page in a browser) and the WebSocket
// part of D-01 and D-19 come with that door.

// ops is three nodes in a row with guests in channels: anna and bob are guests
// of a, carl of b, dora of c.
func ops(t *testing.T) *script {
	s := newScript(t, "a", "b", "c")
	s.link("a", "b")
	s.link("b", "c")
	s.link("a", "c")
	s.enter("a", "anna", "bob")
	s.enter("b", "carl")
	s.enter("c", "dora")
	for _, who := range []string{"a", "b", "c"} {
		s.play(who, asks{1, "", Join{Channel: "#ops"}})
	}
	s.forget()
	return s
}

func TestD03Connect(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", Connect{"localhost 4006"}, "notice: connecting to /ip4/127.0.0.1/tcp/4006", "dial /ip4/127.0.0.1/tcp/4006")
	s.step("a", DialDone{Addr: "/ip4/127.0.0.1/tcp/4006", Peer: "b"}, "notice: connected to peer b")
	s.give("a", Connect{"127.0.0.1 4007"})
	s.step("a", DialDone{Addr: "/ip4/127.0.0.1/tcp/4007", Err: "connection refused"},
		"refused unreachable: cannot connect to /ip4/127.0.0.1/tcp/4007 – connection refused")
	s.give("a", Connect{"127.0.0.1 4008"})
	s.step("a", DialDone{Addr: "/ip4/127.0.0.1/tcp/4008", Err: "that is this node itself"},
		"refused unreachable: cannot connect to /ip4/127.0.0.1/tcp/4008 – that is this node itself")
}

func TestD04Peers(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", ListPeers{})
	s.step("a", Inspected{}, "peers")
	s.up("a", "b", "c")
	s.give("a", ListPeers{})
	s.step("a", Inspected{Links: []Link{{Peer: "b", Path: "direct"}, {Peer: "c", Path: "relayed"}}},
		"peers [peer b here direct] [peer c here relayed]")
}

func TestD08DoubleConnect(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.give("a", Connect{"127.0.0.1 4006"})
	s.step("a", DialDone{Addr: "/ip4/127.0.0.1/tcp/4006", Peer: "b", Already: true}, "notice: already connected to peer b")
	s.give("a", ListPeers{})
	s.step("a", Inspected{Links: []Link{{Peer: "b", Path: "direct"}}}, "peers [peer b here direct]")
}

func TestD10JoinWithAName(t *testing.T) {
	s := newScript(t, "a")
	s.enter("a", "")
	s.step("a", asks{1, "", MayJoin{"ops", "alice", "join ops alice"}},
		"guest 1: you are alice@peer a", "subscribe #ops", "guest 1: joined #ops as 1")
	// A later join is a join and not text: any number of channels (D-32).
	s.step("a", asks{1, "", Join{"#dev", "alice"}}, "subscribe #dev", "guest 1: joined #dev as 2")
	s.step("a", asks{1, "", SwitchTo{"#ops"}}, "guest 1: in #ops")
}

func TestD11TalkBeforeJoining(t *testing.T) {
	s := newScript(t, "a")
	s.enter("a", "alice")
	s.step("a", asks{1, "", Say{"hello?"}}, "guest 1: refused no-place: malformed: join a channel first")
}

func TestD12MessagesReachAllOthersOnAnyNode(t *testing.T) {
	s := ops(t)
	s.play("a", asks{2, "", Join{Channel: "#ops"}})
	s.forget()
	s.play("a", asks{1, "", Say{"good morning"}})
	s.read("a", `guest 1: shown mine a#ops1 of anna "good morning"`, `guest 2: shown a#ops1 of anna "good morning"`, "guest 1: sent a#ops1 to 2")
	s.read("b", `guest 1: shown a#ops1 of anna "good morning"`)
	s.read("c", `guest 1: shown a#ops1 of anna "good morning"`)
}

func TestD13ChannelsAreApart(t *testing.T) {
	s := ops(t)
	s.play("a", asks{2, "", Join{Channel: "#dev"}})
	s.play("b", Join{Channel: "#dev"})
	s.forget()
	s.play("a", asks{1, "", Say{"for ops"}})
	s.read("b", `guest 1: shown a#ops1 of anna "for ops"`) // not the owner, who is in #dev
	s.read("c", `guest 1: shown a#ops1 of anna "for ops"`)
	s.play("a", asks{2, "", Say{"for dev"}})
	s.forget()
	s.play("b", Say{"and back"})
	s.read("a", `guest 2: shown b#dev1 "and back"`)
	s.read("c")
	if n := s.cores["c"].held(); n != 1 {
		t.Errorf("a node that is not in #dev keeps %d messages", n)
	}
}

func TestD14TwoOfAName(t *testing.T) {
	s := ops(t)
	s.play("b", asks{1, "", Rename{"anna"}})
	s.forget()
	s.play("a", asks{1, "", Say{"I am anna"}})
	s.play("b", asks{1, "", Say{"so am I"}})
	s.read("c", `guest 1: shown a#ops1 of anna "I am anna"`, `guest 1: shown b#ops1 of anna "so am I"`)
	s.give("c", asks{1, "", SendDirect{To: "anna@a", Text: "which?"}}) // the host tells them apart
}

func TestD15ShownOnceWhateverTheWay(t *testing.T) {
	s := ops(t)
	s.play("a", asks{1, "", Say{"once"}})
	s.forget()
	for _, hop := range []string{"b", "a", "b"} {
		s.step("c", s.gossip(hop, "a#ops1"))
	}
	s.give("c", SyncRequested{Ticket: 9, From: "b", Deltas: []Delta{{Conversation: "#ops", Envelopes: []*Envelope{s.get("a#ops1")}}}})
	s.read("c")
}

func TestD17AnyNodeMayDie(t *testing.T) {
	s := ops(t)
	s.unlink("a", "b") // b is gone
	s.unlink("b", "c")
	s.forget()
	s.play("a", asks{1, "", Say{"still there?"}})
	s.read("c", `guest 1: shown a#ops1 of anna "still there?"`)
	s.play("c", asks{1, "", Say{"yes"}})
	s.read("c", `guest 1: shown mine c#ops1 of dora "yes"`, "guest 1: sent c#ops1 to 1")
}

func TestD19ClientsOfAllKindsShareChannels(t *testing.T) {
	s := ops(t)
	s.play("b", Join{Channel: "#ops"}) // at the console of the node where carl is a guest
	s.forget()
	s.play("b", Say{"to guests"})
	s.read("a", `guest 1: shown b#ops1 "to guests"`)
	s.read("b", `shown mine b#ops1 "to guests"`, `guest 1: shown b#ops1 "to guests"`, "sent b#ops1 to 2")
	s.play("c", asks{1, "", Say{"to owners"}})
	s.read("b", `users [1 0]: shown c#ops1 of dora "to owners"`)
}

func TestD20NothingIsKeptOfAChannelThatAllHaveLeft(t *testing.T) {
	s := ops(t)
	s.play("a", asks{1, "", Say{"a secret of ops"}})
	s.play("b", asks{1, "", Part{}})
	if c := s.cores["b"]; c.held() != 0 || len(c.rooms) != 1 || c.keptBytes != 0 {
		t.Errorf("%d messages of %d bytes are kept, %d conversations", c.held(), c.keptBytes, len(c.rooms))
	}
}

func TestD21TextIsText(t *testing.T) {
	s := ops(t)
	for i, text := range []string{"one", "two", "three", "**@#@", "a**@#@b", "ok", "ok", "two\nlines"} {
		s.play("a", asks{1, "", Say{text}})
		s.read("b", fmt.Sprintf("guest 1: shown a#ops%d of anna %q", i+1, text))
	}
}

func TestD22LeavingTakesOutWhoLeaves(t *testing.T) {
	s := newScript(t, "a")
	s.enter("a", "x", "y", "z")
	for u := User(1); u <= 3; u++ {
		s.give("a", asks{u, "", Join{Channel: "#ops"}})
	}
	s.step("a", asks{1, "", Exit{}}, "users [2 3]: left #ops: x@peer a", "guest 1: ended, 0 undelivered")
	s.step("a", asks{2, "", Say{"who is here?"}}, `guest 2: shown mine a#ops1 of y "who is here?"`, `guest 3: shown a#ops1 of y "who is here?"`, `publish a#ops1 "who is here?"`)
}

func TestD32ManyChannels(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	for i := range 20 {
		name := fmt.Sprintf("#c%d", i)
		s.play("a", Join{Channel: name})
		s.play("b", Join{Channel: name})
	}
	s.forget()
	for i := range 20 {
		s.play("a", SayIn{fmt.Sprintf("#c%d", i), "here"})
		s.read("b", fmt.Sprintf(`shown a#c%d1 "here"`, i))
	}
	s.step("a", SayIn{"#c99", "there"}, "refused no-place: you are not in #c99; /join #c99 first")
}
