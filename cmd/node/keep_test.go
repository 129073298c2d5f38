package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// entry is a message of an export.
type entry struct {
	ID, Conversation, Text string
	From                   struct {
		ID     string
		PeerNo int `json:"peer_no"`
	}
}

// exported is what a data directory keeps, the oldest first.
func exported(t *testing.T, dir string, args ...string) (all []entry) {
	t.Helper()
	out, err := exec.Command(binary, append([]string{"--data-dir", dir, "history", "export", "--json"}, args...)...).Output()
	if err != nil {
		t.Fatalf("export of %s: %v\n%s", dir, err, out)
	}
	for l := range strings.Lines(string(out)) {
		var m entry
		if err := json.Unmarshal([]byte(l), &m); err != nil {
			t.Fatalf("export of %s: %v in %s", dir, err, l)
		}
		all = append(all, m)
	}
	return all
}

// texts are those of messages, and how often each is there.
func texts(all []entry) map[string]int {
	n := make(map[string]int)
	for _, m := range all {
		n[m.Text]++
	}
	return n
}

// life is the log of a message: what it was called in the life of a database.
func (m entry) life() string { return strings.Split(m.ID, "/")[1] }

// What was said outlives kill -9: it is there, nothing is shown twice, the same log
// goes on, and what waited for somebody is delivered when both are back.
func TestHistoryOutlivesTheNode(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	dirs := []string{t.TempDir(), t.TempDir()}
	one := start(t, n[0], "--data-dir", dirs[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]), "--data-dir", dirs[1])
	one.sees(fmt.Sprintf(`^\* peer %d is here$`, n[1]))
	one.types("join #ops anna", "deploy done", `\lobby`, "good morning")
	two.sees(`^\[lobby\] .*: good morning$`)
	two.types("good morning to you", "/join #ops")
	one.sees(`^\[lobby\] .*: good morning to you$`)
	two.sees(`^\[#ops\] .*: deploy done$`)
	two.kill()
	one.sees(`^\* .* is gone$`)
	one.types(fmt.Sprintf("dm %d for when you are back", n[1]), fmt.Sprintf("dm %d and this", n[1]))
	one.sees(`for when you are back — queued`)
	one.kill()
	before := exported(t, dirs[0])

	one = start(t, n[0], "--data-dir", dirs[0])
	one.types("back again")
	two = start(t, n[1], "-b", fmt.Sprint(n[0]), "--data-dir", dirs[1])
	two.sees(`^\[dm\] .*: for when you are back$`)
	two.sees(`^\[dm\] .*: and this$`)
	one.sees(`^\[dm\] to .*: for when you are back — delivered$`)
	one.sees(`^\[dm\] to .*: and this — delivered$`)
	two.sees(`^\[lobby\] .*: back again$`)
	for _, text := range []string{"good morning", "deploy done", "good morning to you"} {
		if c := two.out.count(`: `+text+"$") + one.out.count(`: `+text+"$"); c != 0 {
			t.Errorf("%q is shown %d times again", text, c)
		}
	}
	for i, p := range []*process{one, two} {
		p.types(`\quit`)
		p.ends(exitOK)
		got := texts(exported(t, dirs[i]))
		for _, text := range []string{"good morning", "good morning to you", "deploy done", "for when you are back", "and this", "back again"} {
			if got[text] != 1 {
				t.Errorf("peer %d keeps %q %d times, want once", n[i], text, got[text])
			}
		}
	}
	after := exported(t, dirs[0])
	if len(before) < 4 || len(after) != len(before)+2 { // the second message for two was no part of an envelope yet
		t.Errorf("%d messages before the restart, %d after", len(before), len(after))
	}
	for _, m := range after {
		if m.From.PeerNo == n[0] && m.life() != after[0].life() {
			t.Errorf("%s is in another log than %s", m.ID, after[0].ID)
		}
	}
}

