// Package browsertest drives a real browser, for tests of the page.
package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/performance"
	jsruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience bounds every wait: long enough for a busy machine.
const patience = 30 * time.Second

// programs are the names under which Chromium is installed.
var programs = []string{"chromium", "chromium-browser", "google-chrome"}

// Tab is the one tab of a browser of its own, which ends with the test.
type Tab struct {
	t   testing.TB
	ctx context.Context

	busy time.Duration // as of the last call of Busy

	mu       sync.Mutex // guards what follows
	requests []string   // addresses of all that was asked for
	trouble  []string   // exceptions, and what the browser reports as a fault
}

// New starts a browser with a profile of its own. The test is skipped where there is none.
func New(t testing.TB) *Tab {
	t.Helper()
	var path string
	for _, name := range programs {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("there is no chromium to open the page with")
	}
	profile, err := os.MkdirTemp("", "browser")
	if err != nil {
		t.Fatal(err)
	}
	o := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	o = append(o, chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(profile),
		chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(patience), chromedp.WindowSize(1200, 800))
	all, end := chromedp.NewExecAllocator(context.Background(), o...)
	quiet := func(string, ...any) {} // newer browsers tell of events that the library does not know
	ctx, shut := chromedp.NewContext(all, chromedp.WithErrorf(quiet), chromedp.WithLogf(quiet))
	b := &Tab{t: t, ctx: ctx}
	t.Cleanup(func() {
		if t.Failed() {
			b.report()
		}
		_ = chromedp.Cancel(ctx) // asks the browser to end, and waits
		shut()
		end()
		for late := time.Now().Add(patience); os.RemoveAll(profile) != nil && time.Now().Before(late); {
			runtime.Gosched() // its helpers write for a moment still
		}
	})
	chromedp.ListenTarget(ctx, b.heard)
	b.Do(network.Enable(), jsruntime.Enable(), page.Enable(), b.log())
	return b
}

// log has the browser's own reports collected in the page: violations of the policy are
// among them, whether anything listens or not.
func (b *Tab) log() chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(`addEventListener("securitypolicyviolation", (e) => console.error("policy: " + e.violatedDirective + " " + e.blockedURI))`).Do(ctx)
		return err
	})
}

func (b *Tab) heard(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, ev.Request.URL)
	case *network.EventWebSocketCreated:
		b.requests = append(b.requests, ev.URL)
	case *jsruntime.EventExceptionThrown:
		b.trouble = append(b.trouble, ev.ExceptionDetails.Error())
	case *jsruntime.EventConsoleAPICalled:
		if ev.Type == jsruntime.APITypeError {
			var said []string
			for _, a := range ev.Args {
				said = append(said, string(a.Value))
			}
			b.trouble = append(b.trouble, strings.Join(said, " "))
		}
	}
}

// Do carries out actions, each of which has to succeed in time.
func (b *Tab) Do(actions ...chromedp.Action) {
	b.t.Helper()
	for _, a := range actions {
		// The first action makes the browser, which ends with the context that it is given.
		if err := chromedp.Run(b.ctx, bounded(a)); err != nil {
			b.t.Fatalf("browser: %v", err)
		}
	}
}

func bounded(a chromedp.Action) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return a.Do(ctx)
	})
}

// Open goes to an address.
func (b *Tab) Open(url string) { b.t.Helper(); b.Do(chromedp.Navigate(url)) }

// Reload loads the page again.
func (b *Tab) Reload() { b.t.Helper(); b.Do(chromedp.Reload()) }

// Eval runs JavaScript, waits for a promise, and reads the value into out, if not nil.
func (b *Tab) Eval(js string, out any) {
	b.t.Helper()
	var raw json.RawMessage
	b.Do(chromedp.Evaluate(js, &raw, func(p *jsruntime.EvaluateParams) *jsruntime.EvaluateParams {
		return p.WithAwaitPromise(true).WithReturnByValue(true)
	}))
	if out == nil {
		return
	}
	if err := json.Unmarshal(raw, out); err != nil {
		b.t.Fatalf("browser: value of %s: %v", js, err)
	}
}

// Until waits until an expression is true, on whatever page comes meanwhile.
func (b *Tab) Until(js string) {
	b.t.Helper()
	for end := time.Now().Add(patience); ; {
		var ok bool
		err := chromedp.Run(b.ctx, bounded(chromedp.Poll(js, &ok, chromedp.WithPollingTimeout(patience))))
		if err == nil {
			return
		}
		if !gone.MatchString(err.Error()) || time.Now().After(end) {
			b.t.Fatalf("browser: %s does not come true: %v", js, err)
		}
	}
}

// gone is how the browser says that a page went away while it was asked.
var gone = regexp.MustCompile(`navigated|Cannot find context|context was destroyed`)

