// Package sync takes turns with one peer at telling what each has and giving
// what the other lacks: package exchange with the bounds of history.
//
// What is in a turn is the caller's affair. A turn may arrive twice (see
// exchange.Exchange.Ask), which costs traffic and nothing else, since a turn
// only reads.
package sync

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
	// MaxTurn bounds a turn, there and back: 256 KiB of envelopes and the state of
	// 8192 logs in one conversation fit.
	MaxTurn = 1 << 20

	// frameTime allows a full turn at 50 KB/s.
	frameTime = 20 * time.Second
	// idleTime spans the pause between two turns of one sync, not between syncs.
	idleTime = time.Minute

	// streamsPerPeer lets a peer begin a turn while its last stream is closing.
	streamsPerPeer = 2
	// streamsTotal bounds the turns of strangers in memory to 64 MiB each way.
	streamsTotal = 64

	// asks bounds this node's own turns under way, and the replies in memory with
	// them, to 32 MiB. More wait, as long as their context allows: so many peers
	// that never answer are needed to hold up the others.
	asks = 32
)

// A Sync asks, and answers, turns. See exchange.Exchange for its methods: Ask,
// Fresh, Close, Counters.
type Sync = exchange.Exchange

// New answers id on h with handle, which must return 1 to MaxTurn bytes within
// frameTime, or an error to be reset. It runs on up to streamsTotal goroutines
// and owns request. End with Close.
func New(h host.Host, id protocol.ID, handle func(ctx context.Context, from peer.ID, request []byte) ([]byte, error)) *Sync {
	return exchange.New(h, config(id, handle))
}

func config(id protocol.ID, handle func(context.Context, peer.ID, []byte) ([]byte, error)) exchange.Config {
	return exchange.Config{
		Protocol:       id,
		MaxRequest:     MaxTurn,
		MaxReply:       MaxTurn,
		FrameTime:      frameTime,
		IdleTime:       idleTime,
		StreamsPerPeer: streamsPerPeer,
		StreamsTotal:   streamsTotal,
		Asks:           asks,
		Handle:         handle,
	}
}
