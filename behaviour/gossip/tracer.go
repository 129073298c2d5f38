package gossip

import (
	"sync/atomic"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	logging "github.com/libp2p/go-libp2p/gologshim"
)

var log = logging.Logger("tincan/gossip")

// tracer hears from pubsub what it does, in its loop and on its workers, so
// nothing here may block. It counts, and passes on what others must know.
type tracer struct {
	notes *notices
	mesh  mesh

	delivered     atomic.Uint64 // messages accepted from others
	duplicates    atomic.Uint64 // copies of messages that were known
	invalid       atomic.Uint64 // messages that Validate rejected
	ignored       atomic.Uint64 // messages that Validate ignored
	signed        atomic.Uint64 // messages with fields that ours do not have
	droppedOut    atomic.Uint64 // RPCs to peers whose queue was full
	droppedCheck  atomic.Uint64 // messages for which there was no place before Validate
	droppedIn     atomic.Uint64 // messages for which there was no place before Received
	subscriptions atomic.Uint64 // subscriptions, or RPCs full of them, that were ignored
	panics        atomic.Uint64 // panics in Validate
}

func (t *tracer) counters() map[string]uint64 {
	return map[string]uint64{
		"delivered":     t.delivered.Load(),
		"duplicate":     t.duplicates.Load(),
		"invalid":       t.invalid.Load(),
		"ignored":       t.ignored.Load(),
		"signed":        t.signed.Load(),
		"dropped-out":   t.droppedOut.Load(),
		"dropped-check": t.droppedCheck.Load(),
		"dropped-in":    t.droppedIn.Load(),
		"subscription":  t.subscriptions.Load(),
		"panic":         t.panics.Load(),
	}
}

func (t *tracer) Graft(p peer.ID, topic string) {
	t.mesh.graft(p, topic)
	t.notes.put(notice{topic: topic, peer: p})
}

func (t *tracer) Prune(p peer.ID, topic string)            { t.mesh.prune(p, topic) }
func (t *tracer) OnClosedOutboundStream(p peer.ID)         { t.mesh.gone(p) }
func (t *tracer) DeliverMessage(*pubsub.Message)           { t.delivered.Add(1) }
func (t *tracer) DuplicateMessage(*pubsub.Message)         { t.duplicates.Add(1) }
func (t *tracer) DropRPC(_ *pubsub.RPC, p peer.ID)         { t.droppedOut.Add(1); t.notes.put(notice{peer: p}) }
func (t *tracer) UndeliverableMessage(msg *pubsub.Message) { t.droppedIn.Add(1); t.notes.put(notice{}) }

func (t *tracer) RejectMessage(msg *pubsub.Message, reason string) {
	switch reason {
	case pubsub.RejectValidationFailed:
		t.invalid.Add(1)
	case pubsub.RejectValidationIgnored:
		t.ignored.Add(1)
	case pubsub.RejectValidationQueueFull, pubsub.RejectValidationThrottled:
		t.droppedCheck.Add(1)
		t.notes.put(notice{peer: msg.ReceivedFrom})
	default:
		t.signed.Add(1)
	}
}

func (t *tracer) OnNewOutboundStream(peer.ID, protocol.ID) {}
func (t *tracer) Join(string)                              {}
func (t *tracer) Leave(string)                             {}
func (t *tracer) ValidateMessage(*pubsub.Message)          {}
func (t *tracer) ThrottlePeer(peer.ID)                     {}
func (t *tracer) RecvRPC(*pubsub.RPC)                      {}
func (t *tracer) SendRPC(*pubsub.RPC, peer.ID)             {}
