package web

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/jsonl"
)

// raw is a WebSocket whose bytes a test writes.
type raw struct {
	net.Conn
	t  testing.TB
	in *bufio.Reader
}

// shake makes a WebSocket of a connection to a door.
func shake(t testing.TB, conn net.Conn, host string) *raw {
	t.Helper()
	r := &raw{conn, t, bufio.NewReader(conn)}
	r.writes([]byte(strings.ReplaceAll("GET /ws HTTP/1.1\nHost: "+host+upgrade+"\n\n", "\n", "\r\n")))
	answer, err := http.ReadResponse(r.in, nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("no WebSocket: %v, %v", answer, err)
	}
	return r
}

func (h *house) raw(t testing.TB) *raw {
	t.Helper()
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { conn.Close() })
	return shake(t, conn, h.addr)
}

func (r *raw) writes(p []byte) {
	r.t.Helper()
	if _, err := r.Write(p); err != nil {
		r.t.Fatal(err)
	}
}

// The beginnings of frames (RFC 6455, 5.2).
const (
	fin       = 0x80
	more      = 0x00
	goOn      = 0x0
	isText    = 0x1
	isBinary  = 0x2
	isClose   = 0x8
	isPing    = 0x9
	withMask  = 0x80
	unmasked  = 0x00
	length16  = 126
	length64  = 127
	zeroMask  = "\x00\x00\x00\x00" // leaves what it is put over
	manyBytes = 1 << 40
)

// frame is a whole frame of a client's.
func frame(first byte, text string) []byte {
	return append(head(first, withMask, len(text)), text...)
}

// head is the beginning of one.
func head(first, mask byte, size int) []byte {
	p := []byte{first}
	switch {
	case size < length16:
		p = append(p, mask|byte(size))
	case size < 1<<16:
		p = binary.BigEndian.AppendUint16(append(p, mask|length16), uint16(size))
	default:
		p = binary.BigEndian.AppendUint64(append(p, mask|length64), uint64(size))
	}
	if mask == 0 {
		return p
	}
	return append(p, zeroMask...)
}

