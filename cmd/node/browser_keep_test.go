package main

import (
	"net/url"
	"strings"
	"testing"
)

// doorOf is the address of a door, for opening it again after a restart.
func doorOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// TestBrowserOutlivesNode cuts the power of the node under a page: what was read is
// there again, what was typed meanwhile arrives, and nothing comes twice.
func TestBrowserOutlivesNode(t *testing.T) {
	dir := t.TempDir()
	bert := named(t, "bert", 2461, 2460)
	anna := named(t, "anna", 2460, 2461, "--data-dir", dir, "--web", "127.0.0.1:0")
	link := anna.link()
	bert.knows("anna")
	bert.types("/join #ops")

	a := surf(t, link)
	a.Sees("#title", "Lobby")
	a.Say("/join #ops")
	a.Sees("#title", "#ops")
	a.Say("before")
	bert.sees(`^\[#ops\] anna: before$`)
	bert.types("reply")
	a.Sees(".text", "reply")

	a.Type("half a line")
	a.Reload()
	a.Sees("#title", "#ops")
	a.Sees(".text", "before")
	a.Sees(".text", "reply")
	a.Until(`document.getElementById("box").value === "half a line"`)
	a.Eval(`document.getElementById("box").select()`, nil)
	a.Say("just before the end")

	anna.kill()
	a.Sees("#status", "does not answer")
	a.Say("typed meanwhile")
	a.Sees(".trouble", "Waiting")
	a.Eval(`void setTimeout(() => location.reload())`, nil) // what waits outlives this too, but there is nobody to serve the page
	bert.types("said meanwhile")

	anna = named(t, "anna", 2460, 2461, "--data-dir", dir, "--web", doorOf(t, link))
	if again := anna.link(); again != link {
		t.Errorf("the link after a restart is %s, want %s", again, link)
	}
	a.Open(link)
	a.Sees("#title", "#ops")
	for _, line := range []string{"just before the end", "typed meanwhile"} {
		bert.sees(`^\[#ops\] anna: ` + line + `$`)
		a.Sees(".text", line)
	}
	a.Sees(".text", "said meanwhile")

	anna.kill()
	a.Sees("#status", "does not answer")
	a.Say("waits on a page that stays")
	named(t, "anna", 2460, 2461, "--data-dir", dir, "--web", doorOf(t, link))
	a.Sees(".note", "the node was away for")
	bert.sees(`^\[#ops\] anna: waits on a page that stays$`)
	a.Until(`document.querySelectorAll(".unsure").length === 0`)

	var texts []string
	a.Eval(`[...document.querySelectorAll(".text")].map((e) => e.textContent)`, &texts)
	want := []string{"before", "reply", "just before the end", "said meanwhile", "typed meanwhile", "waits on a page that stays"}
	for _, line := range want {
		n := 0
		for _, got := range texts {
			if got == line {
				n++
			}
		}
		if n != 1 {
			t.Errorf("the page shows %q %d times, want once: %q", line, n, texts)
		}
		if strings.HasPrefix(line, "reply") || strings.HasPrefix(line, "said") {
			continue
		}
		if n := bert.out.count(`anna( \(late\))?: ` + line + `$`); n != 1 {
			t.Errorf("the other has heard %q %d times, want once", line, n)
		}
	}
}

// TestBrowserGuest lets somebody in who has no token: he talks, comes back, and may
// nothing that is the owner's.
func TestBrowserGuest(t *testing.T) {
	anna := named(t, "anna", 2462, 2463, "--web", "127.0.0.1:0")
	bert := named(t, "bert", 2463, 2462)
	bert.knows("anna")
	bert.types("dm anna for the owner only")
	anna.sees("for the owner only")
	bert.types("/join #ops")
	bert.sees("#ops")
	site := anna.site()

	g := knocks(t, site, "eve", "#ops")
	g.Sees("#title", "#ops")
	g.Sees("#line", "guest")
	g.Say("may I come in?")
	bert.sees(`^\[#ops\] eve@anna: may I come in\?$`)
	bert.types("sure")
	g.Sees(".text", "sure")
	for _, line := range []string{"/connect 127.0.0.1 1", "/disconnect bert"} {
		g.Say(line)
		g.Until(`[...document.querySelectorAll(".note.warn")].some((e) => e.textContent.includes("only the owner"))`)
	}
	g.Say("/nick mallory")
	g.Sees("#name", "mallory")
	g.Reload()
	g.Sees("#title", "#ops")
	g.Sees(".text", "may I come in?")
	g.Say("back again")
	bert.sees(`^\[#ops\] mallory@anna: back again$`)
	anna.kill()
	g.Sees("#status", "does not answer")
	named(t, "anna", 2462, 2463, "--web", doorOf(t, site))
	g.Sees(".note", "the node was away for")
	g.Say("and again")
	bert.sees(`^\[#ops\] mallory@anna: and again$`)
	g.Misses("#places", "Lobby")
	g.Misses("body", "for the owner only")

	g.Open(site + "#" + strings.Repeat("A", 43))
	g.Sees("#why", "not the token")
	clean(t, g, site)
}
