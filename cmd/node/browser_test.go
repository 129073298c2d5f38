package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"tincan/cmd/internal/web/browsertest"
)

// pictures is the environment variable that names the directory to write screenshots
// to. Without it none are.
const pictures = "TINCAN_TEST_PICTURES"

// link is where the owner of a node that has just started finds the page.
func (p *process) link() string {
	p.t.Helper()
	return strings.TrimPrefix(p.sees(`^\* web on http://\S+$`), "* web on ")
}

// site is the same for guests.
func (p *process) site() string {
	p.t.Helper()
	at, _, _ := strings.Cut(p.link(), "#")
	return at
}

// surf opens the page of a node in a browser of its own.
func surf(t *testing.T, link string) *browsertest.Tab {
	t.Helper()
	b := browsertest.New(t)
	b.Open(link)
	return b
}

// knocks opens the page as a guest.
func knocks(t *testing.T, site, name, channel string) *browsertest.Tab {
	t.Helper()
	b := surf(t, site)
	b.Sees("#door", "Come in as a guest")
	b.Eval(`document.getElementById("guest").focus()`, nil)
	b.Type(name)
	b.Eval(`document.getElementById("channel").select()`, nil)
	b.Type(channel)
	b.Click("#door button", "Come in")
	return b
}

// clean fails if a page has had trouble, or asked for anything but its own node.
func clean(t *testing.T, b *browsertest.Tab, site string) {
	t.Helper()
	for _, fault := range b.Trouble() {
		t.Errorf("the browser reports: %s", fault)
	}
	host := regexp.MustCompile(`^(http|ws)://[^/]+`).FindString(site)
	host = strings.TrimPrefix(host, "http://")
	for _, r := range b.Requests() {
		if !strings.HasPrefix(r, "http://"+host+"/") && !strings.HasPrefix(r, "ws://"+host+"/") && r != "about:blank" {
			t.Errorf("the page asked for %s", r)
		}
		if strings.ContainsAny(r, "?") {
			t.Errorf("the page asked with a query: %s", r)
		}
	}
}

// TestBrowsersTalk has two browsers at two nodes and a terminal talk: in the lobby, a
// channel, directly, and alone.
func TestBrowsersTalk(t *testing.T) {
	one := named(t, "anna", 2450, 2451, "--web", "127.0.0.1:0")
	two := named(t, "bert", 2451, 2450, "--web", "127.0.0.1:0")
	term := named(t, "carl", 2452, 2450)
	a, b := surf(t, one.link()), surf(t, two.link())
	for _, tab := range []*browsertest.Tab{a, b} {
		tab.Sees("#title", "Lobby")
		tab.Sees("#demo:not([hidden])", "[demo]")
	}
	term.knows("anna", "bert")

	a.Say("good morning")
	b.Sees(".text", "good morning")
	term.sees(`^\[lobby\] anna: good morning$`)
	a.Until(`!!document.querySelector(".fate.sent")`)

	a.Say("/whoops")
	a.Sees("#hint", "is not a command")
	a.Press(kb.Enter) // it stays one that is not
	a.Say(" and more")
	a.Sees("#hint", "is not a command")
	a.Eval(`document.getElementById("box").select()`, nil)

	a.Say("/join #ops")
	a.Sees("#title", "#ops")
	b.Say("/join #ops")
	b.Sees("#title", "#ops")
	term.types("/join #ops")
	a.Click("#crowd", "")
	a.Sees("#people", "bert")
	a.Sees("#people", "carl")
	term.types("deploy done")
	a.Sees(".text", "deploy done")
	b.Sees(".text", "deploy done")
	b.Say("well done\nall of you")
	a.Sees(".text", "well done\nall of you")
	term.sees(`^\[#ops\] bert: well done$`)

	a.Say("/dm bert only you see this")
	b.Sees(".place", "anna")
	b.Click(".place", "anna")
	b.Sees(".text", "only you see this")
	a.Click(".place", "bert")
	a.Until(`!!document.querySelector(".fate.delivered")`)
	b.Say("so do you")
	a.Sees(".text", "so do you")
	term.types("dm anna hello from a terminal")
	a.Sees(".place.unread", "carl")

	a.Say("/fork bert")
	a.Until(`document.getElementById("about").textContent.startsWith("Private session")`)
	b.Sees(".place.unread", "anna")
	b.Click(".place.unread", "anna")
	a.Say("between us")
	b.Sees(".text", "between us")
	a.Until(`!!document.querySelector(".fate.delivered")`)
	b.Say("/leave")
	a.Sees(".note", "has ended")
	a.Say("nobody shall read this")
	a.Sees("#hint", "this private session has ended")
	a.Until(`document.getElementById("box").value === "nobody shall read this"`)

	if n := term.out.count("whoops|only you|so do you|between us|nobody shall"); n > 0 {
		t.Errorf("the third has read what was not for him")
	}
	clean(t, a, one.site())
	clean(t, b, two.site())
}

