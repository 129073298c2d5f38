package chat

import "slices"

// discreet is an answer as a guest gets it: where peers and this node are to be
// found, and what the node makes of its peers, is its owner's to know.
func discreet(n Notification) Notification {
	switch n := n.(type) {
	case PeerList:
		n.Peers = slices.Clone(n.Peers) // others are told the same
		for i := range n.Peers {
			n.Peers[i].Addr = ""
		}
		return n
	case Portrait:
		n.Addr = ""
		return n
	case StatusReport:
		n.Addrs, n.Counters = nil, nil
		return n
	case Topology:
		n.Nodes = slices.Clone(n.Nodes)
		for i := range n.Nodes {
			n.Nodes[i].Addr = ""
		}
		return n
	}
	return n
}
