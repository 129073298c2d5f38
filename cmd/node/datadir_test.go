package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A demo node keeps its name and whom it has met where it is told to, and no
// key; nobody else may have the directory, at the same time or later.
func TestDemoNodeWithDataDirectory(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	dir := filepath.Join(t.TempDir(), "deep", "inside")
	first := start(t, n[0], "--data-dir", dir)
	first.types("/nick anna")
	first.sees(`^\* you are called anna now$`)
	for _, no := range n {
		refusedAt(t, exitInUse, fmt.Sprintf(`the node with process id %d has it open – `, first.cmd.Process.Pid), "--peer-no", fmt.Sprint(no), "--data-dir", dir)
	}
	first.types(`\quit`)
	first.ends(exitOK)
	if _, err := os.Lstat(filepath.Join(dir, "key")); err == nil {
		t.Error("a demo node has written a key")
	}

	refusedAt(t, exitIdentity, fmt.Sprintf(` – it belongs to demo peer %d, and this is demo peer %d – choose another one$`, n[0], n[1]), "--peer-no", fmt.Sprint(n[1]), "--data-dir", dir)
	refusedAt(t, exitIdentity, fmt.Sprintf(` – it belongs to demo peer %d, and this is a real identity – choose another one$`, n[0]), "--data-dir", dir)
	again := start(t, n[0], "--data-dir", dir)
	again.sees(fmt.Sprintf(`^\* ready: you are peer %d \(anna\) `, n[0]))
	again.kill() // and leaves the directory as a crash does
	start(t, n[0], "--data-dir", dir).sees(`\(anna\)`)

	real := filepath.Join(t.TempDir(), "real")
	own := newHome(t).starts(t, "--name", "bob", "--listen", anywhere, "--data-dir", real)
	own.whoami()
	own.types(`\quit`)
	own.ends(exitOK)
	refusedAt(t, exitIdentity, ` – it belongs to a real identity, and this is demo peer \d+ – choose another one$`, "--peer-no", fmt.Sprint(n[1]), "--data-dir", real)
	refusedAt(t, exitIdentity, ` – it belongs to a real identity, and this is gossip server 2 – choose another one$`,
		"--role", "gossiping-server2", "--name", "_", "--address", fmt.Sprintf("127.0.0.1:%d", 63000+n[1]), "--data-dir", real)
}

// Without a word about it a demo node writes nothing, wherever it could.
func TestDemoNodeKeepsNothing(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	h := newHome(t)
	one := start(t, n[0])
	two := launchWith(t, []string{"HOME=" + string(h), "XDG_DATA_HOME=" + string(h)}, "--peer-no", fmt.Sprint(n[1]), "-b", fmt.Sprint(n[0]))
	two.sees(fmt.Sprintf(`^\* peer %d is here$`, n[0]))
	two.types("/nick anna")
	one.sees(`is called anna now$`)
	two.types(`\quit`)
	two.ends(exitOK)
	if left, err := os.ReadDir(string(h)); err != nil || len(left) > 0 {
		t.Errorf("it has written %v, %v", left, err)
	}
}

// Where a node cannot write it does not start, and says where.
func TestDataDirectoriesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	file, sealed := filepath.Join(top, "file"), filepath.Join(top, "sealed")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(sealed, 0o500); err != nil {
		t.Fatal(err)
	}
	loop := filepath.Join(top, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	dirs := map[string]string{file: "not a directory", filepath.Join(file, "below"): "not a directory", loop: "too many levels of symbolic links"}
	if os.Geteuid() == 0 {
		t.Log("NOT TESTED: a read-only directory, since root writes there all the same")
	} else {
		dirs[sealed] = "permission denied"
		dirs[filepath.Join(sealed, "below")] = "permission denied"
	}
	if runtime.GOOS == "linux" {
		dirs["/proc/self/below"] = "no such file or directory" // nobody can make one there
	}
	no := fmt.Sprint(peerNos(t, 1)[0])
	for dir, why := range dirs {
		for _, who := range [][]string{nil, {"--peer-no", no}, {"--role", "gossiping-server4", "--name", "_"}} {
			text := `^error: cannot write ` + dir + `\S* – ` + why + ` – choose another data directory, or make this one yours to write$`
			refusedAt(t, exitListen, text, append(who, "--data-dir", dir)...)
		}
	}
}

// refusedAt starts a node in vain: it ends at once, with one line.
func refusedAt(t *testing.T, code int, why string, args ...string) {
	t.Helper()
	p := launch(t, args...)
	p.ends(code)
	if took := time.Since(p.began); took > 2*time.Second {
		t.Errorf("%q: it ends after %v", args, took)
	}
	p.complains(why)
	if text := strings.TrimSpace(p.err.text()); strings.Contains(text, "\n") || strings.Count(text, " – ") != 2 {
		t.Errorf("%q: stderr is\n%s", args, text)
	}
}
