package chat

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// numbered gives peers called n1, n2, … n9 their numbers.
func numbered(c *Config) {
	c.Number = func(id PeerID) int {
		n, _ := strconv.Atoi(strings.TrimPrefix(string(id), "n"))
		return n
	}
	c.ByNumber = func(n int) (PeerID, bool) { return PeerID(fmt.Sprint("n", n)), n >= 1 && n <= 9 }
}

// claim makes a peer claim a name by a line in the lobby.
func (s *script) claim(who, peer, name string) {
	e := edit(s.forge(peer, 1, 1, "hi"), func(e *Envelope) { e.Messages[0].Name = name })
	s.give(who, EnvelopeReceived{From: "h", Envelope: e})
}

func TestPeersComeAndGoOnce(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", PeerDown{"b"})
	s.step("a", PeerUp{"b"}, "came b", "sync with b: nothing")
	s.step("a", PeerUp{"b"})
	s.step("a", PeerDown{"b"}, "left b")
	s.step("a", PeerDown{"b"})
}

func TestWhoIsMeant(t *testing.T) {
	s := newScript(t)
	s.join("n1", numbered)
	s.give("n1", Rename{"me"})
	s.up("n1", "n2", "n3", "12D3KooWanna", "12D3KooWbob")
	s.claim("n1", "n4", "dora")
	s.claim("n1", "n5", "dora")
	s.claim("n1", "n6", "12D3KooWanna") // claims another's id
	s.claim("n1", "n7", "2")            // claims another's number
	s.claim("n1", "n8", "Zoë")
	for _, c := range []struct {
		name, to string
		id       PeerID
		code     FailCode
		why      string
	}{
		{"a number", "2", "n2", "", ""},
		{"a number that nobody has", "10", "", UnknownPeer, "no peer has the number 10"},
		{"a number too great for any", "99999999999999999999", "", UnknownPeer, `nobody is "99999999999999999999"`},
		{"a negative number", "-1", "", UnknownPeer, "no peer has the number -1"},
		{"not quite a number", "02", "", UnknownPeer, `nobody is "02"`},
		{"full-width digits", "２", "", UnknownPeer, `nobody is "２"`},
		{"one's own number", "1", "n1", SelfPeer, "peer 1 is this node itself"},
		{"a name", "Zoë", "n8", "", ""},
		{"a name in other letters", "zoë", "", UnknownPeer, `nobody is "zoë"`},
		{"a name with its number", "dora#5", "n5", "", ""},
		{"a name with another's number", "dora#6", "", UnknownPeer, `nobody is "dora#6"`},
		{"a name with the end of its id", "12D3KooWanna#n6", "", UnknownPeer, `nobody is "12D3KooWanna#n6"`},
		{"a tag alone", "#5", "", UnknownPeer, `nobody is "#5"`},
		{"two of a name", "dora", "", AmbiguousPeer, `"dora" may be any of dora#n4 n4, dora#n5 n5; use the number, the name with its tag, or the id`},
		{"one's own name", "me", "n1", SelfPeer, "me is this node itself"},
		{"an id", "12D3KooWanna", "12D3KooWanna", "", ""},
		{"the beginning of an id", "12D3KooWb", "12D3KooWbob", "", ""},
		{"the beginning of two", "12D3KooW", "", AmbiguousPeer, `"12D3KooW" may be any of peer …KooWanna 12D3KooWanna, peer …3KooWbob 12D3KooWbob; use the number, the name with its tag, or the id`},
		{"too short a beginning", "12D3K", "", UnknownPeer, `nobody is "12D3K"`},
		{"nothing", "", "", UnknownPeer, "no peer was named"},
		{"a path", "../../x", "", UnknownPeer, `nobody is "../../x"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, _, code, why := s.cores["n1"].resolve(c.to)
			if id.Peer != c.id || code != c.code || why != c.why {
				t.Errorf("%q means %q (%s: %s), want %q (%s: %s)", c.to, id, code, why, c.id, c.code, c.why)
			}
		})
	}
}

func TestTypedLineToNobodyIsHeld(t *testing.T) {
	s := newScript(t, "a")
	s.step("a", SendDirect{To: "zoe", Text: "hi", Line: "dm zoe hi"}, `held "dm zoe hi": nobody is "zoe"`)
	s.step("a", SendDirect{To: "zoe", Text: "hi"}, `refused unknown-peer: nobody is "zoe"`)
	s.step("a", SendDirect{To: "a", Text: "hi", Line: "dm a hi"}, `held "dm a hi": a is this node itself`)
	s.step("a", SendDirect{To: "a", Text: "hi"}, `refused self: a is this node itself`)
	s.step("a", OpenDirect{"zoe"}, `refused unknown-peer: nobody is "zoe"`)
}

func TestUnknownNumberIsLookedFor(t *testing.T) {
	s := newScript(t)
	s.join("n1", numbered)
	s.step("n1", SendDirect{To: "9", Text: "hi", Line: "dm 9 hi"}, "find n9")
	s.step("n1", asks{Owner, "r", SendDirect{To: "9", Text: "again"}})
	s.step("n1", FindDone{"n9", false}, `held "dm 9 hi": nobody is 9 as far as can be seen`, "refused unknown-peer: nobody is 9 as far as can be seen (r)")
	s.step("n1", SendDirect{To: "9", Text: "hi", Line: "dm 9 hi"}, "find n9")
	s.enter("n1", "bob")
	s.step("n1", asks{1, "r", OpenDirect{"9"}})
	s.step("n1", FindDone{"n9", true}, `shown mine n1>n91 "hi"`, `send to n9 n1>n91 "hi"`, "guest 1: in dm with peer 9 (r)")
	s.step("n1", FindDone{"n9", true})
	s.step("n1", SendDirect{To: "9", Text: "more"}, `shown mine n1>n92 "more"`) // now it is known
}

func TestWhatIsTypedWhileAPeerIsLookedForIsNotForTheLobby(t *testing.T) {
	s := newScript(t)
	s.join("n1", numbered)
	s.step("n1", OpenDirect{"9"}, "find n9")
	s.step("n1", Say{"psst"})
	s.step("n1", Say{" "}, "refused bad-text: there is nothing to send but white space")
	s.step("n1", FindDone{"n9", false}, "refused unknown-peer: nobody is 9 as far as can be seen", `held "psst": nobody is peer 9 as far as can be seen`)
	s.step("n1", Say{"all"}, `shown mine n11 "all"`, `publish n11 "all"`)
	s.step("n1", OpenDirect{"9"}, "find n9")
	s.step("n1", Say{"psst"})
	s.step("n1", FindDone{"n9", true}, `in dm with peer 9`, `shown mine n1>n91 "psst"`, `send to n9 n1>n91 "psst"`)
	s.step("n1", OpenDirect{"8"}, "find n8")
	s.step("n1", OpenLobby{}, "in lobby")
	s.step("n1", FindDone{"n8", true}) // the user has gone elsewhere
	s.step("n1", Say{"back"}, `shown mine n12 "back"`)
}

func TestConnect(t *testing.T) {
	for _, c := range []struct{ addr, want string }{
		{"127.0.0.1 63001", "/ip4/127.0.0.1/tcp/63001"},
		{"localhost 63001", "/ip4/127.0.0.1/tcp/63001"},
		{"::1 63001", "/ip6/::1/tcp/63001"},
		{"2001:db8::7 1", "/ip6/2001:db8::7/tcp/1"},
		{"::ffff:10.0.0.1 65535", "/ip4/10.0.0.1/tcp/65535"},
		{"/dns4/example.org/tcp/1", "/dns4/example.org/tcp/1"},
		{"127.0.0.1 0", ""},
		{"127.0.0.1 65536", ""},
		{"127.0.0.1 -1", ""},
		{"127.0.0.1 http", ""},
		{"127.0.0.1 1 2", ""},
		{"999.1.1.1 1", ""},
		{"example.org 1", ""},
		{"fe80::1%eth0/x 1", ""},
		{"fe80::1%eth0 1", "/ip6zone/eth0/ip6/fe80::1/tcp/1"},
		{" 1", ""},
		{"", ""},
		{"example.org", ""},
		{"127.0.0.1:63001", ""},
	} {
		t.Run(c.addr, func(t *testing.T) {
			s := newScript(t, "a")
			if c.want == "" {
				s.step("a", Connect{c.addr}, "refused bad-address: "+strconv.Quote(c.addr)+" is not an address: connect takes an IP address and a port from 1 to 65535, or a multiaddr")
				return
			}
			s.step("a", Connect{c.addr}, "notice: connecting to "+c.want, "dial "+c.want)
			s.step("a", DialDone{Addr: c.want, Peer: "b"}, "notice: connected to peer b")
		})
	}
}

func TestConnectTwiceIsOneDial(t *testing.T) {
	s := newScript(t, "a")
	const addr = "/ip4/127.0.0.1/tcp/1"
	s.step("a", asks{Owner, "r1", Connect{"127.0.0.1 1"}}, "notice: connecting to "+addr+" (r1)", "dial "+addr)
	s.enter("a", "bob")
	s.step("a", asks{1, "r2", Connect{addr}}, "guest 1: refused not-allowed: only the owner of this node may do that (r2)")
	s.step("a", asks{Owner, "r2", Connect{addr}})
	s.step("a", DialDone{Addr: addr, Err: "connection refused"},
		"refused unreachable: cannot connect to "+addr+" – connection refused (r1)",
		"refused unreachable: cannot connect to "+addr+" – connection refused (r2)")
	s.step("a", DialDone{Addr: addr, Err: "connection refused"})
}

func TestListAndStatusAreOneInspection(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b", "c", "d")
	s.give("a", PeerDown{"c"})
	s.sealed["e1"] = s.forge("e", 1, 1, "hi")
	s.give("a", s.gossip("b", "e1"))
	s.give("a", SendDirect{To: "c", Text: "x"})
	s.step("a", asks{Owner, "r1", ListPeers{}}, "inspect")
	s.enter("a", "bob")
	s.step("a", asks{1, "r2", ListPeers{}})
	s.step("a", asks{Owner, "r3", GetStatus{}})
	const peers = "peers [peer b here direct] [peer d here relayed] [peer e heard of gossip] [peer c gone ]"
	s.step("a", Inspected{Links: []Link{{Peer: "b", Path: "direct"}, {Peer: "d", Path: "relayed"}, {Peer: "z", Path: "direct"}}},
		peers+" (r1)", "guest 1: "+peers+" (r2)", "status: 2 peers, 1 messages, 1 in outbox (r3)")
	s.step("a", Inspected{})
	s.step("a", GetStatus{}, "inspect")
}

func TestStatusAddsTheCountersUp(t *testing.T) {
	s := newScript(t, "a")
	s.cores["a"].refuse("x")
	s.give("a", GetStatus{})
	effects := s.give("a", Inspected{Counters: map[string]uint64{"x": 2, "y": 1}})
	got := effects[0].(Notify).Notification.(StatusReport).Counters
	if fmt.Sprint(got) != "map[x:3 y:1]" {
		t.Errorf("the counters are %v", got)
	}
	s.give("a", GetStatus{})
	if got := s.give("a", Inspected{})[0].(Notify).Notification.(StatusReport).Counters; fmt.Sprint(got) != "map[x:1]" {
		t.Errorf("then they are %v", got)
	}
}

// Whatever is asked with a ref, and whatever comes of it, some answer carries it.
func TestEveryInstructionIsAnswered(t *testing.T) {
	long := strings.Repeat("x", MaxText+1)
	for _, in := range []Instruction{
		Say{"x"}, Say{""}, Say{long}, Broadcast{"x"}, Broadcast{long}, Blank{}, SayHello{},
		SendDirect{To: "2", Text: "x"}, SendDirect{To: "9", Text: "x"}, SendDirect{To: "10", Text: "x"}, SendDirect{To: "1", Text: "x"},
		SendDirect{To: "2"}, SendDirect{To: "zoe", Text: "x", Line: "dm zoe x"}, SendDirect{Text: "x"},
		OpenDirect{"2"}, OpenDirect{"9"}, OpenDirect{"zoe"}, OpenLobby{},
		Hold{"dm", "why"}, Doubt{"dn 2 x", "2"}, Doubt{"on y x", "y"},
		ListPeers{}, GetStatus{}, Connect{"127.0.0.1 1"}, Connect{"x"}, Quit{},
	} {
		for _, where := range []string{"in the lobby", "in a direct conversation", "by a guest", "while the node stops"} {
			t.Run(fmt.Sprintf("%T %s", in, where), func(t *testing.T) {
				s := newScript(t)
				s.join("n1", numbered)
				s.up("n1", "n2")
				who := asks{Owner, "the-ref", in}
				switch where {
				case "in a direct conversation":
					s.play("n1", OpenDirect{"2"})
				case "by a guest":
					who.user = 1
				case "while the node stops":
					s.give("n1", Say{"pending"})
					s.give("n1", Quit{})
				}
				s.play("n1", who)
				for _, line := range s.told["n1"] {
					if strings.HasSuffix(line, "(the-ref)") {
						return
					}
				}
				t.Errorf("%+v was answered with %s", in, list(s.told["n1"]))
			})
		}
	}
}
