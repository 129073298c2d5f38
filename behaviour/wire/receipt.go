package wire

import (
	"crypto/sha256"

	"google.golang.org/protobuf/proto"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire/pb"
)

// Receipt is a Signed statement that this peer holds env, and that last is the
// highest number of env's log that it holds without a gap. env must be sealed
// or opened.
func (s *Sealer) Receipt(env *chat.Envelope, last uint64) []byte {
	author, _ := binaryOf(env.Author)
	sum := sha256.Sum256(env.Raw)
	return sign(s.key, receiptLabel, marshal(&pb.Receipt{
		Version:      Version,
		Network:      s.network,
		Conversation: string(env.Conversation),
		Author:       author[:],
		Log:          env.Log[:],
		Last:         last,
		Recipient:    s.id[:],
		Envelope:     sum[:],
	}))
}

// OpenReceipt verifies that raw is by's receipt for env. Last may be below
// env.First: by then holds env, and something before it is missing.
//
// Errors: as Open. A receipt for something else is ErrMalformed, one of
// somebody else ErrSignature.
func (o *Opener) OpenReceipt(raw []byte, env *chat.Envelope, by chat.PeerID) (last uint64, err error) {
	if len(raw) > MaxReceipt {
		return 0, malformed("receipt of %d bytes, more than %d", len(raw), MaxReceipt)
	}
	body, err := signedBody(raw)
	if err != nil {
		return 0, err
	}
	var r pb.Receipt
	if err := proto.Unmarshal(body, &r); err != nil {
		return 0, malformed("receipt is not protobuf")
	}
	if r.Version == 0 {
		return 0, malformed("receipt without version")
	}
	if err := o.check([]byte(r.Network)); err != nil {
		return 0, err
	}
	id, ok := binaryOf(by)
	if !ok {
		return 0, malformed("receipt of %q, who is no peer", by)
	}
	if string(r.Recipient) != string(id[:]) || !verified(&id, receiptLabel, body, raw) {
		return 0, ErrSignature
	}
	if r.Version > Version {
		return 0, future(r.Version)
	}
	author, _ := binaryOf(env.Author)
	sum := sha256.Sum256(env.Raw)
	if string(r.Envelope) != string(sum[:]) || r.Conversation != string(env.Conversation) ||
		string(r.Author) != string(author[:]) || string(r.Log) != string(env.Log[:]) {
		return 0, malformed("receipt is for another envelope")
	}
	if r.Last > MaxSeq {
		return 0, malformed("receipt up to message %d", r.Last)
	}
	return r.Last, nil
}

// marshal encodes what was put together here: it cannot fail for a reason that
// comes from outside.
func marshal(m proto.Message) []byte {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b
}
