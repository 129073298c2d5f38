package node

import (
	_ "embed"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"
)

// demoKeys has the first 8 bytes of the public key of each demo peer, 1 first. To
// derive them takes some 100 ms, which a node with a key of its own would spend on
// its first connection. The test of it makes it.
//
//go:embed demokeys.bin
var demoKeys string

// idHead is how the id of an Ed25519 key begins: it is the key itself, spelt out.
const idHead = "\x00\x24\x08\x01\x12\x20"

// keyHead is how much of a key demoKeys has, in bytes.
const keyHead = 8

// refuses tells whether this node has nothing to do with a peer: anybody can be
// a demo peer, so that a node with a key of its own does not talk to any.
func (p *plan) refuses(id peer.ID) bool {
	key, ok := strings.CutPrefix(string(id), idHead)
	if p.PeerNo != 0 || !ok || len(key) < keyHead {
		return false
	}
	for at := 0; at < len(demoKeys); at += keyHead {
		if demoKeys[at:at+keyHead] == key[:keyHead] {
			return true
		}
	}
	return false
}
