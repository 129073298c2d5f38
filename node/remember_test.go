package node

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	ma "github.com/multiformats/go-multiaddr"

	"tincan/behaviour/chat"
)

// peersIn is the file of a directory, "" if there is none.
func peersIn(t *testing.T, dir, network string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, network+peersFile))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(data)
}

// keeps fills the file of a directory before a node starts.
func keeps(t *testing.T, dir string, peers ...peer.AddrInfo) {
	t.Helper()
	m := newMemory()
	for i, p := range peers {
		m.met(p.ID, p.Addrs, time.Now().Add(-time.Duration(i)*time.Minute), nil)
	}
	write(t, filepath.Join(dir, DemoNetwork+peersFile), string(m.format(DemoNetwork)), 0o600)
}

func demoInfo(no int, addr string) peer.AddrInfo {
	id, _ := newNumbers().id(no)
	return peer.AddrInfo{ID: id, Addrs: []ma.Multiaddr{ma.StringCast(addr)}}
}

// The port of the one who starts again is another one, so that those who lost
// it cannot find it.
func TestNetworkIsFoundThoughItsBootstrapIsDead(t *testing.T) {
	for _, sparse := range []bool{false, true} {
		t.Run(fmt.Sprint("sparse ", sparse), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			base := 1450
			if sparse {
				base = 1460
			}
			first := live(t, Config{PeerNo: base})
			b := live(t, Config{PeerNo: base + 1, Bootstrap: []string{first.addr()}})
			c := live(t, Config{PeerNo: base + 2, Bootstrap: []string{first.addr(), b.addr()}, Dir: dir})
			meet(t, 5*time.Second, b, c)
			gone := first.addr()
			first.stop()
			c.stop()
			c = live(t, Config{PeerNo: base + 2, Bootstrap: []string{gone}, Dir: dir, Sparse: sparse})
			t.Log("found after ", meet(t, 10*time.Second, b, c))
			b.do(t, chat.Broadcast{Text: "welcome back"})
			c.await(t, 2*time.Second, "the line", line("welcome back"))
		})
	}
}

