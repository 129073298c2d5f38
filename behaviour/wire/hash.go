package wire

import (
	"crypto/sha256"
	"encoding/binary"

	"google.golang.org/protobuf/encoding/protowire"

	"tincan/behaviour/chat"
)

// hasher computes the hashes of the messages of one envelope. What they have in
// common is written once.
type hasher struct {
	s    *scratch
	size int // of the part before the message, which ends with the number
}

// start writes the part before the message. The scratch is the hasher's until
// the last sum.
func (s *scratch) start(network string, c chat.Conversation, author binaryID, log chat.LogID) hasher {
	b := append(s.buf[:0], messageLabel...)
	b = protowire.AppendString(b, network)
	b = protowire.AppendString(b, string(c))
	b = protowire.AppendBytes(b, author[:])
	b = protowire.AppendBytes(b, log[:])
	b = protowire.AppendVarint(b, 8)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	s.buf = b
	return hasher{s, len(b)}
}

// sum is the hash of the message with the number seq.
func (h hasher) sum(seq uint64, message []byte) chat.Hash {
	b := h.s.buf[:h.size]
	binary.BigEndian.PutUint64(b[h.size-8:], seq)
	h.s.buf = protowire.AppendBytes(b, message)
	return sha256.Sum256(h.s.buf)
}
