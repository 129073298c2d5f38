package kad

import (
	"context"
	"fmt"
	"time"

	pb "github.com/libp2p/go-libp2p-kad-dht/pb"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-msgio/pbio"
)

const (
	// maxNear bounds the answer to Near: k = 20 peers with a few addresses each.
	maxNear = 64 << 10

	// bucketSize is k: more peers than that in an answer are not believed.
	bucketSize = 20

	// nearTime bounds asking one peer.
	nearTime = 5 * time.Second
)

// Near asks one connected peer for the peers next to this node that it knows
// (FIND_NODE with this node's own id). Unlike a lookup it dials nobody, and
// fails if via is not connected. It takes nearTime at most, and ends with ctx.
// The answer is hearsay: at most k peers, this node and the one asked left out.
func (k *Kad) Near(ctx context.Context, via peer.ID) ([]peer.AddrInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, nearTime)
	defer cancel()
	ctx = network.WithNoDial(network.WithAllowLimitedConn(ctx, "near"), "near")
	s, err := k.host.NewStream(ctx, via, k.id)
	if err != nil {
		return nil, fmt.Errorf("ask %s who is near: %w", via, err)
	}
	defer context.AfterFunc(ctx, func() { _ = s.Reset() })()
	var answer pb.Message
	err = pbio.NewDelimitedWriter(s).WriteMsg(pb.NewMessage(pb.Message_FIND_NODE, []byte(k.host.ID()), 0))
	if err == nil {
		err = pbio.NewDelimitedReader(s, maxNear).ReadMsg(&answer)
	}
	if err != nil {
		_ = s.Reset()
		return nil, fmt.Errorf("ask %s who is near: %w", via, err)
	}
	_ = s.Close()
	var near []peer.AddrInfo
	for _, info := range pb.PBPeersToPeerInfos(answer.GetCloserPeers()) {
		if info.ID != k.host.ID() && info.ID != via && len(info.Addrs) > 0 && len(near) < bucketSize {
			near = append(near, *info)
		}
	}
	return near, nil
}
