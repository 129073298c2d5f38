package irc

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/front/fronttest"
)

// readsEnd reads what is left, and checks how it ends.
func (c *client) readsEnd(want string) {
	c.t.Helper()
	last := ""
	for {
		l := c.line()
		if c.ended {
			break
		}
		last = l
	}
	if !strings.Contains(last, want) {
		c.t.Errorf("the last line is %q, want %q in it", last, want)
	}
}

func TestBadInput(t *testing.T) {
	h := open(t, 1501)
	anna := h.come(t, "anna")
	bob := h.come(t, "bob")
	anna.send("JOIN #ops")
	anna.sync()
	bob.send("JOIN #ops")
	bob.sync()
	anna.sync()
	for _, c := range []struct {
		story, in string
		want      string // in a line; "": nothing is answered
		ends      bool
	}{
		{"a line of 600 bytes", "PRIVMSG #ops :" + strings.Repeat("x", 586) + "\r\n", " 417 ", false},
		{"a line of 512", "PRIVMSG #ops :" + strings.Repeat("x", 512-14-2) + "\r\n", "", false},
		{"tags of 4,095 bytes", "@+a=" + strings.Repeat("x", 4092) + " PRIVMSG #ops :x\r\n", " 417 ", false},
		{"64 KiB", strings.Repeat("x", 64<<10) + "\r\n", "ERROR", true},
		{"16 KiB without an end", strings.Repeat("x", 16<<10), "ERROR", true},
		{"binary", "\x00\x01\x02\xff\xfe\r\n", "FAIL", false},
		{"NUL in text", "PRIVMSG #ops :a\x00b\r\n", " 421 ", false},
		{"a carriage return in text", "PRIVMSG #ops :a\rQUIT\r\n", " 421 ", false},
		{"no text at all", "\r\n\n\r\n   \r\n:\r\n@x\r\n", "", false},
		{"only newlines", strings.Repeat("\n", 90), "", false},
		{"a name of a channel that is none", "JOIN #\xe2\x80\xae\r\n", " 403 ", false},
		{"one that is too long", "JOIN #" + strings.Repeat("x", 400) + "\r\n", " 403 ", false},
		{"the web", "GET / HTTP/1.1\r\n", " 421 ", false},
	} {
		t.Run(c.story, func(t *testing.T) {
			eve := h.come(t, "eve")
			defer eve.Close()
			eve.send("JOIN #ops")
			eve.sync()
			go io.WriteString(eve, c.in) // ends with the connection
			if c.ends {
				eve.readsEnd(c.want)
			} else if c.want != "" {
				eve.until(c.want)
			}
			if !c.ends {
				eve.send("QUIT")
				eve.readsEnd("ERROR")
			}
			anna.until("eve!~eve@" + host(chat.PeerID(h.node.ID().String())) + " QUIT")
		})
	}
	anna.send("PRIVMSG #ops :still here")
	bob.until("still here")
}

