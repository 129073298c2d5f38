package exchange

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"testing"
)

// FuzzRead holds that whatever read accepts is what write would have sent.
func FuzzRead(f *testing.F) {
	const limit = 300
	f.Add([]byte{0})
	f.Add([]byte("\x02hi"))
	f.Add([]byte("\x82\x00hi"))
	f.Add([]byte("\x02hi\x03you"))
	f.Add(binary.AppendUvarint(nil, 1<<63))
	f.Add(append(binary.AppendUvarint(nil, limit), make([]byte, limit)...))
	f.Add(append(binary.AppendUvarint(nil, limit+1), make([]byte, limit+1)...))
	f.Fuzz(func(t *testing.T, sent []byte) {
		l := &lane{r: bufio.NewReader(bytes.NewReader(sent))}
		var again []byte
		for {
			frame, err := l.read(limit, 0)
			if err != nil {
				if err == io.EOF && !bytes.Equal(again, sent) {
					t.Errorf("frames of %x are %x", sent, again)
				}
				break
			}
			if len(frame) == 0 || len(frame) > limit {
				t.Fatalf("frame of %d bytes", len(frame))
			}
			again = append(binary.AppendUvarint(again, uint64(len(frame))), frame...)
		}
		if !bytes.HasPrefix(sent, again) {
			t.Errorf("frames of %x are %x", sent, again)
		}
	})
}
