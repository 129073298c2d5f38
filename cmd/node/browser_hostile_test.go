package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// attacks try to become something else than text. What they would do is set window.owned.
var attacks = []string{
	`<img src=x onerror="window.owned=1">`,
	`<svg onload=window.owned=1>`,
	`</script><script>window.owned=1</script>`,
	`</textarea></div><iframe srcdoc="<script>parent.owned=1</script>">`,
	`<a href="javascript:window.owned=1">click</a> javascript:window.owned=1`,
	`<style>@import "http://evil.example/x.css";</style><link rel=stylesheet href=//evil.example>`,
	`<base href="http://evil.example/"><meta http-equiv=refresh content="0;url=http://evil.example">`,
	`<body onload=window.owned=1><details open ontoggle=window.owned=1>`,
	`{{constructor.constructor('window.owned=1')()}} ${window.owned=1}`,
	"line\u2028window.owned=1\u2029//",
	"bidi \u202egnp.exe \u2066hidden\u2069",
	"nul\x00esc\x1b[2J\u0085\u200b",
	`https://evil.example/"onmouseover="window.owned=1`,
	`https://evil.example/picture.png data:text/html,<script>window.owned=1</script>`,
	`__proto__ constructor toString`,
	"e" + strings.Repeat("\u0301", 10_000),
	strings.Repeat("W", 60_000),
	strings.Repeat("a\n", 5_000),
}

// TestBrowserShowsTextOnly says everything that ever was harmful on a page: it is
// shown as what it is, and the browser has nothing to report and nobody else to ask.
func TestBrowserShowsTextOnly(t *testing.T) {
	anna := named(t, "anna", 2464, 2465, "--web", "127.0.0.1:0")
	a := surf(t, anna.link())
	a.Sees("#title", "Lobby")
	m := launch(t, "--peer-no", "2465", "-b", "2464", "--json", "--name", `<svgonload=owned=1>`)
	m.sees(`"type":"ready"`)
	m.sees(`"event":"up"`)
	asks := func(do map[string]any) {
		t.Helper()
		b, err := json.Marshal(do)
		if err != nil {
			t.Fatal(err)
		}
		m.types(string(b))
	}
	asks(map[string]any{"do": "join", "channel": "#<svgonload=owned=1>"})
	asks(map[string]any{"do": "join", "channel": "#ops"})
	a.Say("/join #<svgonload=owned=1>")
	a.Sees("#title", "#<svg")
	a.Say("/join #ops")
	a.Sees("#title", "#ops")
	for _, text := range attacks {
		asks(map[string]any{"do": "say", "conversation": "#ops", "text": text})
	}
	asks(map[string]any{"do": "dm", "to": 2464, "text": attacks[0]})
	asks(map[string]any{"do": "nick", "name": "<script>owned=1"})
	asks(map[string]any{"do": "away", "text": attacks[1]})
	asks(map[string]any{"do": "say", "conversation": "#ops", "text": "the last"})
	a.Sees(".text", "the last")
	a.Click("#crowd", "")
	a.Sees("#people", "<")
	a.Say("/whois 2465")
	a.Sees(".note.pre", "12D3KooW")
	a.Click("#people .person", "<")
	a.Sees("#dialogtitle", "<")
	a.Click("#shut", "")
	a.Eval(`document.getElementById("scroll").scrollTop = 0`, nil)
	a.Sees(".text", attacks[0])
	a.Sees(".text", attacks[2])
	a.Sees(".text", `bidi \u202egnp.exe`)

	var found struct {
		Owned  bool
		Alien  []string
		Links  []string
		Spills []string
	}
	a.Eval(`(() => {
		const own = new Set(["SCRIPT", "LINK"]);
		const alien = [...document.querySelectorAll("img, iframe, object, embed, script, style, base, link, video, audio, [onload], [onerror], [style*=url]")];
		const bad = alien.filter((e) => !own.has(e.tagName) || e.closest("body"));
		const box = document.getElementById("scroll");
		return {
			owned: "owned" in window,
			alien: bad.map((e) => e.outerHTML.slice(0, 100)),
			links: [...document.querySelectorAll("a[href]:not(.skip)")].filter((e) => !/^https?:/.test(e.href) || e.rel !== "noopener noreferrer" || e.target !== "_blank").map((e) => e.href),
			spills: [document.documentElement, box, ...document.querySelectorAll(".row")].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className || e.id || e.tagName),
		};
	})()`, &found)
	if found.Owned {
		t.Error("a script of a stranger ran")
	}
	for what, list := range map[string][]string{"elements of a stranger": found.Alien, "links": found.Links, "wider than the page": found.Spills} {
		if len(list) > 0 {
			t.Errorf("%s: %q", what, list)
		}
	}
	clean(t, a, anna.site())
}
