package console

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const question = "What do you want to be called? Others see it; Enter alone is no name, /nick changes it later: "

// shortName takes names of up to ten bytes.
func shortName(name string) string {
	if len(name) > 10 {
		return "it is too long"
	}
	return ""
}

func TestAskName(t *testing.T) {
	const refused = " cannot be your name: it is too long\n"
	for _, c := range []struct {
		story, typed string
		name         string
		shown        string
		left         string // unread
	}{
		{"a name", "anna\nhello\n", "anna", question, "hello\n"},
		{"a name with blanks", " \tanna b \r\n", "anna b", question, ""},
		{"Enter", "\nhello\n", "", question, "hello\n"},
		{"blanks", "  \n", "", question, ""},
		{"end of input", "", "", question + "\n", ""},
		{"a name and the end of input", "anna", "anna", question, ""},
		{"a name that is refused", "annabel lee\nannabel\n", "annabel", question + "annabel lee" + refused + question, ""},
		{"a name that is refused, then none", "annabel lee\n\n", "", question + "annabel lee" + refused + question, ""},
		{"a name that commands the terminal", "\x1b[2Jannabel\nanna\n", "anna", question + `\x1b[2Jannabel` + refused + question, ""},
		{"a name of a megabyte", strings.Repeat("a", 1<<20) + "\nanna\n", "anna", question + strings.Repeat("a", 31) + "…" + refused + question, ""},
		{"no end of bad names", strings.Repeat("annabel lee\n", 9), "",
			strings.Repeat(question+"annabel lee"+refused, maxAsked) + "You go without a name; /nick gives you one.\n", strings.Repeat("annabel lee\n", 9-maxAsked)},
	} {
		t.Run(c.story, func(t *testing.T) {
			in := strings.NewReader(c.typed)
			var out strings.Builder
			name, err := askName(in, &out, shortName)
			left, _ := io.ReadAll(in)
			if name != c.name || err != nil || out.String() != c.shown || string(left) != c.left {
				t.Errorf("\n got %q, %v, shown %q, left %q\nwant %q, shown %q, left %q", name, err, out.String(), left, c.name, c.shown, c.left)
			}
		})
	}
}

func TestNobodyIsAskedOnAPipe(t *testing.T) {
	in := strings.NewReader("anna\n")
	var out strings.Builder
	if name, err := AskName(in, &out, shortName); name != "" || err != nil || out.Len() > 0 || in.Len() != 5 {
		t.Errorf("got %q, %v, shown %q, %d bytes left", name, err, out.String(), in.Len())
	}
}

func TestABrokenTerminalIsNoName(t *testing.T) {
	broken := errors.New("gone")
	if name, err := askName(iotest.ErrReader(broken), io.Discard, shortName); name != "" || !errors.Is(err, broken) {
		t.Errorf("got %q, %v", name, err)
	}
	if name, err := askName(strings.NewReader("anna\n"), brokenWriter{broken}, shortName); name != "" || !errors.Is(err, broken) {
		t.Errorf("got %q, %v", name, err)
	}
}
