package node

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour/chat"
)

func warned(n chat.Notification) bool {
	w, ok := n.(chat.Warning)
	return ok && strings.HasPrefix(w.Text, "cannot reach ")
}

// Both transports: a refused TCP connection is told at once, over QUIC nothing
// answers at all.
func TestUnreachableBootstrapIsToldOnceAndJoinedWhenItComes(t *testing.T) {
	for name, addr := range map[string]func(int) string{"tcp": tcpAt, "quic": quicAt} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			began := time.Now()
			a := live(t, Config{PeerNo: 1101, Bootstrap: []string{demoAt(1102, addr(port))}})
			n := a.await(t, 10*time.Second, "a warning", warned)
			took := time.Since(began)
			t.Logf("%v: %v", took, n)
			if took > 2*time.Second {
				t.Errorf("warned after %v", took)
			}
			for _, want := range []string{fmt.Sprint(port), "trying again", "check the address"} {
				if !strings.Contains(n.(chat.Warning).Text, want) {
					t.Errorf("%q does not say %q", n, want)
				}
			}
			b := live(t, Config{PeerNo: 1102, Listen: []string{addr(port)}})
			t.Log("joined after ", meet(t, 8*time.Second, a, b))
			var warnings int
			for _, text := range a.notices() {
				if strings.HasPrefix(text, "cannot reach ") {
					warnings++
				}
			}
			if warnings != 1 {
				t.Errorf("%d warnings, want 1: %q", warnings, a.notices())
			}
		})
	}
}

func TestDemoBootstrapIsNamedByItsNumber(t *testing.T) {
	began := time.Now()
	a := live(t, Config{PeerNo: 1103, BootstrapPeerNos: []int{2219}})
	n := a.await(t, 10*time.Second, "a warning", warned).(chat.Warning)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("warned after %v", took)
	}
	want := "cannot reach peer 2219 at 127.0.0.1:65219 – nothing answers there – start it with `node --peer-no 2219`, or check the number; trying again"
	if n.Text != want {
		t.Errorf("told:\n%s\nwant:\n%s", n.Text, want)
	}
}

func TestOneDeadBootstrapOfSeveralDoesNotMatter(t *testing.T) {
	a := live(t, Config{PeerNo: 1104})
	b := live(t, Config{PeerNo: 1105, Bootstrap: []string{
		demoAt(1190, quicAt(freePort(t))),
		demoAt(1191, tcpAt(freePort(t))),
		a.addr(),
	}})
	if took := meet(t, 2*time.Second, a, b); took > time.Second {
		t.Errorf("joined after %v although one way is open", took)
	}
	b.await(t, 3*time.Second, "a warning", warned)
}

func TestBootstrapThatIsLostAndBackIsFoundAgain(t *testing.T) {
	port := freePort(t)
	first := live(t, Config{PeerNo: 1106, Listen: []string{tcpAt(port), quicAt(port)}})
	a := live(t, Config{PeerNo: 1107, Bootstrap: []string{demoAt(1106, tcpAt(port)), demoAt(1106, quicAt(port))}})
	meet(t, 3*time.Second, a, first)
	for round := range 2 { // also when it has happened before
		first.stop()
		eventually(t, 2*time.Second, "loss is noticed", func() bool { return !a.connected(first) })
		first = live(t, Config{PeerNo: 1106, Listen: []string{tcpAt(port), quicAt(port)}})
		began := time.Now()
		meet(t, 5*time.Second, a, first)
		t.Logf("round %d: back after %v", round, time.Since(began))
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("back after %v, want 3 s at most", took)
		}
	}
}

