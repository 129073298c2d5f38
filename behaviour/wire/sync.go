package wire

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"tincan/behaviour/chat"
)

// EncodeSync makes one turn of a sync. What exceeds the bounds of a frame is
// left out: the deltas beyond MaxDeltas, the last log states, the last ranges that
// are wanted, and the last envelopes, for which More is set then.
func EncodeSync(deltas []chat.Delta) []byte {
	deltas = deltas[:min(len(deltas), MaxDeltas)]
	parts := make([][]byte, len(deltas)) // each a Delta without envelopes
	var size int                         // of the frame so far
	for i, d := range deltas {
		parts[i] = appendWants(appendVector(nil, d, size), d, size)
		size += len(parts[i]) + deltaOverhead
	}
	var frame []byte
	var sent int
	for i, d := range deltas {
		part, more := parts[i], d.More
		for _, env := range d.Envelopes {
			n := 1 + protowire.SizeBytes(len(env.Raw))
			if sent == MaxSyncEnvelopes || size+n > MaxSyncFrame {
				more = true
				break
			}
			part = appendBytes(part, 3, env.Raw)
			size += n
			sent++
		}
		if more {
			part = appendUint(part, 4, 1)
		}
		if d.Newcomer {
			part = appendUint(part, 5, 1)
		}
		frame = protowire.AppendTag(frame, 1, protowire.BytesType)
		frame = protowire.AppendBytes(frame, part)
	}
	return frame
}

// deltaOverhead is what a Delta takes besides its fields 1 to 3 and 6 at most: tag
// and length (up to four bytes), More and Newcomer.
const deltaOverhead = 1 + 4 + 2 + 2

// appendVector appends conversation and vector of a Delta. used is the size of
// the frame before it.
func appendVector(b []byte, d chat.Delta, used int) []byte {
	b = appendText(b, 1, string(d.Conversation))
	var state []byte
	for _, s := range d.Vector[:min(len(d.Vector), MaxLogStates)] {
		id, ok := binaryOf(s.Author)
		if !ok {
			continue // nobody could have opened an envelope of such an author
		}
		state = appendBytes(state[:0], 1, id[:])
		state = appendBytes(state, 2, s.Log[:])
		state = appendUint(state, 3, s.From)
		state = appendUint(state, 4, s.Head)
		state = appendSum(state, 5, s.Sum)
		if s.Forked {
			state = appendUint(state, 6, 1)
		}
		if used+len(b)+1+protowire.SizeBytes(len(state)) > maxVectors {
			break
		}
		b = protowire.AppendTag(b, 2, protowire.BytesType)
		b = protowire.AppendBytes(b, state)
	}
	return b
}

func appendSum(b []byte, num protowire.Number, v uint64) []byte {
	if v == 0 {
		return b
	}
	return protowire.AppendFixed64(protowire.AppendTag(b, num, protowire.Fixed64Type), v)
}

// appendWants appends what a Delta asks for. used is the size of the frame before
// the Delta.
func appendWants(b []byte, d chat.Delta, used int) []byte {
	var want []byte
	for _, r := range d.Want[:min(len(d.Want), MaxWants)] {
		id, ok := binaryOf(r.Author)
		if !ok {
			continue // nobody could have opened an envelope of such an author
		}
		want = appendBytes(want[:0], 1, id[:])
		want = appendBytes(want, 2, r.Log[:])
		want = appendUint(want, 3, r.First)
		want = appendUint(want, 4, r.Last)
		if used+len(b)+1+protowire.SizeBytes(len(want)) > maxVectors {
			break
		}
		b = protowire.AppendTag(b, 6, protowire.BytesType)
		b = protowire.AppendBytes(b, want)
	}
	return b
}

// DecodeSync reads a turn of a sync and verifies its envelopes. It checks sizes
// and counts before it allocates, and all of the frame before it verifies a
// signature. Envelopes from the future are left out; anything else that Open
// refuses makes the frame refused. The frame may be used again afterwards.
//
// Errors: as Open, but not ErrFuture.
func (o *Opener) DecodeSync(frame []byte) ([]chat.Delta, error) {
	if len(frame) > MaxSyncFrame {
		return nil, malformed("sync frame of %d bytes, more than %d", len(frame), MaxSyncFrame)
	}
	parts, err := splitSync(frame)
	if err != nil {
		return nil, err
	}
	deltas := make([]chat.Delta, len(parts))
	seen := make(map[chat.Conversation]bool, len(parts))
	for i := range parts {
		if err := parts[i].readVector(&deltas[i]); err != nil {
			return nil, err
		}
		if c := deltas[i].Conversation; seen[c] {
			return nil, malformed("conversation %q twice in a sync frame", c)
		}
		seen[deltas[i].Conversation] = true
	}
	for i := range parts {
		if err := o.openAll(&parts[i], &deltas[i]); err != nil {
			return nil, err
		}
	}
	return deltas, nil
}

// syncPart is a Delta that is being read.
type syncPart struct {
	fields
	states, envelopes, wants int
}

