package lines

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

type got struct {
	Line string
	Size int
}

func all(r *Reader) (lines []got, err error) {
	for {
		line, size, err := r.Next()
		if err != nil {
			return lines, err
		}
		lines = append(lines, got{string(line), size})
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 2000)
	for _, c := range []struct {
		name, in string
		want     []got
	}{
		{"nothing", "", nil},
		{"both ends of lines", "a\nb\r\n\n\r\nc\n", []got{{"a", 1}, {"b", 1}, {"", 0}, {"", 0}, {"c", 1}}},
		{"half a line at the end", "a\nb", []got{{"a", 1}, {"b", 1}}},
		{"a return at the end", "a\r", []got{{"a", 1}}},
		{"a return inside, NUL, and no UTF-8", "a\rb\x00\xff\n", []got{{"a\rb\x00\xff", 5}}},
		{"as long as may be", long + "\n" + long + "\r\nb\n", []got{{long, 2000}, {long, 2000}, {"b", 1}}},
		{"one too long", long + "y\nb\n", []got{{"", 2001}, {"b", 1}}},
		{"one too long, and a return", long + "y\r\nb\n", []got{{"", 2001}, {"b", 1}}},
		{"much too long", strings.Repeat(long, 100) + "\nb\n", []got{{"", 200_000}, {"b", 1}}},
		{"too long at the end", strings.Repeat(long, 2), []got{{"", 4000}}},
		{"nothing but returns", strings.Repeat("\r", 2001) + "\n", []got{{strings.Repeat("\r", 2000), 2000}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for how, source := range map[string]io.Reader{
				"at once": strings.NewReader(c.in), "byte by byte": iotest.OneByteReader(strings.NewReader(c.in)),
				"with the end": iotest.DataErrReader(strings.NewReader(c.in)), "in halves": iotest.HalfReader(strings.NewReader(c.in)),
			} {
				if lines, err := all(New(source, 2000)); err != io.EOF || !reflect.DeepEqual(lines, c.want) {
					t.Errorf("%s: got %.80v, %v; want %.80v", how, lines, err, c.want)
				}
			}
		})
	}
}

func TestErrorStays(t *testing.T) {
	broken := errors.New("broken")
	r := New(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken)), 10)
	if line, _, err := r.Next(); string(line) != "half" || err != nil {
		t.Errorf("got %q, %v", line, err)
	}
	for range 2 {
		if _, _, err := r.Next(); err != broken {
			t.Errorf("got %v, want what the source said", err)
		}
	}
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }

func TestSourceThatBringsNothing(t *testing.T) {
	if _, _, err := New(nothing{}, 10).Next(); err != errIdle {
		t.Errorf("got %v", err)
	}
}

// TestMemory holds the room for a line against the longest and the shortest.
func TestMemory(t *testing.T) {
	const max = 64 << 10
	in, out := io.Pipe()
	defer in.Close()
	r := New(in, max)
	go func() { // ends with the pipe
		for _, size := range []int{1 << 20, max, 1, 1} {
			if _, err := out.Write(append(bytes.Repeat([]byte("x"), size), '\n')); err != nil {
				return
			}
		}
	}()
	for _, most := range []int{4 * max, 4 * max, small, small} {
		if _, _, err := r.Next(); err != nil || len(r.buf) > most {
			t.Errorf("%d bytes are kept, want %d at most; %v", len(r.buf), most, err)
		}
	}
}

// FuzzNext holds the reader against cutting the whole text at its newlines.
func FuzzNext(f *testing.F) {
	f.Add([]byte("a\r\nb\n\nlonger than the rest\nhalf"), uint8(3), uint8(7))
	f.Add([]byte("\r\r\r\n\r"), uint8(1), uint8(1))
	f.Fuzz(func(t *testing.T, in []byte, max, chunk uint8) {
		most := int(max) + 1
		var want []got
		for _, part := range bytes.SplitAfter(in, []byte{'\n'}) {
			if len(part) == 0 {
				continue
			}
			part = bytes.TrimSuffix(bytes.TrimSuffix(part, []byte{'\n'}), []byte{'\r'})
			if len(part) > most {
				want = append(want, got{"", len(part)})
			} else {
				want = append(want, got{string(part), len(part)})
			}
		}
		lines, err := all(New(&chunks{in, int(chunk) + 1}, most))
		if err != io.EOF || !reflect.DeepEqual(lines, want) {
			t.Errorf("got %v, %v; want %v", lines, err, want)
		}
	})
}

// chunks gives out a few bytes a time.
type chunks struct {
	rest []byte
	size int
}

func (c *chunks) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.rest[:min(c.size, len(c.rest))])
	c.rest = c.rest[n:]
	return n, nil
}
