package behaviour

import (
	"context"
	"errors"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"tincan/behaviour/chat"
	"tincan/behaviour/gossip"
	"tincan/behaviour/wire"
)

// post gives an event to the loop. It waits while too many are there: that is
// the back-pressure on the network.
func (b *Behaviour) post(ctx context.Context, ev chat.Event) error {
	select {
	case b.events <- ev:
		return nil
	default:
	}
	select {
	case b.events <- ev:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-b.ctx.Done():
		return b.ctx.Err()
	}
}

// report gives the outcome of an effect to the loop. Only the end of the
// behaviour keeps it from arriving.
func (b *Behaviour) report(ev chat.Event) { _ = b.post(b.ctx, ev) }

func text(id peer.ID) chat.PeerID { return wire.PeerID(id) }

// speaks says whether a peer's protocols make it a tincan node of this network.
func (b *Behaviour) speaks(protocols []protocol.ID) bool {
	return slices.Contains(protocols, protocol.ID(wire.SyncProtocol(b.cfg.Network)))
}

func (b *Behaviour) came(id peer.ID) {
	b.cfg.Came(id)
	b.relay.Look()
	b.report(chat.PeerUp{Peer: text(id)})
}

func (b *Behaviour) left(id peer.ID) {
	b.cfg.Left(id)
	b.rendezvous.Left()
	b.relay.Look()
	b.report(chat.PeerDown{Peer: text(id)})
}

// met matters in channels only: of who comes to the lobby PeerUp tells.
func (b *Behaviour) met(topic string, id peer.ID) {
	if topic != b.lobby {
		b.metInTopic(topic, id)
	}
}

func (b *Behaviour) grafted(topic string, id peer.ID) {
	if topic != b.lobby {
		b.linkedInTopic(id)
		return
	}
	b.report(chat.LinkFormed{Peer: text(id)})
}

func (b *Behaviour) lost(id peer.ID) {
	if id == "" {
		b.report(chat.Lost{})
		return
	}
	b.report(chat.Lost{Peer: text(id)})
}

// validate looks at gossip before it is passed on.
func (b *Behaviour) validate(_ peer.ID, topic string, data []byte) (any, gossip.Verdict) {
	e, err := b.opener.Open(data)
	switch {
	case errors.Is(err, wire.ErrFuture):
		b.counts.add("messages from a newer version")
		return nil, gossip.Accept // carried for those who understand it
	case err != nil:
		b.counts.add("gossip that is not valid")
		return nil, gossip.Reject
	case b.topic(e.Conversation) != topic:
		b.counts.add("gossip in another conversation's topic")
		return nil, gossip.Reject
	}
	return e, gossip.Accept
}

func (b *Behaviour) gossipReceived(_ string, from peer.ID, value any) {
	if e, ok := value.(*chat.Envelope); ok && e != nil && b.topics.wants(e.Conversation) {
		b.report(chat.EnvelopeReceived{From: text(from), Envelope: e})
	}
}

// directAsked answers a direct message with a signed receipt when it is stored.
func (b *Behaviour) directAsked(ctx context.Context, from peer.ID, frame []byte) ([]byte, error) {
	e, floor, err := b.opener.DecodeDirect(frame)
	if err != nil {
		b.counts.add("direct messages that are not valid")
		return wire.EncodeAnswer(chat.Malformed, nil), nil
	}
	// The receipt is signed while the core decides: nearly always it is this one.
	var receipt []byte
	a, err := b.directs.await(ctx, b, func(t chat.Ticket) chat.Event {
		return chat.DirectReceived{Ticket: t, From: text(from), Envelope: e, Floor: floor}
	}, func() { receipt = b.sealer.Receipt(e, e.Last()) })
	switch {
	case err != nil:
		return nil, err
	case a.Verdict != chat.Stored:
		receipt = nil
	case a.Last != e.Last():
		receipt = b.sealer.Receipt(e, a.Last)
	}
	return wire.EncodeAnswer(a.Verdict, receipt), nil
}

func (b *Behaviour) syncAsked(ctx context.Context, from peer.ID, frame []byte) ([]byte, error) {
	deltas, err := b.opener.DecodeSync(frame)
	if err != nil {
		b.counts.add("sync turns that are not valid")
		return nil, err
	}
	a, err := b.syncs.await(ctx, b, func(t chat.Ticket) chat.Event {
		return chat.SyncRequested{Ticket: t, From: text(from), Deltas: deltas}
	}, nil)
	if err != nil {
		return nil, err
	}
	b.cfg.History.carry(ctx, a.Deltas)
	return wire.EncodeSync(a.Deltas), nil
}