// splitSync finds the deltas of a frame and counts what is in them.
func splitSync(frame []byte) ([]syncPart, error) {
	var parts []syncPart
	var envelopes int
	f := walk(frame)
	for f.next() {
		if f.tag != 1<<3|block {
			continue
		}
		if len(parts) == MaxDeltas {
			return nil, malformed("more than %d deltas in a sync frame", MaxDeltas)
		}
		p := syncPart{fields: f.inside()}
		in := p.fields
		for in.next() {
			switch in.tag {
			case 2<<3 | block:
				p.states++
			case 3<<3 | block:
				p.envelopes++
			case 6<<3 | block:
				p.wants++
			}
		}
		envelopes += p.envelopes
		switch {
		case in.bad:
			return nil, malformed("delta is not protobuf")
		case p.states > MaxLogStates:
			return nil, malformed("state of %d logs, more than %d", p.states, MaxLogStates)
		case p.wants > MaxWants:
			return nil, malformed("%d ranges are wanted, more than %d", p.wants, MaxWants)
		case envelopes > MaxSyncEnvelopes:
			return nil, malformed("more than %d envelopes in a sync frame", MaxSyncEnvelopes)
		}
		parts = append(parts, p)
	}
	if f.bad {
		return nil, malformed("sync frame is not protobuf")
	}
	return parts, nil
}

// readVector reads all of a Delta but its envelopes.
func (p syncPart) readVector(d *chat.Delta) error {
	if p.states > 0 {
		d.Vector = make([]chat.LogState, 0, p.states)
	}
	if p.wants > 0 {
		d.Want = make([]chat.Range, 0, p.wants)
	}
	for p.next() {
		switch p.tag {
		case 1<<3 | block:
			if !utf8.Valid(p.bytes()) {
				return malformed("conversation is not UTF-8")
			}
			d.Conversation = chat.Conversation(p.bytes())
		case 2<<3 | block:
			s, err := readState(p.inside())
			if err != nil {
				return err
			}
			d.Vector = append(d.Vector, s)
		case 4<<3 | varint:
			d.More = p.n != 0
		case 5<<3 | varint:
			d.Newcomer = p.n != 0
		case 6<<3 | block:
			r, err := readWant(p.inside())
			if err != nil {
				return err
			}
			d.Want = append(d.Want, r)
		}
	}
	return checkConversation(d.Conversation, "")
}

func readState(f fields) (s chat.LogState, err error) {
	var author, log []byte
	for f.next() {
		switch f.tag {
		case 1<<3 | block:
			author = f.bytes()
		case 2<<3 | block:
			log = f.bytes()
		case 3<<3 | varint:
			s.From = f.n
		case 4<<3 | varint:
			s.Head = f.n
		case 5<<3 | fixed64:
			s.Sum = f.n
		case 6<<3 | varint:
			s.Forked = f.n != 0
		}
	}
	id, ok := parseID(author)
	switch {
	case f.bad:
		return s, malformed("log state is not protobuf")
	case !ok:
		return s, malformed("state of a log whose author is none")
	case len(log) != len(s.Log):
		return s, malformed("state of a log of %d bytes", len(log))
	case s.From == 0 || s.Head > MaxSeq || s.From > s.Head+1:
		return s, malformed("log state from %d to %d", s.From, s.Head)
	}
	s.LogKey = chat.LogKey{Author: id.text(), Log: chat.LogID(log)}
	return s, nil
}

func readWant(f fields) (r chat.Range, err error) {
	var author, log []byte
	for f.next() {
		switch f.tag {
		case 1<<3 | block:
			author = f.bytes()
		case 2<<3 | block:
			log = f.bytes()
		case 3<<3 | varint:
			r.First = f.n
		case 4<<3 | varint:
			r.Last = f.n
		}
	}
	id, ok := parseID(author)
	switch {
	case f.bad:
		return r, malformed("range is not protobuf")
	case !ok:
		return r, malformed("range of a log whose author is none")
	case len(log) != len(r.Log):
		return r, malformed("range of a log of %d bytes", len(log))
	case r.First == 0 || r.First > r.Last || r.Last > MaxSeq:
		return r, malformed("range from %d to %d", r.First, r.Last)
	}
	r.LogKey = chat.LogKey{Author: id.text(), Log: chat.LogID(log)}
	return r, nil
}

// openAll opens the envelopes of a Delta. Each keeps a copy of its bytes, so
// that one that is kept does not keep the frame.
func (o *Opener) openAll(p *syncPart, d *chat.Delta) error {
	if p.envelopes > 0 {
		d.Envelopes = make([]*chat.Envelope, 0, p.envelopes)
	}
	for p.next() {
		if p.tag != 3<<3|block {
			continue
		}
		env, err := o.openOnce(bytes.Clone(p.bytes()))
		if errors.Is(err, ErrFuture) {
			continue
		}
		if err != nil {
			return fmt.Errorf("open envelope in %q: %w", d.Conversation, err)
		}
		if env.Conversation != d.Conversation {
			return malformed("envelope of %q among those of %q", env.Conversation, d.Conversation)
		}
		d.Envelopes = append(d.Envelopes, env)
	}
	return nil
}
