package gossip

import (
	"crypto/sha256"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/peer"
)

func (g *Gossip) options() []pubsub.Option {
	return []pubsub.Option{
		pubsub.WithLogger(g.c.Log),
		pubsub.WithRPCLogger(g.c.Log),
		pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign),
		pubsub.WithNoAuthor(),
		pubsub.WithMessageIdFn(messageID),
		pubsub.WithMaxMessageSize(g.c.MaxMessage + overhead),
		pubsub.WithMaxControlMessageSize(maxControl),
		pubsub.WithPeerOutboundQueueSize(outboundQueue),
		pubsub.WithValidateQueueSize(validateQueue),
		pubsub.WithSeenMessagesTTL(seenTime),
		pubsub.WithFloodPublish(true),
		pubsub.WithPeerExchange(!g.c.Sparse),
		pubsub.WithGossipSubParams(params(g.c.Sparse)),
		pubsub.WithPeerScore(scoreParams(), scoreThresholds()),
		pubsub.WithSubscriptionFilter(g.filter),
		pubsub.WithRawTracer(g.trace),
		// Inline, that is on pubsub's own workers, one a CPU: the others would be
		// given goroutines beyond any order, and be dropped after they were marked
		// as seen when there are too many.
		//
		// pubsub v0.17.0 marks a message as seen before it calls this, since there
		// is no signature that might still fail (validation.go, validate): of the
		// copies that arrive during validation none is validated again.
		pubsub.WithDefaultValidator(pubsub.ValidatorEx(g.validate), pubsub.WithValidatorInline(true)),
	}
}

func messageID(m *pb.Message) string {
	id := sha256.Sum256(m.GetData())
	return string(id[:])
}

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
