package console

import (
	"bufio"
	"bytes"
	"io"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/jsonl"
	"tincan/cmd/internal/line"
)

// maxPlain bounds a line of plain text in bytes: the longest message and the
// command before it. A longer one is counted, not kept.
const maxPlain = chat.MaxText + 4<<10

// input reads logical lines: physical ones without their end, those of plain
// text that end in a backslash joined with the next.
type input struct {
	r     *bufio.Reader
	max   int  // bytes of a logical line
	json  bool // a line that begins with '{' is complete
	began bool
	buf   []byte // the physical line
}

func newInput(r io.Reader, max int, json bool) *input {
	return &input{r: bufio.NewReaderSize(r, 32<<10), max: max, json: json}
}

// next returns the next line and its size. One that is larger than max is
// skipped: text is empty then. What stands before the end of In without a newline is
// a line too. The error comes alone.
func (in *input) next() (text string, size int, err error) {
	var joined []byte
	for more, parts := true, 0; more; parts++ {
		part, n, err := in.physical()
		if err != nil {
			if parts == 0 {
				return "", 0, err
			}
			joined = bytes.TrimSuffix(joined, []byte{'\n'}) // of the backslash before
			break
		}
		size += n
		if n > in.max {
			return "", size, nil
		}
		head := string(part)
		more = false
		if !in.json || parts > 0 || !jsonl.Is(part) {
			head, more = line.Continues(head)
		}
		if parts == 0 && !more {
			return head, size, nil
		}
		if size <= in.max {
			joined = append(joined, head...)
			if more {
				joined = append(joined, '\n')
			}
		}
	}
	if size > in.max {
		return "", size, nil
	}
	return string(joined), size, nil
}

// physical returns what stands before the next newline, valid until the next call, and
// its size. Of a line larger than max only the size is returned.
func (in *input) physical() (part []byte, size int, err error) {
	in.buf = in.buf[:0]
	for {
		chunk, err := in.r.ReadSlice('\n')
		if !in.began && len(chunk) > 0 {
			in.began = true
			chunk = bytes.TrimPrefix(chunk, []byte("\ufeff")) // some shells begin a pipe with it
		}
		size += len(chunk)
		if size <= in.max+2 {
			in.buf = append(in.buf, chunk...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && size == 0 {
			return nil, 0, err
		}
		if end := len(chunk) - len(bytes.TrimRight(chunk, "\r\n")); size-end > in.max {
			return nil, size - end, nil
		}
		part = bytes.TrimSuffix(bytes.TrimSuffix(in.buf, []byte{'\n'}), []byte{'\r'})
		return part, len(part), nil
	}
}
