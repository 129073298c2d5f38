// Package floor holds the smallest libp2p programs that do what tincan is
// measured at: what remains of a figure when all of tincan is taken away.
//
// Three floors, in three files: Trip brings a frame to another host and one
// back, Mesh broadcasts by gossipsub, Node is a process that joins a network.
package floor

import (
	"context"
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
)

// TextSize is the length of every text that is measured, in bytes.
const TextSize = 100

// newHosts makes n hosts on loopback TCP ports of the system's choice, each
// connected to each. Security and muxer are those that libp2p prefers.
func newHosts(ctx context.Context, n int) ([]host.Host, error) {
	hosts := make([]host.Host, 0, n)
	for i := range n {
		h, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"), libp2p.DisableMetrics())
		if err != nil {
			return nil, errors.Join(fmt.Errorf("make host %d: %w", i, err), closeHosts(hosts))
		}
		for j, other := range hosts {
			if err := h.Connect(ctx, peer.AddrInfo{ID: other.ID(), Addrs: other.Addrs()}); err != nil {
				return nil, errors.Join(fmt.Errorf("connect host %d to %d: %w", i, j, err), h.Close(), closeHosts(hosts))
			}
		}
		hosts = append(hosts, h)
	}
	return hosts, nil
}

func closeHosts(hosts []host.Host) error {
	var errs []error
	for _, h := range hosts {
		errs = append(errs, h.Close())
	}
	return errors.Join(errs...)
}
