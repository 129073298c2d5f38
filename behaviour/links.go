package behaviour

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour/chat"
	"tincan/behaviour/links"
	"tincan/behaviour/wire"
)

// errNotConnected is why a peer is not asked for its links.
var errNotConnected = errors.New("it is not connected")

func (b *Behaviour) askLinks(e chat.AskLinks) {
	done := chat.LinksDone{With: e.With}
	var err error
	done.Links, err = b.linksOf(e.With)
	done.Err = words(err)
	b.report(done)
}

// linksOf asks a peer that is connected whom else it is connected to. It makes no
// connection for that.
func (b *Behaviour) linksOf(id chat.PeerID) ([]chat.Link, error) {
	ctx, cancel := context.WithTimeout(b.ctx, links.Patience)
	defer cancel()
	with, err := peer.Decode(string(id))
	if err != nil {
		return nil, fmt.Errorf("read the peer's id: %w", err)
	}
	if !connected(b.cfg.Host.Network().Connectedness(with)) {
		return nil, errNotConnected
	}
	reply, err := b.links.Ask(network.WithNoDial(ctx, "links"), with, wire.EncodeLinksRequest())
	if err != nil {
		return nil, err
	}
	told, err := wire.DecodeLinks(reply)
	if err != nil {
		b.counts.add("links that are not valid")
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return told, nil
}

func (b *Behaviour) linksAsked(ctx context.Context, from peer.ID, frame []byte) ([]byte, error) {
	if err := wire.DecodeLinksRequest(frame); err != nil {
		b.counts.add("requests for links that are not valid")
		return nil, err
	}
	a, err := b.callers.await(ctx, b, func(t chat.Ticket) chat.Event {
		return chat.LinksAsked{Ticket: t, From: text(from)}
	}, nil)
	if err != nil {
		return nil, err
	}
	return wire.EncodeLinks(a.Links), nil
}

// meshes is the conversations in whose gossip each peer is a neighbour, sorted.
func (b *Behaviour) meshes() map[peer.ID][]chat.Conversation {
	all := make(map[peer.ID][]chat.Conversation)
	for topic, in := range b.topics.byTopic() {
		for _, id := range b.gossip.Mesh(topic) {
			all[id] = append(all[id], in...)
		}
	}
	for _, id := range b.gossip.Mesh(b.lobby) {
		all[id] = append(all[id], chat.Lobby)
	}
	for _, in := range all {
		slices.Sort(in)
	}
	return all
}

// byTopic is the conversations that share each topic.
func (t *topics) byTopic() map[string][]chat.Conversation {
	t.mu.RLock()
	defer t.mu.RUnlock()
	all := make(map[string][]chat.Conversation)
	for c, topic := range t.in {
		all[topic] = append(all[topic], c)
	}
	return all
}