// picture writes a screenshot, if they are wanted.
func picture(t *testing.T, b *browsertest.Tab, name string) {
	t.Helper()
	dir := os.Getenv(pictures)
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), b.Picture(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestLooks shows the page in light, in dark and on a phone.
func TestLooks(t *testing.T) {
	one := named(t, "anna", 2453, 2454, "--web", "127.0.0.1:0")
	two := named(t, "bert", 2454, 2453)
	a := surf(t, one.link())
	a.Sees("#title", "Lobby")
	two.knows("anna")
	for _, l := range []string{"good morning, all", "is the new build up on the staging machines?"} {
		two.types(l)
	}
	a.Say("it is – https://staging.example/build/4711 has the notes")
	a.Say("two tests were slow, none failed")
	two.sees(`none failed$`)
	two.types("great, then I roll it out after lunch", "dm anna do you have a minute?", "/join #ops", "the pager is quiet")
	a.Sees(".place.unread", "bert")
	a.Say("/join #ops")
	a.Sees("#title", "#ops")
	a.Say("/join #weekend")
	a.Sees("#title", "#weekend")
	a.Say("/fork bert")
	a.Sees("#about", "Private session")
	a.Say("the code for the door is 7531")
	a.Until(`!!document.querySelector(".fate.delivered")`)
	a.Click(".place", "Lobby")
	a.Sees(".text", "great, then")
	a.Click("#crowd", "")
	a.Sees("#people", "bert")
	desktop := browsertest.Look{Width: 1240, Height: 800}
	phone := browsertest.Look{Width: 390, Height: 780, Phone: true}
	looks := []struct {
		name string
		browsertest.Look
	}{{"light", desktop}, {"dark", desktop}, {"phone", phone}, {"phone-dark", phone}}
	for _, l := range looks {
		l.Dark = strings.Contains(l.name, "dark")
		a.Look(l.Look)
		if l.Phone && l.name == "phone" {
			a.Click("#crowd", "")
			a.Click("#back", "")
			picture(t, a, "phone-places")
			a.Click(".place", "Lobby")
		}
		var wide bool
		a.Eval(`document.documentElement.scrollWidth > innerWidth`, &wide)
		if wide {
			t.Errorf("%s: the page is wider than the screen", l.name)
		}
		var over bool
		a.Eval(`document.getElementById("waiting").getBoundingClientRect().left < document.querySelector("#back .icon").getBoundingClientRect().right`, &over)
		if l.Phone && over {
			t.Errorf("%s: the count of unread messages is upon the arrow", l.name)
		}
		picture(t, a, l.name)
	}
	a.Eval(`(() => { const box = document.getElementById("box"); box.placeholder = "W".repeat(500); box.focus(); })()`, nil)
	a.Type("x")
	a.Press(kb.Backspace)
	var high float64 // px
	a.Eval(`document.getElementById("box").getBoundingClientRect().height`, &high)
	if high > 60 {
		t.Errorf("with a long name the empty box is %.0f px high", high)
	}
	a.Look(desktop)
	a.Click("#help", "")
	picture(t, a, "help")
	a.Click("#shut", "")
	a.Click("#network", "")
	a.Sees(".network", "bert")
	picture(t, a, "network")
	a.Click("#shut", "")
	a.Click(".place", "bert")
	a.Sees(".text", "do you have a minute?")
	clean(t, a, one.site())
	g := surf(t, one.site())
	g.Sees("#door", "guest")
	picture(t, g, "gate")
	clean(t, g, one.site())

	a.Say("yes, right after this")
	a.Until(`!!document.querySelector(".fate.delivered")`)
	one.kill()
	a.Sees("#status", "does not answer")
	a.Say("sorry, my node has just gone away:\nthis waits until it is back")
	a.Sees(".trouble", "Waiting")
	a.Say("/whoops")
	a.Sees("#hint", "not a command")
	picture(t, a, "trouble")
}
