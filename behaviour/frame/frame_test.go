package frame

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"

	"github.com/libp2p/go-libp2p/core/network"
)

func TestFramesOfEverySize(t *testing.T) {
	const limit = 200 << 10
	for _, n := range []int{1, 127, 128, readBuffer - 2, readBuffer, 16383, 16384, firstBytes, firstBytes + 1, 3*firstBytes + 7, limit} {
		sent := bytes.Repeat([]byte{byte(n)}, n)
		r := NewReader(bytes.NewReader(Append(Append(nil, sent), []byte("next"))))
		for _, want := range [][]byte{sent, []byte("next")} {
			if got, err := r.Read(limit, nil); err != nil || !bytes.Equal(got, want) {
				t.Errorf("frame of %d bytes: read %d, error %v", len(want), len(got), err)
			}
		}
		if _, err := r.Read(limit, nil); err != io.EOF {
			t.Errorf("after the last frame: %v, want io.EOF", err)
		}
		r.Free()
	}
}

func TestBadFrames(t *testing.T) {
	long := func(size uint64) []byte { return binary.AppendUvarint(nil, size) }
	for _, c := range []struct {
		name  string
		bytes []byte
		want  error
	}{
		{"49 length 2^63-1", long(1<<63 - 1), ErrOversize},
		{"49 length 2^64-1", long(1<<64 - 1), ErrOversize},
		{"50 length above 64 bits", []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), ErrMalformed},
		{"50 varint of 11 bytes", append(bytes.Repeat([]byte{0x80}, 10), 1), ErrMalformed},
		{"50 varint that never ends", bytes.Repeat([]byte{0xff}, 100), ErrMalformed},
		{"66 varint not in its shortest form", []byte("\x81\x00x"), ErrMalformed},
		{"51 length 0", []byte{0}, ErrEmpty},
		{"52 one byte above the limit", append(long(101), make([]byte, 101)...), ErrOversize},
		{"53 early end", append(long(100), make([]byte, 99)...), io.ErrUnexpectedEOF},
		{"53 end within the length", []byte{0x80}, io.ErrUnexpectedEOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := NewReader(bytes.NewReader(c.bytes))
			defer r.Free()
			frame, err := r.Read(100, nil)
			if frame != nil || !errors.Is(err, c.want) || !IsBad(err) {
				t.Errorf("read %x, error %v, want %v", frame, err, c.want)
			}
		})
	}
}

// Read calls begun when, and only when, it has to wait for the rest of a frame.
func TestBegun(t *testing.T) {
	for _, c := range []struct {
		name string
		from io.Reader
		want int
	}{
		{"whole frame at once", bytes.NewReader([]byte("\x05hello")), 0},
		{"byte by byte", iotest.OneByteReader(bytes.NewReader([]byte("\x05hello"))), 1},
		{"long length byte by byte", iotest.OneByteReader(bytes.NewReader(Append(nil, make([]byte, 1000)))), 1},
		{"longer than a buffer", bytes.NewReader(Append(nil, make([]byte, readBuffer))), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := NewReader(c.from)
			defer r.Free()
			got := 0
			if _, err := r.Read(readBuffer, func() { got++ }); err != nil || got != c.want {
				t.Errorf("called %d times, want %d; error %v", got, c.want, err)
			}
		})
	}
}

func TestIsTimeout(t *testing.T) {
	for err, want := range map[error]bool{
		context.DeadlineExceeded:           true,
		os.ErrDeadlineExceeded:             true,
		network.ErrReset:                   false,
		network.ErrResourceLimitExceeded:   false,
		io.EOF:                             false,
		&network.StreamError{ErrorCode: 1}: false,
	} {
		if got := IsTimeout(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}

// FuzzRead holds that whatever Read accepts is what Append would have sent.
func FuzzRead(f *testing.F) {
	const limit = 300
	f.Add([]byte{0})
	f.Add([]byte("\x02hi"))
	f.Add([]byte("\x82\x00hi"))
	f.Add([]byte("\x02hi\x03you"))
	f.Add(binary.AppendUvarint(nil, 1<<63))
	f.Add(Append(nil, make([]byte, limit)))
	f.Add(Append(nil, make([]byte, limit+1)))
	f.Fuzz(func(t *testing.T, sent []byte) {
		r := NewReader(bytes.NewReader(sent))
		defer r.Free()
		var again []byte
		for {
			frame, err := r.Read(limit, nil)
			if err != nil {
				if err == io.EOF && !bytes.Equal(again, sent) {
					t.Errorf("frames of %x are %x", sent, again)
				}
				break
			}
			if len(frame) == 0 || len(frame) > limit {
				t.Fatalf("frame of %d bytes", len(frame))
			}
			again = Append(again, frame)
		}
		if !bytes.HasPrefix(sent, again) {
			t.Errorf("frames of %x are %x", sent, again)
		}
	})
}
