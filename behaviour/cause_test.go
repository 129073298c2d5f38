package behaviour

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
)

func TestCause(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp4", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	noise := errors.New("failed to negotiate security protocol: EOF")
	mismatch := fmt.Errorf("failed to negotiate security protocol: %w", sec.ErrPeerIDMismatch{Actual: "x"})
	dial := func(causes ...error) error {
		all := &swarm.DialError{Cause: swarm.ErrAllDialsFailed}
		for _, c := range causes {
			all.DialErrors = append(all.DialErrors, swarm.TransportError{Cause: c})
		}
		return fmt.Errorf("failed to dial: %w", all)
	}
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"refused", dial(refused), "connection refused"},
		{"a refusal says more than silence", dial(context.DeadlineExceeded, refused), "connection refused"},
		{"silence", dial(context.DeadlineExceeded, context.DeadlineExceeded), ErrSilent.Error()},
		{"silence in one attempt", fmt.Errorf("identify: %w", context.DeadlineExceeded), ErrSilent.Error()},
		{"somebody else", dial(mismatch), "somebody else answers there: " + peer.ID("x").String()},
		{"not libp2p", dial(noise), "whoever answers there does not speak libp2p"},
		{"no list of attempts", fmt.Errorf("it is not an address: %w", errors.New("too short")), "it is not an address: too short"},
		{"no attempt", swarm.ErrNoAddresses, swarm.ErrNoAddresses.Error()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := Cause(tc.err)
			if got.Error() != tc.want || errors.Is(got, ErrSilent) != (tc.want == ErrSilent.Error()) {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}
