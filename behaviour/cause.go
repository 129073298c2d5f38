package behaviour

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
)

// ErrSilent is the Cause when a peer neither answers nor refuses.
var ErrSilent = errors.New("no answer")

// errHungUp is the Cause when the user keeps a peer away.
var errHungUp = errors.New("you have disconnected from it – connect to it first")

// Cause is why a dial failed, in words for users: of libp2p's list of attempts
// the one that says most, and of that the innermost error. What is not such a
// list, and not silence, stays as it is.
func Cause(err error) error {
	var dial *swarm.DialError
	listed := errors.As(err, &dial) && len(dial.DialErrors) > 0
	if listed {
		err = loudest(dial.DialErrors)
	}
	var other sec.ErrPeerIDMismatch
	switch {
	case errors.Is(err, swarm.ErrGaterDisallowedConnection):
		return errHungUp
	case errors.As(err, &other):
		return fmt.Errorf("somebody else answers there: %s", other.Actual)
	case errors.Is(err, context.DeadlineExceeded):
		return ErrSilent
	case strings.HasPrefix(err.Error(), "failed to negotiate security protocol"):
		return errors.New("whoever answers there does not speak libp2p")
	case !listed:
		return err
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

// loudest is the first attempt that did not end in silence, if there is one.
func loudest(attempts []swarm.TransportError) error {
	for _, one := range attempts {
		if !errors.Is(one.Cause, context.DeadlineExceeded) {
			return one.Cause
		}
	}
	return attempts[0].Cause
}
