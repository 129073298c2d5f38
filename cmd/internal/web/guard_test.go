package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tincan/cmd/internal/token"
)

// answers sends a request as it stands, with "HOST" as the door's address, and reads the answer.
func (h *house) answers(t *testing.T, request string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	request = strings.ReplaceAll(strings.ReplaceAll(request, "HOST", h.addr), "\n", "\r\n") + "\r\n\r\n"
	go io.WriteString(conn, request) // ends with the connection
	method, _, _ := strings.Cut(request, " ")
	r, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer r.Body.Close()
	if r.StatusCode == http.StatusSwitchingProtocols {
		return r, ""
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, string(body)
}

// upgrade is what makes a request one for a WebSocket.
const upgrade = "\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="

// TestWhoIsAnswered: rows 90, 91, 93, 97 and 99 of the bad input.
func TestWhoIsAnswered(t *testing.T) {
	h := open(t)
	_, port, _ := net.SplitHostPort(h.addr)
	for _, c := range []struct {
		name, request string
		code          int
	}{
		{"the page", "GET / HTTP/1.1\nHost: HOST", 200},
		{"its head", "HEAD / HTTP/1.1\nHost: HOST", 200},
		{"by the name of this machine", "GET / HTTP/1.1\nHost: localhost:" + port, 200},
		{"by IPv6", "GET / HTTP/1.1\nHost: [::1]:" + port, 200},
		{"with its own origin", "GET / HTTP/1.1\nHost: HOST\nOrigin: http://HOST", 200},

		{"another host", "GET / HTTP/1.1\nHost: evil.example", 421},
		{"a name made to lead here", "GET / HTTP/1.1\nHost: evil.example:" + port, 421},
		{"a name that begins like this machine", "GET / HTTP/1.1\nHost: localhost.evil.example:" + port, 421},
		{"another way to write the address", "GET / HTTP/1.1\nHost: 127.1:" + port, 421},
		{"a number for an address", "GET / HTTP/1.1\nHost: 2130706433:" + port, 421},
		{"another address of this machine", "GET / HTTP/1.1\nHost: 127.0.0.2:" + port, 421},
		{"another address", "GET / HTTP/1.1\nHost: 192.0.2.1:" + port, 421},
		{"IPv4 within IPv6", "GET / HTTP/1.1\nHost: [::ffff:127.0.0.1]:" + port, 421},
		{"another port", "GET / HTTP/1.1\nHost: 127.0.0.1:1", 421},
		{"port 0", "GET / HTTP/1.1\nHost: 127.0.0.1:0", 421},
		{"a port with a zero before it", "GET / HTTP/1.1\nHost: 127.0.0.1:0" + port, 421},
		{"a name in capitals, which no browser sends", "GET / HTTP/1.1\nHost: LOCALHOST:" + port, 421},
		{"IPv6 with a zone", "GET / HTTP/1.1\nHost: [::1%25lo]:" + port, 421},
		{"no port", "GET / HTTP/1.1\nHost: 127.0.0.1", 421},
		{"a dot at the end", "GET / HTTP/1.1\nHost: localhost.:" + port, 421},
		{"no host", "GET / HTTP/1.1\nHost:", 421},
		{"no host header", "GET / HTTP/1.1", 400},
		{"two hosts", "GET / HTTP/1.1\nHost: HOST\nHost: HOST", 400},
		{"an old version", "GET / HTTP/1.0", 421},
		{"a host with what is none", "GET / HTTP/1.1\nHost: HOST/x", 400},
		{"a host with a user", "GET / HTTP/1.1\nHost: a@HOST", 400},

		{"up and away", "GET /../ HTTP/1.1\nHost: HOST", 404},
		{"up and away, hidden", "GET /%2e%2e/ HTTP/1.1\nHost: HOST", 404},
		{"two slashes", "GET // HTTP/1.1\nHost: HOST", 404},
		{"a dot", "GET /./ HTTP/1.1\nHost: HOST", 404},
		{"NUL", "GET /%00 HTTP/1.1\nHost: HOST", 404},
		{"the source", "GET /page/main.js HTTP/1.1\nHost: HOST", 404},
		{"a directory", "GET /page/ HTTP/1.1\nHost: HOST", 404},
		{"the page by its file", "GET /index.html HTTP/1.1\nHost: HOST", 404},
		{"a query", "GET /?token=x HTTP/1.1\nHost: HOST", 404},
		{"a query at the socket", "GET /ws?token=x HTTP/1.1\nHost: HOST" + upgrade, 404},
		{"an absolute address", "GET http://HOST/ HTTP/1.1\nHost: HOST", 404},
		{"an absolute address elsewhere", "GET http://evil.example/ HTTP/1.1\nHost: HOST", 421},
		{"a tunnel", "CONNECT evil.example:443 HTTP/1.1\nHost: HOST", 421},
		{"a tunnel to here", "CONNECT HOST HTTP/1.1\nHost: HOST", 405},
		{"options", "OPTIONS * HTTP/1.1\nHost: HOST", 405},
		{"a question before a request", "OPTIONS /ws HTTP/1.1\nHost: HOST\nOrigin: http://evil.example\nAccess-Control-Request-Method: GET", 405},
		{"a form", "POST / HTTP/1.1\nHost: HOST\nContent-Type: text/plain\nContent-Length: 3\n\nx=1", 405},
		{"a form at the socket", "POST /ws HTTP/1.1\nHost: HOST\nContent-Length: 0", 405},
		{"a trace", "TRACE / HTTP/1.1\nHost: HOST", 405},
		{"no such method", "BREW / HTTP/1.1\nHost: HOST", 405},
		{"a request of HTTP/2", "PRI * HTTP/2.0\n\nSM", 421},
		{"a body that nobody reads", "GET / HTTP/1.1\nHost: HOST\nContent-Length: 1000000000\n\nx", 200},

		{"a script for another site", "GET / HTTP/1.1\nHost: HOST\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors\nSec-Fetch-Dest: script", 403},
		{"a frame on another site", "GET / HTTP/1.1\nHost: HOST\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: iframe", 403},
		{"a page of another port", "GET / HTTP/1.1\nHost: HOST\nSec-Fetch-Site: same-site\nSec-Fetch-Mode: cors\nSec-Fetch-Dest: empty", 403},
		{"another site asks", "GET / HTTP/1.1\nHost: HOST\nOrigin: http://evil.example", 403},
		{"a link on another site", "GET / HTTP/1.1\nHost: HOST\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document", 200},

		{"the socket", "GET /ws HTTP/1.1\nHost: HOST\nOrigin: http://HOST" + upgrade, 101},
		{"the socket by the name of this machine", "GET /ws HTTP/1.1\nHost: localhost:" + port + "\nOrigin: http://localhost:" + port + upgrade, 101},
		{"the socket for a program", "GET /ws HTTP/1.1\nHost: HOST" + upgrade, 101},
		{"the socket with a body", "GET /ws HTTP/1.1\nHost: HOST\nContent-Length: 6" + upgrade + "\n\nsneaky", 400},
		{"the socket with a body in pieces", "GET /ws HTTP/1.1\nHost: HOST\nTransfer-Encoding: chunked" + upgrade + "\n\n0\n", 400},
		{"the socket of another site", "GET /ws HTTP/1.1\nHost: HOST\nOrigin: http://evil.example" + upgrade, 403},
		{"the socket of another port", "GET /ws HTTP/1.1\nHost: HOST\nOrigin: http://127.0.0.1:1" + upgrade, 403},
		{"the socket of no port", "GET /ws HTTP/1.1\nHost: HOST\nOrigin: http://127.0.0.1" + upgrade, 403},
		{"the socket of another scheme", "GET /ws HTTP/1.1\nHost: HOST\nOrigin: https://HOST" + upgrade, 403},
		{"the socket of another name of here", "GET /ws HTTP/1.1\nHost: HOST\nOrigin: http://localhost:" + port + upgrade, 403},
		{"the socket of nobody", "GET /ws HTTP/1.1\nHost: HOST\nOrigin: null" + upgrade, 403},
		{"the socket of an empty origin", "GET /ws HTTP/1.1\nHost: HOST\nOrigin:" + upgrade, 403},
		{"the socket of a file", "GET /ws HTTP/1.1\nHost: HOST\nOrigin: file://" + upgrade, 403},
		{"the socket of two", "GET /ws HTTP/1.1\nHost: HOST\nOrigin: http://HOST\nOrigin: http://evil.example" + upgrade, 403},
		{"the socket of an origin with more", "GET /ws HTTP/1.1\nHost: HOST\nOrigin: http://HOST/" + upgrade, 403},
		{"the socket of a name made to lead here", "GET /ws HTTP/1.1\nHost: evil.example:" + port + "\nOrigin: http://evil.example:" + port + upgrade, 421},
		{"the socket without an origin on another site", "GET /ws HTTP/1.1\nHost: HOST\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: websocket" + upgrade, 403},
		{"no upgrade", "GET /ws HTTP/1.1\nHost: HOST", 426},
		{"the head of the socket", "HEAD /ws HTTP/1.1\nHost: HOST", 405},
		{"a version that is not", strings.Replace("GET /ws HTTP/1.1\nHost: HOST"+upgrade, "Version: 13", "Version: 8", 1), 400},
		{"no key", strings.Replace("GET /ws HTTP/1.1\nHost: HOST"+upgrade, "Sec-WebSocket-Key", "X-Key", 1), 400},
		{"a short key", strings.Replace("GET /ws HTTP/1.1\nHost: HOST"+upgrade, "dGhlIHNhbXBsZSBub25jZQ==", "dGhl", 1), 400},
		{"two keys", "GET /ws HTTP/1.1\nHost: HOST" + upgrade + "\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, body := h.answers(t, c.request)
			if r.StatusCode != c.code {
				t.Fatalf("%s: %q, want %d", r.Status, body, c.code)
			}
			if c.code == 400 || c.code == 101 {
				return // net/http itself, or no answer that a browser shows
			}
			for key, want := range map[string]string{
				"Content-Security-Policy":      policy,
				"X-Content-Type-Options":       "nosniff",
				"Referrer-Policy":              "no-referrer",
				"Cross-Origin-Resource-Policy": "same-origin",
				"Cross-Origin-Opener-Policy":   "same-origin",
				"Access-Control-Allow-Origin":  "",
				"Location":                     "",
				"Set-Cookie":                   "",
			} {
				if got := r.Header.Get(key); got != want {
					t.Errorf("%s: %q, want %q", key, got, want)
				}
			}
			if c.code != 200 && r.Request.Method != "HEAD" && (strings.Count(body, "\n") != 1 || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain")) {
				t.Errorf("it says %q as %s", body, r.Header.Get("Content-Type"))
			}
		})
	}
	t.Cleanup(func() { // after all of them, and before the door is closed
		if owners, guests := h.count(); owners+guests > 0 {
			t.Errorf("%d owners and %d guests have come in", owners, guests)
		}
	})
}

