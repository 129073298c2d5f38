// Package links asks one peer whom it is connected to, and answers who asks that:
// package exchange with bounds for a question that is rarely asked.
//
// What is in a request and in an answer is the caller's affair.
package links

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
	// MaxRequest has room for more than a version.
	MaxRequest = 64
	// MaxAnswer is 256 links of 50 bytes with a few channels each.
	MaxAnswer = 64 << 10

	// frameTime is more than Patience: who does not wait for an answer costs the
	// other side no more.
	frameTime = 2 * time.Second
	// idleTime is short: a picture is drawn now and then.
	idleTime = 10 * time.Second

	// Patience is how long an answer is worth waiting for, while somebody looks at
	// the screen.
	Patience = time.Second

	// streamsPerPeer is enough for one who asks while its last stream is closing.
	streamsPerPeer = 2
	// streamsTotal bounds the answers in memory to 4 MiB.
	streamsTotal = 64
)

// A Links asks, and answers, for links. See exchange.Exchange for its methods: Ask,
// Fresh, Close, Counters.
type Links = exchange.Exchange

// New answers id on h with handle, which must return an answer of 1 to MaxAnswer
// bytes within frameTime, or an error to be reset. It runs on up to streamsTotal
// goroutines and owns request. End with Close.
func New(h host.Host, id protocol.ID, handle func(ctx context.Context, from peer.ID, request []byte) ([]byte, error)) *Links {
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