// Sees waits until an element has a text.
func (b *Tab) Sees(selector, text string) {
	b.t.Helper()
	b.Until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.textContent.includes(%s))`, selector, quote(text)))
}

// Misses waits until no element has a text.
func (b *Tab) Misses(selector, text string) {
	b.t.Helper()
	b.Until(fmt.Sprintf(`![...document.querySelectorAll(%q)].some((e) => e.textContent.includes(%s))`, selector, quote(text)))
}

// Click clicks on the first element that has a text; "" is any.
func (b *Tab) Click(selector, text string) {
	b.t.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll(%q)].find((e) => e.offsetParent && e.textContent.includes(%s))`, selector, quote(text))
	b.Until("!!" + find)
	b.Eval("(("+"e) => { e.focus(); e.click(); })("+find+")", nil)
}

// Type puts a text into what has the focus, as a paste does.
func (b *Tab) Type(text string) { b.t.Helper(); b.Do(input.InsertText(text)) }

// Say types a line into the box and presses Enter.
func (b *Tab) Say(text string) {
	b.t.Helper()
	b.Eval(`document.getElementById("box").focus()`, nil)
	b.Type(text)
	b.Press(kb.Enter)
}

// Press presses a key; modifiers are held meanwhile. What the page does about it counts:
// a character comes only if the page lets it.
func (b *Tab) Press(key string, modifiers ...input.Modifier) {
	b.t.Helper()
	events := kb.Encode([]rune(key)[0])
	for i, e := range events {
		if e.Type == input.KeyChar {
			continue
		}
		if e.Type == input.KeyDown && len(modifiers) == 0 && events[i+1].Type == input.KeyChar {
			e.Text, e.UnmodifiedText = events[i+1].Text, events[i+1].UnmodifiedText
		}
		for _, m := range modifiers {
			e.Modifiers |= m
		}
		b.Do(e)
	}
}

// Look is how the browser shows a page.
type Look struct {
	Width, Height int64
	Dark, Phone   bool
}

// Look changes how the browser shows the page.
func (b *Tab) Look(l Look) {
	b.t.Helper()
	scheme := "light"
	if l.Dark {
		scheme = "dark"
	}
	b.Do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}),
		emulation.SetDeviceMetricsOverride(l.Width, l.Height, 2, l.Phone), emulation.SetTouchEmulationEnabled(l.Phone))
}

// Picture is what the page looks like, as PNG.
func (b *Tab) Picture() []byte {
	b.t.Helper()
	var png []byte
	b.Do(chromedp.CaptureScreenshot(&png))
	return png
}

// Requests are the addresses of all that was asked for so far.
func (b *Tab) Requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.requests...)
}

// Trouble is what the browser has reported as a fault so far.
func (b *Tab) Trouble() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.trouble...)
}

// Busy is the processor time that the page's own thread has taken for its tasks since
// the last call, however busy the machine is with others.
func (b *Tab) Busy() time.Duration {
	b.t.Helper()
	var total float64 // s
	b.Do(performance.Enable().WithTimeDomain(performance.EnableTimeDomainThreadTicks), chromedp.ActionFunc(func(ctx context.Context) error {
		all, err := performance.GetMetrics().Do(ctx)
		for _, m := range all {
			if m.Name == "TaskDuration" {
				total = m.Value
			}
		}
		return err
	}))
	now := time.Duration(total * float64(time.Second))
	since := now - b.busy
	b.busy = now
	return since
}

// Tree is what the page is to those who hear it.
func (b *Tab) Tree() (all []Named) {
	b.t.Helper()
	var tree struct {
		Nodes []struct {
			Ignored bool  `json:"ignored"`
			Role    value `json:"role"`
			Name    value `json:"name"`
		} `json:"nodes"`
	}
	b.Do(chromedp.ActionFunc(func(ctx context.Context) error {
		// The library's types know less than newer browsers tell.
		return cdp.Execute(ctx, accessibility.CommandGetFullAXTree, nil, &tree)
	}))
	for _, n := range tree.Nodes {
		role, _ := n.Role.Value.(string)
		name, _ := n.Name.Value.(string)
		if !n.Ignored && role != "" {
			all = append(all, Named{role, name})
		}
	}
	return all
}

type value struct {
	Value any `json:"value"`
}

// Named is something with a role, and what it is called.
type Named struct{ Role, Name string }

func (b *Tab) report() {
	var text string
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	_ = chromedp.Run(ctx, chromedp.Evaluate(`location.origin + " " + document.title + "\n" + document.body.innerText.slice(0, 4000)`, &text))
	b.t.Logf("the page:\n%s\ntrouble: %q", text, b.Trouble())
}

// quote is a text as JavaScript writes it.
func quote(text string) string {
	b, _ := json.Marshal(text) // a string: never fails
	return string(b)
}
