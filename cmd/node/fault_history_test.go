package main

import (
	"bytes"
	bin "encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// lessTime is how long a start may take whatever stands where the history was
// (PROMISES 5.5: no hang of more than 2 s).
const lessTime = 2 * time.Second

// The offsets in the header of an SQLite database
// (https://www.sqlite.org/fileformat.html, 1.3) of what a program may set.
const (
	userVersion   = 60
	applicationID = 68
)

// ruin is something that happens to the files of a history while the node is down.
type ruin struct {
	name string
	do   func(t *testing.T, r *ruins)
	// says is what the node must say on stderr; "": it may say nothing, or either
	// of the lines that there are for damage.
	says string
	kept bool // what was damaged is kept under another name
	lost int  // how many lines may be missing for good
}

// A row that is damaged is left out, and what others have of it is not asked for
// as long as a later one of its author is there. A place in the file may belong to so
// many rows.
const rowsOfPlace = 2

// Lines for damage.
const (
	replaced = `^warning: the history in \S+ was damaged – .+ – a new one is begun, and what others have comes back from them; the old file is kept as \S+$`
	logged   = `^time=\S+ level=WARN msg="damaged history is left out" what=\w+$` // met later than at the start
	unsaved  = `^warning: cannot save – the history file is damaged.* – what is said goes on, but is not kept `
	leftOut  = `^warning: .+ of the history cannot be trusted – damaged, or not made by this node – left out; what others have of it comes back from them$`
)

// Whatever happened to the file of the history, the node that had it starts, says so
// on one line, shows nothing that was not said, keeps what it cannot use under
// another name and gets back from others what they have (PROMISES 5.5, 100 to 109).
func TestRuinedHistory(t *testing.T) {
	t.Parallel()
	flips, pages := 8, 3
	if soak {
		flips, pages = 200, 20
	}
	cases := []ruin{
		{"100 nothing", func(t *testing.T, r *ruins) { r.truncate(t, 0) }, replaced, true, 0},
		{"104 of another program", func(t *testing.T, r *ruins) { r.write(t, applicationID, []byte("abcd")) }, replaced, true, 0},
		{"104 no database", func(t *testing.T, r *ruins) { r.write(t, 0, []byte("something else!!")) }, replaced, true, 0},
		{"106 log of another database", func(t *testing.T, r *ruins) { r.foreignLog(t) }, "", false, 0},
		{"107 row with a bad signature", func(t *testing.T, r *ruins) { r.swap(t, "truth 7 ", "false 7 ") }, "", false, 1},
		{"108 sparse, 100 GB", func(t *testing.T, r *ruins) { r.truncate(t, 100<<30) }, replaced, true, 0},
		{"108 sparse, 100 GB of nothing", func(t *testing.T, r *ruins) { r.truncate(t, 0); r.truncate(t, 100<<30) }, replaced, true, 0},
	}
	for i := range pages { // fewer than the file has
		cases = append(cases, ruin{fmt.Sprintf("101 cut after page %d", 1+i), func(t *testing.T, r *ruins) { r.truncate(t, int64(4096*(1+i))) }, replaced, true, 0})
		cases = append(cases, ruin{fmt.Sprintf("103 page %d from the end zeroed", i), func(t *testing.T, r *ruins) { r.write(t, r.size(t)-int64(4096*(1+i)), make([]byte, 4096)) }, "", false, rowsOfPlace})
	}
	for i := range flips {
		cases = append(cases, ruin{fmt.Sprintf("102 flip %d", i), func(t *testing.T, r *ruins) { r.flip(t) }, "", false, rowsOfPlace})
	}

	n := peerNos(t, 2)
	witness := keeps(t, n[1])
	sound := t.TempDir()
	args := []string{"-p", fmt.Sprint(n[0]), "-b", fmt.Sprint(n[1])}
	first := launch(t, append(args, "--data-dir", sound)...)
	first.sees(`^\* peer \d+ is here$`)
	for i := range truths {
		witness.aloud(truth(i))
		first.sees(regexp.QuoteMeta(truth(i)) + "$")
	}
	first.types("words of my own")
	witness.life().hears("words of my own")
	first.types(`\quit`)
	first.ends(exitOK)

	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			copyFiles(t, sound, dir)
			r := &ruins{path: filepath.Join(dir, "history.db")}
			c.do(t, r)
			r.remember(t)
			p := launch(t, append(args, "--data-dir", dir)...)
			p.sees(`^\* ready: `)
			if took := time.Since(p.began); took > lessTime {
				t.Errorf("it starts in %v, want %v", took, lessTime)
			}
			if c.says != "" {
				p.complains(c.says)
			}
			p.sees(`^\* peer \d+ is here$`)
			told := fmt.Sprintf("told after %s", c.name)
			witness.aloud(told)
			p.sees(told + "$")
			k := &keeper{t: t, no: n[0], dir: dir, args: append(args, "--data-dir", dir)}
			if _, err := k.exported(); err != nil || damaged(dir) {
				// It was met while the node ran, or only by who read after it: a node
				// that starts after a crash looks at all of the file.
				p.kill()
				p.honest(c)
				p = launch(t, k.args...)
			}
			if missing := k.soonKeeps(time.Now().Add(inDoubt), allTruths(c.lost)); missing != "" {
				t.Errorf("%s within %v", missing, inDoubt)
			}
			p.types(`\quit`)
			p.ends(exitOK)
			p.honest(c)
			r.keptAside(t, c.kept)
		})
	}
	witness.shownOnce()
}

