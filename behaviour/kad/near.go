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

	// askTime bounds asking one peer.
	askTime = 5 * time.Second
)

// Near asks one connected peer for the peers next to this node that it knows
// (FIND_NODE with this node's own id). Unlike a lookup it dials nobody, and
// fails if via is not connected. It takes askTime at most, and ends with ctx.
// The answer is hearsay: at most k peers, this node and the one asked left out.
func (k *Kad) Near(ctx context.Context, via peer.ID) ([]peer.AddrInfo, error) {
	answer, err := k.ask(ctx, via, pb.NewMessage(pb.Message_FIND_NODE, []byte(k.host.ID()), 0), maxNear)
	if err != nil {
		return nil, fmt.Errorf("ask %s who is near: %w", via, err)
	}
	var near []peer.AddrInfo
	for _, info := range pb.PBPeersToPeerInfos(answer.GetCloserPeers()) {
		if info.ID != k.host.ID() && info.ID != via && len(info.Addrs) > 0 && len(near) < bucketSize {
			near = append(near, *info)
		}
	}
	return near, nil
}

// ask puts one question to a connected peer, for an answer of limit bytes at
// most. Nothing of the answer is remembered.
func (k *Kad) ask(ctx context.Context, via peer.ID, question *pb.Message, limit int) (*pb.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	ctx = network.WithNoDial(network.WithAllowLimitedConn(ctx, "ask"), "ask")
	s, err := k.host.NewStream(ctx, via, k.id)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = s.Reset() })()
	answer := new(pb.Message)
	err = pbio.NewDelimitedWriter(s).WriteMsg(question)
	if err == nil {
		err = pbio.NewDelimitedReader(s, limit).ReadMsg(answer)
	}
	if err != nil {
		_ = s.Reset()
		return nil, err
	}
	_ = s.Close()
	return answer, nil
}