// A node that is killed again and again while it is talked to has all that it has
// accepted, once, in one log, and starts at once.
func TestNothingAcceptedIsLost(t *testing.T) {
	t.Parallel()
	rounds := 10
	if soak {
		rounds = 100
	}
	n := peerNos(t, 2)
	no, other, dir := n[0], n[1], t.TempDir()
	accepted := make(map[string]bool)
	var slowest time.Duration
	for round := range rounds {
		p := launch(t, "--peer-no", fmt.Sprint(no), "--data-dir", dir, "--json")
		p.sees(`"type":"ready"`)
		lines, _ := p.out.all()
		slowest = max(slowest, lines[0].at.Sub(p.began))
		go func() { // ends with the process
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(p.in, "round %d line %d.\n", round, i); err != nil {
					return
				}
			}
		}()
		p.sees(fmt.Sprintf(`"text":"round %d line %d\.","mine":true`, round, 20*(1+round%7)))
		p.kill()
		lines, _ = p.out.all()
		for _, l := range lines {
			if m := regexp.MustCompile(`"text":"(round \d+ line \d+\.)","mine":true`).FindStringSubmatch(l.text); m != nil {
				accepted[m[1]] = true
			}
		}
	}
	// What was accepted last is in no envelope yet: the node makes them when it is
	// back, and what it says then comes after.
	start(t, no, "--data-dir", dir).types("and once more")
	start(t, other, "-b", fmt.Sprint(no)).sees(`: and once more$`)
	all := exported(t, dir)
	got := texts(all)
	wrong := 0
	for text := range accepted {
		if got[text] != 1 {
			if wrong++; wrong <= 5 {
				t.Errorf("%q was accepted and is kept %d times", text, got[text])
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d accepted messages are not kept once", wrong, len(accepted))
	}
	for _, m := range all {
		if m.life() != all[0].life() {
			t.Fatalf("%s is in another log than %s", m.ID, all[0].ID)
		}
	}
	t.Logf("%d kills, %d accepted, %d kept, the slowest start took %v", rounds, len(accepted), len(all), slowest.Round(time.Millisecond))
}

// A damaged file is set aside, the user is told in one line, and what others have
// comes back.
func TestDamagedHistoryIsReplaced(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	dir := t.TempDir()
	one := start(t, n[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]), "--data-dir", dir)
	one.types("the first")
	two.sees(`^\[lobby\] .*: the first$`)
	two.types("the second", `\quit`)
	one.sees(`^\[lobby\] .*: the second$`)
	two.ends(exitOK)
	life := exported(t, dir)[1].life()

	path := filepath.Join(dir, "history.db")
	write(t, path, strings.Repeat("this is not a database ", 1000))
	two = start(t, n[1], "-b", fmt.Sprint(n[0]), "--data-dir", dir)
	said := two.complains(`^warning: the history in `)
	bad, _ := filepath.Glob(path + ".bad-*Z")
	if len(bad) != 1 || !strings.Contains(said, bad[0]) {
		t.Errorf("kept as %q, said %q", bad, said)
	}
	two.sees(`^\[lobby\] .*: the first( \(late\))?$|^\[lobby\] .* \(late\): the first$`)
	two.types("the third", `\quit`)
	one.sees(`^\[lobby\] .*: the third$`)
	two.ends(exitOK)
	all := exported(t, dir)
	if got := texts(all); got["the first"] != 1 || got["the second"] != 1 || got["the third"] != 1 {
		t.Errorf("kept afterwards: %v", got)
	}
	if m := all[len(all)-1]; m.Text != "the third" || m.life() == life {
		t.Errorf("the last is %q in the log %s, which may have numbers that nobody knows of", m.Text, m.life())
	}
}

