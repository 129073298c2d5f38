package wire

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"tincan/behaviour/chat"
)

// Messages are encoded and decoded by hand: they are most of what a node does.
// A fuzz test holds both to the generated code of package pb.

// appendMessage appends the message as proto.Marshal would encode it. It fails
// if a peer id is none.
func appendMessage(b []byte, m *chat.Message) ([]byte, error) {
	b = appendUint(b, 1, uint64(m.Kind))
	if m.Stamp != 0 {
		b = protowire.AppendTag(b, 2, protowire.Fixed64Type)
		b = protowire.AppendFixed64(b, uint64(m.Stamp))
	}
	var err error
	for i := range m.Deps {
		if b, err = appendRef(b, 3, &m.Deps[i]); err != nil {
			return b, err
		}
	}
	if m.Re != nil {
		if b, err = appendRef(b, 4, m.Re); err != nil {
			return b, err
		}
	}
	b = appendText(b, 5, m.Name)
	b = appendText(b, 6, m.Guest)
	b = appendText(b, 7, m.Body)
	return appendText(b, 8, m.To), nil
}

func appendRef(b []byte, num protowire.Number, r *chat.Ref) ([]byte, error) {
	id, ok := binaryOf(r.Author)
	if !ok {
		return b, malformed("%q is not the id of an author", r.Author)
	}
	b = protowire.AppendTag(b, num, protowire.BytesType)
	b = append(b, byte(refSize(r.Seq)))
	b = appendBytes(b, 1, id[:])
	b = appendBytes(b, 2, r.Log[:])
	return appendUint(b, 3, r.Seq), nil
}

// refSize is below 128: one byte of length.
func refSize(seq uint64) int {
	n := 2 + idSize + 2 + len(chat.LogID{})
	if seq != 0 {
		n += 1 + protowire.SizeVarint(seq)
	}
	return n
}

// The append functions leave out zero values, as proto3 does.

func appendUint(b []byte, num protowire.Number, v uint64) []byte {
	if v == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), v)
}

func appendText(b []byte, num protowire.Number, s string) []byte {
	if s == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), s)
}

func appendBytes(b []byte, num protowire.Number, v []byte) []byte {
	if len(v) == 0 {
		return b
	}
	return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), v)
}

// readMessage fills m from the message that f walks over. Strings are cut from
// text, a copy of f.b. Deps are appended to arena and cut from it; it returns
// the longer arena.
func readMessage(f fields, text string, m *chat.Message, arena []chat.Ref) ([]chat.Ref, error) {
	var re partialRef
	var hasRe bool
	mine := len(arena)
	for f.next() {
		switch f.tag {
		case 1<<3 | varint:
			m.Kind = chat.Kind(uint32(f.n))
		case 2<<3 | fixed64:
			m.Stamp = chat.Stamp(f.n)
		case 3<<3 | block:
			if len(arena)-mine == chat.MaxDeps {
				return arena, malformed("more than %d deps", chat.MaxDeps)
			}
			var dep partialRef
			dep.read(f.inside())
			ref, err := dep.ref()
			if err != nil {
				return arena, err
			}
			arena = append(arena, ref)
		case 4<<3 | block:
			hasRe = true
			re.read(f.inside())
		case 5<<3 | block:
			m.Name = text[f.from:f.to]
		case 6<<3 | block:
			m.Guest = text[f.from:f.to]
		case 7<<3 | block:
			m.Body = text[f.from:f.to]
		case 8<<3 | block:
			m.To = text[f.from:f.to]
		}
		// protobuf refuses invalid UTF-8 also in a string that is overwritten later.
		if (f.tag == 5<<3|block || f.tag == 6<<3|block || f.tag == 8<<3|block) && !utf8.ValidString(text[f.from:f.to]) {
			return arena, malformed("name is not UTF-8")
		}
	}
	switch {
	case f.bad:
		return arena, malformed("not protobuf")
	case len(m.Name) > chat.MaxName || len(m.Guest) > chat.MaxName || len(m.To) > chat.MaxName:
		return arena, malformed("name of more than %d bytes", chat.MaxName)
	}
	if err := checkBody(m.Body); err != nil {
		return arena, err
	}
	if hasRe {
		ref, err := re.ref()
		if err != nil {
			return arena, err
		}
		m.Re = &ref
	}
	if len(arena) > mine {
		m.Deps = arena[mine:len(arena):len(arena)]
	}
	return arena, nil
}

func checkBody(body string) error {
	switch {
	case len(body) > chat.MaxText:
		return malformed("body of %d bytes, more than %d", len(body), chat.MaxText)
	case !utf8.ValidString(body):
		return malformed("body is not UTF-8")
	}
	return nil
}

// partialRef is a Ref that is being read. Protobuf merges a submessage that
// comes twice, so a ref is judged when all of it is there.
type partialRef struct {
	author, log []byte
	seq         uint64
	bad         bool
}

func (r *partialRef) read(f fields) {
	for f.next() {
		switch f.tag {
		case 1<<3 | block:
			r.author = f.bytes()
		case 2<<3 | block:
			r.log = f.bytes()
		case 3<<3 | varint:
			r.seq = f.n
		}
	}
	r.bad = r.bad || f.bad
}

func (r *partialRef) ref() (chat.Ref, error) {
	id, ok := parseID(r.author)
	switch {
	case r.bad:
		return chat.Ref{}, malformed("ref is not protobuf")
	case !ok:
		return chat.Ref{}, malformed("ref to an author who is none")
	case len(r.log) != len(chat.LogID{}):
		return chat.Ref{}, malformed("ref to a log of %d bytes", len(r.log))
	case r.seq == 0 || r.seq > MaxSeq:
		return chat.Ref{}, malformed("ref to message %d", r.seq)
	}
	return chat.Ref{LogKey: chat.LogKey{Author: id.text(), Log: chat.LogID(r.log)}, Seq: r.seq}, nil
}
