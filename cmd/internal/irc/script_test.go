package irc

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/token"
	"tincan/node"
)

var update = flag.Bool("update", false, "write what the door answers into the scripts")

func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m)
}

// patience bounds every wait: long enough for a busy machine.
const patience = 20 * time.Second

// seat is a front end of a user of a real node.
type seat struct{ node.Seat }

func (s seat) Subscribe() front.Subscription { return s.Seat.Subscribe() }

// house is a door of a real node that knows nobody else.
type house struct {
	addr  string
	node  *node.Node
	token token.Token
	close func()
}

func open(t testing.TB, peerNo int) *house {
	t.Helper()
	n, err := node.New(node.Config{PeerNo: peerNo, Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{addr: l.Addr().String(), node: n, token: token.New()}
	ctx, cancel := context.WithCancel(context.Background())
	d := New(l, Options{
		Guest:  func() front.Client { return seat{n.Seat(n.NewUser())} },
		Owner:  func() front.Client { return seat{n.Seat(chat.Owner)} },
		Admits: h.token.Admits,
		Log:    slog.New(slog.DiscardHandler),
	})
	var running sync.WaitGroup
	running.Go(func() { _ = n.Run(ctx) }) // both end with ctx
	running.Go(func() { d.Run(ctx) })
	h.close = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(h.close)
	return h
}

// client is a connection to a house.
type client struct {
	net.Conn
	t     testing.TB
	in    *bufio.Reader
	syncs int
	ended bool
	timed bool // no wait is longer than patience
}

func (h *house) dial(t testing.TB) *client {
	t.Helper()
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := newClient(t, conn)
	c.timed = true
	return c
}

func newClient(t testing.TB, conn net.Conn) *client {
	return &client{Conn: conn, t: t, in: bufio.NewReader(conn)}
}

// come is dial and the registration.
func (h *house) come(t testing.TB, nick string, caps ...string) *client {
	t.Helper()
	c := h.dial(t)
	if len(caps) > 0 {
		c.send("CAP REQ :" + strings.Join(caps, " "))
	}
	c.send("NICK "+nick, "USER "+nick+" 0 * :"+nick+" of the house")
	if len(caps) > 0 {
		c.send("CAP END")
	}
	c.until(" 422 ")
	return c
}

// patient begins another wait.
func (c *client) patient() {
	if c.timed {
		c.SetDeadline(time.Now().Add(patience))
	}
}

func (c *client) send(lines ...string) {
	c.t.Helper()
	c.patient()
	if _, err := io.WriteString(c, strings.Join(lines, "\r\n")+"\r\n"); err != nil {
		c.t.Fatal(err)
	}
}

// line reads a line; "" is the end.
func (c *client) line() string {
	c.t.Helper()
	c.patient()
	text, err := c.in.ReadString('\n')
	if err == io.EOF && text == "" {
		c.ended = true
		return ""
	}
	if err != nil {
		c.t.Fatalf("read %q, %v", text, err)
	}
	if len(text) > 8191+512 || !strings.HasSuffix(text, "\r\n") {
		c.t.Errorf("a line of %d bytes: %.80q", len(text), text)
	}
	return strings.TrimSuffix(text, "\r\n")
}

// until reads up to a line that has text in it.
func (c *client) until(text string) (lines []string) {
	c.t.Helper()
	for {
		l := c.line()
		if c.ended {
			c.t.Fatalf("the end, wanted %q after %q", text, lines)
		}
		lines = append(lines, l)
		if strings.Contains(l, text) {
			return lines
		}
	}
}

// sync reads what the client is told until all that it has sent is answered.
func (c *client) sync() (lines []string) {
	c.t.Helper()
	if c.ended {
		return nil
	}
	c.syncs++
	mark := fmt.Sprintf("fence%d", c.syncs)
	if _, err := fmt.Fprintf(c, "PING %s\r\n", mark); err != nil {
		c.t.Fatal(err)
	}
	for {
		l := c.line()
		if c.ended {
			return append(lines, "the end")
		}
		if strings.HasSuffix(l, " :"+mark) && strings.Contains(l, " PONG ") {
			return lines
		}
		lines = append(lines, l)
	}
}

// TestScripts plays the conversations in testdata. "anna! cap cap" connects anna (with
// a "-" for no registration), "anna> line" sends a line, and "anna< line" is what she
// has been told since, all of it: compared after what changes from run to run has got
// names. Run with -update it writes those lines.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no scripts", err)
	}
	for i, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, open(t, 1400+i), string(text))
			switch {
			case *update:
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			case got != string(text):
				t.Errorf("%s", difference(string(text), got))
			}
		})
	}
}