// truths is how many lines there are to lose: some pages of them.
const truths = 60

// truth is line i.
func truth(i int) string {
	return fmt.Sprintf("truth %d %s.", i, strings.Repeat("and nothing but the truth ", 20))
}

// damaged says whether a node has found its history damaged since it started.
func damaged(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "history.db.damaged"))
	return err == nil
}

// allTruths finds fault with a history that lacks more than so many lines, or has one
// that was not said.
func allTruths(lost int) func(map[string]event) string {
	return func(kept map[string]event) string {
		have := make(map[string]bool)
		for _, e := range kept {
			have[e.Text] = true
			if !honest(e.Text) {
				return fmt.Sprintf("it has %q", e.Text)
			}
		}
		var missing []string
		for i := range truths {
			if !have[truth(i)] {
				missing = append(missing, fmt.Sprint(i))
			}
		}
		if !have["words of my own"] {
			missing = append(missing, "its own words")
		}
		if len(missing) > lost {
			return fmt.Sprintf("it lacks %q of %d lines", missing, truths)
		}
		return ""
	}
}

// honest says whether a text was said by anybody.
func honest(text string) bool {
	if strings.HasPrefix(text, "told after ") || text == "words of my own" {
		return true
	}
	var i int
	_, err := fmt.Sscanf(text, "truth %d ", &i)
	return err == nil && text == truth(i)
}

// honest checks all that a node has shown, and that it complained of nothing but
// damage.
func (p *process) honest(c ruin) {
	p.t.Helper()
	lines, _ := p.out.all()
	for _, l := range lines {
		if _, text, ok := strings.Cut(l.text, ": "); ok && strings.HasPrefix(l.text, "[lobby] ") && !honest(text) {
			p.t.Errorf("it shows %q", l.text)
		}
	}
	said, _ := p.err.all()
	allowed := regexp.MustCompile(strings.Join([]string{replaced, leftOut, logged, newLife, unsaved}, "|"))
	for _, l := range said {
		if !allowed.MatchString(l.text) {
			p.t.Errorf("it complains: %s", l.text)
		}
	}
	if c.says != "" && len(said) > 2 {
		p.t.Errorf("%d lines on stderr", len(said))
	}
}

// newLife is what a node says whose own words were among what is lost.
const newLife = `^warning: others hold messages of .* that its database does not know of – `

// A history of a newer version is not touched.
func TestNewerHistory(t *testing.T) {
	t.Parallel()
	n := fmt.Sprint(peerNos(t, 1)[0])
	dir := t.TempDir()
	p := launch(t, "-p", n, "--data-dir", dir)
	p.sees(`^\* ready: `)
	p.types(`\quit`)
	p.ends(exitOK)
	r := &ruins{path: filepath.Join(dir, "history.db")}
	r.write(t, userVersion, bin.BigEndian.AppendUint32(nil, 1000))
	r.remember(t)
	refusedAt(t, exitConfig, ` – a newer version of node has written it – run that version, or choose another data directory$`, "-p", n, "--data-dir", dir)
	if after, err := os.ReadFile(r.path); err != nil || !bytes.Equal(after, r.before) {
		t.Errorf("it is not as it was: %v", err)
	}
}

// What is no file is not read.
func TestHistoryThatIsNoFile(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED: there is no /dev/zero here")
	}
	n := fmt.Sprint(peerNos(t, 1)[0])
	for what, make := range map[string]func(path string) error{
		"109 symlink to /dev/zero": func(path string) error { return os.Symlink("/dev/zero", path) },
		"directory":                func(path string) error { return os.Mkdir(path, 0o700) },
		"symlink to nothing":       func(path string) error { return os.Symlink(path+".elsewhere", path) },
	} {
		dir := t.TempDir()
		p := launch(t, "-p", n, "--data-dir", dir)
		p.sees(`^\* ready: `)
		p.types(`\quit`)
		p.ends(exitOK)
		path := filepath.Join(dir, "history.db")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := make(path); err != nil {
			t.Fatal(what, err)
		}
		refusedAt(t, exitListen, `^error: cannot \S+ `+path+` – it is no regular file – `, "-p", n, "--data-dir", dir)
	}
}
