package wire

import "tincan/behaviour/chat"

// DraftVersion is the version of what EncodeDraft makes. A database may hold
// drafts of earlier versions, never of later ones.
const DraftVersion = 1

// EncodeDraft is a message as a node keeps it for itself: before it is signed,
// or in a private session, where nobody signs. Its Hash is not part of it.
//
// Errors: ErrMalformed, for what Seal would refuse.
func EncodeDraft(m *chat.Message) ([]byte, error) {
	message, err := appendMessage(nil, m)
	if err != nil {
		return nil, err
	}
	raw := appendBytes(appendUint(nil, 1, DraftVersion), 2, message)
	if _, err := DecodeDraft(raw); err != nil {
		return nil, err
	}
	return raw, nil
}

// DecodeDraft is the inverse of EncodeDraft. It may be given anything; the
// message keeps nothing of raw.
//
// Errors: ErrMalformed, and ErrFuture for what a later version of the program
// has written.
func DecodeDraft(raw []byte) (*chat.Message, error) {
	if len(raw) > MaxDraft {
		return nil, malformed("draft of %d bytes, more than %d", len(raw), MaxDraft)
	}
	var version uint32
	var message []byte
	f := walk(raw)
	for f.next() {
		switch f.tag {
		case 1<<3 | varint:
			version = uint32(f.n)
		case 2<<3 | block:
			message = f.bytes()
		}
	}
	switch {
	case f.bad:
		return nil, malformed("draft is not protobuf")
	case version == 0:
		return nil, malformed("draft without version")
	case version > DraftVersion:
		return nil, future(version)
	}
	var m chat.Message
	if _, err := readMessage(walk(message), string(message), &m, nil); err != nil {
		return nil, err
	}
	return &m, nil
}