func TestOneByteAtATime(t *testing.T) {
	h := open(t, 1502)
	c := h.dial(t)
	for _, b := range []byte("NICK anna\r\nUSER a 0 * :a\r\nJOIN #日本\n") {
		if _, err := c.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	c.until("JOIN #日本")
}

func TestThousandJoins(t *testing.T) {
	h := open(t, 1503)
	c := h.come(t, "anna")
	var names []string
	for i := range 1000 {
		if names = append(names, fmt.Sprintf("#c%d", i)); len(names) == maxTargets {
			c.send("JOIN " + strings.Join(names, ","))
			names = nil
		}
	}
	joined, refused := 0, 0
	for _, l := range c.sync() {
		if strings.Contains(l, " JOIN #c") {
			joined++
		}
		if strings.Contains(l, " 405 ") {
			refused++
		}
	}
	if joined != maxPlaces || joined+refused != 1000 {
		t.Errorf("%d joined, %d refused", joined, refused)
	}
}

// One of many who want the same nick has it; when he goes, the next can have it at once.
func TestOneNickForMany(t *testing.T) {
	h := open(t, 1504)
	var won, lost sync.WaitGroup
	winners := make(chan *client, 20)
	for range 20 {
		won.Go(func() {
			c := h.dial(t)
			c.send("NICK anna", "USER a 0 * :a")
			for {
				switch l := c.line(); {
				case strings.Contains(l, " 001 "):
					winners <- c
					return
				case strings.Contains(l, " 433 "), c.ended:
					return
				}
			}
		})
	}
	won.Wait()
	lost.Wait()
	if len(winners) != 1 {
		t.Fatalf("%d have the nick", len(winners))
	}
	last := <-winners
	for range 20 {
		last.Close()
		last = h.dial(t)
		last.send("NICK anna", "USER a 0 * :a")
		for {
			l := last.line()
			if strings.Contains(l, " 433 ") {
				t.Fatal("the nick is not free yet")
			}
			if strings.Contains(l, " 422 ") {
				break
			}
		}
	}
}

// Five hundred in one channel hear each other.
func TestFiveHundred(t *testing.T) {
	h := open(t, 1505)
	all := make([]*client, 500)
	var coming sync.WaitGroup
	limit := make(chan struct{}, 16)
	for i := range all {
		coming.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			all[i] = h.come(t, fmt.Sprintf("c%d", i))
			all[i].send("JOIN #all")
			all[i].until(" 366 ")
		})
	}
	coming.Wait()
	if t.Failed() {
		return
	}
	all[0].send("PRIVMSG #all :do you hear me")
	for _, c := range all[1:] {
		coming.Go(func() { c.until("do you hear me") })
	}
	coming.Wait()
	all[0].sync()
	all[0].send("LIST")
	if l := all[0].until(" 322 "); !strings.Contains(l[len(l)-1], "#all 500 ") {
		t.Errorf("LIST says %q", l)
	}
}

// pipes is a listener whose connections a test makes, so that time stands still while
// nothing happens.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return nil }

// inBubble runs a test of a door to a node that exists on paper only.
func inBubble(t *testing.T, run func(t *testing.T, dial func() *client, users *[]*fronttest.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		var users []*fronttest.Client
		d := New(l, Options{Log: slog.New(slog.DiscardHandler), Guest: func() front.Client { // one at a time: see the tests
			c := &fronttest.Client{}
			m := &machine{session: &session{}}
			c.Answer = func(a fronttest.Asked) []chat.Notify {
				if in, ok := a.In.(chat.Enter); ok {
					m.me = chat.Peer{ID: home, Guest: in.Name}
				}
				if _, ok := a.In.(chat.Exit); ok {
					return nil
				}
				return []chat.Notify{{Ref: a.Ref, Notification: m.answerTo(a.In)}}
			}
			users = append(users, c)
			return c
		}})
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { // ends with ctx
			defer close(done)
			d.Run(ctx)
		}()
		defer func() { cancel(); <-done }()
		run(t, func() *client {
			here, there := net.Pipe()
			l.conns <- there
			return newClient(t, here)
		}, &users)
	})
}

func TestSilence(t *testing.T) {
	inBubble(t, func(t *testing.T, dial func() *client, _ *[]*fronttest.Client) {
		began := time.Now()
		c := dial()
		c.send("NICK anna")
		c.readsEnd("registration timed out")
		if time.Since(began) < registerTime || time.Since(began) > registerTime+time.Second {
			t.Errorf("it took %v", time.Since(began))
		}
		c.Close()

		c = dial()
		go c.send("NICK anna", "USER a 0 * :a") // ends when it is read
		c.until(" 422 ")
		began = time.Now()
		c.until("PING ")
		go c.send("PONG tincan")
		c.until("PING ")
		c.readsEnd("Ping timeout")
		if silent := time.Since(began); silent < 3*idleTime || silent > 3*idleTime+2*time.Second {
			t.Errorf("it took %v", silent)
		}
		c.Close()
	})
}