// TestOneAnswerOnly: what stands behind a body that nobody reads is no request, however its
// length is said; what comes behind a request without one is.
func TestOneAnswerOnly(t *testing.T) {
	h := open(t)
	const get = "GET / HTTP/1.1\r\nHost: HOST\r\n"
	for _, c := range []struct {
		name, sent string
		answers    int
	}{
		{"two requests at once", get + "\r\n" + get + "Connection: close\r\n\r\n", 2},
		{"a length and pieces", get + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get + "\r\n", 1},
		{"a length that ends before", get + "Content-Length: 1\r\n\r\nx" + get + "\r\n", 1},
		{"two lengths", get + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n" + get + "\r\n", 1},
		{"a length that is none", get + "Content-Length: +5\r\n\r\n" + get + "\r\n", 1},
		{"an encoding that is none", get + "Transfer-Encoding: xchunked\r\n\r\n" + get + "\r\n", 1},
		{"a line folded", get + "X: a\r\n Content-Length: 500\r\n\r\n", 1},
	} {
		conn, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(patience))
		if c.name == "a line folded" {
			c.sent = strings.Replace(c.sent, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)
		}
		go io.WriteString(conn, strings.ReplaceAll(c.sent, "HOST", h.addr)) // ends with the connection
		all, err := io.ReadAll(conn)
		if n := strings.Count(string(all), "HTTP/1.1 "); n != c.answers {
			t.Errorf("%s: %d answers, want %d (%v): %.300q", c.name, n, c.answers, err, all)
		}
		conn.Close()
	}
}

