package node

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"

	"tincan/behaviour"
	"tincan/behaviour/chat"
)

// silent is the cause when a peer neither answers nor refuses.
const silent = "nothing answers there"

// watchSilence warns of the ways in that have neither answered nor refused.
func (s *supervisor) watchSilence() {
	t := time.NewTimer(silentTime)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.ctx.Done():
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range slices.AppendSeq(slices.Clone(s.unnamed), maps.Values(s.known)) {
		if n.way == nil || n.met || n.left {
			continue // who was here and is lost is chased, and the first dial in vain is told of
		}
		why := silent
		if n.hungUp || s.host.Network().Connectedness(n.info.ID) == network.Connected {
			why = behaviour.ErrStranger.Error()
		}
		s.warnOnce(n, why)
	}
}

// warnOnce tells the user that a way in is closed. The caller holds mu.
func (s *supervisor) warnOnce(n *neighbour, why string) {
	if !n.warned && s.ctx.Err() == nil {
		n.warned = true
		s.warn(fmt.Sprintf("cannot reach %s – %s – %s; trying again", n.way.name, why, n.way.hint))
	}
}

func (s *supervisor) warn(text string) {
	select {
	case s.warnings <- chat.Warned{Text: text}:
	default:
		s.log.Warn(text)
	}
}

// cause is why a dial failed, in a few words.
func cause(err error) string {
	if err = behaviour.Cause(err); errors.Is(err, behaviour.ErrSilent) {
		return silent
	}
	return err.Error()
}
