package web

import (
	"slices"

	"tincan/behaviour/chat"
)

// discreet is what of a notification a guest is told: where peers and this node
// are to be found is nothing to people from elsewhere. It is nil if that is all there is.
func discreet(n chat.Notification) chat.Notification {
	switch n := n.(type) {
	case chat.Ready:
		return nil
	case chat.PeerList:
		n.Peers = slices.Clone(n.Peers) // others have the same
		for i := range n.Peers {
			n.Peers[i].Addr = ""
		}
		return n
	case chat.Portrait:
		n.Addr = ""
		return n
	case chat.StatusReport:
		n.Addrs, n.Counters = nil, nil
		return n
	case chat.Topology:
		n.Nodes = slices.Clone(n.Nodes)
		for i := range n.Nodes {
			n.Nodes[i].Addr = ""
		}
		return n
	}
	return n
}
