package node

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour/chat"
)

// dialHost connects two nodes directly, whatever their networks are.
func dialHost(t *testing.T, from, to *life) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	return from.host.Connect(ctx, peer.AddrInfo{ID: to.ID(), Addrs: to.host.Network().ListenAddresses()})
}

func TestDemoAndRealNodesNeverMeet(t *testing.T) {
	for _, c := range []struct {
		story    string
		realDial bool
		network  string // of the real node
	}{
		{"the demo node dials", false, ""},
		{"the real node dials", true, ""},
		{"the demo node dials one that calls its network demo", false, DemoNetwork},
		{"the real node calls its network demo and dials", true, DemoNetwork},
	} {
		t.Run(c.story, func(t *testing.T) {
			demo := live(t, Config{PeerNo: 1210})
			other := live(t, Config{PeerNo: 1211, Bootstrap: []string{demo.addr()}})
			main := live(t, Config{Key: realKey(t), Network: c.network})
			friend := live(t, Config{Key: realKey(t), Network: c.network, Bootstrap: []string{main.addr()}})
			from, to := demo, main
			if c.realDial {
				from, to = main, demo
			}
			if err := dialHost(t, from, to); err == nil && c.realDial {
				t.Error("the real node is connected to a demo node")
			}
			eventually(t, 5*time.Second, "the real node hangs up", func() bool {
				return main.host.Network().Connectedness(demo.ID()) != network.Connected &&
					demo.host.Network().Connectedness(main.ID()) != network.Connected
			})
			// By the time that both have met their own kind, they would have met.
			meet(t, 10*time.Second, demo, other)
			meet(t, 10*time.Second, main, friend)
			for _, pair := range [][2]*life{{demo, main}, {other, main}, {main, demo}, {friend, demo}, {main, other}} {
				if n := pair[0].shows(t, pair[1].ID()); n != "" {
					t.Errorf("%s", n)
				}
			}
		})
	}
}

// shows says where a node lists another, or "".
func (l *life) shows(t *testing.T, id peer.ID) string {
	t.Helper()
	l.do(t, chat.ListPeers{})
	list := l.await(t, 5*time.Second, "the list of peers", func(n chat.Notification) bool {
		_, ok := n.(chat.PeerList)
		return ok
	})
	told := fmt.Sprintf("%+v", list)
	for _, n := range l.told {
		told += fmt.Sprintf("\n%+v", n)
	}
	if want := id.String(); strings.Contains(told, want) {
		return fmt.Sprintf("%s was told of %s: %s", l.ID(), want, told)
	}
	if l.InLobby(id) {
		return fmt.Sprintf("%s has %s in its lobby", l.ID(), id)
	}
	return ""
}

var update = flag.Bool("update", false, "write demokeys.bin anew")

func TestTableOfDemoKeys(t *testing.T) {
	var table []byte
	for no := 1; no <= MaxPeerNo; no++ {
		raw, err := DemoKey(no).GetPublic().Raw()
		if err != nil {
			t.Fatal(err)
		}
		table = append(table, raw[:keyHead]...)
	}
	if *update {
		if err := os.WriteFile("demokeys.bin", table, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(table) != demoKeys {
		t.Error("demokeys.bin is not the demo keys; write it anew with -update")
	}
}

// Demo nodes do not refuse anybody: whoever speaks for their network is one of
// them or plays along.
func TestOnlyRealNodesRefuse(t *testing.T) {
	real := &plan{Config: Config{Key: realKey(t)}, numbers: newNumbers()}
	demo := &plan{Config: Config{PeerNo: 5}, numbers: newNumbers()}
	stranger, err := peer.IDFromPrivateKey(realKey(t))
	if err != nil {
		t.Fatal(err)
	}
	for no := 1; no <= MaxPeerNo; no++ {
		id, _ := demo.numbers.id(no)
		if !real.refuses(id) || demo.refuses(id) {
			t.Fatalf("peer %d: a real node refuses it: %v, a demo node: %v", no, real.refuses(id), demo.refuses(id))
		}
	}
	if real.refuses(stranger) || demo.refuses(stranger) {
		t.Error("a stranger is refused")
	}
}
