// Package direct asks one peer to take a message and brings back its answer:
// package exchange with the bounds of direct messages.
//
// What is in a request and in an answer is the caller's affair. A request may
// arrive twice (see exchange.Exchange.Ask); whoever handles it tells them apart.
package direct

import (
	"context"
	"time"

	"tincan/behaviour/exchange"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// The bounds of the protocol; both sides need the same sizes. A frame above its
// size, or slower than frameTime, ends its stream and is counted.
const (
	// MaxRequest is an envelope of 80 KiB with room for what goes around it.
	MaxRequest = 96 << 10
	// MaxAnswer is a receipt with room.
	MaxAnswer = 1 << 10

	// frameTime allows 96 KiB at 20 KB/s, and the peer an fsync on a slow disk.
	frameTime = 10 * time.Second
	// idleTime keeps the stream of a lively conversation, and no other.
	idleTime = 2 * time.Minute

	// streamsPerPeer is enough for one peer: it needs one, two when a stream is
	// being replaced.
	streamsPerPeer = 8
	// streamsTotal bounds requests in memory to 48 MiB, if all are of full size.
	streamsTotal = 512
)

// A Direct asks, and answers, direct messages. See exchange.Exchange for its
// methods: Ask, Fresh, Close, Counters.
type Direct = exchange.Exchange

// New answers id on h with handle, which must return an answer of 1 to
// MaxAnswer bytes within frameTime, or an error to be reset. It runs on up to
// streamsPerPeer goroutines for one peer and owns request. End with Close.
func New(h host.Host, id protocol.ID, handle func(ctx context.Context, from peer.ID, request []byte) ([]byte, error)) *Direct {
	return exchange.New(h, config(id, handle))
}

func config(id protocol.ID, handle func(context.Context, peer.ID, []byte) ([]byte, error)) exchange.Config {
	return exchange.Config{
		Protocol:       id,
		MaxRequest:     MaxRequest,
		MaxReply:       MaxAnswer,
		FrameTime:      frameTime,
		IdleTime:       idleTime,
		StreamsPerPeer: streamsPerPeer,
		StreamsTotal:   streamsTotal,
		Handle:         handle,
	}
}
