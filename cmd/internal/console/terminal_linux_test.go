package console

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tincan/behaviour/chat"
)

// terminal makes a terminal: what is written to keys is read from tty.
func terminal(t *testing.T) (keys, tty *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminal to be had: %v", err)
	}
	t.Cleanup(func() { keys.Close() })
	no, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skipf("no terminal to be had: %v", err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", no), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminal to be had: %v", err)
	}
	t.Cleanup(func() { tty.Close() })
	return keys, tty
}

// silence ends the echo, which nobody reads.
func silence(t *testing.T, tty *os.File) {
	t.Helper()
	mode, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	mode.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(int(tty.Fd()), unix.TCSETS, mode); err != nil {
		t.Fatal(err)
	}
}

func TestAskNameOnATerminal(t *testing.T) {
	keys, tty := terminal(t)
	silence(t, tty)
	fmt.Fprint(keys, "annabel lee\nanna\nhello\n")
	name, err := AskName(tty, tty, shortName)
	if name != "anna" || err != nil {
		t.Errorf("got %q, %v", name, err)
	}
	typed := make([]byte, 64)
	n, err := tty.Read(typed)
	if string(typed[:n]) != "hello\n" || err != nil {
		t.Errorf("what was typed ahead is %q, %v", typed[:n], err)
	}
	want := question + "annabel lee cannot be your name: it is too long\r\n" + question
	shown := make([]byte, len(want))
	if _, err := io.ReadFull(keys, shown); string(shown) != want {
		t.Errorf("shown %q, %v", shown, err)
	}
}

// A terminal hands over the beginning of a long line and drops the rest: that
// half a text is sent shall not happen.
func TestALineThatTheTerminalCutIsNotSent(t *testing.T) {
	keys, tty := terminal(t)
	silence(t, tty)
	s := startOn(t, Options{Interactive: true}, tty)
	for _, line := range []string{strings.Repeat("x", 4094), strings.Repeat("x", 4095), strings.Repeat("x", 6000), `a\`, strings.Repeat("x", 6000), "short", `\quit`} {
		fmt.Fprintln(keys, line)
	}
	s.end(t, OK)
	want := []chat.Instruction{chat.Say{Text: strings.Repeat("x", 4094)}, chat.Say{Text: "short"}, chat.Quit{}}
	if got := instructions(s.client); !reflect.DeepEqual(got, want) {
		t.Errorf("asked %.200q", fmt.Sprint(got))
	}
	const told = `error: the terminal cuts lines after 4095 bytes, and this one may have been longer – nothing was sent – end shorter lines in \ to go on with the next, or send it from a file` + "\n"
	if s.err.text != strings.Repeat(told, 3) {
		t.Errorf("stderr %q", s.err.text)
	}
}