// A dial that ends well is not a peer that has come: the listener may be at its
// limit and hang up, or be something else altogether.
func TestWayInThatHangsUpIsTriedUntilItIsANode(t *testing.T) {
	port := freePort(t)
	key := DemoKey(1108)
	h, err := libp2p.New(libp2p.Identity(key), libp2p.ListenAddrStrings(tcpAt(port)), libp2p.DisableMetrics(), libp2p.DisableRelay())
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	dialled := make(chan struct{}, 16)
	h.Network().Notify(&network.NotifyBundle{ConnectedF: func(_ network.Network, c network.Conn) {
		select {
		case dialled <- struct{}{}:
		default:
		}
		go c.Close() // ends by itself
	}})
	a := live(t, Config{PeerNo: 1109, Bootstrap: []string{demoAt(1108, tcpAt(port))}})
	for range 2 {
		select {
		case <-dialled:
		case <-time.After(6 * time.Second):
			t.Fatal("not tried again")
		}
	}
	h.Close()
	b := live(t, Config{PeerNo: 1108, Listen: []string{tcpAt(port)}})
	meet(t, 5*time.Second, a, b)
}

func TestBootstrapOfAnotherNetworkIsTold(t *testing.T) {
	b := live(t, Config{PeerNo: 1110, Network: "elsewhere"})
	a := live(t, Config{PeerNo: 1111, Bootstrap: []string{b.addr()}})
	n := a.await(t, 5*time.Second, "a warning", warned).(chat.Warning)
	if !strings.Contains(n.Text, "not a node of this network") {
		t.Errorf("told %q", n.Text)
	}
}

func TestNetworkOutlivesItsBootstrap(t *testing.T) {
	first := live(t, Config{PeerNo: 1112})
	a := live(t, Config{PeerNo: 1113, Bootstrap: []string{first.addr()}})
	b := live(t, Config{PeerNo: 1114, Bootstrap: []string{first.addr()}})
	meet(t, 5*time.Second, a, b) // through first: neither knows the other's address
	first.stop()
	eventually(t, 2*time.Second, "loss is noticed", func() bool { return !a.connected(first) && !b.connected(first) })
	a.do(t, chat.Broadcast{Text: "are you there?"})
	b.await(t, 2*time.Second, "the line", line("are you there?"))
	c := live(t, Config{PeerNo: 1115, Bootstrap: []string{b.addr()}})
	c.await(t, 3*time.Second, "what was said before", line("are you there?"))
	c.do(t, chat.Broadcast{Text: "hello from the newcomer"})
	a.await(t, 3*time.Second, "the newcomer's line", line("hello from the newcomer"))
}

// However many there are, the last to come meets all, as the third does (D-06, D-07).
func TestEverybodyMeetsEverybody(t *testing.T) {
	first := live(t, Config{PeerNo: 1441})
	all := []*life{first}
	for i := range 5 {
		n := live(t, Config{PeerNo: 1442 + i, Bootstrap: []string{first.addr()}})
		for _, o := range all {
			meet(t, 5*time.Second, o, n)
		}
		all = append(all, n)
	}
}

func TestLostNeighbourIsFoundAgain(t *testing.T) {
	port := freePort(t)
	first := live(t, Config{PeerNo: 1116})
	a := live(t, Config{PeerNo: 1117, Bootstrap: []string{first.addr()}})
	b := live(t, Config{PeerNo: 1118, Listen: []string{tcpAt(port)}, Bootstrap: []string{first.addr()}})
	meet(t, 5*time.Second, a, b)
	first.stop()
	b.stop()
	eventually(t, 2*time.Second, "loss is noticed", func() bool { return !a.connected(b) })
	b = live(t, Config{PeerNo: 1118, Listen: []string{tcpAt(port)}}) // it knows nobody
	t.Log("found after ", meet(t, 4*time.Second, a, b))
}