// A crash does not take what was remembered seconds ago.
func TestPeersAreWrittenSoonAndForOneNetwork(t *testing.T) {
	dir := t.TempDir()
	a := live(t, Config{PeerNo: 1470})
	b := live(t, Config{PeerNo: 1471, Bootstrap: []string{a.addr()}, Dir: dir})
	meet(t, 5*time.Second, a, b)
	line := fmt.Sprintf("\n%s ", a.ID())
	eventually(t, 2*writeAfter+3*time.Second, "it is written", func() bool { return strings.Contains(peersIn(t, dir, DemoNetwork), line) })
	if file := peersIn(t, dir, DemoNetwork); strings.Contains(file, b.ID().String()) || !strings.Contains(file, a.host.Network().ListenAddresses()[0].String()) {
		t.Errorf("the file is\n%s", file)
	}
	if info, err := os.Stat(filepath.Join(dir, DemoNetwork+peersFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	b.stop()
	other := live(t, Config{PeerNo: 1471, Network: "elsewhere", Dir: dir})
	if n := len(other.super.toVisit()); n != 0 {
		t.Errorf("in another network %d peers are dialled", n)
	}
	other.stop()
	if peersIn(t, dir, "elsewhere") != "" || !strings.Contains(peersIn(t, dir, DemoNetwork), line) {
		t.Error("networks are mixed up")
	}
}

// Whom the user hangs up on is not dialled at the next start.
func TestWhoIsForgottenIsNotRemembered(t *testing.T) {
	dir := t.TempDir()
	a := live(t, Config{PeerNo: 1472})
	b := live(t, Config{PeerNo: 1473, Bootstrap: []string{a.addr()}, Dir: dir})
	meet(t, 5*time.Second, a, b)
	eventually(t, 2*writeAfter+3*time.Second, "it is written", func() bool { return strings.Contains(peersIn(t, dir, DemoNetwork), a.ID().String()) })
	b.super.forget(a.ID())
	b.stop()
	if file := peersIn(t, dir, DemoNetwork); strings.Contains(file, a.ID().String()) || file == "" {
		t.Errorf("the file is\n%s", file)
	}
}

// A damaged file costs what was in it, and one line; the next start is clean.
func TestDamagedPeersFileIsBegunAnew(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, DemoNetwork+peersFile)
	write(t, path, "\x00\x1b[2J", 0o600)
	a := live(t, Config{PeerNo: 1474})
	b := live(t, Config{PeerNo: 1475, Bootstrap: []string{a.addr()}, Dir: dir})
	meet(t, 5*time.Second, a, b)
	b.stop()
	want := "cannot read the peers met before in " + path + " – it is not a list of the peers of this network – they are forgotten and a new list is begun"
	if got := b.notices(); len(got) != 1 || got[0] != want {
		t.Errorf("told %q\nwant %q", got, want)
	}
	b = live(t, Config{PeerNo: 1475, Dir: dir}) // nothing else leads to a
	meet(t, 5*time.Second, a, b)
	if got := b.notices(); len(got) != 0 {
		t.Errorf("told %q", got)
	}
}

// Where nothing can be written the node works, and says so once.
func TestPeersFileThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, DemoNetwork+peersFile, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	a := live(t, Config{PeerNo: 1476})
	b := live(t, Config{PeerNo: 1477, Bootstrap: []string{a.addr()}, Dir: dir})
	meet(t, 5*time.Second, a, b)
	unread := func(n chat.Notification) bool {
		w, ok := n.(chat.Warning)
		return ok && strings.Contains(w.Text, "it is no regular file")
	}
	unwritten := func(n chat.Notification) bool {
		w, ok := n.(chat.Warning)
		return ok && strings.HasPrefix(w.Text, "the peers met are not remembered – cannot write "+dir)
	}
	b.await(t, time.Second, "that it cannot be read", unread)
	b.await(t, 2*writeAfter+3*time.Second, "that it cannot be written", unwritten)
	a.do(t, chat.Broadcast{Text: "never mind"})
	b.await(t, 2*time.Second, "the line", line("never mind"))
	b.stop() // and writes in vain once more
	if got := b.notices(); len(got) != 2 {
		t.Errorf("told %q", got)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.new")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The only one alive is the last of the list: the others are not dialled all at
// once, and do not keep it from being found.
func TestTheLastOfManyIsFound(t *testing.T) {
	dir := t.TempDir()
	a := live(t, Config{PeerNo: 1478})
	var peers []peer.AddrInfo
	for i := range 3 * visits {
		peers = append(peers, demoInfo(1500+i, tcpAt(freePort(t))))
	}
	keeps(t, dir, append(peers, demoInfo(1478, a.host.Network().ListenAddresses()[0].String()))...)
	b := live(t, Config{PeerNo: 1479, Dir: dir})
	t.Log("found after ", meet(t, 15*time.Second, a, b))
}

// A sparse node chases only its ways in; who came to it, it remembers.
func TestWhoIsLeftAloneTurnsToWhomItMet(t *testing.T) {
	port := freePort(t)
	a := live(t, Config{PeerNo: 1480, Sparse: true})
	b := live(t, Config{PeerNo: 1481, Sparse: true, Listen: []string{tcpAt(port)}, Bootstrap: []string{a.addr()}})
	for range 2 { // also when it has happened before
		meet(t, 5*time.Second, a, b)
		b.stop()
		eventually(t, 2*time.Second, "loss is noticed", func() bool { return !a.connected(b) })
		b = live(t, Config{PeerNo: 1481, Sparse: true, Listen: []string{tcpAt(port)}}) // it knows nobody
	}
	meet(t, 5*time.Second, a, b)
}

// A peer met on this machine cannot have the node dial others elsewhere.
func TestPlacesAreWhereThePeerIs(t *testing.T) {
	a := live(t, Config{PeerNo: 1482})
	b := live(t, Config{PeerNo: 1483, Bootstrap: []string{a.addr()}})
	meet(t, 5*time.Second, a, b)
	for _, victim := range []string{"/ip4/8.8.8.8/tcp/25", "/ip4/192.168.1.1/tcp/80", "/dns4/example.org/tcp/443", a.addr() + "/p2p-circuit"} {
		b.host.Peerstore().AddAddr(a.ID(), ma.StringCast(victim), peerstore.PermanentAddrTTL)
	}
	for _, at := range append(b.super.places(a.ID()), a.super.places(b.ID())...) {
		if scopeOf(at) != machine {
			t.Errorf("a place is %s", at)
		}
	}
	if len(b.super.places(a.ID())) == 0 || len(a.super.places(b.ID())) == 0 {
		t.Error("no place is left")
	}
}