func write(t *testing.T, path, data string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What cannot be used is not touched, and said at once.
func TestHistoryThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	no := fmt.Sprint(peerNos(t, 1)[0])
	for _, c := range []struct {
		name      string
		make      func(t *testing.T, path string) // where there was a history
		code      int
		complaint string
	}{
		{"a directory", func(t *testing.T, path string) {
			remove(t, path)
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, exitListen, `^error: cannot write .*history\.db – it is no regular file – `},
		{"a link", func(t *testing.T, path string) {
			remove(t, path)
			if err := os.Symlink("/dev/zero", path); err != nil {
				t.Fatal(err)
			}
		}, exitListen, `^error: cannot write .*history\.db – it is no regular file – `},
		{"a newer one", func(t *testing.T, path string) {
			newer(t, path)
		}, exitConfig, `^error: cannot use the history .*history\.db – a newer version of node has written it – `},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "history.db")
			p := launch(t, "-p", no, "--data-dir", filepath.Dir(path), "--once")
			p.in.Close()
			p.ends(exitOK)
			c.make(t, path)
			was := content(t, path)
			p = launch(t, "-p", no, "--data-dir", filepath.Dir(path))
			began := time.Now()
			p.ends(c.code)
			if d := time.Since(began); d > 2*time.Second {
				t.Errorf("took %v", d)
			}
			p.complains(c.complaint)
			if n := p.err.count(""); n != 1 {
				t.Errorf("%d lines on stderr, want one", n)
			}
			if is := content(t, path); is != was {
				t.Error("the file is touched")
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// content is what a file says, or what it is instead of one.
func content(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if !info.Mode().IsRegular() {
		return info.Mode().String()
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// newer writes a version to come into the header of a database: 4 bytes at 60
// (https://www.sqlite.org/fileformat.html).
func newer(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte{0, 0, 3, 0}, 60); err != nil {
		t.Fatal(err)
	}
}

// Others may read a history while the node runs; to remove from it, it must not.
func TestHistoryCommand(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	dir := t.TempDir()
	asks := func(code int, args ...string) *process {
		t.Helper()
		p := launch(t, append([]string{"--data-dir", dir, "history"}, args...)...)
		p.ends(code)
		return p
	}
	asks(exitIdentity, "export").complains(`^error: cannot use the data directory .* – there is no profile in it – `)
	one := start(t, n[0], "--data-dir", dir)
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	one.sees(fmt.Sprintf(`^\* peer %d is here$`, n[1]))
	one.types("deploy begins", "/join #ops", "deploy done\x1b[2J", fmt.Sprintf("dm %d deploy is between us", n[1]), `\lobby`, "good night")
	two.sees(`: deploy is between us$`)
	two.sees(`: good night$`)
	two.types(fmt.Sprintf("dm %d thanks", n[0]))
	one.sees(`: thanks$`)

	day := `^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d `
	found := asks(exitOK, "search", "deploy")
	found.sees(day + fmt.Sprintf(`\[lobby\] peer %d: deploy begins$`, n[0]))
	found.sees(`^\d\d:\d\d:\d\d \[#ops\] .*: deploy done\\x1b\[2J$`)
	found.sees(fmt.Sprintf(`^\d\d:\d\d:\d\d \[dm\] to peer %d: deploy is between us — delivered$`, n[1]))
	if c := found.out.count(""); c != 4 {
		t.Errorf("%d lines for 3 messages that are found", c)
	}
	asks(exitOK, "search", "-n", "1", "deploy").sees(`^\* there are older ones: history search -n 2 …$`)
	asks(exitOK, "search", "explosion").sees(`^\* nothing is remembered with "explosion"$`)
	asks(exitOK, "export", "--conversation", "#ops").sees(day + `\[#ops\] .*: deploy done`)
	dms := asks(exitOK, "export", "--conversation", fmt.Sprint("dm ", n[1]))
	dms.sees(fmt.Sprintf(`\[dm\] peer %d: thanks$`, n[1]))
	if c := dms.out.count("good night"); c != 0 {
		t.Error("another conversation is exported too")
	}
	asks(exitInUse, "purge", "--before", "0d").complains(fmt.Sprintf(`the node with process id %d has it open`, one.cmd.Process.Pid))
	one.types(`\quit`)
	one.ends(exitOK)
	asks(exitOK, "purge", "--before", "1d").sees(`^\* removed messages: 0;`)
	asks(exitOK, "purge", "--before", "0d", "--conversation", "lobby").sees(`^\* removed messages: 1;`)
	got := texts(exported(t, dir))
	if got["deploy begins"] != 0 || got["good night"] != 1 || got["thanks"] != 1 {
		t.Errorf("left: %v", got)
	}
}