func TestSparseNodesFallBackOnOthers(t *testing.T) {
	first := live(t, Config{PeerNo: 1120, Sparse: true})
	var others []*life
	for i := range 3 {
		l := live(t, Config{PeerNo: 1121 + i, Sparse: true, Bootstrap: []string{first.addr()}})
		meet(t, 3*time.Second, l, first)
		others = append(others, l)
	}
	contacts := func(l *life) int {
		l.super.mu.Lock()
		defer l.super.mu.Unlock()
		return len(l.super.contacts)
	}
	for i, l := range others {
		eventually(t, 5*time.Second, fmt.Sprintf("node %d learns of others", i), func() bool { return contacts(l) >= 2 })
		for _, o := range others {
			if l != o && l.connected(o) {
				t.Errorf("sparse nodes %d and %d are connected before there is need", l.plan.PeerNo, o.plan.PeerNo)
			}
		}
	}
	first.stop()
	for _, l := range others {
		eventually(t, 5*time.Second, "fallen back", func() bool { return len(l.host.Network().Peers()) > 0 })
	}
	others[0].do(t, chat.Broadcast{Text: "all here?"})
	for _, l := range others[1:] {
		l.await(t, 5*time.Second, "the line", line("all here?"))
	}
	// Those that it fell back on are lost in turn.
	others[0].do(t, chat.Broadcast{Text: "and now?"})
	others[1].stop()
	others[0].do(t, chat.Broadcast{Text: "the two of us"})
	others[2].await(t, 8*time.Second, "the line", line("the two of us"))
}

// A node listens from New on: whoever is quick comes before it runs.
func TestOneComesBeforeTheNodeRuns(t *testing.T) {
	port := freePort(t)
	quick := live(t, Config{PeerNo: 1128, Bootstrap: []string{demoAt(1129, tcpAt(port))}})
	a := live(t, Config{PeerNo: 1129, Listen: []string{tcpAt(port)}}, func(n *Node) {
		eventually(t, 5*time.Second, "it has come", func() bool {
			n.super.mu.Lock()
			defer n.super.mu.Unlock()
			return n.super.up[quick.ID()]
		})
	})
	meet(t, 5*time.Second, a, quick)
	a.await(t, 5*time.Second, "that it is here", came(quick.ID()))
}

func TestKnownPeersAndWarningsAreBounded(t *testing.T) {
	log, written := recorder()
	a := live(t, Config{PeerNo: 1130})
	s := newSupervisor(a.host, newGate(func(peer.ID) bool { return false }), a.plan, log)
	defer s.close()
	for i := range maxKnown + 10 {
		id, _ := a.plan.numbers.id(i + 1)
		s.came(id)
	}
	if len(s.known) != maxKnown {
		t.Errorf("%d peers known, want %d", len(s.known), maxKnown)
	}
	for i := range cap(s.warnings) + 3 {
		s.warn(fmt.Sprint("warning ", i))
	}
	if len(s.warnings) != cap(s.warnings) || written("warning") != 3 {
		t.Errorf("%d warnings wait and %d are logged, want %d and 3", len(s.warnings), written("warning"), cap(s.warnings))
	}
}

func TestCloseEndsChases(t *testing.T) {
	silent, err := net.Listen("tcp4", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	port := silent.Addr().(*net.TCPAddr).Port
	ways := []string{demoAt(1140, tcpAt(port)), demoAt(1141, quicAt(freePort(t))), demoAt(1142, tcpAt(freePort(t)))}
	for _, sparse := range []bool{false, true} {
		l := live(t, Config{PeerNo: 1139, Sparse: sparse, Bootstrap: ways})
		l.await(t, 3*time.Second, "a warning", warned)
		began := time.Now()
		l.stop() // goleak sees what stays
		if took := time.Since(began); took > time.Second {
			t.Errorf("closed after %v", took)
		}
	}
}

// recorder is a log and how often it says something.
func recorder() (*slog.Logger, func(string) int) {
	r := &record{}
	return slog.New(slog.NewTextHandler(r, nil)), func(what string) int {
		r.mu.Lock()
		defer r.mu.Unlock()
		return strings.Count(r.text.String(), `msg="`+what)
	}
}

type record struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}
