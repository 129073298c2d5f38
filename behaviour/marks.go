package behaviour

import (
	"encoding/binary"
	"errors"

	"tincan/behaviour/chat"
)

// What a LogMark says besides the head is kept as flags, then the days, the oldest
// first: each the number of the day and the first number, as varints.
const (
	markHeard = 1 << iota
	markFrozen
)

// maxMarkDays bounds the days that are read back: more than the core tells apart.
const maxMarkDays = 64

var errMark = errors.New("the mark of a log cannot be read")

func encodeMark(m chat.LogMark) []byte {
	var flags byte
	if m.Heard {
		flags |= markHeard
	}
	if m.Frozen {
		flags |= markFrozen
	}
	b := []byte{flags}
	for _, d := range m.Days {
		b = binary.AppendVarint(b, d.Day)
		b = binary.AppendUvarint(b, d.First)
	}
	return b
}

// decodeMark fills in what encodeMark has written. It may be given anything.
func decodeMark(b []byte, m *chat.LogMark) error {
	if len(b) == 0 || b[0] >= markFrozen<<1 {
		return errMark
	}
	m.Heard, m.Frozen = b[0]&markHeard != 0, b[0]&markFrozen != 0
	b = b[1:]
	for len(b) > 0 {
		day, n := binary.Varint(b)
		if n <= 0 || len(m.Days) == maxMarkDays {
			return errMark
		}
		b = b[n:]
		first, n := binary.Uvarint(b)
		if n <= 0 {
			return errMark
		}
		b = b[n:]
		m.Days = append(m.Days, chat.Day{Day: day, First: first})
	}
	return nil
}
