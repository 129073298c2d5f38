package gateway

import (
	"strings"

	"tincan/cmd/internal/line"
	"tincan/cmd/internal/lines"
)

// input reads logical lines: those that end in a backslash are joined with the next.
type input struct {
	*source
	lines *lines.Reader
}

func newInput(s *source) *input { return &input{source: s, lines: lines.New(s, maxLine)} }

// next returns the next line and its size. One that is larger than maxLine is
// read past: text is empty then. The error comes alone.
func (in *input) next() (text string, size int, err error) {
	var joined strings.Builder
	for parts := 0; ; parts++ {
		part, n, err := in.lines.Next()
		if err != nil && parts > 0 {
			break // what was to go on does not
		}
		if err == nil {
			err = in.wait()
		}
		if err != nil {
			return "", 0, err
		}
		if size += n; parts > 0 {
			size++ // the newline between
		}
		head, more := "", false
		if n <= maxLine {
			head, more = line.Continues(string(part))
		}
		if size <= maxLine {
			if parts > 0 {
				joined.WriteByte('\n')
			}
			joined.WriteString(head)
		}
		if !more {
			break
		}
	}
	if size > maxLine {
		return "", size, nil
	}
	return joined.String(), size, nil
}
