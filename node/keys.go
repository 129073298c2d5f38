package node

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour/chat"
)

// Demo peers are numbered so that people can try tincan out without exchanging
// addresses. Anybody can derive their keys: a demo number proves nothing.
const (
	// MaxPeerNo is the greatest demo number: 63000+2535 is the last port there is.
	MaxPeerNo = 2535

	demoPort  = 63000
	demoLabel = "tincan demo peer"
)

// DemoKey is the key of demo peer n: the Ed25519 seed is 32 bytes all equal to
// n up to 255, above that SHA-256 of a label and n as four big-endian bytes. It
// panics unless 1 ≤ n ≤ MaxPeerNo.
func DemoKey(n int) crypto.PrivKey {
	if n < 1 || n > MaxPeerNo {
		panic(fmt.Sprintf("node: no demo peer %d", n))
	}
	var seed [ed25519.SeedSize]byte
	if n <= 255 {
		for i := range seed {
			seed[i] = byte(n)
		}
	} else {
		seed = sha256.Sum256(binary.BigEndian.AppendUint32([]byte(demoLabel), uint32(n)))
	}
	std := ed25519.NewKeyFromSeed(seed[:])
	key, _, err := crypto.KeyPairFromStdKey(&std)
	if err != nil {
		panic("node: an Ed25519 key is not a key: " + err.Error())
	}
	return key
}

// DemoPort is the TCP and UDP port of demo peer n on loopback.
func DemoPort(n int) int { return demoPort + n }

// DemoAddrs are the addresses of demo peer n, TCP first.
func DemoAddrs(n int) []string {
	return []string{
		fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", DemoPort(n)),
		fmt.Sprintf("/ip4/127.0.0.1/udp/%d/quic-v1", DemoPort(n)),
	}
}

// numbers knows the ids of the demo peers. Each is derived once, when it is
// first needed: all of them take some 50 ms. Safe from any goroutine.
type numbers struct {
	mu   sync.Mutex // guards what follows
	ids  []peer.ID  // ids[i] is peer i+1
	byID map[chat.PeerID]int
}

func newNumbers() *numbers { return &numbers{byID: make(map[chat.PeerID]int)} }

// of returns the number of a peer, or 0 when it is not a demo peer.
func (t *numbers) of(id chat.PeerID) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		if n, ok := t.byID[id]; ok || len(t.ids) == MaxPeerNo {
			return n
		}
		t.next()
	}
}

// id returns the id of demo peer n.
func (t *numbers) id(n int) (peer.ID, bool) {
	if n < 1 || n > MaxPeerNo {
		return "", false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.ids) < n {
		t.next()
	}
	return t.ids[n-1], true
}

func (t *numbers) next() {
	n := len(t.ids) + 1
	id, err := peer.IDFromPrivateKey(DemoKey(n))
	if err != nil {
		panic("node: a demo key has no id: " + err.Error())
	}
	t.ids = append(t.ids, id)
	t.byID[chat.PeerID(id.String())] = n
}
