package wire

import (
	"encoding/binary"
	"strings"
	"sync"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour/chat"
)

func TestBinaryOfRefusesOtherSpellings(t *testing.T) {
	s := demoSealer(t, 2, "demo")
	if b, ok := binaryOf(s.ID()); !ok || b != s.id {
		t.Errorf("%s is %x, %v; want %x", s.ID(), b, ok, s.id)
	}
	for name, id := range map[string]chat.PeerID{
		"empty":       "",
		"no id":       "nobody",
		"as a CID":    chat.PeerID(peer.ToCid(peer.ID(s.id[:])).String()),
		"RSA":         "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N",
		"with spaces": s.ID() + " ",
		"very long":   chat.PeerID(strings.Repeat("1", 1<<20)),
	} {
		if b, ok := binaryOf(id); ok {
			t.Errorf("%s: %q is %x", name, id, b)
		}
	}
}

// The memo forgets, and what it has forgotten is translated anew.
func TestMemoIsBounded(t *testing.T) {
	var m memo[int, int]
	for i := range 5 * maxKnownIDs {
		m.put(i, i)
		if n := len(m.young) + len(m.old); n > 2*maxKnownIDs {
			t.Fatalf("%d entries", n)
		}
		used := max(0, i-maxKnownIDs/4)
		if v, ok := m.get(used); !ok || v != used {
			t.Fatalf("%d was forgotten at %d", used, i)
		}
	}
	if _, ok := m.get(0); ok {
		t.Error("the first is still there")
	}

	// Strangers' ids, more than are remembered, from several goroutines.
	id := demoSealer(t, 2, "demo").id
	var wg sync.WaitGroup // ends when each goroutine has had its share of ids
	for g := range 4 {
		wg.Go(func() {
			id := id
			for i := range maxKnownIDs * 3 / 4 {
				binary.BigEndian.PutUint32(id[8:], uint32(g*maxKnownIDs+i))
				if back, ok := binaryOf(id.text()); !ok || back != id {
					t.Errorf("%x came back as %x, %v", id, back, ok)
					return
				}
			}
		})
	}
	wg.Wait()
	if n, k := len(texts.young)+len(texts.old), len(binaries.young)+len(binaries.old); n > 2*maxKnownIDs || k > 2*maxKnownIDs {
		t.Errorf("%d and %d translations remembered", n, k)
	}
}
