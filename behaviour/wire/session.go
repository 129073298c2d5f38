package wire

import (
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"tincan/behaviour/chat"
)

// EncodeFrame makes a frame of a private session. It refuses what DecodeFrame
// would refuse, and a frame of more than MaxFrame bytes; messages always fit
// whose bodies have MaxEnvelope bytes together. Of the frame it takes what its
// kind has, of messages only Stamp, Kind and Body.
func EncodeFrame(f *chat.Frame) ([]byte, error) {
	if err := checkFrame(f); err != nil {
		return nil, fmt.Errorf("encode frame: %w", err)
	}
	size, longest := 64+len(f.From)+len(f.To)+len(f.Name), 0 // enough, in bytes
	for i := range f.Messages {
		n := 32 + len(f.Messages[i].Body)
		size, longest = size+n, max(longest, n)
	}
	b := make([]byte, 0, size)
	b = appendUint(b, 1, uint64(f.Kind))
	b = appendUint(b, 2, f.Ack)
	switch f.Kind {
	case chat.FrameHello:
		b = appendBytes(b, 3, f.Session[:])
		if f.Fresh {
			b = appendUint(b, 4, 1)
		}
		b = appendText(b, 5, f.From)
		b = appendText(b, 6, f.To)
		b = appendText(b, 7, f.Name)
	case chat.FrameData:
		b = appendUint(b, 8, f.First)
		message := make([]byte, 0, longest)
		for _, m := range f.Messages {
			message, _ = appendMessage(message[:0], &chat.Message{Stamp: m.Stamp, Kind: m.Kind, Body: m.Body}) // only ids can fail
			b = protowire.AppendTag(b, 9, protowire.BytesType)
			b = protowire.AppendBytes(b, message)
		}
	case chat.FrameClose:
		b = appendUint(b, 10, uint64(f.Reason))
	}
	if len(b) > MaxFrame {
		return nil, fmt.Errorf("encode frame: %w", malformed("frame of %d bytes, more than %d", len(b), MaxFrame))
	}
	return b, nil
}

// DecodeFrame reads a frame of a private session. Of a frame it gives what its
// kind has, of messages Stamp, Kind and Body; of a kind from the future only
// that (those above 255 read as 255). The frame may be used again afterwards.
// Error: ErrMalformed.
func DecodeFrame(frame []byte) (*chat.Frame, error) {
	if len(frame) > MaxFrame {
		return nil, malformed("frame of %d bytes, more than %d", len(frame), MaxFrame)
	}
	r, err := readFrame(frame)
	if err != nil {
		return nil, err
	}
	f := &chat.Frame{Kind: chat.FrameKind(min(r.kind, 255))}
	switch f.Kind {
	case chat.FrameHello:
		if len(r.session) != len(f.Session) {
			return nil, malformed("session of %d bytes", len(r.session))
		}
		f.Session = chat.SessionID(r.session)
		f.Fresh = r.fresh
		f.From, f.To, f.Name = string(r.from), string(r.to), string(r.name)
	case chat.FrameData:
		f.First = r.first
		if f.Messages, err = r.messages(frame); err != nil {
			return nil, err
		}
	case chat.FrameClose:
		f.Reason = chat.CloseLeft
		if r.reason > 0 && r.reason <= uint64(chat.CloseBroken) {
			f.Reason = chat.CloseReason(r.reason)
		}
	case chat.FrameAck:
	default:
		return f, checkFrame(f)
	}
	f.Ack = r.ack
	return f, checkFrame(f)
}

// checkFrame refuses what no frame may say.
func checkFrame(f *chat.Frame) error {
	n := uint64(len(f.Messages))
	switch {
	case f.Kind == 0:
		return malformed("frame without kind")
	case f.Ack > MaxSeq:
		return malformed("frame that has taken in message %d", f.Ack)
	case f.Kind == chat.FrameHello:
		for _, s := range []string{f.From, f.To, f.Name} {
			if len(s) > chat.MaxName || !utf8.ValidString(s) {
				return malformed("name is not up to %d bytes of UTF-8", chat.MaxName)
			}
		}
	case f.Kind == chat.FrameData && (n == 0 || n > MaxFrameMessages):
		return malformed("frame of %d messages; want 1 to %d", n, MaxFrameMessages)
	case f.Kind == chat.FrameData && (f.First == 0 || f.First > MaxSeq || MaxSeq-f.First < n-1):
		return malformed("%d messages from number %d on", n, f.First)
	case f.Kind == chat.FrameData:
		for i := range f.Messages {
			if err := checkBody(f.Messages[i].Body); err != nil {
				return inMessage(f.First+uint64(i), err)
			}
		}
	}
	return nil
}

// rawFrame is what the fields of a frame say, whatever its kind.
type rawFrame struct {
	kind, ack, first, reason uint64
	session                  []byte // of frame
	fresh                    bool
	from, to, name           []byte // of frame
	count                    int    // of messages
}

// readFrame reads a frame without the insides of its messages.
func readFrame(frame []byte) (r rawFrame, err error) {
	utf8Only := true // protobuf refuses a string also if it is overwritten later
	f := walk(frame)
	for f.next() {
		switch f.tag {
		case 1<<3 | varint:
			r.kind = uint64(uint32(f.n))
		case 2<<3 | varint:
			r.ack = f.n
		case 3<<3 | block:
			r.session = f.bytes()
		case 4<<3 | varint:
			r.fresh = f.n != 0
		case 5<<3 | block:
			r.from = f.bytes()
			utf8Only = utf8Only && utf8.Valid(r.from)
		case 6<<3 | block:
			r.to = f.bytes()
			utf8Only = utf8Only && utf8.Valid(r.to)
		case 7<<3 | block:
			r.name = f.bytes()
			utf8Only = utf8Only && utf8.Valid(r.name)
		case 8<<3 | varint:
			r.first = f.n
		case 9<<3 | block:
			r.count++
		case 10<<3 | varint:
			r.reason = uint64(uint32(f.n))
		}
	}
	switch {
	case f.bad:
		return r, malformed("frame is not protobuf")
	case !utf8Only:
		return r, malformed("name is not UTF-8")
	}
	return r, nil
}

// messages reads the messages of a frame. Their text lies in one copy of it.
func (r *rawFrame) messages(frame []byte) ([]chat.Message, error) {
	if r.count > MaxFrameMessages {
		return nil, malformed("frame of %d messages; want 1 to %d", r.count, MaxFrameMessages)
	}
	text := string(frame)
	said := make([]chat.Message, 0, r.count)
	f := walk(frame)
	for f.next() {
		if f.tag != 9<<3|block {
			continue
		}
		var m chat.Message
		if _, err := readMessage(f.inside(), text, &m, nil); err != nil {
			return nil, inMessage(r.first+uint64(len(said)), err)
		}
		said = append(said, chat.Message{Stamp: m.Stamp, Kind: m.Kind, Body: m.Body})
	}
	return said, nil
}
