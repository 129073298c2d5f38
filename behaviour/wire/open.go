package wire

import "tincan/behaviour/chat"

// Opener turns bytes from the network into verified values. It is safe from
// any goroutine.
type Opener struct {
	network string
	seen    seen
}

// NewOpener makes an Opener for a network. With a name that CheckNetwork
// refuses it opens nothing.
func NewOpener(network string) *Opener { return &Opener{network: network} }

// Open verifies a Signed envelope and reads it. It checks what is cheap first:
// size, shape, version, network, then the signature, then the messages. The
// envelope keeps raw as its Raw: the caller must not change it afterwards.
//
// Errors: ErrMalformed, ErrNetwork, ErrSignature, and ErrFuture, which only a
// well-signed envelope of this network gets.
func (o *Opener) Open(raw []byte) (*chat.Envelope, error) { return o.open(raw, false) }

// Reopen is Open for bytes that have been opened before and cannot have changed
// since: it does not check the signature, which is most of the work.
func (o *Opener) Reopen(raw []byte) (*chat.Envelope, error) { return o.open(raw, true) }

func (o *Opener) open(raw []byte, trusted bool) (*chat.Envelope, error) {
	if len(raw) > chat.MaxEnvelope {
		return nil, malformed("envelope of %d bytes, more than %d", len(raw), chat.MaxEnvelope)
	}
	body, err := signedBody(raw)
	if err != nil {
		return nil, err
	}
	var at spans
	h, err := readHeader(body, &at)
	if err != nil {
		return nil, err
	}
	if err := o.check(h.network); err != nil {
		return nil, err
	}
	if !trusted && !verified(&h.author, envelopeLabel, body, raw) {
		return nil, ErrSignature
	}
	if h.version > Version {
		return nil, future(h.version)
	}
	env, err := h.read(o.network, body, &at)
	if err != nil {
		return nil, err
	}
	env.Raw = raw
	return env, nil
}

// check refuses what was made for another network, and everything if this one
// has no proper name.
func (o *Opener) check(network []byte) error {
	if string(network) != o.network || CheckNetwork(o.network) != nil {
		return otherNetwork(network)
	}
	return nil
}
