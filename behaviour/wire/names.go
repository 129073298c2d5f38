package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"tincan/behaviour/chat"
)

// Version of the protocol that this package speaks.
const Version = 1

// TopicPrefix is what all gossip topics of tincan begin with.
const TopicPrefix = "tincan/"

// Topic is the gossip topic of a conversation. It says nothing about the
// conversation's name to somebody who cannot guess it.
func Topic(network string, c chat.Conversation) string {
	sum := sha256.Sum256([]byte("tincan/1/topic\n" + network + "\n" + string(c)))
	return TopicPrefix + hex.EncodeToString(sum[:16])
}

// DirectProtocol is the protocol id under which direct envelopes are delivered.
func DirectProtocol(network string) string { return KadPrefix(network) + "/direct/1" }

// SyncProtocol is the protocol id of sync.
func SyncProtocol(network string) string { return KadPrefix(network) + "/sync/1" }

// SessionProtocol is the protocol id of private sessions.
func SessionProtocol(network string) string { return KadPrefix(network) + "/session/1" }

// KadPrefix is the protocol prefix of the network's own Kademlia.
func KadPrefix(network string) string { return "/tincan/" + network }

// CheckNetwork says what is wrong with a network's name: 1 to MaxNetwork of
// a-z, 0-9, "-", "_" and ".". Nothing else can stand in protocol ids and topics
// without being taken for something else.
func CheckNetwork(name string) error {
	if name == "" || len(name) > MaxNetwork {
		return fmt.Errorf("network name of %d bytes; want 1 to %d", len(name), MaxNetwork)
	}
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return fmt.Errorf("network name %q; want only a-z, 0-9 and the signs - _ . in it", name)
		}
	}
	return nil
}
