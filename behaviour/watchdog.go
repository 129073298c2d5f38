package behaviour

import (
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// watchdog disconnects peers that are connected and speak tincan but are not in
// the lobby's topic: to them or from them gossip does not flow, and only a new
// connection makes both sides announce their topics again. This is the second
// line behind ident's cure for connections of a dead life of the peer. It ends
// with b.ctx.
func (b *Behaviour) watchdog() {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	deaf := make(map[peer.ID]time.Time) // since when
	for {
		select {
		case <-b.ctx.Done():
			return
		case now := <-ticker.C:
			for _, id := range b.deaf(now, deaf) {
				b.cfg.Log.Info("peer is connected and not in the lobby; connecting afresh", "peer", id)
				b.counts.add("connections renewed because gossip did not flow")
				_ = b.cfg.Host.Network().ClosePeer(id)
			}
		}
	}
}

// deaf returns the peers that have been deaf for too long at now, and keeps account.
func (b *Behaviour) deaf(now time.Time, since map[peer.ID]time.Time) (tooLong []peer.ID) {
	h := b.cfg.Host
	in := make(map[peer.ID]bool)
	for _, id := range b.gossip.Peers(b.lobby) {
		in[id] = true
	}
	for id := range since {
		if in[id] || h.Network().Connectedness(id) != network.Connected {
			delete(since, id)
		}
	}
	for _, id := range h.Network().Peers() {
		if in[id] || h.Network().Connectedness(id) != network.Connected || !b.speaksNow(id) {
			continue
		}
		first, ok := since[id]
		switch {
		case !ok:
			since[id] = now
		case now.Sub(first) >= watchLimit:
			delete(since, id)
			tooLong = append(tooLong, id)
		}
	}
	return tooLong
}

func (b *Behaviour) speaksNow(id peer.ID) bool {
	p, err := b.cfg.Host.Peerstore().GetProtocols(id)
	return err == nil && b.speaks(p)
}

// InLobby says whether a connected peer has announced that it is in the lobby.
// Safe from any goroutine.
func (b *Behaviour) InLobby(id peer.ID) bool { return slices.Contains(b.gossip.Peers(b.lobby), id) }
