package node

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

func at(port int) string { return fmt.Sprint("127.0.0.1:", port) }

func TestMemberIsBackAfterARestart(t *testing.T) {
	for name, addr := range map[string]func(int) string{"tcp": tcpAt, "quic": quicAt} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			no := 1402
			if name == "quic" {
				no = 1404
			}
			named := addr(port)
			if name == "tcp" {
				named = at(port)
			}
			a := live(t, Config{PeerNo: no - 1, Members: []string{named}})
			n := a.await(t, 3*time.Second, "a warning", warned).(chat.Warning)
			if !strings.HasPrefix(n.Text, "cannot reach "+named+" – ") {
				t.Errorf("told %q", n.Text)
			}
			b := live(t, Config{PeerNo: no, Listen: []string{addr(port)}})
			meet(t, 5*time.Second, a, b)
			if !a.host.ConnManager().IsProtected(b.ID(), memberTag) {
				t.Error("the connection manager may close the link")
			}
			for round := range 2 {
				b.stop()
				eventually(t, 3*time.Second, "loss is noticed", func() bool { return !a.connected(b) })
				b = live(t, Config{PeerNo: no, Listen: []string{addr(port)}})
				if took := meet(t, 5*time.Second, a, b); took > 3*time.Second {
					t.Errorf("round %d: back after %v, want 3 s at most", round, took)
				} else {
					t.Logf("round %d: back after %v", round, took)
				}
			}
		})
	}
}

// Whoever answers is taken, if it is a node of the network, and nobody else after.
func TestMemberIsWhoAnswersFirst(t *testing.T) {
	port := freePort(t)
	other := live(t, Config{PeerNo: 1411, Network: "elsewhere", Listen: []string{tcpAt(port)}})
	a := live(t, Config{PeerNo: 1412, Members: []string{at(port)}})
	n := a.await(t, 5*time.Second, "a warning", warned).(chat.Warning)
	if !strings.Contains(n.Text, "not a node of this network") {
		t.Errorf("told %q", n.Text)
	}
	other.stop()
	b := live(t, Config{PeerNo: 1413, Listen: []string{tcpAt(port)}})
	meet(t, 8*time.Second, a, b)
	b.stop()
	eventually(t, 2*time.Second, "loss is noticed", func() bool { return !a.connected(b) })
	c := live(t, Config{PeerNo: 1414, Listen: []string{tcpAt(port)}})
	eventually(t, 5*time.Second, "the newcomer is dialled", func() bool {
		a.super.mu.Lock()
		defer a.super.mu.Unlock()
		n := a.super.known[b.ID()]
		return n != nil && n.chasing
	})
	c.stop()
	b = live(t, Config{PeerNo: 1413, Listen: []string{tcpAt(port)}})
	meet(t, 8*time.Second, a, b)
	if a.connected(c) {
		t.Error("somebody else was taken for the member")
	}
}

func TestMemberUnderTwoNamesIsOne(t *testing.T) {
	b := live(t, Config{PeerNo: 1421})
	port := strings.TrimPrefix(b.host.Network().ListenAddresses()[0].String(), "/ip4/127.0.0.1/tcp/")
	a := live(t, Config{PeerNo: 1422, Bootstrap: []string{b.addr()}, Members: []string{"127.0.0.1:" + port}})
	meet(t, 3*time.Second, a, b)
	eventually(t, 3*time.Second, "one of them is left", func() bool {
		a.super.mu.Lock()
		defer a.super.mu.Unlock()
		return len(a.super.unnamed) == 0 && len(a.super.known) == 1
	})
	if !a.host.ConnManager().IsProtected(b.ID(), memberTag) {
		t.Error("the connection manager may close the link")
	}
}

func TestMemberThatIsItselfIsTold(t *testing.T) {
	port := freePort(t)
	a := live(t, Config{PeerNo: 1425, Listen: []string{fmt.Sprint("/ip4/0.0.0.0/tcp/", port)}, Members: []string{at(port)}})
	n := a.await(t, 3*time.Second, "a notice", func(n chat.Notification) bool { _, ok := n.(chat.Warning); return ok }).(chat.Warning)
	if want := at(port) + " is this node itself – it is passed over – leave it out"; n.Text != want {
		t.Errorf("told %q, want %q", n.Text, want)
	}
}

// Five members, of whom each names two: whoever leaves, the others hear each other.
func TestNoMemberIsNeededByTheOthers(t *testing.T) {
	const n = 5
	var ports [n]int
	for i := range ports {
		ports[i] = freePort(t)
	}
	config := func(i int) Config {
		return Config{PeerNo: 1431 + i, Listen: []string{tcpAt(ports[i])}, Members: []string{at(ports[(i+1)%n]), at(ports[(i+2)%n])}}
	}
	var all []*life
	for i := range n {
		all = append(all, live(t, config(i)))
	}
	everyone := func(within time.Duration) {
		t.Helper()
		for i, a := range all {
			for j, b := range all {
				if i < j {
					meet(t, within, a, b)
				}
			}
		}
	}
	everyone(10 * time.Second)
	for gone := range n {
		all[gone].stop()
		for i, a := range all {
			if i == gone {
				continue
			}
			text := fmt.Sprintf("%d is gone, says %d", gone, i)
			a.do(t, chat.Broadcast{Text: text})
			for j, b := range all {
				if j != i && j != gone {
					b.await(t, 5*time.Second, text, line(text))
				}
			}
		}
		all[gone] = live(t, config(gone))
		everyone(5 * time.Second)
	}
}
