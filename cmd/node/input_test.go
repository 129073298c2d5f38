package main

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"tincan/cmd/internal/console"
)

// What a user or a program may feed a node without ending it, or harming who
// reads it elsewhere: afterwards an ordinary line is still read, once it is said where it
// is for, because what follows a way that leads nowhere is held.
func TestInputEndsNothing(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	const astray = `\lobby` // what follows was meant for where the input leads
	for i, c := range []struct {
		name, input string
		shown       string // on the other side, or ""
		complaint   string // on this side, or ""
	}{
		{"spaces", "   \t ", `^\[lobby\] peer \d+ says hello$`, ""},
		{"a megabyte", strings.Repeat("x", 1<<20), "", `^error: the line has 1048576 bytes`},
		{"one byte too many", strings.Repeat("y", 64<<10+1), "", `^error: .*65537`},
		{"as much as goes", strings.Repeat("z", 64<<10), `: z{1000}`, ""},
		{"not UTF-8", "a\xff\xfeb", "", `^error: .*UTF-8`},
		{"a surrogate", "a\xed\xa0\x80b", "", `^error: .*UTF-8`},
		{"NUL", "a\x00b", `: a\\x00b$`, ""},
		{"a carriage return inside", "harmless\rforged", `: harmless\\x0dforged$`, ""},
		{"escape sequences", "\x1b[2J\x1b]52;c;cm0=\x07\x1b]0;title\x07", `: \\x1b\[2J\\x1b\]52`, ""},
		{"8-bit controls", "\u009b2J\u0085", `2J`, ""},
		{"right to left", "abc\u202egnp.exe\u2066\u200f", `abc.*gnp\.exe`, ""},
		{"joined without width", strings.Repeat("\u200d", 1000) + "end", `end$`, ""},
		{"combining marks", "o" + strings.Repeat("\u0301", 10000), `: o`, ""},
		{"switch to nowhere", `\sw 999` + "\n" + astray, "", `^error: `},
		{"fork oneself", fmt.Sprintf(`\fork %d`, n[1]) + "\n" + astray, "", `^error: `},
		{"join without a channel", "/join" + "\n" + astray, "", `^error: `},
		{"join a long name", "/join #" + strings.Repeat("x", 10000) + "\n" + astray, "", `^error: `},
		{"join a path", "/join #../../etc/passwd" + "\n" + astray, "", `^error: `},
		{"a command that is none", "/" + strings.Repeat("\x1b[31m", 20), "", `^error: `},
		{"broken JSON", `{"do":`, `: \{"do":$`, ""}, // without --json it is text
	} {
		t.Run(c.name, func(t *testing.T) {
			complaints := two.err.count("")
			two.types(c.input, `\lobby`, fmt.Sprintf("after input %d", i))
			one.sees(fmt.Sprintf(`: after input %d$`, i))
			if c.shown != "" {
				one.sees(c.shown)
			}
			if c.complaint != "" {
				complaints++
				if line := two.err.nth(complaints); !regexp.MustCompile(c.complaint).MatchString(line) {
					t.Errorf("stderr says %.200q, want %s", line, c.complaint)
				}
			}
			if got := two.err.count(""); got != complaints {
				t.Errorf("%d lines on stderr, want %d", got, complaints)
			}
		})
	}
	for _, p := range []*process{one, two} {
		for _, tr := range []*transcript{p.out, p.err} {
			lines, _ := tr.all()
			for _, l := range lines {
				if i := strings.IndexFunc(l.text, acts); i >= 0 || !utf8.ValidString(l.text) {
					t.Errorf("%.80q reaches the terminal", l.text)
				}
			}
		}
	}
}

// What follows on a switch that leads nowhere was meant for that conversation
// alone: it is said to nobody, whatever is asked in between, until the user is
// somewhere because he said so.
func TestTextThatWentAstray(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	two := launch(t, "-p", fmt.Sprint(n[1]), "-b", fmt.Sprint(n[0]), "--once")
	two.types(`\sw 999`, "a secret", "ls", "another", fmt.Sprintf("dm %d for one alone", n[0]), `\sw 0`, "for all")
	two.in.Close()
	two.ends(console.NotSent)
	one.sees(`^\[dm\] .*: for one alone$`)
	one.sees(`^\[lobby\] .*: for all$`)
	two.complains(`^held: a secret – `)
	two.complains(`^held: another – `)
	if c := one.out.count("secret|another"); c != 0 {
		t.Errorf("%d lines went astray", c)
	}
}

