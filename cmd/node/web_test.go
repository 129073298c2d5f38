package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tincan/cmd/internal/token"
)

// surfer is somebody with a page of a node's web door, seen from the node.
type surfer struct {
	t      *testing.T
	socket *websocket.Conn
	out    *transcript
}

// page waits until a node lets browsers in, and returns where: with the owner's
// token if it is said.
func (p *process) page() (addr, secret string) {
	p.t.Helper()
	m := regexp.MustCompile(`^\* web on http://([^/]+)/(?:#(.+))?$`).FindStringSubmatch(p.sees(`^\* web on http://`))
	return m[1], m[2]
}

// surfs opens a WebSocket as the page does, and enters.
func surfs(t *testing.T, addr, enter string) *surfer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, _, err := websocket.Dial(ctx, "ws://"+addr+"/ws", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"http://" + addr}}})
	if err != nil {
		t.Fatal(err)
	}
	c.SetReadLimit(-1)
	s := &surfer{t: t, socket: c, out: record(&frames{c: c})}
	t.Cleanup(func() {
		c.CloseNow()
		<-s.out.done
		if t.Failed() {
			t.Logf("the page was told\n%s", s.out.text())
		}
	})
	s.asks(enter)
	return s
}

// frames is the text of a WebSocket's frames, and at last the reason of its end.
type frames struct {
	c    *websocket.Conn
	rest []byte
	err  error
}

