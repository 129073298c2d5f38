package node

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

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
	mu      sync.Mutex // guards what follows
	ids     map[int]peer.ID
	byID    map[chat.PeerID]int
	scanned int // all numbers up to here are in ids
}

func newNumbers() *numbers {
	return &numbers{ids: make(map[int]peer.ID), byID: make(map[chat.PeerID]int)}
}

// of returns the number of a peer, or 0 when it is not a demo peer. The first
// stranger costs deriving all of them.
func (t *numbers) of(id chat.PeerID) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		if n, ok := t.byID[id]; ok || t.scanned == MaxPeerNo {
			return n
		}
		t.scanned++
		t.derive(t.scanned)
	}
}

// id returns the id of demo peer n. Whoever has a guess at a peer's number
// spares of its search by asking for it.
func (t *numbers) id(n int) (peer.ID, bool) {
	if n < 1 || n > MaxPeerNo {
		return "", false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.derive(n), true
}

func (t *numbers) derive(n int) peer.ID {
	if id, ok := t.ids[n]; ok {
		return id
	}
	id, err := peer.IDFromPrivateKey(DemoKey(n))
	if err != nil {
		panic("node: a demo key has no id: " + err.Error())
	}
	t.ids[n] = id
	t.byID[chat.PeerID(id.String())] = n
	return id
}

// guess looks at where a peer listens, which tells the number of most.
func (t *numbers) guess(addrs []ma.Multiaddr) {
	for _, a := range addrs {
		for _, code := range []int{ma.P_TCP, ma.P_UDP} {
			if port, err := a.ValueForProtocol(code); err == nil {
				if n, err := strconv.Atoi(port); err == nil {
					t.id(n - demoPort)
				}
			}
		}
	}
}
