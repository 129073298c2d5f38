package floor

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
)

const tripProtocol = "/floor/trip/1"

// answerSize is the length of what comes back: a hash, or as many zeros.
const answerSize = sha256.Size

// TripKind says how much a Trip does.
type TripKind struct {
	Fresh  bool // open a stream for each trip; else one stream is kept open
	Signed bool // sign and verify there and back, as a receipt needs: 2 signatures, 2 verifications
}

// Trip is a way of bringing TextSize bytes to another host and an answer back.
type Trip struct {
	kind    TripKind
	hosts   []host.Host
	private [2]ed25519.PrivateKey
	public  [2]ed25519.PublicKey
	kept    network.Stream // nil when kind.Fresh
}

// NewTrip makes two connected hosts. Close ends them.
func NewTrip(ctx context.Context, kind TripKind) (*Trip, error) {
	t := &Trip{kind: kind}
	for i := range t.private {
		var err error
		if t.public[i], t.private[i], err = ed25519.GenerateKey(rand.Reader); err != nil {
			return nil, fmt.Errorf("make key: %w", err)
		}
	}
	var err error
	if t.hosts, err = newHosts(ctx, 2); err != nil {
		return nil, err
	}
	t.hosts[1].SetStreamHandler(tripProtocol, t.serve)
	if !kind.Fresh {
		if t.kept, err = t.hosts[0].NewStream(ctx, t.hosts[1].ID(), tripProtocol); err != nil {
			return nil, errors.Join(fmt.Errorf("open stream: %w", err), t.Close())
		}
	}
	return t, nil
}

// Go makes one trip. Not to be called by two goroutines at once.
func (t *Trip) Go(ctx context.Context, text string) error {
	s := t.kept
	if s == nil {
		var err error
		if s, err = t.hosts[0].NewStream(ctx, t.hosts[1].ID(), tripProtocol); err != nil {
			return fmt.Errorf("open stream: %w", err)
		}
		defer s.Close()
	}
	if _, err := s.Write(t.seal(0, []byte(text))); err != nil {
		return fmt.Errorf("send frame: %w", err)
	}
	if t.kind.Fresh {
		if err := s.CloseWrite(); err != nil {
			return fmt.Errorf("end request: %w", err)
		}
	}
	_, err := t.receive(s, 1, answerSize)
	return err
}

// serve answers frames until the stream ends.
func (t *Trip) serve(s network.Stream) {
	defer s.Close()
	for {
		text, err := t.receive(s, 0, TextSize)
		if err != nil {
			return
		}
		answer := make([]byte, answerSize)
		if t.kind.Signed {
			sum := sha256.Sum256(text)
			copy(answer, sum[:])
		}
		if _, err := s.Write(t.seal(1, answer)); err != nil {
			return
		}
		if t.kind.Fresh {
			return
		}
	}
}

// seal appends who's signature, if there is to be one.
func (t *Trip) seal(who int, body []byte) []byte {
	if t.kind.Signed {
		return append(body, ed25519.Sign(t.private[who], body)...)
	}
	return body
}

// receive reads a body of size bytes that who has sealed.
func (t *Trip) receive(s network.Stream, who, size int) ([]byte, error) {
	frame := make([]byte, size, size+ed25519.SignatureSize)
	if t.kind.Signed {
		frame = frame[:cap(frame)]
	}
	if _, err := io.ReadFull(s, frame); err != nil {
		return nil, fmt.Errorf("read frame: %w", err)
	}
	if t.kind.Signed && !ed25519.Verify(t.public[who], frame[:size], frame[size:]) {
		return nil, errors.New("bad signature")
	}
	return frame[:size], nil
}

// Close ends both hosts and with them the goroutines that serve.
func (t *Trip) Close() error { return closeHosts(t.hosts) }