func (f *frames) Read(p []byte) (int, error) {
	for len(f.rest) == 0 {
		if f.err != nil {
			return 0, f.err
		}
		_, f.rest, f.err = f.c.Read(context.Background())
		if end := (websocket.CloseError{}); errors.As(f.err, &end) {
			f.rest = fmt.Appendf(nil, "the end: %d %s\n", end.Code, end.Reason)
		}
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

func (s *surfer) asks(instructions ...string) {
	s.t.Helper()
	for _, in := range instructions {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		err := s.socket.Write(ctx, websocket.MessageText, []byte(in))
		cancel()
		if err != nil {
			s.t.Fatalf("ask %s: %v", in, err)
		}
	}
}

// told waits for an object that matches.
func (s *surfer) told(pattern string) map[string]any {
	s.t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(s.out.wait(s.t, "the page", pattern)), &o); err != nil {
		s.t.Fatal(err)
	}
	return o
}

func (s *surfer) ends(why string) {
	s.t.Helper()
	s.out.wait(s.t, "the page", "^the end: "+why)
}

func enterWith(secret string) string { return fmt.Sprintf(`{"do":"enter","token":%q}`, secret) }

// The owner's page is one more of his seats, a guest's is that of a guest.
func TestWeb(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0], "--web", "0", "--name", "olga")
	two := named(t, "hub", n[1], n[0])
	one.knows("hub")
	two.knows("olga")
	addr, secret := one.page()

	owner := surfs(t, addr, enterWith(secret))
	owner.told(fmt.Sprintf(`"type":"ready".*"peer_no":%d,"name":"olga"`, n[0]))
	owner.asks(`{"do":"say","conversation":"lobby","text":"from the page","ref":"1"}`)
	owner.told(`"type":"message".*"text":"from the page".*"mine":true`)
	two.sees(`^\[lobby\] olga: from the page$`)
	two.types("good morning", fmt.Sprintf("dm %d a secret", n[0]))
	owner.told(`"type":"message".*"conversation":"lobby".*"text":"good morning"`)
	owner.told(`"type":"message".*"conversation":"dm".*"text":"a secret"`)
	one.sees(`^\[dm\] hub: a secret$`)

	guest := surfs(t, addr, `{"do":"enter","name":"gina","ref":"e"}`)
	guest.told(`"type":"entered","ts":"[^"]*","ref":"e".*"guest":"gina"`)
	guest.asks(`{"do":"join","channel":"#ops"}`, `{"do":"lobby"}`, `{"do":"say","conversation":"lobby","text":"I am new"}`)
	two.sees(`^\[lobby\] gina@olga: I am new$`)
	owner.told(`"type":"message".*"guest":"gina".*"text":"I am new"`)

	// Nothing of the owner's is a guest's.
	guest.asks(`{"do":"connect","addr":"127.0.0.1 1","ref":"c"}`, `{"do":"disconnect","to":"hub","ref":"d"}`)
	guest.told(`"type":"error".*"ref":"c","code":"not-allowed"`)
	guest.told(`"type":"error".*"ref":"d","code":"not-allowed"`)
	guest.asks(`{"do":"history","conversation":"dm","to":"hub","ref":"h"}`, `{"do":"search","words":"secret","ref":"s"}`)
	for _, ref := range []string{"h", "s"} {
		if o := guest.told(fmt.Sprintf(`"type":"history".*"ref":"%s"`, ref)); len(o["items"].([]any)) > 0 {
			t.Errorf("a guest is told %v", o)
		}
	}
	for ask, answer := range map[string]string{"ls": "peers", "status": "status", "topology": "topology"} {
		guest.asks(fmt.Sprintf(`{"do":%q,"ref":%q}`, ask, ask))
		if text := guest.out.wait(t, "the page", fmt.Sprintf(`"type":"%s","ts":"[^"]*","ref":"%s"`, answer, ask)); regexp.MustCompile(`/ip[46]/|"addr":"."|"addrs":\["`).MatchString(text) {
			t.Errorf("a guest is told addresses: %s", text)
		}
	}
	guest.asks(`{"do":"whois","to":"hub","ref":"w"}`)
	guest.told(`"type":"whois".*"ref":"w".*"addr":""`)
	owner.asks(`{"do":"whois","to":"hub","ref":"w"}`)
	owner.told(`"type":"whois".*"ref":"w".*"addr":"/ip4/127.0.0.1/`)
	if text := guest.out.text(); strings.Contains(text, "a secret") || strings.Contains(text, `"ready"`) {
		t.Errorf("a guest was told what is the owner's:\n%s", text)
	}

	// What begins like a page of the node's own comes to nothing.
	for _, secret := range []string{token.New().String(), "x"} {
		surfs(t, addr, enterWith(secret)).ends("1008 this is not the token")
	}

	// quit ends the visit, and only it. Who takes the name afterwards is another one.
	two.types(fmt.Sprintf("dm gina@%d for the first gina", n[0]))
	guest.told(`"text":"for the first gina"`)
	guest.asks(`{"do":"dm","to":"hub","text":"from the first gina"}`)
	two.sees(`^\[dm\] gina@olga: from the first gina$`)
	guest.asks(`{"do":"history","conversation":"dm","to":"hub","ref":"mine"}`)
	if o := guest.told(`"type":"history".*"ref":"mine"`); len(o["items"].([]any)) != 2 {
		t.Errorf("a guest is told of his own messages %v", o)
	}
	guest.asks(`{"do":"quit"}`)
	guest.ends("1000 you have left")
	again := surfs(t, addr, `{"do":"enter","name":"gina"}`)
	again.told(`"type":"entered".*"guest":"gina"`)
	again.asks(`{"do":"history","conversation":"dm","to":"hub","ref":"h"}`)
	if o := again.told(`"type":"history".*"ref":"h"`); len(o["items"].([]any)) > 0 {
		t.Errorf("the second gina is told %v", o)
	}
	owner.asks(`{"do":"quit"}`)
	owner.ends("1000 you have left")
	one.types("still here")
	two.sees(`^\[lobby\] olga: still here$`)

	last := surfs(t, addr, enterWith(secret))
	last.told(`"type":"ready"`)
	one.types(`\quit`)
	last.ends("1001 the node has ended")
	one.ends(0)
}