// TestNoCompression: whatever a visitor offers, frames come as they are, and a compressed one
// is a fault of his.
func TestNoCompression(t *testing.T) {
	h := open(t)
	r, _ := h.answers(t, "GET /ws HTTP/1.1\nHost: HOST\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"+upgrade)
	if got := r.Header.Values("Sec-WebSocket-Extensions"); r.StatusCode != 101 || len(got) > 0 {
		t.Errorf("%s with the extensions %q", r.Status, got)
	}
}

func TestHosts(t *testing.T) {
	for _, c := range []struct {
		at      string
		yes, no []string
	}{
		{"127.0.0.1:80", []string{"127.0.0.1", "127.0.0.1:80", "localhost", "localhost:80"}, []string{"10.0.0.1", "evil.example", ""}},
		{"127.0.0.2:8080", []string{"127.0.0.2:8080", "127.0.0.1:8080"}, []string{"127.0.0.3:8080"}},
		{"[::1]:8080", []string{"[::1]:8080", "localhost:8080"}, []string{"::1:8080", "[::2]:8080"}},
		{"0.0.0.0:8080", []string{"10.0.0.1:8080", "[fe80::1]:8080", "127.0.0.1:8080", "localhost:8080", "0.0.0.0:8080"}, []string{"10.0.0.1:80", "10.0.0.1", "[fe80::1%25eth0]:8080", "[fe80::1%eth0]:8080", "10.1:8080", "010.0.0.1:8080", "evil.example:8080", "mybox.local:8080", "LOCALHOST:8080"}},
		{"192.0.2.1:80", []string{"192.0.2.1", "192.0.2.1:80", "198.51.100.1"}, []string{"evil.example", "192.0.2.1:8080"}},
	} {
		at, err := net.ResolveTCPAddr("tcp", c.at)
		if err != nil {
			t.Fatal(err)
		}
		h := hostsOf(at)
		for _, host := range c.yes {
			if !h.admit(host) {
				t.Errorf("at %s: %q is refused", c.at, host)
			}
		}
		for _, host := range c.no {
			if h.admit(host) {
				t.Errorf("at %s: %q is admitted", c.at, host)
			}
		}
	}
}

