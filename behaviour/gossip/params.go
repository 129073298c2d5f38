package gossip

import (
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
)

// params is gossipsub's own, with our mesh and times.
func params(sparse bool) pubsub.GossipSubParams {
	p := pubsub.DefaultGossipSubParams()
	p.D, p.Dlo, p.Dhi, p.Dout = degree, degreeLow, degreeHigh, degreeOut
	p.Dscore = degree / 2
	p.Dlazy = lazy
	p.HeartbeatInitialDelay = firstHeartbeat
	p.HeartbeatInterval = heartbeat
	p.HistoryLength, p.HistoryGossip = kept, told
	p.PruneBackoff, p.UnsubscribeBackoff = pruneBackoff, leaveBackoff
	p.GraftFloodThreshold = pruneBackoff
	p.MaxIHaveLength = maxIHave
	p.IDontWantMessageThreshold = largeMessage
	p.PrunePeers = exchangedPeers
	if sparse {
		p.PrunePeers = 0 // takes none either
	}
	p.Connectors, p.ConnectionTimeout, p.MaxPendingConnections = connectors, connectTime, pendingDials
	return p
}

func scoreParams() *pubsub.PeerScoreParams {
	return &pubsub.PeerScoreParams{
		SkipAtomicValidation:      true,
		Topics:                    map[string]*pubsub.TopicScoreParams{},
		AppSpecificScore:          func(peer.ID) float64 { return 0 },
		BehaviourPenaltyWeight:    oddWeight,
		BehaviourPenaltyThreshold: oddFree,
		BehaviourPenaltyDecay:     oddDecay,
		DecayInterval:             time.Second,
		DecayToZero:               0.1,
		RetainScore:               scoreKept,
		SeenMsgTTL:                copiesFor,
	}
}

func topicScore() *pubsub.TopicScoreParams {
	return &pubsub.TopicScoreParams{
		SkipAtomicValidation:           true,
		TopicWeight:                    1,
		TimeInMeshQuantum:              time.Second, // of no weight, but divided by
		InvalidMessageDeliveriesWeight: invalidWeight,
		InvalidMessageDeliveriesDecay:  invalidDecay,
	}
}

func scoreThresholds() *pubsub.PeerScoreThresholds {
	return &pubsub.PeerScoreThresholds{
		GossipThreshold:   quiet,
		PublishThreshold:  shunned,
		GraylistThreshold: gray,
	}
}