// play plays a script and returns it with what was said in fact.
func play(t *testing.T, h *house, script string) string {
	var out strings.Builder
	clients := make(map[string]*client)
	names := namer{}
	names.give(h.token.String(), "TOKEN")
	script = strings.ReplaceAll(script, "TOKEN", h.token.String())
	lines := strings.Split(script, "\n")
	for i, l := range lines {
		who, rest, _ := strings.Cut(l, " ")
		if l == "" || strings.HasPrefix(l, "#") || len(who) < 2 {
			if i < len(lines)-1 {
				out.WriteString(names.hide(l) + "\n")
			}
			continue
		}
		name, sign := who[:len(who)-1], who[len(who)-1]
		c := clients[name]
		switch {
		case sign == '<':
			continue // what follows it is written anew
		case sign == '!' && strings.HasPrefix(rest, "-"):
			clients[name] = h.dial(t)
		case sign == '!':
			clients[name] = h.come(t, name, strings.Fields(rest)...)
		case c == nil:
			t.Fatalf("line %d: nobody is %q", i+1, name)
		case sign == '>':
			c.send(unescape(rest))
		case sign != '=':
			t.Fatalf("line %d: what is %q?", i+1, l)
		}
		fmt.Fprintf(&out, "%s\n", strings.ReplaceAll(l, h.token.String(), "TOKEN"))
		if sign == '=' {
			for _, l := range c.sync() {
				fmt.Fprintf(&out, "%s< %s\n", name, names.hide(escape(l)))
			}
		}
	}
	for _, c := range clients {
		c.Close()
	}
	return out.String()
}

// What cannot stand in a script: bytes that end lines or are no text.
func unescape(s string) string {
	return regexp.MustCompile(`\\x[0-9a-f]{2}`).ReplaceAllStringFunc(s, func(x string) string {
		var b byte
		fmt.Sscanf(x, `\x%02x`, &b)
		return string([]byte{b})
	})
}

func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			fmt.Fprintf(&b, `\x%02x`, s[i])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// namer gives what changes from run to run names that do not.
type namer struct {
	names []string // old, new, …
	ids   map[string]string
}

func (n *namer) give(old, name string) { n.names = append(n.names, old, name) }

var changing = []struct {
	find *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`12D3KooW[0-9A-Za-z]{44}/[0-9a-f]{16}/[^; ]+/\d+`), "ID"},
	{regexp.MustCompile(`12D3KooW[0-9A-Za-z]{44}`), "KEY"},
	{regexp.MustCompile(`@[0-9a-z]{8}\.peer`), "@HOST"},
	{regexp.MustCompile(` [0-9a-z]{8}\.peer`), " HOST"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`), "TIME"},
	{regexp.MustCompile(`\b1[0-9]{9}\b`), "SECONDS"},
}

func (n *namer) hide(l string) string {
	l = strings.NewReplacer(n.names...).Replace(l)
	l = tags(l)
	for _, c := range changing {
		l = c.find.ReplaceAllStringFunc(l, func(found string) string {
			if c.name != "ID" {
				return c.name
			}
			if n.ids == nil {
				n.ids = make(map[string]string)
			}
			if n.ids[found] == "" {
				n.ids[found] = fmt.Sprintf("ID%d", len(n.ids)+1)
			}
			return n.ids[found]
		})
	}
	return regexp.MustCompile(` \d+ SECONDS :`).ReplaceAllString(l, " IDLE SECONDS :")
}

// tags puts the tags of a line in order.
func tags(l string) string {
	all, rest, ok := strings.Cut(l, " ")
	if !ok || all == "" || all[0] != '@' {
		return l
	}
	list := strings.Split(all[1:], ";")
	for i := range list {
		for j := range i {
			if list[i] < list[j] {
				list[i], list[j] = list[j], list[i]
			}
		}
	}
	return "@" + strings.Join(list, ";") + " " + rest
}

func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := 0; ; i++ {
		switch {
		case i >= len(w) || i >= len(g):
			return fmt.Sprintf("line %d: %d lines, want %d", i+1, len(g), len(w))
		case w[i] != g[i]:
			return fmt.Sprintf("line %d:\n got  %s\n want %s", i+1, g[i], w[i])
		}
	}
}