// Who does not read is dropped, is told why, and holds up nobody.
func TestWhoNeverReads(t *testing.T) {
	inBubble(t, func(t *testing.T, dial func() *client, users *[]*fronttest.Client) {
		c := dial()
		go c.send("NICK anna", "USER a 0 * :a", "JOIN #ops") // ends when it is read
		c.until(" 366 ")
		synctest.Wait()
		text := strings.Repeat("x", 60<<10)
		id := chat.MessageID{Conversation: "#ops"}
		for range sendSize/len(text) + 2 {
			(*users)[0].Tell(chat.Notify{Notification: chat.Shown{ID: id, From: chat.Peer{ID: away, Name: "bob"}, Kind: chat.Text, Text: text}})
			synctest.Wait()
		}
		asked := (*users)[0].Asked(t.Context(), 0)
		if _, gone := asked[len(asked)-1].In.(chat.Exit); !gone {
			t.Errorf("the last that was asked is %#v", asked[len(asked)-1].In)
		}
		c.readsEnd("SendQ exceeded")
		c.Close()
	})
}

// The owner is let in by the token, and finds his channels; what he does elsewhere he
// sees here too.
func TestOwner(t *testing.T) {
	h := open(t, 1506)
	anna := h.come(t, "anna")
	o := h.dial(t)
	o.send("CAP REQ :sasl", "PASS "+h.token.String(), "NICK boss", "USER b 0 * :b", "CAP END")
	o.until(" 366 boss #lobby ")
	o2 := h.dial(t)
	o2.send("PASS boss:"+h.token.String(), "NICK other", "USER b 0 * :b")
	o2.until(" 366 boss #lobby ")
	o.send("JOIN #ops")
	o.until(" 366 ")
	o2.until(" 366 boss #ops ")
	anna.send("JOIN #ops")
	anna.until(" 366 ")
	o.send("PRIVMSG #ops :from the first")
	o2.until("boss!~b@" + host(chat.PeerID(h.node.ID().String())) + " PRIVMSG #ops :from the first")
	anna.until("from the first")
	anna.send("PRIVMSG boss :to both")
	o.until("PRIVMSG boss :to both")
	o2.until("PRIVMSG boss :to both")
	o.send("PART #lobby")
	o.until(" 442 ")
	o.send("QUIT")
	o.readsEnd("ERROR")
	o2.send("PRIVMSG #ops :still here")
	if l := anna.until("still here"); len(l) != 1 {
		t.Errorf("anna was told %q", l)
	}
	o2.send("NICK chief")
	o2.until("NICK chief")
	anna.until("NICK chief")
	o2.send("PART #ops :bye")

	anna.until("chief!~b@" + host(chat.PeerID(h.node.ID().String())) + " PART #ops :bye")
}

// Who comes and cannot ask for history is shown what was said last.
func TestReplay(t *testing.T) {
	h := open(t, 1507)
	anna := h.come(t, "anna")
	anna.send("JOIN #tea")
	anna.sync()
	for i := range replayed + 3 {
		anna.send(fmt.Sprintf("PRIVMSG #tea :cup %d.", i))
	}
	anna.sync()
	bob := h.come(t, "bob", "server-time")
	bob.send("JOIN #tea")
	lines := bob.until(fmt.Sprintf("cup %d.", replayed+2))
	if got := lines[len(lines)-replayed]; !strings.Contains(got, "PRIVMSG #tea :cup 3.") || !strings.HasPrefix(got, "@time=") {
		t.Errorf("the first is %q", got)
	}
	if l := strings.Join(lines, "\n"); strings.Contains(l, "cup 2.") {
		t.Errorf("too much: %s", l)
	}
	carl := h.come(t, "carl", "draft/chathistory", "batch")
	carl.send("JOIN #tea")
	for _, l := range carl.sync() {
		if strings.Contains(l, "PRIVMSG") {
			t.Errorf("carl can ask for it: %q", l)
		}
	}
}