// The token is kept with the identity, and else is another one each time. It
// stands in no log.
func TestWebToken(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 1)[0]
	dir, log := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "log")
	for _, c := range []struct {
		name string
		args []string
		same bool
	}{
		{"with a data directory", []string{"--data-dir", dir}, true},
		{"with a number alone", nil, false},
	} {
		var secrets []string
		for range 2 {
			one := start(t, n, append(c.args, "--web", "0", "--log-level", "debug", "--log-file", log)...)
			addr, secret := one.page()
			surfs(t, addr, enterWith(secret)).told(`"type":"ready"`)
			surfs(t, addr, enterWith("x"+secret)).ends("1008 this is not the token")
			one.types(`\quit`)
			one.ends(0)
			secrets = append(secrets, secret)
		}
		if (secrets[0] == secrets[1]) != c.same || len(secrets[0]) != 43 {
			t.Errorf("%s the tokens are %q", c.name, secrets)
		}
		text, err := os.ReadFile(log)
		if err != nil || len(text) == 0 {
			t.Fatalf("there is no log: %v", err)
		}
		for _, secret := range secrets {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s the log has the token", c.name)
			}
		}
	}
	deaf := launch(t, "--peer-no", fmt.Sprint(n), "--web", "0", "--log-level", "debug", "daemon")
	deaf.sees(`^\* ready: `)
	addr, secret := deaf.page()
	surfs(t, addr, enterWith(secret)).told(`"type":"ready"`)
	if strings.Contains(deaf.err.text(), secret) {
		t.Errorf("the log of a daemon has the token")
	}
	deaf.kill()
	path := filepath.Join(dir, token.File)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the token is kept as %v, %v", info, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	one := launch(t, "-p", fmt.Sprint(n), "--data-dir", dir, "--web", "0")
	one.complains(`^error: the owner has no token for the doors – .* may be read by others \(mode 0644\) – remove that file for a new one$`)
	one.ends(exitIdentity)
}

// A door that others may reach has a warning; the owner's link leads to this machine.
func TestWebForAll(t *testing.T) {
	t.Parallel()
	one := start(t, peerNos(t, 1)[0], "--web", "0.0.0.0:0")
	addr, secret := one.page()
	if !strings.HasPrefix(addr, "127.0.0.1:") || secret == "" {
		t.Errorf("the owner's page is at %s", addr)
	}
	one.complains(`^warning: the web on \S+ is open to everybody who reaches it – they talk in this node's name, and unencrypted – --web \d+ is for this machine only$`)
	surfs(t, addr, enterWith(secret)).told(`"type":"ready"`)

	busy := launch(t, "-p", fmt.Sprint(peerNos(t, 1)[0]), "--web", addr)
	busy.complains(`^error: the web cannot listen on \S+ – address already in use – `)
	busy.ends(exitListen)
	if busy.began.Add(patience).Before(time.Now()) {
		t.Error("it took too long")
	}
}

// node web has the page where it always is, and shows it in a browser: the secret is in
// no command line.
func TestWebCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fifo := filepath.Join(dir, "seen")
	if out, err := exec.Command("mkfifo", fifo).CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: no pipe can be made: %v: %s", err, out)
	}
	pipe, err := os.OpenFile(fifo, os.O_RDWR, 0) // which waits for nobody
	if err != nil {
		t.Fatal(err)
	}
	browser := record(pipe)
	t.Cleanup(func() {
		pipe.Close()
		<-browser.done
	})
	script := "#!/bin/sh\n{ stat -c 'mode %a' \"$1\"; cat \"$1\"; echo \"called with $*\"; } > " + fifo + "\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	one := launchWith(t, []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "TMPDIR=" + dir}, "--data-dir", data, "--name", "anna", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0", "--web", "0", "web", "--open")
	addr, secret := one.page()
	browser.wait(t, "the browser", "^mode 600$")
	browser.wait(t, "the browser", regexp.QuoteMeta("url=http://"+addr+"/#"+secret+`"`))
	called := strings.TrimPrefix(browser.wait(t, "the browser", "^called with "), "called with ")
	if strings.Contains(called, secret) {
		t.Errorf("the browser is called with %s", called)
	}
	again := launch(t, "--data-dir", data, "web")
	again.complains(`^error: .*process id \d+.* – its page is at the link that it has shown, if it was started with --web$`)
	again.ends(exitInUse)
	one.types(`\quit`)
	one.ends(0)
	if _, err := os.Stat(filepath.Dir(called)); !os.IsNotExist(err) {
		t.Errorf("what the browser was shown is still there: %v", err)
	}

	lost := launchWith(t, []string{"PATH=/nowhere"}, "--ephemeral", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0", "--web", "0", "web", "--open")
	lost.complains(`^warning: no browser was opened – .*xdg-open.* – open the link yourself$`)
	lost.page()

	for _, c := range []struct{ args, want string }{
		{"web --opn", `error: "--opn" is not a flag of web – did you mean --open`},
		{"web here", `error: "here" is left over – web takes nothing but --open`},
		{"web --open=perhaps", `error: --open is "perhaps"`},
	} {
		p := launch(t, strings.Fields(c.args)...)
		p.complains(`^` + regexp.QuoteMeta(c.want))
		p.ends(exitUsage)
	}
}