// TestWhoEnters: row 92 of the bad input, and what else a first frame may be.
func TestWhoEnters(t *testing.T) {
	h := open(t)
	for _, c := range []struct{ name, first, why string }{
		{"a token of another node", `{"do":"enter","token":"` + token.New().String() + `"}`, "not the token of this node"},
		{"no token at all", `{"do":"enter","token":"x","name":"anna"}`, "not the token of this node"},
		{"half of a token", `{"do":"enter","token":"` + h.secret.String()[:20] + `"}`, "not the token of this node"},
		{"a token and more", `{"do":"enter","token":"` + h.secret.String() + ` "}`, "not the token of this node"},
		{"something else first", `{"do":"status"}`, "the first frame is not"},
		{"no object", `[]`, "the first frame is not"},
		{"nothing", ``, "the first frame is not"},
		{"no JSON", `hello`, "the first frame is not"},
		{"a name that is none", `{"do":"enter","name":1e999}`, "the first frame is not"},
		{"a name of objects", `{"do":"enter","name":{"__proto__":{"owner":true}}}`, "the first frame is not"},
		{"a long ref", `{"do":"enter","ref":"` + strings.Repeat("x", 65) + `"}`, "the first frame is not"},
		{"depth", strings.Repeat("[", maxFirst), "the first frame is not"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := h.visit(t)
			began := time.Now()
			p.sends(c.first)
			p.ends(websocket.StatusPolicyViolation, c.why)
			if d := time.Since(began); d > patience/2 {
				t.Errorf("it took %v", d)
			}
		})
	}
	if owners, guests := h.count(); owners+guests > 0 {
		t.Fatalf("%d owners and %d guests have come in", owners, guests)
	}
	for i, first := range []string{
		`{"do":"enter","name":"anna","__proto__":{"token":"x"},"constructor":1}`,
		`{"do":"quit","do":"enter","name":"eve","name":"anna"}`,
		`{"do":"enter","name":"anna","owner":true,"seat":1}`,
	} {
		p := h.visit(t)
		p.sends(first)
		p.reads("type=entered", "asked=anna")
		p.sends(enterOwner(h))
		p.reads("type=error", "code=unknown")
		if owners, guests := h.count(); owners > 0 || guests != i+1 {
			t.Fatalf("%s: %d owners, %d guests", first, owners, guests)
		}
	}
}

// TestOwnerFromElsewhere: the right token does not help, and whether it is the right one cannot be found out.
func TestOwnerFromElsewhere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := openOn(t, far{l})
	for _, secret := range []token.Token{h.secret, token.New()} {
		p := h.visit(t)
		p.sends(fmt.Sprintf(`{"do":"enter","token":"%v"}`, secret))
		p.ends(websocket.StatusPolicyViolation, "from the node's own machine only")
	}
	if owners, _ := h.count(); owners > 0 {
		t.Errorf("%d owners have come in", owners)
	}
	p := h.visit(t)
	p.sends(`{"do":"enter","name":"anna"}`)
	p.reads("type=entered")
}

// far is a listener whose connections come from another machine.
type far struct{ net.Listener }

func (f far) Accept() (net.Conn, error) {
	c, err := f.Listener.Accept()
	return farConn{c}, err
}

type farConn struct{ net.Conn }

func (farConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1} }
