package wire

import (
	"crypto/ed25519"
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour/chat"
)

// binaryID is a peer id on the wire: idPrefix and an Ed25519 public key.
type binaryID [idSize]byte

const (
	// idPrefix: identity multihash of 36 bytes; in it a libp2p PublicKey with
	// type Ed25519 (08 01) and 32 bytes of key (12 20).
	idPrefix = "\x00\x24\x08\x01\x12\x20"
	idSize   = len(idPrefix) + ed25519.PublicKeySize

	// maxIDText bounds the text form before it is decoded: base58 takes time
	// with the square of the length. 38 bytes give 52 characters.
	maxIDText = 64
)

func (b *binaryID) key() ed25519.PublicKey { return b[len(idPrefix):] }

// parseID refuses all but Ed25519 identity ids.
func parseID(b []byte) (id binaryID, ok bool) {
	if len(b) != idSize || string(b[:len(idPrefix)]) != idPrefix {
		return binaryID{}, false
	}
	return binaryID(b), true
}

// The translations of peer ids, remembered because base58 is slow.
var (
	texts    memo[binaryID, chat.PeerID]
	binaries memo[chat.PeerID, binaryID]
)

// text is the id as users see it.
func (b binaryID) text() chat.PeerID {
	if p, ok := texts.get(b); ok {
		return p
	}
	p := chat.PeerID(peer.ID(b[:]).String())
	texts.put(b, p)
	return p
}

// PeerID is the text form of a libp2p peer id. It is remembered: base58 is slow.
func PeerID(id peer.ID) chat.PeerID {
	if b, ok := parseID([]byte(id)); ok {
		return b.text()
	}
	return chat.PeerID(id.String())
}

// binaryOf is the inverse of text. It refuses other spellings of an id.
func binaryOf(p chat.PeerID) (binaryID, bool) {
	if b, ok := binaries.get(p); ok {
		return b, true
	}
	if len(p) > maxIDText {
		return binaryID{}, false
	}
	id, err := peer.Decode(string(p))
	if err != nil {
		return binaryID{}, false
	}
	b, ok := parseID([]byte(id))
	if !ok || b.text() != p {
		return binaryID{}, false
	}
	binaries.put(b.text(), b)
	return b, true
}

// memo remembers the values of a pure function, for at least the maxKnownIDs
// keys that were used last and at most twice as many. Safe from any goroutine.
type memo[K comparable, V any] struct {
	mu         sync.RWMutex // guards the generations
	young, old map[K]V
}

func (m *memo[K, V]) get(k K) (v V, ok bool) {
	m.mu.RLock()
	v, ok = m.young[k]
	if ok {
		m.mu.RUnlock()
		return v, true
	}
	v, ok = m.old[k]
	m.mu.RUnlock()
	if ok {
		m.put(k, v)
	}
	return v, ok
}

// put makes the young generation the old one when it is full; what only the
// old one held is forgotten.
func (m *memo[K, V]) put(k K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.young == nil || len(m.young) >= maxKnownIDs {
		m.young, m.old = make(map[K]V), m.young
	}
	m.young[k] = v
}