// next reads a frame of the door's.
func (r *raw) next() (opcode byte, payload []byte, err error) {
	var h [2]byte
	if _, err := io.ReadFull(r.in, h[:]); err != nil {
		return 0, nil, err
	}
	size := uint64(h[1])
	var long [8]byte
	switch size {
	case length16:
		_, err = io.ReadFull(r.in, long[6:])
		size = binary.BigEndian.Uint64(long[:])
	case length64:
		_, err = io.ReadFull(r.in, long[:])
		size = binary.BigEndian.Uint64(long[:])
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(r.in, payload)
	return h[0] & 0xf, payload, err
}

// text reads the next text.
func (r *raw) text() string {
	r.t.Helper()
	for {
		switch opcode, payload, err := r.next(); {
		case err != nil:
			r.t.Fatalf("read: %v", err)
		case opcode == isText:
			return string(payload)
		case opcode == isClose:
			r.t.Fatalf("it ends: %q", payload)
		}
	}
}

// ends reads until the end and compares it. What is sent meanwhile may be lost.
func (r *raw) ends(code websocket.StatusCode, why string) {
	r.t.Helper()
	for {
		opcode, payload, err := r.next()
		switch {
		case err != nil:
			r.t.Fatalf("it ends without a reason: %v; want %d %q", err, code, why)
		case opcode != isClose:
			continue
		case len(payload) < 2:
			r.t.Fatalf("it ends with %q", payload)
		}
		if got := websocket.StatusCode(binary.BigEndian.Uint16(payload)); got != code || !strings.Contains(string(payload[2:]), why) {
			r.t.Errorf("it ends with %d %q, want %d %q", got, payload[2:], code, why)
		}
		return
	}
}

func (r *raw) enters() {
	r.t.Helper()
	r.writes(frame(fin|isText, `{"do":"enter","name":"eve"}`))
	if got := r.text(); !strings.Contains(got, `"type":"entered"`) {
		r.t.Fatalf("told %s", got)
	}
}

// TestBadFrames: row 94 of the bad input, from one who has entered and one who has not.
func TestBadFrames(t *testing.T) {
	h := open(t)
	big := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct {
		name string
		sent [][]byte
		code websocket.StatusCode
		why  string
	}{
		{"unmasked", [][]byte{append(head(fin|isText, unmasked, 2), "{}"...)}, websocket.StatusProtocolError, ""},
		{"a reserved bit", [][]byte{frame(fin|0x40|isText, "{}")}, websocket.StatusProtocolError, ""},
		{"another reserved bit", [][]byte{frame(fin|0x20|isText, "{}")}, websocket.StatusProtocolError, ""},
		{"a reserved kind", [][]byte{frame(fin|3, "{}")}, websocket.StatusProtocolError, ""},
		{"the end of nothing", [][]byte{frame(fin|goOn, "{}")}, websocket.StatusProtocolError, ""},
		{"a text within a text", [][]byte{frame(more|isText, "{"), frame(fin|isText, "}")}, websocket.StatusProtocolError, ""},
		{"a ping that is long", [][]byte{frame(fin|isPing, big(126))}, websocket.StatusProtocolError, ""},
		{"a ping in parts", [][]byte{frame(more|isPing, "x")}, websocket.StatusProtocolError, ""},
		{"half a code", [][]byte{frame(fin|isClose, "x")}, websocket.StatusProtocolError, ""},
		{"a length below zero", [][]byte{append([]byte{fin | isText, withMask | length64, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, zeroMask...)}, websocket.StatusProtocolError, ""},
		{"binary", [][]byte{frame(fin|isBinary, "{}")}, websocket.StatusUnsupportedData, "a frame is not text"},
		{"no UTF-8", [][]byte{frame(fin|isText, "{\"do\":\"\xc0\xaf\"}")}, websocket.StatusInvalidFramePayloadData, "a frame is not UTF-8"},
		{"half a character", [][]byte{frame(more|isText, "\xe2"), frame(fin|goOn, "\x82")}, websocket.StatusInvalidFramePayloadData, "a frame is not UTF-8"},
		{"one byte too many", [][]byte{frame(fin|isText, big(maxFrame+1))}, websocket.StatusMessageTooBig, "a frame has more than"},
		{"as much as there is", [][]byte{head(fin|isText, withMask, manyBytes), []byte(big(maxFrame + 1))}, websocket.StatusMessageTooBig, "a frame has more than"},
		{"parts without end", [][]byte{frame(more|isText, big(maxFrame/2)), frame(more|goOn, big(maxFrame/2)), frame(more|goOn, "x")}, websocket.StatusMessageTooBig, "a frame has more than"},
	} {
		for _, who := range []string{"stranger", "guest"} {
			t.Run(c.name+" from a "+who, func(t *testing.T) {
				t.Parallel()
				r := h.raw(t)
				if who == "guest" {
					r.enters()
				}
				go func() { // ends with the connection
					for _, p := range c.sent {
						r.Write(p)
					}
				}()
				r.ends(c.code, c.why)
			})
		}
	}
}

// TestAFrameAsLongAsMayBe: the bound is exact, and the owner's is that of a text.
func TestAFrameAsLongAsMayBe(t *testing.T) {
	h := open(t)
	guest, owner := h.visit(t), h.visit(t)
	guest.sends(`{"do":"enter"` + strings.Repeat(" ", maxFirst-len(`{"do":"enter"}`)) + `}`)
	guest.reads("type=entered")
	text := func(all int) string {
		around := len(`{"do":"broadcast","text":""}`)
		return strings.Repeat("x", all-around)
	}
	guest.sends(`{"do":"broadcast","text":"` + text(maxFrame) + `"}`)
	asked(t, h.guest(t, 0), chat.Enter{}, chat.Broadcast{Text: text(maxFrame)})
	owner.sends(enterOwner(h))
	owner.reads("type=ready")
	owner.sends(`{"do":"broadcast","text":"` + strings.Repeat(`\u0041`, chat.MaxText) + `"}`)
	asked(t, h.owner(t, 0), chat.Attach{Apart: true}, chat.Broadcast{Text: strings.Repeat("A", chat.MaxText)})
	owner.sends(strings.Repeat(" ", jsonl.MaxLine+1))
	owner.ends(websocket.StatusMessageTooBig, "more than 512 KiB")
}

// TestBadInstructions: row 95 of the bad input. Each is answered, and the visit goes on.
func TestBadInstructions(t *testing.T) {
	h := open(t)
	guest, owner := h.visit(t), h.visit(t)
	guest.sends(`{"do":"enter"}`)
	guest.reads("type=entered")
	owner.sends(enterOwner(h))
	owner.reads("type=ready")
	for _, c := range []struct{ name, frame, code, ref string }{
		{"nothing", "", "bad-json", ""},
		{"depth", strings.Repeat("[", jsonl.MaxLine), "bad-json", ""},
		{"depth within an object", `{"do":` + strings.Repeat(`{"a":`, 80_000), "bad-json", ""},
		{"a number that is none", `{"do":"switch","n":1e999,"ref":"r"}`, "bad-request", "r"},
		{"a number for a text", `{"do":"say","text":1e999,"ref":"r"}`, "bad-request", "r"},
		{"the same key twice", `{"do":"status","do":"nonsense","ref":"a","ref":"b"}`, "unknown", "b"},
		{"a prototype", `{"__proto__":{"do":"status"},"constructor":{"prototype":1},"ref":"r"}`, "bad-request", "r"},
		{"a prototype asked for", `{"do":"__proto__","ref":"r"}`, "unknown", "r"},
		{"two at once", `{"do":"status"}{"do":"status"}`, "bad-json", ""},
		{"to enter again", `{"do":"enter","name":"bob","ref":"r"}`, "unknown", "r"},
		{"to attach again", `{"do":"attach","apart":false,"ref":"r"}`, "unknown", "r"},
		{"half a surrogate", `{"do":"\ud800","ref":"r"}`, "unknown", "r"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, p := range []*page{guest, owner} {
				if p == guest && len(c.frame) > maxFrame {
					continue
				}
				outer := p.t
				defer func() { p.t = outer }()
				p.t = t
				p.sends(c.frame)
				p.reads("type=error", "code="+c.code, "ref="+c.ref)
			}
		})
	}
	guest.sends(`{"do":"hello"}`)
	owner.sends(`{"do":"hello"}`)
	asked(t, h.guest(t, 0), chat.Enter{}, chat.SayHello{})
	asked(t, h.owner(t, 0), chat.Attach{Apart: true}, chat.SayHello{})
}

// TestALongHead: the larger part of row 96; the slow one is in limits_test.go.
func TestALongHead(t *testing.T) {
	h := open(t)
	for name, request := range map[string]string{
		"one long line": "GET / HTTP/1.1\nHost: HOST\nX: " + strings.Repeat("x", 1<<20),
		"many lines":    "GET / HTTP/1.1\nHost: HOST" + strings.Repeat("\nX: x", 200_000),
		"a long path":   "GET /" + strings.Repeat("x", 1<<20) + " HTTP/1.1\nHost: HOST",
	} {
		t.Run(name, func(t *testing.T) {
			if r, body := h.answers(t, request); r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("%s: %s", r.Status, body)
			}
		})
	}
}

// TestTooSlowToRead: who does not read is sent away with the reason, which he finds
// behind what he has not read, and nobody waits for him.
func TestTooSlowToRead(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: it takes writeTime")
	}
	t.Parallel()
	h := open(t)
	deaf := h.raw(t)
	deaf.enters()
	other := h.visit(t)
	other.sends(`{"do":"enter","name":"bob"}`)
	other.reads("type=entered")
	line := notice(strings.Repeat("x", 8<<10))
	for range 1000 {
		h.guest(t, 0).Tell(line)
		h.guest(t, 1).Tell(line)
		other.reads("type=notice")
	}
	asked(t, h.guest(t, 0), chat.Enter{Name: "eve"}, chat.Exit{}) // he is gone, though he has read nothing
	h.guest(t, 1).Tell(notice("still here"))
	other.reads("type=notice", "text=still here")
	deaf.SetDeadline(time.Now().Add(patience))
	deaf.ends(websocket.StatusTryAgainLater, "you have not read for 10 s")
}
