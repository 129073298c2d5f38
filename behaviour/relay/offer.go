package relay

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/pb"
	service "github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/relay"
	ma "github.com/multiformats/go-multiaddr"
	"golang.org/x/time/rate"
)

// newOffer starts libp2p's relay within our bounds. It asks nobody whether this
// node can be dialled: those who ask it have dialled it.
func newOffer(h host.Host, ours func(peer.ID) bool, m *meter) (*service.Relay, error) {
	return service.New(h,
		service.WithACL(ends{ours}),
		service.WithMetricsTracer(m),
		service.WithResources(service.Resources{
			Limit:                  &service.RelayLimit{Duration: circuitTime, Data: circuitBytes},
			ReservationTTL:         reservationTime,
			MaxReservations:        maxReservations,
			MaxCircuits:            maxCircuits,
			BufferSize:             buffer,
			MaxReservationsPerPeer: 1,
			MaxReservationsPerIP:   maxReservations,
			MaxReservationsPerASN:  maxReservations,
		}),
	)
}

// ends carries for peers of ours only, at both ends.
type ends struct{ ours func(peer.ID) bool }

func (e ends) AllowReserve(p peer.ID, _ ma.Multiaddr) bool { return e.ours(p) }

func (e ends) AllowConnect(from peer.ID, _ ma.Multiaddr, to peer.ID) bool {
	return e.ours(from) && e.ours(to)
}

// meter counts what the relay does, and holds it to its pace: the relay reports
// each piece that it has carried before it reads the next, so waiting here holds
// up the sender.
type meter struct {
	ctx  context.Context // ends with Close
	pace *rate.Limiter

	circuits, bytes, refused atomic.Uint64
}

func newMeter(ctx context.Context) *meter {
	return &meter{ctx: ctx, pace: rate.NewLimiter(pace, burst)}
}

func (m *meter) BytesTransferred(n int) {
	m.bytes.Add(uint64(n))
	_ = m.pace.WaitN(m.ctx, n) // fails when the relay ends, and n is within burst
}

func (m *meter) ConnectionOpened() { m.circuits.Add(1) }

func (m *meter) ConnectionRequestHandled(s pb.Status)  { m.handled(s) }
func (m *meter) ReservationRequestHandled(s pb.Status) { m.handled(s) }

func (m *meter) handled(s pb.Status) {
	if s != pb.Status_OK {
		m.refused.Add(1)
	}
}

func (m *meter) RelayStatus(bool)               {}
func (m *meter) ConnectionClosed(time.Duration) {}
func (m *meter) ReservationAllowed(bool)        {}
func (m *meter) ReservationClosed(int)          {}

// counters are circuits begun for others, the bytes carried on them, both ways,
// and what was asked for and refused.
func (m *meter) counters() map[string]uint64 {
	return map[string]uint64{
		"circuits carried for others":      m.circuits.Load(),
		"bytes carried for others":         m.bytes.Load(),
		"relay requests that were refused": m.refused.Load(),
	}
}
