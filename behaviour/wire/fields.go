package wire

import "google.golang.org/protobuf/encoding/protowire"

// fields walks over the fields of a protobuf message in place. It reads what
// the generated decoder reads, without copies: a field of unexpected type is
// one that nobody knows, and is passed over like those.
type fields struct {
	b        []byte // what positions count in
	i, end   int    // what is left to walk
	tag      uint64 // number << 3 | wire type
	from, to int    // contents of a length-delimited field
	n        uint64 // value of a varint or fixed64 field
	bad      bool   // the walk ended at something that is not protobuf
}

// Tags by wire type, to be added to number << 3.
const (
	varint  = uint64(protowire.VarintType)
	fixed64 = uint64(protowire.Fixed64Type)
	block   = uint64(protowire.BytesType)
)

func walk(b []byte) fields { return fields{b: b, end: len(b)} }

// inside walks over the contents of the current length-delimited field.
func (f *fields) inside() fields { return fields{b: f.b, i: f.from, end: f.to} }

// bytes is the contents of the current length-delimited field, not copied.
func (f *fields) bytes() []byte { return f.b[f.from:f.to:f.to] }

// next moves to the next field. At the end it returns false; then bad tells
// whether the end was a proper one.
func (f *fields) next() bool {
	if f.i >= f.end || f.bad {
		return false
	}
	tag, n := protowire.ConsumeVarint(f.b[f.i:f.end])
	if n < 0 || tag>>3 < uint64(protowire.MinValidNumber) || tag>>3 > uint64(protowire.MaxValidNumber) {
		f.bad = true
		return false
	}
	f.i += n
	f.tag = tag
	rest := f.b[f.i:f.end]
	switch tag & 7 {
	case varint:
		f.n, n = protowire.ConsumeVarint(rest)
	case fixed64:
		f.n, n = protowire.ConsumeFixed64(rest)
	case block:
		var size uint64
		size, n = protowire.ConsumeVarint(rest)
		if n >= 0 && size > uint64(len(rest)-n) {
			n = -1
		}
		if n >= 0 {
			f.from = f.i + n
			f.to = f.from + int(size)
			n += int(size)
		}
	default:
		n = protowire.ConsumeFieldValue(protowire.Number(tag>>3), protowire.Type(tag&7), rest)
	}
	if n < 0 {
		f.bad = true
		return false
	}
	f.i += n
	return true
}
