package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"tincan/behaviour/chat"
)

// Version of the protocol that this package speaks.
const Version = 1

// TopicPrefix is what all gossip topics of tincan begin with.
const TopicPrefix = "tincan/"

// Shards is the number of topics that the channels of a network are spread over.
// Peers would not hear of thousands of topics (gossip caps what one may have),
// each would cost work at every heartbeat, and finding the others of each would
// take a record in Kademlia. So nobody joins a channel's topic, but its shard's:
// that brings what is said in other channels of the shard too, 1/128 of all.
// Those on few channels pay little for it, those on thousands nothing.
const Shards = 128

// Topic is the gossip topic that a conversation, or the presence in it, travels
// in: the lobby has its own, channels share those of the shards. It is "" for
// conversations that are not shared, known to this version or not.
func Topic(network string, c chat.Conversation) string {
	if of, ok := c.OfPresence(); ok {
		c = of
	}
	switch {
	case c == chat.Lobby:
		return topic("tincan/1/topic\n", network, string(c))
	case c.IsChannel():
		sum := sha256.Sum256([]byte("tincan/1/channel\n" + network + "\n" + string(c)))
		return ShardTopic(network, int(binary.BigEndian.Uint16(sum[:2]))%Shards)
	}
	return ""
}

// ShardTopic is the gossip topic of the channels of a shard, 0 to Shards-1. It
// says nothing of their names.
func ShardTopic(network string, shard int) string {
	return topic("tincan/1/shard\n", network, string(binary.BigEndian.AppendUint16(nil, uint16(shard))))
}

func topic(label, network, of string) string {
	sum := sha256.Sum256([]byte(label + network + "\n" + of))
	return TopicPrefix + hex.EncodeToString(sum[:16])
}

// Rendezvous is the key in Kademlia under which those who are in a topic of
// ShardTopic are to be found: a multihash of 34 bytes. The topic says of which
// network.
func Rendezvous(topic string) []byte {
	sum := sha256.Sum256([]byte("tincan/1/rendezvous\n" + topic))
	return append([]byte{0x12, sha256.Size}, sum[:]...)
}

// DirectProtocol is the protocol id under which direct envelopes are delivered.
func DirectProtocol(network string) string { return KadPrefix(network) + "/direct/1" }

// SyncProtocol is the protocol id of sync.
func SyncProtocol(network string) string { return KadPrefix(network) + "/sync/1" }

// SessionProtocol is the protocol id of private sessions.
func SessionProtocol(network string) string { return KadPrefix(network) + "/session/1" }

// LinksProtocol is the protocol id under which peers ask whom one is connected to.
func LinksProtocol(network string) string { return KadPrefix(network) + "/links/1" }

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
