package web

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"tincan/cmd/internal/web/browsertest"
)

// attack tries from within a page all that a browser lets a page do to an address: whatever
// comes of it is in the result, which is empty when nothing does.
const attack = `(async (to, module) => {
  const got = [];
  const ends = (what, on, good, bad) => new Promise((done) => {
    what.addEventListener(good, () => { got.push(on); done(); });
    what.addEventListener(bad, done);
  });
  const socket = new WebSocket("ws://" + to + "/ws");
  await ends(socket, "a WebSocket", "open", "error");
  for (const mode of ["cors", "no-cors"]) {
    for (const path of ["/", module]) {
      try {
        const answer = await fetch("http://" + to + path, { mode });
        if (answer.ok || answer.type == "opaque") got.push(mode + " " + path);
      } catch {}
    }
  }
  for (const [tag, key] of [["script", "src"], ["img", "src"], ["link", "href"]]) {
    const part = document.createElement(tag);
    part[key] = "http://" + to + module;
    if (tag == "link") part.rel = "stylesheet";
    const ended = ends(part, tag, "load", "error");
    document.head.append(part);
    await ended;
  }
  return got.join(", ");
})(%q, %q)`

// TestOtherSites: a page of another site in a real browser, and one at a name that was
// made to lead here, come to nothing.
func TestOtherSites(t *testing.T) {
	h := open(t)
	_, port, _ := net.SplitHostPort(h.addr)
	page, err := newPage(embedded())
	if err != nil {
		t.Fatal(err)
	}
	module := find(t, page, "main.js")
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!doctype html><title>evil</title><iframe name="in"></iframe>
<form method="post" action="http://%[1]s/ws" enctype="text/plain" target="in"><input name='{"do":"enter","x":"' value='"}'></form>
<iframe src="http://%[1]s/"></iframe><script>document.forms[0].submit()</script>`, h.addr)
	}))
	t.Cleanup(evil.Close)
	_, evilPort, _ := net.SplitHostPort(evil.Listener.Addr().String())
	b := browsertest.New(t)
	for _, from := range []string{"http://evil.localhost:" + evilPort + "/", "http://127.0.0.1:" + evilPort + "/"} {
		b.Open(from)
		var got string
		b.Eval(fmt.Sprintf(attack, h.addr, module), &got)
		if got != "" {
			t.Errorf("%s has %s", from, got)
		}
	}
	// Names below localhost lead to this machine.
	name := "evil.localhost:" + port
	b.Open("http://" + name + "/")
	var got, text string
	b.Eval(fmt.Sprintf(attack, name, module), &got)
	b.Eval("document.body.innerText", &text)
	if got != "" || text != "this is not the address of this door – use the one that the node says\n" {
		t.Errorf("at a name that leads here there is %s: %q", got, text)
	}
	if owners, guests := h.count(); owners+guests > 0 {
		t.Errorf("%d owners and %d guests have come in", owners, guests)
	}
	// The page itself may do all of it.
	b.Open("http://" + h.addr + "/")
	got = ""
	b.Eval(fmt.Sprintf(attack, h.addr, module), &got)
	if got == "" {
		t.Error("the page itself comes to nothing: the attack tells nothing")
	}
}
