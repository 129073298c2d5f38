package main

import (
	"fmt"
	"strings"
	"testing"
)

// burst sends lines one right after the other, each in a frame of its own if slow.
const burst = `(async () => {
	const box = document.getElementById("box");
	for (let i = %d; i < %d; i++) {
		box.value = "round %d line " + i;
		box.dispatchEvent(new Event("input"));
		document.getElementById("send").click();
		if (%v) await new Promise(requestAnimationFrame);
	}
})()`

// TestBrowserBurst cuts the power of the node while lines are on their way to it, more are
// typed while it is away and while it comes back: each arrives, and none twice.
func TestBrowserBurst(t *testing.T) {
	dir := t.TempDir()
	bert := named(t, "bert", 2484, 2483)
	anna := named(t, "anna", 2483, 2484, "--data-dir", dir, "--web", "127.0.0.1:0")
	link := anna.link()
	bert.knows("anna")
	bert.types("/join #ops")
	a := surf(t, link)
	a.Sees("#title", "Lobby")
	a.Say("/join #ops")
	a.Sees("#title", "#ops")
	a.Say("/dm bert first")
	a.Sees(".place", "bert")
	places := []string{"ops", "bert"}
	for round, place := range places {
		a.Click(".place", place)
		a.Eval(fmt.Sprintf(burst, 0, 30, round, false), nil)
		anna.kill()
		a.Sees("#status", "does not answer")
		a.Eval(fmt.Sprintf(burst, 30, 40, round, false), nil)
		anna = named(t, "anna", 2483, 2484, "--data-dir", dir, "--web", doorOf(t, link))
		anna.link()
		a.Eval(fmt.Sprintf(burst, 40, 60, round, true), nil)
		a.Until(`document.querySelectorAll(".unsure").length === 0`)
		bert.sees(fmt.Sprintf(`round %d line 59$`, round))
	}
	var wrong []string
	for round := range places {
		for i := range 60 {
			if n := bert.out.count(fmt.Sprintf(`round %d line %d$`, round, i)); n != 1 {
				wrong = append(wrong, fmt.Sprintf("line %d of round %d: %d times", i, round, n))
			}
		}
	}
	if len(wrong) > 0 {
		t.Errorf("not once: %s", strings.Join(wrong, ", "))
	}
}
