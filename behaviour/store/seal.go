package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
)

// sealSize is the length of a seal: HMAC-SHA256 cut to 128 bits, which nobody
// guesses (RFC 2104, section 5, allows half of a hash and no less).
const sealSize = 16

// What a seal is of, so that none can stand for another.
const (
	sealRow byte = 1 + iota
	sealTexts
	sealHead
	sealDraft
	sealNote
	sealCount
)

// A sealer makes seals. It is for one goroutine at a time.
type sealer struct {
	mac hash.Hash
	buf []byte
	sum [sha256.Size]byte
}

func newSealer(key []byte) *sealer {
	return &sealer{mac: hmac.New(sha256.New, key)}
}

// begin writes what kind of thing it is, and of which log. Every field either
// has one length or says it, so that different things never read the same.
func (s *sealer) begin(kind byte, k *Key) {
	s.buf = append(s.buf[:0], kind)
	if k != nil {
		s.bytes(k.Conversation)
		s.bytes(k.Author)
		s.buf = append(s.buf, k.Log[:]...)
	}
}

func (s *sealer) number(n uint64) { s.buf = binary.BigEndian.AppendUint64(s.buf, n) }

func (s *sealer) bytes(b string) {
	s.number(uint64(len(b)))
	s.buf = append(s.buf, b...)
}

// end adds the last field and returns the seal, which is good until the next.
func (s *sealer) end(last []byte) []byte {
	s.mac.Reset()
	s.mac.Write(s.buf)
	s.mac.Write(last)
	return s.mac.Sum(s.sum[:0])[:sealSize]
}

func (s *sealer) row(r *Row) []byte {
	s.begin(sealRow, &r.Key)
	s.number(r.First)
	s.number(r.Last)
	s.number(r.Low)
	s.number(r.Top)
	s.number(uint64(r.At))
	s.number(uint64(stateOf(r)))
	return s.end(r.Raw)
}

// texts seals the encoded texts of a row. They have a seal of their own, so that
// those who do not look for words need not read them.
func (s *sealer) texts(r *Row, encoded []byte) []byte {
	s.begin(sealTexts, &r.Key)
	s.number(r.First)
	s.number(r.Last)
	return s.end(encoded)
}

func (s *sealer) head(h *Head) []byte {
	s.begin(sealHead, &h.Key)
	s.number(h.Low)
	s.number(h.Head)
	return s.end(h.Extra)
}

func (s *sealer) draft(d *Draft) []byte {
	s.begin(sealDraft, &d.Key)
	s.number(d.Seq)
	return s.end(d.Raw)
}

func (s *sealer) note(n *Note) []byte {
	s.begin(sealNote, nil)
	s.bytes(n.Name)
	return s.end(n.Value)
}

// count seals what a conversation holds: by these figures rows are removed.
func (s *sealer) count(k *kept) []byte {
	s.begin(sealCount, nil)
	s.bytes(k.name)
	s.number(uint64(k.messages))
	s.number(uint64(k.bytes))
	return s.end(nil)
}

// stateOf is State and Open in one number, as it is kept.
func stateOf(r *Row) int64 {
	if r.Open {
		return openState + int64(r.State)
	}
	return int64(r.State)
}

// openState and above are the states of open rows.
const openState = 256

// encodeTexts is nil if there is nothing to be found in them.
func encodeTexts(texts []string) []byte {
	size := 0
	for _, t := range texts {
		size += len(t)
	}
	if size == 0 {
		return nil
	}
	b := make([]byte, 0, size+3*len(texts)+sealSize)
	for _, t := range texts {
		b = binary.AppendUvarint(b, uint64(len(t)))
		b = append(b, t...)
	}
	return b
}

var errTexts = errors.New("texts cannot be decoded")

func decodeTexts(b []byte) ([]string, error) {
	var texts []string
	for len(b) > 0 {
		n, used := binary.Uvarint(b)
		if used <= 0 || n > uint64(len(b)-used) || len(texts) == maxMessages {
			return nil, errTexts
		}
		b = b[used:]
		texts = append(texts, string(b[:n]))
		b = b[n:]
	}
	return texts, nil
}
