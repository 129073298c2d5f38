package console

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"

	"tincan/cmd/internal/safe"
)

// maxTyped bounds in bytes what is kept of an answer: no name is that long.
const maxTyped = 1 << 10

// maxAsked is how often a person is asked before he goes without a name.
const maxAsked = 3

// Terminal tells whether a person is at the other end of a stream.
func Terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()))
}

// AskName asks a person what he wants to be called and returns it without
// blanks around it, or "" for no name. check says why a name cannot be one, or "";
// after maxAsked such names there is none. On anything but a terminal nothing is
// asked and nothing read; of a terminal no more is read than the lines of the
// answers, so what is typed ahead is there for Run. It blocks until
// there is an answer. The error says that in or out is broken.
func AskName(in io.Reader, out io.Writer, check func(name string) (why string)) (string, error) {
	if !Terminal(in) || !Terminal(out) {
		return "", nil
	}
	return askName(in, out, check)
}

func askName(in io.Reader, out io.Writer, check func(name string) (why string)) (string, error) {
	for range maxAsked {
		if _, err := io.WriteString(out, "What do you want to be called? Others see it; Enter alone is no name, /nick changes it later: "); err != nil {
			return "", fmt.Errorf("ask for a name: %w", err)
		}
		typed, err := readAnswer(in)
		name := strings.Trim(typed, " \t\r")
		if errors.Is(err, io.EOF) && name == "" {
			_, err = io.WriteString(out, "\n") // the cursor stands behind the question
			return "", err
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read a name: %w", err)
		}
		if name == "" {
			return "", nil
		}
		why := check(name)
		if why == "" {
			return name, nil
		}
		if _, err := fmt.Fprintf(out, "%s cannot be your name: %s\n", safe.Name(name), safe.Line(why)); err != nil {
			return "", fmt.Errorf("refuse a name: %w", err)
		}
	}
	_, err := io.WriteString(out, "You go without a name; /nick gives you one.\n")
	return "", err
}

// readAnswer reads one line byte by byte, to leave what follows to others. Of a
// long one only the beginning is kept.
func readAnswer(in io.Reader) (string, error) {
	var line []byte
	for b := make([]byte, 1); ; {
		n, err := in.Read(b)
		switch {
		case n > 0 && b[0] == '\n':
			return string(line), nil
		case n > 0 && len(line) < maxTyped:
			line = append(line, b[0])
		}
		if err != nil {
			return string(line), err
		}
	}
}
