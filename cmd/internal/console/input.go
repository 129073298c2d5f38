package console

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/jsonl"
	"tincan/cmd/internal/line"
)

// maxPlain bounds a line of plain text in bytes: the longest message and the
// command before it. A longer one is counted, not kept.
const maxPlain = chat.MaxText + 4<<10

// maxTerminal is the longest line in bytes that a terminal of Linux gives
// (N_TTY); it drops what is typed or pasted beyond and tells nobody.
const maxTerminal = 4095

// input reads logical lines: physical ones without their end, those of plain
// text that end in a backslash joined with the next.
type input struct {
	r        *bufio.Reader
	max      int  // bytes of a logical line
	json     bool // a line that begins with '{' is complete
	terminal bool // physical lines may be cut after maxTerminal
	began    bool
	buf      []byte // the physical line
}

func newInput(r io.Reader, max int, json, terminal bool) *input {
	return &input{r: bufio.NewReaderSize(r, 32<<10), max: max, json: json, terminal: terminal}
}

// next returns the next line, or says in words why it cannot be used as it was
// meant: it is larger than max, or may have been cut. Such a line is skipped with
// all that it goes on with. What stands before the end of In without a newline is
// a line too. The error comes alone.
func (in *input) next() (text, wrong string, err error) {
	var (
		joined strings.Builder
		size   int
		cut    bool
	)
	for more, parts := true, 0; more; parts++ {
		part, n, err := in.physical()
		if err != nil {
			if parts == 0 {
				return "", "", err
			}
			break
		}
		size += n
		cut = cut || in.terminal && n == maxTerminal
		head := string(part)
		more = false
		if !in.json || parts > 0 || !jsonl.Is(part) {
			head, more = line.Continues(head)
		}
		if size <= in.max {
			if parts > 0 {
				joined.WriteByte('\n')
			}
			joined.WriteString(head)
		}
	}
	switch {
	case size > in.max:
		return "", fmt.Sprintf("the line has %d bytes – nothing was sent – a message takes %d at most", size, chat.MaxText), nil
	case cut:
		return "", fmt.Sprintf("the terminal cuts lines after %d bytes, and this one may have been longer – nothing was sent – "+
			"end shorter lines in \\ to go on with the next, or send it from a file", maxTerminal), nil
	}
	return joined.String(), "", nil
}

// physical returns what stands before the next newline, valid until the next
// call, and its size. Of a line larger than max part is an outline: its first
// byte, a blank, and the backslash that it goes on with, if it does.
func (in *input) physical() (part []byte, size int, err error) {
	in.buf = in.buf[:0]
	slashes := 0 // at the end of what has been read
	for {
		chunk, err := in.r.ReadSlice('\n')
		if !in.began && len(chunk) > 0 {
			in.began = true
			chunk = bytes.TrimPrefix(chunk, []byte("\ufeff")) // some shells begin a pipe with it
		}
		size += len(chunk)
		in.buf = append(in.buf, chunk[:min(len(chunk), in.max+2-len(in.buf))]...)
		text := bytes.TrimRight(chunk, "\r\n")
		end := len(chunk) - len(text)
		if rest := bytes.TrimRight(text, `\`); len(rest) > 0 {
			slashes = 0
			text = text[len(rest):]
		}
		slashes += len(text)
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && size == 0 {
			return nil, 0, err
		}
		if size-end > in.max {
			return append(in.buf[:min(1, len(in.buf))], (" " + strings.Repeat(`\`, slashes%2))...), size - end, nil
		}
		part = bytes.TrimSuffix(bytes.TrimSuffix(in.buf, []byte{'\n'}), []byte{'\r'})
		return part, len(part), nil
	}
}
