package behaviour

import (
	"cmp"
	"slices"
	"strings"

	"tincan/behaviour/chat"
	"tincan/behaviour/store"
	"tincan/behaviour/wire"
)

// past is what an image of the store says, in the chat's words. What cannot be read
// is left out.
func (h *History) past(image *store.Image) *chat.Past {
	p := &pastMaker{h: h, past: &chat.Past{Rooms: make(map[chat.Conversation]*chat.PastRoom), Notes: image.Notes}}
	for i := range image.Logs {
		p.kept(&image.Logs[i])
	}
	for _, k := range image.Damaged {
		if isProof(k) {
			continue
		}
		if l := p.log(k); l != nil {
			l.Damaged = true
		}
	}
	for _, head := range image.Heads {
		p.moved(head)
	}
	for _, d := range image.Drafts {
		p.drafted(d)
	}
	for i := range image.Open {
		p.open(&image.Open[i])
	}
	for _, r := range p.past.Rooms {
		slices.SortStableFunc(r.Drafts, func(a, b chat.Draft) int {
			return cmp.Or(strings.Compare(string(a.ID.Author), string(b.ID.Author)),
				slices.Compare(a.ID.Log[:], b.ID.Log[:]), cmp.Compare(a.ID.Seq, b.ID.Seq))
		})
	}
	return p.past
}

type pastMaker struct {
	h    *History
	past *chat.Past
}

// room is the one of a key, or nil if it is none of this node's conversations.
func (p *pastMaker) room(k store.Key) *chat.PastRoom {
	c := chat.Conversation(strings.TrimPrefix(k.Conversation, proofs))
	if !p.h.mine(c) {
		return nil // of another identity that had this file
	}
	r := p.past.Rooms[c]
	if r == nil {
		r = &chat.PastRoom{Logs: make(map[chat.LogKey]*chat.PastLog)}
		p.past.Rooms[c] = r
	}
	return r
}

// log is the one of a key, or nil likewise.
func (p *pastMaker) log(k store.Key) *chat.PastLog {
	r := p.room(k)
	if r == nil {
		return nil
	}
	l := r.Logs[logOf(k)]
	if l == nil {
		l = &chat.PastLog{LogMark: chat.LogMark{LogKey: logOf(k)}}
		r.Logs[l.LogKey] = l
	}
	return l
}

func isProof(k store.Key) bool { return strings.HasPrefix(k.Conversation, proofs) }

// kept takes up what the rows of a log say.
func (p *pastMaker) kept(k *store.Kept) {
	if isProof(k.Key) {
		return
	}
	l := p.log(k.Key)
	if l == nil {
		return
	}
	l.Low, l.Head = k.First, k.Last
	if !isSession(chat.Conversation(k.Conversation)) {
		if e, err := p.h.envelope(&k.Newest); err == nil {
			last := &e.Messages[len(e.Messages)-1]
			l.Sum, l.Stamp = last.Hash, last.Stamp
		}
	}
}

// moved takes up what was said apart from the rows, which are known already.
func (p *pastMaker) moved(head store.Head) {
	l := p.log(head.Key)
	if l == nil {
		return
	}
	if err := decodeMark(head.Extra, &l.LogMark); err != nil {
		l.Heard, l.Frozen, l.Days = false, false, nil
	}
	if l.Heard && l.Low > 0 {
		l.Heard = false // what is kept came later, and is more than hearsay
	} else if head.Head > l.Head {
		l.Head, l.Sum = head.Head, chat.Hash{}
	}
}

func (p *pastMaker) drafted(d store.Draft) {
	m, err := wire.DecodeDraft(d.Raw)
	r := p.room(d.Key)
	if err != nil || r == nil {
		return
	}
	id := chat.MessageID{Conversation: chat.Conversation(d.Conversation), Ref: chat.Ref{LogKey: logOf(d.Key), Seq: d.Seq}}
	r.Drafts = append(r.Drafts, chat.Draft{ID: id, Message: m})
}

// open takes up what is to be sent, and the proofs.
func (p *pastMaker) open(row *store.Row) {
	r := p.room(row.Key)
	if r == nil {
		return
	}
	if isProof(row.Key) {
		if proof, err := p.h.proof(row, p.h.opener.Reopen); err == nil {
			r.Proofs = append(r.Proofs, proof)
		}
	} else if e, err := p.h.envelope(row); err == nil {
		r.Open = append(r.Open, e)
	}
}
