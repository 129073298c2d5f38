//go:build linux || darwin || freebsd

package control

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/jsonl"
)

// Whatever is said, the answer is one line, and the next line is heard.
func TestRudeLines(t *testing.T) {
	d := open(t).run()
	conn, out := d.raw()
	d.reads(out, `"type":"ready"`)
	for _, c := range []struct{ said, answer string }{
		{"hello\n", `"code":"bad-json"`},
		{"\x00\x01\xff\xfe\n", `"code":"bad-json"`},
		{"{\"do\":\"broadcast\",\"text\":\"\xff\",\"ref\":\"a\"}\n", `"code":"bad-json"`},
		{"{}\n", `"code":"bad-request"`},
		{"\n\r\n  \n{\"do\":\"fly\",\"ref\":\"f\"}\n", `"ref":"f","code":"unknown"`},
		{strings.Repeat("x", 1<<20) + "\n", `the line has 1048576 bytes`},
		{`{"do":"ls","ref":"` + strings.Repeat("r", chat.MaxRef+1) + "\"}\n", `ref is longer`},
		{"GET / HTTP/1.1\r\n", `"code":"bad-json"`},
		{strings.Repeat("[", jsonl.MaxLine-1) + "\n", `"code":"bad-json"`},
		{"{\"do\":\"ls\",\"ref\":\"still here\"}\n", `"ref":"still here"`},
	} {
		if _, err := io.WriteString(conn, c.said); err != nil {
			t.Fatalf("%.40q: %v", c.said, err)
		}
		d.reads(out, c.answer)
	}
}

// A line is carried out however slowly it comes, and what is cut off is not.
func TestPieces(t *testing.T) {
	d := open(t).run()
	conn, out := d.raw()
	d.reads(out, `"type":"ready"`)
	for _, b := range []byte("{\"do\":\"ls\",\"ref\":\"slow\"}\n") {
		if _, err := conn.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	d.reads(out, `"ref":"slow"`)
	io.WriteString(conn, `{"do":"broadcast","text":"cut o`)
	conn.Close()
	d.free()
	for _, a := range d.seat().Asked(t.Context(), 0) {
		if _, said := a.In.(chat.Broadcast); said {
			t.Error("what was cut off was said")
		}
	}
}

// Who is done asking goes on listening, and is noticed when he goes.
func TestHalfClosed(t *testing.T) {
	d := open(t).run()
	conn, out := d.raw()
	seat := d.seat()
	d.reads(out, `"type":"ready"`)
	io.WriteString(conn, `{"do":"ls","ref":"1"}`) // a last line needs no newline
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	d.reads(out, `"ref":"1"`)
	seat.Tell(chat.Notify{Notification: chat.Notice{Text: "and more"}})
	d.reads(out, "and more")
	conn.Close()
	d.free()
}

// What was asked before the end is answered before the farewell.
func TestAskedInOneBreath(t *testing.T) {
	d := open(t).run()
	conn, out := d.raw()
	io.WriteString(conn, `{"do":"ls","ref":"1"}`+"\n"+`{"do":"nothing"}`+"\n"+`{"do":"ls","ref":"2"}`+"\n"+`{"do":"quit","ref":"3"}`+"\n"+`{"do":"ls","ref":"4"}`+"\n")
	ready := 0
	var refs []string
	for out.Scan() {
		if strings.Contains(out.Text(), `"type":"ready"`) {
			ready++
		}
		if _, rest, ok := strings.Cut(out.Text(), `"ref":"`); ok {
			refs = append(refs, rest[:1])
		}
	}
	if got := strings.Join(refs, ""); got != "123" || ready != 1 {
		t.Errorf("answers to %s, ready %d times", got, ready)
	}
}

// An answer that takes the node a while is waited for.
func TestLateAnswer(t *testing.T) {
	d := open(t).run()
	conn, out := d.raw()
	d.reads(out, `"type":"ready"`)
	seat := d.seat()
	io.WriteString(conn, `{"do":"status","ref":"late"}`+"\n"+`{"do":"quit"}`+"\n")
	seat.Asked(t.Context(), 3) // the front end is going
	seat.Tell(chat.Notify{Ref: "late", Notification: chat.StatusReport{}})
	d.reads(out, `"ref":"late"`, farewell)
}

// One who reads nothing is let go, and holds up nobody meanwhile.
func TestNeverReads(t *testing.T) {
	d := open(t)
	d.server.patience = 50 * time.Millisecond
	d.run()
	conn, _ := d.raw()
	seat := d.seat()
	text := strings.Repeat("x", 1<<10)
	for range 4096 { // more than a socket's buffer
		seat.Tell(chat.Notify{Notification: chat.Notice{Text: text}})
	}
	c, sub := d.dials()
	d.seat().Tell(chat.Notify{Notification: chat.Notice{Text: "others hear"}})
	d.next(sub, chat.Notice{Text: "others hear"})
	d.does(c, "", chat.Quit{})
	d.free()
	conn.Close()
	if all := seat.Asked(t.Context(), 2); len(all) != 2 || all[1].In != (chat.Detach{}) {
		t.Errorf("its seat is not given up: %v", all)
	}
}

// One who asks and never reads is let go too.
func TestAsksAndNeverReads(t *testing.T) {
	d := open(t)
	d.server.patience = 50 * time.Millisecond
	d.run()
	conn, _ := d.raw()
	junk := bytes.Repeat([]byte("junk\n"), 1<<10)
	var err error
	for err == nil {
		_, err = conn.Write(junk)
	}
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		t.Errorf("was kept: %v", err)
	}
	d.free()
}

// A hundred are too many, and those who are too many are told so; when one goes,
// there is room.
func TestManyFrontEnds(t *testing.T) {
	d := open(t).run()
	var all []*net.UnixConn
	full := 0
	for range 100 {
		conn, out := d.raw()
		all = append(all, conn)
		if !out.Scan() {
			t.Fatalf("told nothing: %v", out.Err())
		}
		switch text := out.Text(); {
		case strings.Contains(text, `"type":"ready"`):
		case strings.Contains(text, fmt.Sprintf(`"text":"%d front ends are here`, maxFrontEnds)):
			full++
		default:
			t.Fatalf("told %s", text)
		}
	}
	if full != 100-maxFrontEnds {
		t.Errorf("%d were turned away", full)
	}
	for _, conn := range all {
		conn.Close()
	}
	d.free()
	d.dials()
}

// Those who come and go leave nothing behind.
func TestComeAndGo(t *testing.T) {
	d := open(t).run()
	for range 1000 {
		conn, err := net.Dial("unix", d.path)
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	for welcome := false; !welcome; { // until the last of them has been looked at
		conn, out := d.raw()
		if !out.Scan() {
			t.Fatalf("told nothing: %v", out.Err())
		}
		welcome = strings.Contains(out.Text(), `"type":"ready"`)
		conn.Close()
	}
	d.free()
}

// Another user is turned away before he has a seat.
func TestStranger(t *testing.T) {
	d := open(t)
	d.server.stranger = func(net.Conn) error { return errors.New("it is user 65534, and this is 0") }
	d.run()
	conn, out := d.raw()
	io.WriteString(conn, `{"do":"broadcast","text":"in your name"}`+"\n") // it may be closed already
	d.reads(out, `"code":"not-allowed"`)
	if out.Scan() {
		t.Errorf("read more: %s", out.Text())
	}
	d.free()
	if len(d.seats) != 0 {
		t.Error("he had a seat")
	}
}
