package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"slices"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour/chat"
	"tincan/node"
)

// mainNetwork is the network of nodes that have a key of their own.
const mainNetwork = "main"

// memberLabel makes the keys of the gossip servers. Anybody can derive them: they
// talk on one machine only.
const memberLabel = "tincan gossip server"

// identity is who a node is.
type identity struct {
	key   crypto.PrivKey      // nil of a demo peer
	name  string              // kept with the key, or ""
	notes []chat.Notification // for the user to read
	close func()
}

// identify finds or makes the identity that the settings ask for.
func identify(s *settings) (*identity, error) {
	who := &identity{close: func() {}}
	switch {
	case s.peerNo != 0:
	case s.member != 0:
		who.key = memberKey(s.member)
	case s.ephemeral:
		key, _, err := crypto.GenerateEd25519Key(rand.Reader)
		if err != nil {
			return nil, fail(exitOther, "no key can be made – %v – start again", err)
		}
		who.key = key
		if s.network == "" { // others know what they do
			who.notes = []chat.Notification{chat.Notice{Text: "this identity is for this run only; --data-dir DIR keeps one"}}
		}
	default:
		return openProfile(s.dataDir)
	}
	return who, nil
}

// config is what the node is made of.
func config(s *settings, who *identity, log *slog.Logger) node.Config {
	c := node.Config{
		PeerNo:           s.peerNo,
		Key:              who.key,
		BootstrapPeerNos: s.bootstrapPeerNos,
		Bootstrap:        slices.Concat(s.bootstrap, s.members),
		Listen:           s.listen,
		Network:          s.network,
		Name:             s.name,
		Sparse:           s.sparse,
		Log:              log,
	}
	if c.Name == "" {
		c.Name = who.name
	}
	if c.Network == "" && c.Key != nil {
		c.Network = mainNetwork
	}
	return c
}

// memberKey is the key of the gossip server k.
func memberKey(k int) crypto.PrivKey {
	seed := sha256.Sum256(fmt.Appendf(nil, "%s %d", memberLabel, k))
	std := ed25519.NewKeyFromSeed(seed[:])
	key, _, err := crypto.KeyPairFromStdKey(&std)
	if err != nil {
		panic("an Ed25519 key is not a key: " + err.Error())
	}
	return key
}

func memberID(k int) string {
	id, err := peer.IDFromPrivateKey(memberKey(k))
	if err != nil {
		panic("a key has no id: " + err.Error())
	}
	return id.String()
}

// openProfile refuses to open the identity that is kept in a directory: there
// is none yet.
func openProfile(string) (*identity, error) {
	return nil, usage("no peer number is given – a node needs one to be somebody – node --peer-no 1, any number from 1 to %d, or --ephemeral", maxPeerNo)
}
