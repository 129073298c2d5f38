package main

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"tincan/cmd/internal/web/browsertest"
)

// many is a conversation that nobody reads at once.
const many = 10_000

// watch counts frames, rows and long tasks from now on, and makes the steps of scrolling.
const watch = `(() => {
	const box = document.getElementById("scroll"), rows = document.getElementById("rows");
	const out = { most: 0, size: 0, done: false, tasks: [], frames: 0, worst: 0 };
	new PerformanceObserver((list) => out.tasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: "longtask" });
	const texts = () => [...rows.querySelectorAll(".text")].map((e) => e.textContent);
	// steps scrolls for some frames, until a text is there.
	window.steps = async (text, to) => {
		let last = performance.now();
		for (let i = 0; i < 50 && !(out.done = texts().includes(text)); i++) {
			box.scrollTop = to === "up" ? 0 : to === "down" ? box.scrollTop + box.clientHeight : box.scrollHeight;
			await new Promise(requestAnimationFrame);
			out.worst = Math.max(out.worst, performance.now() - last);
			last = performance.now();
			out.frames++;
			out.most = Math.max(out.most, rows.childElementCount);
		}
		out.size = Number(rows.lastElementChild.getAttribute("aria-setsize"));
		return out;
	};
})()`

// scrolled is what has come of it.
type scrolled struct {
	Most   int // rows in the document at a time
	Size   int // rows of the list
	Done   bool
	Tasks  []float64 // ms, of those above 50
	Frames int
	Worst  float64 // ms between two frames
}

// TestBrowserLongConversation scrolls through ten thousand messages: up to the first,
// which the page reads piece by piece, down for a while, and to the end.
func TestBrowserLongConversation(t *testing.T) {
	a := talked(t, 2466)
	a.Eval(watch, nil)
	a.Busy()
	var got scrolled
	steps := func(text, to string, most int) {
		t.Helper()
		got.Done = false
		for range most {
			if a.Eval(fmt.Sprintf(`steps(%q, %q)`, text, to), &got); got.Done {
				return
			}
		}
	}
	steps("line 1", "up", 40)
	if !got.Done || got.Size < many {
		t.Fatalf("the first line is not among %d rows", got.Size)
	}
	steps("line 2500", "down", 10)
	if !got.Done {
		t.Error("a line in the middle is not passed on the way down")
	}
	steps(fmt.Sprintf("line %d", many), "end", 10)
	if !got.Done {
		t.Error("the last line is not at the end")
	}
	if got.Most > 200 {
		t.Errorf("%d rows are in the document, of which a screen shows some 20", got.Most)
	}
	t.Logf("%d frames with %v of work each; the longest took %.0f ms; tasks above 50 ms: %.0f", got.Frames, (a.Busy() / time.Duration(got.Frames)).Round(100*time.Microsecond), got.Worst, got.Tasks)
}

// talked is the page of a node in whose lobby many lines have been said.
func talked(t *testing.T, no int) *browsertest.Tab {
	t.Helper()
	p := launch(t, "--peer-no", fmt.Sprint(no), "--web", "127.0.0.1:0", "--json")
	link := regexp.MustCompile(`http://[^"\s]+`).FindString(p.sees(`http://127`))
	for i := range many {
		p.types(fmt.Sprintf(`{"do":"broadcast","text":"line %d","ref":"%d"}`, i+1, i+1))
	}
	p.sees(fmt.Sprintf(`"type":"message".*"text":"line %d"`, many))
	a := surf(t, link)
	a.Sees(".text", fmt.Sprintf("line %d", many))
	return a
}

