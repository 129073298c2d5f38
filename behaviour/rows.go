package behaviour

import (
	"encoding/binary"
	"fmt"
	"strings"

	"tincan/behaviour/chat"
	"tincan/behaviour/store"
	"tincan/behaviour/wire"
)

// A row comes out of the store as it went in, or not at all: the store has checked
// its seal, or had it vouched for by verify. So signatures are not checked again.

// logOf is the log that a row belongs to.
func logOf(k store.Key) chat.LogKey {
	return chat.LogKey{Author: chat.PeerID(k.Author), Log: chat.LogID(k.Log)}
}

// envelope reads the envelope of a row.
func (h *History) envelope(row *store.Row) (*chat.Envelope, error) {
	e, err := h.opener.Reopen(row.Raw)
	if err != nil {
		return nil, err
	}
	return e, matches(row, e)
}

// verify is the full check of a row whose seal is wrong: what is signed proves
// itself, if the row says the same.
func (h *History) verify(row store.Row) error {
	if _, ok := strings.CutPrefix(row.Conversation, proofs); ok {
		_, err := h.proof(&row, h.opener.Open)
		return err
	}
	e, err := h.opener.Open(row.Raw)
	if err != nil {
		return err
	}
	return matches(&row, e)
}

// matches says why a row and an envelope do not belong together.
func matches(row *store.Row, e *chat.Envelope) error {
	is := rowOf(e)
	if row.Key != is.Key || row.First != is.First || row.Last != is.Last || row.Low != is.Low || row.Top != is.Top {
		return errNotRow
	}
	return nil
}

// proof reads the two envelopes of a proof, each by open.
func (h *History) proof(row *store.Row, open func([]byte) (*chat.Envelope, error)) (p chat.Proved, err error) {
	size, n := binary.Uvarint(row.Raw)
	if n <= 0 || size > uint64(len(row.Raw)-n) {
		return p, errNotRow
	}
	at := n + int(size)
	if size > 0 {
		if p.One, err = open(row.Raw[n:at:at]); err != nil {
			return p, err
		}
	}
	if p.Other, err = open(row.Raw[at:]); err != nil {
		return p, err
	}
	is := proofOf(p)
	if row.Key != is.Key || row.First != is.First || p.One != nil && (p.Other.Conversation != p.One.Conversation || p.Other.Key() != p.One.Key()) {
		return p, errNotRow
	}
	return p, nil
}

// messages reads the messages of a row.
func (h *History) messages(row *store.Row) ([]chat.Memory, error) { return h.append(nil, row) }

// append is messages behind others; with an error there are none of the row.
func (h *History) append(items []chat.Memory, row *store.Row) ([]chat.Memory, error) {
	c := chat.Conversation(row.Conversation)
	if !isSession(c) {
		e, err := h.envelope(row)
		if err != nil {
			return items, err
		}
		for i := range e.Messages {
			items = append(items, chat.Memory{Placed: chat.Placed{ID: e.ID(i), Message: e.Messages[i]}, State: chat.State(row.State)})
		}
		return items, nil
	}
	m, err := wire.DecodeDraft(row.Raw)
	if err != nil {
		return items, err
	}
	if row.First != row.Last {
		return items, fmt.Errorf("%w: %d messages", errNotRow, row.Messages())
	}
	id := chat.MessageID{Conversation: c, Ref: chat.Ref{LogKey: logOf(row.Key), Seq: row.First}}
	return append(items, chat.Memory{Placed: chat.Placed{ID: id, Message: *m}, State: chat.State(row.State)}), nil
}
