package wire

import (
	"errors"
	"fmt"
)

// Why something from the wire is refused. All come wrapped, with the detail.
var (
	// ErrMalformed: what no peer that keeps to the protocol would have sent.
	ErrMalformed = errors.New("malformed")

	// ErrNetwork: made for another network.
	ErrNetwork = errors.New("other network")

	// ErrSignature: not signed by whom it names.
	ErrSignature = errors.New("bad signature")

	// ErrFuture: well signed, of a version above 1. It may be passed on as it is;
	// it cannot be read.
	ErrFuture = errors.New("version from the future")
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}

// inMessage says which message of an envelope is at fault.
func inMessage(seq uint64, err error) error { return fmt.Errorf("message %d: %w", seq, err) }

func future(version uint32) error { return fmt.Errorf("%w: version %d", ErrFuture, version) }

// otherNetwork shows no more of a stranger's name than a name may have.
func otherNetwork(name []byte) error {
	return fmt.Errorf("%w: %q", ErrNetwork, name[:min(len(name), MaxNetwork)])
}
