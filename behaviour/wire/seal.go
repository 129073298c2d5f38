package wire

import (
	"crypto/ed25519"
	"fmt"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour/chat"
)

// Sealer signs in the name of one peer, in one network. It is safe from any
// goroutine.
type Sealer struct {
	key     ed25519.PrivateKey
	network string
	id      binaryID
}

// NewSealer makes a Sealer. It refuses keys that are not Ed25519, and names
// that CheckNetwork refuses.
func NewSealer(key crypto.PrivKey, network string) (*Sealer, error) {
	if err := CheckNetwork(network); err != nil {
		return nil, err
	}
	if key.Type() != crypto.Ed25519 {
		return nil, fmt.Errorf("key of type %s; want Ed25519", key.Type())
	}
	raw, err := key.Raw()
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	id, err := peer.IDFromPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("peer id of key: %w", err)
	}
	bin, ok := parseID([]byte(id))
	if !ok {
		return nil, fmt.Errorf("peer id %s does not hold its key", id)
	}
	return &Sealer{key: raw, network: network, id: bin}, nil
}

// ID is the peer who signs.
func (s *Sealer) ID() chat.PeerID { return s.id.text() }

// Seal signs the envelope: it sets Raw and the Hash of each message. It refuses
// what Open would refuse, and another's envelope; then it changes nothing.
func (s *Sealer) Seal(env *chat.Envelope) error {
	if env.Author != s.ID() {
		return fmt.Errorf("seal envelope: author %q is not the signer", env.Author)
	}
	body, err := appendEnvelope(nil, s.network, s.id, env)
	if err != nil {
		return fmt.Errorf("seal envelope: %w", err)
	}
	// To read it again is how Open would judge it, and gives the hashes.
	var at spans
	h, err := readHeader(body, &at)
	if err != nil {
		return fmt.Errorf("seal envelope: %w", err)
	}
	again, err := h.read(s.network, body, &at)
	if err != nil {
		return fmt.Errorf("seal envelope: %w", err)
	}
	raw := sign(s.key, envelopeLabel, body)
	if len(raw) > chat.MaxEnvelope {
		return fmt.Errorf("seal envelope: %w", malformed("envelope of %d bytes, more than %d", len(raw), chat.MaxEnvelope))
	}
	env.Raw = raw
	for i := range env.Messages {
		env.Messages[i].Hash = again.Messages[i].Hash
	}
	return nil
}
