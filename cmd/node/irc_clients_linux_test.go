package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// screen is a program on a terminal of tmux.
type screen struct {
	t      *testing.T
	socket string // of the tmux server, which has this screen only
}

// tmux is a tmux command for the screen.
func (s *screen) tmux(args ...string) (string, error) {
	out, err := exec.Command("tmux", append([]string{"-S", s.socket, "-f", "/dev/null"}, args...)...).CombinedOutput()
	return string(out), err
}

// onScreen runs a program on a screen of its own; it ends with the test.
func onScreen(t *testing.T, args ...string) *screen {
	t.Helper()
	for _, program := range []string{"tmux", args[0]} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("NOT TESTED: %s is not installed", program)
		}
	}
	s := &screen{t, filepath.Join(t.TempDir(), "tmux")}
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = "'" + a + "'"
	}
	if out, err := s.tmux("new-session", "-d", "-x", "160", "-y", "50", strings.Join(words, " ")); err != nil {
		t.Skipf("NOT TESTED: tmux: %s %v", out, err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s shows\n%s", args[0], s.text())
		}
		_, _ = s.tmux("kill-server")
	})
	return s
}

func (s *screen) text() string {
	out, _ := s.tmux("capture-pane", "-p")
	return out
}

// types types a line and Enter.
func (s *screen) types(line string) {
	s.t.Helper()
	if out, err := s.tmux("send-keys", "-l", line); err != nil {
		s.t.Fatalf("type %q: %s %v", line, out, err)
	}
	if out, err := s.tmux("send-keys", "Enter"); err != nil {
		s.t.Fatalf("type Enter: %s %v", out, err)
	}
}

// sees waits until the screen shows something. A screen has no event to wait for.
func (s *screen) sees(pattern string) {
	s.t.Helper()
	re := regexp.MustCompile(pattern)
	for late := time.Now().Add(3 * patience); time.Now().Before(late); time.Sleep(100 * time.Millisecond) {
		if re.MatchString(s.text()) {
			return
		}
	}
	s.t.Fatalf("%q is not to be seen", pattern)
}

// ircClient is a program that people use.
type ircClient struct {
	name  string
	run   func(dir, nick, host, port string) []string // so that it connects
	query func(nick string) string                    // goes to a query, the first that there is
	calls string                                      // what is on the screen when there is one
}

var ircClients = []ircClient{
	{
		"irssi",
		func(dir, nick, host, port string) []string {
			return []string{"irssi", "--home=" + dir, "-n", nick, "-c", host, "-p", port}
		},
		func(string) string { return "/window goto 3" },
		`Act: .*3`,
	},
	{
		"weechat",
		func(dir, nick, host, port string) []string {
			return []string{"weechat", "--dir", dir, "-r", "/set weechat.look.paste_max_lines -1;" +
				"/server add door " + host + "/" + port + " -notls -nicks=" + nick + " -autoconnect=off;/connect door"}
		},
		func(nick string) string { return "/buffer " + nick },
		`3\.\s*bob`,
	},
}

// People with irssi and with WeeChat, each at a node of his own, meet in a channel,
// talk, whisper, and find what was said when they come again.
func TestIRCClients(t *testing.T) {
	t.Parallel()
	for i, c := range ircClients {
		other := ircClients[1-i]
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := peerNos(t, 2)
			one := start(t, n[0], "--irc", "0")
			two := named(t, "hub", n[1], n[0], "--irc", "0")
			one.knows("hub")
			at1, _ := one.ircDoor()
			at2, _ := two.ircDoor()
			ada := c.comes(t, "ada", at1)
			bob := other.comes(t, "bob", at2)
			ada.types("/join #ops")
			ada.sees(`(?i)#ops`)
			bob.types("/join #ops")
			ada.sees(`bob.*(has joined|\[.*has joined|joined)`)
			ada.types("good morning from " + c.name)
			bob.sees(`ada.*good morning from ` + c.name)
			bob.types("good morning yourself")
			ada.sees(`bob.*good morning yourself`)
			bob.types("/me stretches")
			ada.sees(`bob stretches`)
			bob.types("/msg ada just between us")
			ada.sees(c.calls)
			ada.types(c.query("bob"))
			ada.sees(`just between us`)
			ada.types("/quit")
			bob.sees(`ada.*has (left|quit)`)
			bob.types("you have missed this")
			carl := registers(t, "carl", at2)
			carl.types("JOIN #ops")
			carl.sees(`PRIVMSG #ops :you have missed this`)
			again := c.comes(t, "ada", at1)
			again.types("/join #ops")
			again.sees(`you have missed this`)
			carl.sees(`^:ada!\S+ JOIN #ops`)
			again.types("/quit")
			carl.sees(`^:ada!\S+ (PART|QUIT)`)
		})
	}
}

// comes starts a client, and connects it.
func (c *ircClient) comes(t *testing.T, nick, addr string) *screen {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "irc-client")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := onScreen(t, c.run(dir, nick, host, port)...)
	s.sees(welcome)
	return s
}

// welcome is what is on a screen when the client has registered.
const welcome = `there is no message of the day|welcome to tincan`
