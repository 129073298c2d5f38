package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/entrance"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/line"
)

// greeting is the first that a guest reads.
const greeting = `* this is tincan, and you are a guest here: what you type, others read
* begin with "join #channel yourname", or with "/nick yourname" and "\lobby"
* /help lists the commands, \quit ends
`

// guest is one connection.
type guest struct {
	gateway *Gateway
	base    context.Context // of the gateway
	ctx     context.Context // ends with the connection
	cancel  context.CancelFunc
	conn    net.Conn
	in      *input

	client front.Client // nil until he has entered
	screen *screen      // the same
	opens  int          // conversations that he asked to be opened, to name the question
	astray bool         // the last one was not, and what he types may have been meant for it
}

// errQuit says that the guest has said all that he will.
var errQuit = errors.New("the guest leaves")

// serve talks with a guest until one of them has enough.
func (g *Gateway) serve(base context.Context, conn net.Conn) {
	defer entrance.Linger(base, conn)
	ctx, cancel := context.WithCancel(base)
	defer cancel()
	c := &guest{gateway: g, base: base, ctx: ctx, cancel: cancel, conn: conn, in: newInput(newSource(ctx, conn))}
	defer context.AfterFunc(ctx, c.wake)()
	err := c.write([]byte(greeting))
	if err == nil {
		err = c.listen()
	}
	if c.client == nil {
		if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil {
			c.refuse("", fmt.Sprintf("you have asked for nothing for %v – this connection ends – connect again when you like", idleTime))
		}
		return
	}
	switch {
	case err == errQuit || err == io.EOF:
		c.part()
	case !c.screen.ended():
		c.client.Do(base, "", chat.Exit{})
	}
	cancel()
	defer time.AfterFunc(goodbyeTime, func() { conn.Close() }).Stop()
	<-c.screen.done
}

// wake ends a read that is under way, when the guest's time is over.
func (c *guest) wake() { c.conn.SetReadDeadline(time.Unix(1, 0)) }

// listen carries out what the guest types, one line after the other.
func (c *guest) listen() error {
	for {
		if c.client == nil {
			if err := c.in.until(time.Now().Add(idleTime)); err != nil {
				return err
			}
		}
		text, size, err := c.in.next()
		switch {
		case err != nil:
			return err
		case size > maxLine:
			err = c.refuse("too-long", fmt.Sprintf("the line has %d bytes – nothing was sent – a message takes %d at most", size, chat.MaxText))
		case c.client == nil && isHTTP(text):
			c.refuse("", "this is no web server – it speaks lines of text – node client connects to it")
			return errQuit
		default:
			err = c.line(text)
		}
		if err != nil {
			return err
		}
	}
}

// isHTTP tells whether the line opens a request of the web: a page that
// somebody looks at must not talk in his name.
func isHTTP(text string) bool {
	return strings.HasSuffix(text, " HTTP/1.1") || strings.HasSuffix(text, " HTTP/1.0")
}

// line carries out a line of the grammar. The error says that there can be no more.
func (c *guest) line(text string) error {
	t := line.Parse(text)
	switch {
	case t.Help != "":
		return c.say(chat.Notice{Text: strings.TrimSuffix(t.Help, "\n")})
	case t.Wrong != "":
		if t.Astray {
			c.astray = true
			c.in.mark()
		}
		return c.refuse("bad-command", t.Wrong)
	}
	return c.ask(t.Do, text)
}

// ask carries out an instruction, which somebody typed as text.
func (c *guest) ask(in chat.Instruction, text string) error {
	if c.client == nil {
		var err error
		if in, err = c.enter(in); in == nil || err != nil {
			return err
		}
	}
	c.astray = c.astray && !c.in.fresh
	_, quit := in.(chat.Quit)
	_, dm := in.(chat.SendDirect)
	switch {
	case quit:
		return errQuit
	case c.astray && line.NeedsPlace(in):
		return c.do("", chat.Hold{Line: text, Reason: "the conversation that it was meant for is not open"})
	case line.Opens(in):
		return c.open(in)
	case dm:
		c.screen.owe()
		return c.do(owed, in)
	}
	return c.do("", in)
}

// enter makes the guest known when he asks for the first thing, and returns what
// is left to be done.
func (c *guest) enter(in chat.Instruction) (rest chat.Instruction, err error) {
	name := ""
	switch in := in.(type) {
	case chat.Blank: // asks for nothing
		return nil, nil
	case chat.Quit:
		return nil, errQuit
	case chat.Rename:
		name, rest = in.Name, nil
	case chat.Join:
		name, rest = in.Name, chat.Join{Channel: in.Channel}
	case chat.MayJoin:
		name, rest = in.Name, chat.MayJoin{Channel: in.Channel, Line: in.Line}
	default:
		rest = in
	}
	if err := c.in.until(time.Time{}); err != nil {
		return nil, err
	}
	c.client = c.gateway.newUser()
	c.screen = newScreen(c)
	go c.screen.show(c.client.Subscribe()) // ends with ctx, or with the connection
	return rest, c.do("", chat.Enter{Name: name})
}

func (c *guest) do(ref string, in chat.Instruction) error { return c.client.Do(c.ctx, ref, in) }

// open waits until a conversation is open: what is typed next must not go to
// the one before. If it does not open, what has been typed before the guest is
// told so is held.
func (c *guest) open(in chat.Instruction) error {
	c.opens++
	ref := fmt.Sprint("open", c.opens)
	c.screen.await(ref, in)
	if err := c.do(ref, in); err != nil {
		return err
	}
	c.until(answerTime, c.screen.answered)
	c.astray = !c.screen.opened()
	return nil
}

// part lets a guest go who has said all: first he gets the answers that he waits for.
func (c *guest) part() {
	c.until(partTime, c.screen.owesNothing)
	if c.client.Do(c.base, "", chat.Quit{}) == nil {
		c.until(partTime, c.screen.ended)
	}
}

// until waits until the screen has shown something, for limit at most.
func (c *guest) until(limit time.Duration, shown func() bool) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for !shown() {
		select {
		case <-c.screen.changed:
		case <-timer.C:
			return
		case <-c.ctx.Done(): // the screen is dark at the latest
			return
		}
	}
}

// refuse tells the guest what he cannot have.
func (c *guest) refuse(code chat.FailCode, text string) error {
	return c.say(chat.Failed{Code: code, Text: text})
}

// say tells the guest something that does not come from the node.
func (c *guest) say(n chat.Notification) error {
	if c.screen != nil {
		return c.screen.say(n)
	}
	var f line.Formatter
	return c.write(appendLines(&f, nil, n))
}

func appendLines(f *line.Formatter, dst []byte, n chat.Notification) []byte {
	out, err := f.Append(dst, nil, chat.Notify{Notification: n})
	return append(out, err...)
}

// write writes p, in writeTime. Callers take turns: see screen.
func (c *guest) write(p []byte) error {
	c.conn.SetWriteDeadline(time.Now().Add(writeTime))
	_, err := c.conn.Write(p)
	return err
}
