package wire

import (
	"crypto/ed25519"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
)

// The labels keep what is signed for one purpose from being used for another.
const (
	envelopeLabel = "tincan/1/envelope\n"
	receiptLabel  = "tincan/1/receipt\n"
	messageLabel  = "tincan/1/message\n"
)

const (
	bodyTag      = 1<<3 | byte(protowire.BytesType)
	signatureTag = 2<<3 | byte(protowire.BytesType)

	// signatureField is the size of the signature with its tag and length.
	signatureField = 2 + ed25519.SignatureSize
)

// sign makes the Signed form of a body.
func sign(key ed25519.PrivateKey, label string, body []byte) []byte {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	signature := ed25519.Sign(key, s.labelled(label, body))
	raw := make([]byte, 0, 1+protowire.SizeBytes(len(body))+signatureField)
	raw = append(raw, bodyTag)
	raw = protowire.AppendBytes(raw, body)
	raw = append(raw, signatureTag, ed25519.SignatureSize)
	return append(raw, signature...)
}

// signedBody finds the body in a Signed. It accepts one encoding only: nobody
// but the signer can make a second Signed out of one.
func signedBody(raw []byte) (body []byte, err error) {
	if len(raw) < signatureField+2 || raw[0] != bodyTag {
		return nil, malformed("not a signed body")
	}
	at := len(raw) - signatureField
	size, n := protowire.ConsumeVarint(raw[1:at])
	if n < 0 || n != protowire.SizeVarint(size) || size != uint64(at-1-n) {
		return nil, malformed("not a signed body: bad length")
	}
	if raw[at] != signatureTag || raw[at+1] != ed25519.SignatureSize {
		return nil, malformed("not a signed body: no signature of %d bytes at its end", ed25519.SignatureSize)
	}
	return raw[1+n : at], nil
}

// verified tells whether the signature at the end of a Signed is by's.
func verified(by *binaryID, label string, body, raw []byte) bool {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	return ed25519.Verify(by.key(), s.labelled(label, body), raw[len(raw)-ed25519.SignatureSize:])
}

// scratch is memory for what is hashed: used within one call, then by another.
type scratch struct{ buf []byte }

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// labelled is the label followed by the body. It is valid until the next use
// of the scratch.
func (s *scratch) labelled(label string, body []byte) []byte {
	s.buf = append(append(s.buf[:0], label...), body...)
	return s.buf
}