// acts tells whether a character does something to a terminal, or cannot be seen.
func acts(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

// The last line needs no newline.
func TestLastLine(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	two := launch(t, "-p", fmt.Sprint(n[1]), "-b", fmt.Sprint(n[0]), "--once")
	if _, err := io.WriteString(two.in, "no newline"); err != nil {
		t.Fatal(err)
	}
	two.in.Close()
	two.ends(exitOK)
	one.sees(`: no newline$`)
}

// What was asked for cannot be had: nobody is reached, or the one meant is nobody.
func TestOnceUnreachable(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 3)
	for _, c := range []struct {
		name, input, complaint string
		code                   int
	}{
		{"no way in", "hi\n", `^error: .*not delivered`, 6},
		{"dm and no way in", fmt.Sprintf("dm %d hi\n", n[0]), ``, 7},
		{"dm to nobody", fmt.Sprintf("dm %d hi\n", n[2]), `^held: dm`, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			p := launch(t, "--once", "-p", fmt.Sprint(n[1]), "-b", fmt.Sprint(n[0]))
			p.types(strings.TrimSuffix(c.input, "\n"))
			p.in.Close()
			p.ends(c.code)
			if c.complaint != "" {
				p.complains(c.complaint)
			}
			t.Logf("ended after %v", time.Since(began).Round(time.Millisecond))
		})
	}
}

// flood is as many lines as can be pasted, or piped, in a second.
const flood = 200_000

// Lines come faster than they can be sent: the one who writes is held back, and
// whatever does not arrive is told.
func TestFloodOfLines(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	one.sees(fmt.Sprintf(`^\* peer %d is here$`, n[1]))
	began := time.Now()
	var b strings.Builder
	for i := range flood {
		b.WriteString("line " + strconv.Itoa(i) + "\n")
	}
	two.types(b.String() + "the end")
	t.Logf("read after %v", time.Since(began).Round(time.Millisecond))
	one.sees(`: the end$`)
	t.Logf("shown after %v", time.Since(began).Round(time.Millisecond))
	lines, _ := one.out.all()
	shown, last, told := 0, -1, 0
	for _, l := range lines {
		_, no, ok := strings.Cut(l.text, ": line ")
		if !ok {
			continue
		}
		i, err := strconv.Atoi(no)
		if err != nil || i <= last {
			t.Fatalf("%q stands after line %d", l.text, last)
		}
		shown, last = shown+1, i
	}
	told = one.out.count(`are lost`) + one.err.count(`were left out`) + two.err.count(`failed|error`)
	if shown < flood && told == 0 {
		t.Errorf("%d of %d lines are shown, and nobody is told", shown, flood)
	}
	t.Logf("%d of %d lines are shown", shown, flood)
	for _, p := range []*process{one, two} {
		if mib := p.rss(); mib > 400 {
			t.Errorf("%d MiB are in use", mib)
		} else {
			t.Logf("%d MiB are in use", mib)
		}
	}
	two.types("still here?")
	one.sees(`: still here\?$`)
}

// A direct message that is typed at once reaches also one who is not the way in.
func TestOnceFindsOthers(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 3)
	one := start(t, n[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	one.sees(fmt.Sprintf(`^\* peer %d is here$`, n[1]))
	for _, mode := range []string{"--sparse=false", "--sparse"} {
		for to, p := range []*process{one, two} {
			text := fmt.Sprintf("from a script, %s, to %d", mode, to)
			script := launch(t, mode, "--once", "-p", fmt.Sprint(n[2]), "-b", fmt.Sprint(n[0]))
			script.types(fmt.Sprintf("dm %d %s", n[to], text))
			script.in.Close()
			script.ends(exitOK)
			p.sees(fmt.Sprintf(`^\[dm\] peer %d: %s$`, n[2], text))
		}
	}
}
