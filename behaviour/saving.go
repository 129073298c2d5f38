package behaviour

import (
	"encoding/binary"
	"fmt"

	"tincan/behaviour/chat"
	"tincan/behaviour/store"
	"tincan/behaviour/wire"
)

// proofs is the beginning of the names under which the proofs that authors of a
// conversation equivocate are kept: as rows that are never settled, so that they
// stay for ever and are there at each start. No conversation is called so.
const proofs = "proof/"

// Save hands changes to the store, in the order of their numbers. It does not block;
// Saved says what came of it.
func (h *History) Save(e chat.Save) {
	changes := make([]store.Change, 0, len(e.Changes))
	for _, ch := range e.Changes {
		changes = appendChange(changes, ch)
	}
	h.store.Write(e.N, changes)
}

// appendChange translates one change. What it adds up to is chat.Past.Apply.
func appendChange(to []store.Change, ch chat.Change) []store.Change {
	switch ch := ch.(type) {
	case chat.Kept:
		row := rowOf(ch.Envelope)
		row.At, row.Open = ch.At.UnixMilli(), ch.Open
		if ch.Open {
			row.State = uint8(chat.Queued)
		}
		return append(to, store.Put{Row: row})
	case chat.Recorded:
		return append(to, store.Add{Row: recordOf(ch)})
	case chat.Drafted:
		return append(to, store.Draft{Key: keyOf(ch.ID.Conversation, ch.ID.LogKey), Seq: ch.ID.Seq, Raw: encodeDraft(ch.Message)})
	case chat.Settled:
		return append(to, store.Settle{Key: keyOf(ch.Conversation, ch.LogKey), Last: ch.Last, State: uint8(ch.State)})
	case chat.Moved:
		return append(to, store.Head{Key: keyOf(ch.Conversation, ch.LogKey), Head: ch.Head, Extra: encodeMark(ch.LogMark)})
	case chat.Proved:
		return append(to, store.Put{Row: proofOf(ch)})
	case chat.Noted:
		return append(to, store.Note{Name: ch.Name, Value: ch.Value})
	case chat.Forgotten:
		return append(to, store.Forget{Conversation: string(ch.Conversation)}, store.Forget{Conversation: proofs + string(ch.Conversation)})
	}
	panic(fmt.Sprintf("behaviour: change %T is not handled", ch))
}

func keyOf(c chat.Conversation, k chat.LogKey) store.Key {
	return store.Key{Conversation: string(c), Author: string(k.Author), Log: store.Log(k.Log)}
}

// rowOf is an envelope as it is kept.
func rowOf(e *chat.Envelope) store.Row {
	row := store.Row{
		Key:   keyOf(e.Conversation, e.Key()),
		First: e.First,
		Last:  e.Last(),
		Low:   uint64(e.Messages[0].Stamp),
		Raw:   e.Raw,
		Texts: make([]string, len(e.Messages)),
	}
	for i := range e.Messages {
		m := &e.Messages[i]
		row.Low, row.Top = min(row.Low, uint64(m.Stamp)), max(row.Top, uint64(m.Stamp))
		row.Texts[i] = wordsOf(m)
	}
	return row
}

// recordOf is a message that nobody has signed as it is kept.
func recordOf(ch chat.Recorded) store.Row {
	stamp := uint64(ch.Message.Stamp)
	return store.Row{
		Key:   keyOf(ch.ID.Conversation, ch.ID.LogKey),
		First: ch.ID.Seq,
		Last:  ch.ID.Seq,
		Low:   stamp,
		Top:   stamp,
		At:    ch.At.UnixMilli(),
		Raw:   encodeDraft(ch.Message),
		Texts: []string{wordsOf(ch.Message)},
	}
}

// wordsOf is what a search finds of a message: what somebody typed.
func wordsOf(m *chat.Message) string {
	if m.Kind == chat.Text || m.Kind == chat.Action {
		return m.Body
	}
	return ""
}

// proofOf is two envelopes that contradict each other as they are kept: one after
// the other, the length of the first in front; 0 if that is in the history.
func proofOf(ch chat.Proved) store.Row {
	row := rowOf(ch.Other)
	row.Conversation = proofs + row.Conversation
	row.Last, row.Top = row.First, row.Low // the envelopes may overlap anyhow: one number stands for them
	row.Open, row.Texts = true, nil
	var one []byte
	if ch.One != nil {
		one = ch.One.Raw
	}
	row.Raw = binary.AppendUvarint(nil, uint64(len(one)))
	row.Raw = append(append(row.Raw, one...), ch.Other.Raw...)
	return row
}

// encodeDraft panics when a message of the core's breaks the limits of the wire,
// to which the core keeps.
func encodeDraft(m *chat.Message) []byte {
	raw, err := wire.EncodeDraft(m)
	if err != nil {
		panic(fmt.Sprintf("behaviour: the core has a message that cannot be kept: %v", err))
	}
	return raw
}