// TestBrowserAccessible looks at the page as those do who hear it.
func TestBrowserAccessible(t *testing.T) {
	anna := named(t, "anna", 2467, 2468, "--web", "127.0.0.1:0")
	bert := named(t, "bert", 2468, 2467)
	a := surf(t, anna.link())
	a.Sees("#title", "Lobby")
	bert.knows("anna")
	bert.types("good morning", "dm anna a word")
	a.Sees(".place.unread", "bert")
	a.Say("good morning to you")
	a.Until(`!!document.querySelector(".fate.sent")`)
	a.Sees("#heard", "bert: good morning")
	a.Click("#crowd", "")
	a.Sees("#people", "bert")

	needNames := []string{"button", "textbox", "link", "heading", "region", "navigation", "main", "complementary", "dialog"}
	var names []string
	for _, n := range a.Tree() {
		names = append(names, n.Role+" "+n.Name)
		if n.Name == "" && slices.Contains(needNames, n.Role) {
			t.Errorf("a %s has no name", n.Role)
		}
	}
	for _, want := range []string{"navigation Conversations", "main Lobby", "heading Lobby", "region Messages in Lobby", "textbox Message Lobby",
		"button Send", "button Join a channel", "button Write to somebody", "button Open a private session", "button bert, 1 unread", "complementary People",
		"log New messages", "status ", "link Skip to the message box", "heading Channels", "heading 2 people"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no %q in %q", want, names)
		}
	}

	a.Press(kb.ArrowDown, input.ModifierAlt)
	a.Sees("#title", "bert")
	a.Press(kb.ArrowUp, input.ModifierAlt)
	a.Sees("#title", "Lobby")
	a.Press("k", input.ModifierCtrl)
	a.Sees("#dialogtitle", "Search")
	a.Type("morning")
	a.Press(kb.Enter)
	a.Sees(".hit", "good morning to you")
	a.Press(kb.Escape)
	a.Until(`!document.getElementById("dialog").open`)

	for _, dark := range []bool{false, true} {
		a.Look(browsertest.Look{Width: 1200, Height: 800, Dark: dark})
		var faint []string
		a.Eval(contrast, &faint)
		for _, f := range faint {
			t.Errorf("dark %v: %s", dark, f)
		}
	}
}

// contrast is every text that can be seen with less than 4.5 to 1 to its ground (WCAG 2.2, 1.4.3).
const contrast = `(() => {
	const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
	const over = (colors) => {
		canvas.clearRect(0, 0, 1, 1);
		for (const c of colors) canvas.fillStyle = c, canvas.fillRect(0, 0, 1, 1);
		return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
	};
	const light = (c) => c.map((v) => (v /= 255, v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((n, v, i) => n + v * [0.2126, 0.7152, 0.0722][i], 0);
	const out = [];
	for (const e of document.querySelectorAll("body *")) {
		const words = [...e.childNodes].filter((n) => n.nodeType === 3 && n.textContent.trim());
		if (!words.length || !e.checkVisibility() || e.closest(".sr, .skip, svg")) continue;
		const grounds = [];
		for (let p = e; p; p = p.parentElement) grounds.unshift(getComputedStyle(p).backgroundColor);
		const ground = over(grounds), ink = over([...grounds, getComputedStyle(e).color]);
		const [a, b] = [light(ground), light(ink)].sort((x, y) => y - x);
		const ratio = (a + 0.05) / (b + 0.05);
		if (ratio < 4.5) out.push(words[0].textContent.trim().slice(0, 30) + " has " + ratio.toFixed(2));
	}
	return out;
})()`

// TestBrowserPaints weighs the page, opens it again and again, and tells how long until
// something is to be seen, and until the conversation is.
func TestBrowserPaints(t *testing.T) {
	const times, maxWeight = 12, 100_000
	anna := start(t, 2469, "--web", "127.0.0.1:0")
	a := surf(t, anna.link())
	var paints, whole []float64
	for range times {
		a.Open("about:blank")
		a.Open(anna.link())
		a.Sees("#title", "Lobby")
		a.Until(`performance.getEntriesByName("first-contentful-paint").length > 0`)
		var ms [2]float64
		a.Eval(`[performance.getEntriesByName("first-contentful-paint")[0].startTime, performance.now()]`, &ms)
		paints, whole = append(paints, ms[0]), append(whole, ms[1])
	}
	a.Click("#network", "")
	a.Sees(".network", "1 node")
	var weight float64 // bytes, of all parts as they are served
	a.Eval(`[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].reduce((n, e) => n + e.encodedBodySize, 0)`, &weight)
	if weight == 0 || weight > maxWeight {
		t.Errorf("the page has %.0f bytes, want at most %d", weight, maxWeight)
	}
	slices.Sort(paints)
	slices.Sort(whole)
	t.Logf("%.0f bytes; first paint: median %.0f ms, longest %.0f ms; the lobby after %.0f ms at most in the median", weight, paints[times/2], paints[times-1], whole[times/2])
}
