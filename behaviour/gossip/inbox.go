package gossip

import (
	"context"
	"sync/atomic"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
)

// An inbox takes messages from pubsub's loop, which it never holds up, to the
// goroutine that calls Received, which may be slow.
type inbox struct {
	trace   *tracer
	waiting chan *pubsub.Message
	bytes   atomic.Int64 // of the data in waiting
}

func newInbox(t *tracer) *inbox {
	return &inbox{trace: t, waiting: make(chan *pubsub.Message, receivedQueue)}
}

// put never blocks: at the bound the message is dropped, counted and told.
func (i *inbox) put(m *pubsub.Message) {
	size := int64(len(m.Data))
	if i.bytes.Add(size) <= receivedBytes {
		select {
		case i.waiting <- m:
			return
		default:
		}
	}
	i.bytes.Add(-size)
	i.trace.UndeliverableMessage(m)
}

// run calls received for each message until ctx ends.
func (i *inbox) run(ctx context.Context, received func(string, peer.ID, any)) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-i.waiting:
			i.bytes.Add(-int64(len(m.Data)))
			received(m.GetTopic(), m.ReceivedFrom, m.ValidatorData)
		}
	}
}
