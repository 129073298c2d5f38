package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// comeback is how long a node may need to find its network again when all its
// bootstraps are dead.
const comeback = 10 * time.Second

// A node finds the network again through whom it has met, when the only
// bootstrap that it is told is dead: with the identities that people have, and
// with demo numbers. It listens elsewhere when it is started again, so that
// those who lost it cannot find it.
func TestKnownPeersLeadInWhenTheBootstrapIsDead(t *testing.T) {
	t.Parallel()
	for _, demo := range []bool{false, true} {
		for _, crash := range []bool{false, true} {
			t.Run(fmt.Sprintf("demo %v crash %v", demo, crash), func(t *testing.T) {
				t.Parallel()
				var n []int
				if demo {
					n = peerNos(t, 3)
				}
				begin := func(i int, dir string, args ...string) *process {
					t.Helper()
					args = append(args, "--name", []string{"anna", "bob", "carl"}[i], "--listen", anywhere, "--no-mdns", "--data-dir", dir)
					if demo {
						args = append(args, "--peer-no", fmt.Sprint(n[i]))
					}
					return launch(t, args...)
				}
				dir := t.TempDir()
				anna := begin(0, t.TempDir())
				through := []string{"--bootstrap", anna.addr() + "/p2p/" + anna.whoami()}
				bob := begin(1, t.TempDir(), through...)
				carl := begin(2, dir, through...)
				bob.knows("anna", "carl")
				carl.knows("anna", "bob")
				id := bob.whoami()

				anna.kill()
				if crash {
					carl.remembers(dir, id)
					carl.kill()
				} else {
					carl.types(`\quit`)
					carl.ends(exitOK)
				}
				carl = begin(2, dir, through...)
				carl.sees(`^\* ready: `)
				ready := time.Now()
				carl.types("is anybody there?")
				bob.sees(`^\[lobby\] carl( \(late\))?: is anybody there\?$`)
				bob.types("I am")
				carl.sees(`^\[lobby\] bob( \(late\))?: I am$`)
				took := time.Since(ready)
				t.Logf("back after %v", took.Round(time.Millisecond))
				if took > comeback {
					t.Errorf("back after %v, want %v", took, comeback)
				}
			})
		}
	}
}

// remembers waits until a node has written down that it has met a peer.
func (p *process) remembers(dir, id string) {
	p.t.Helper()
	for limit := time.Now().Add(patience); ; <-time.After(20 * time.Millisecond) {
		files, _ := filepath.Glob(filepath.Join(dir, "*.peers"))
		for _, f := range files {
			if text, err := os.ReadFile(f); err == nil && strings.Contains(string(text), "\n"+id+" ") {
				return
			}
		}
		if time.Now().After(limit) {
			p.t.Fatalf("node %q has not written down %s", p.cmd.Args[1:], id)
		}
	}
}

// Whatever stands where the peers are kept, a node starts, says so once and
// begins anew.
func TestDamagedPeersFile(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	dir := t.TempDir()
	path := filepath.Join(dir, "demo.peers")
	if err := os.WriteFile(path, []byte("\x00\xff\x1b[2J"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 100<<20); err != nil {
		t.Fatal(err)
	}
	one := start(t, n[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]), "--data-dir", dir)
	two.complains(`^warning: cannot read the peers met before in ` + path + ` – it has more than \d+ bytes – they are forgotten and a new list is begun$`)
	two.types("hello")
	one.sees(`^\[lobby\] .*: hello$`)
	two.types(`\quit`)
	two.ends(exitOK)
	if c := two.err.count(""); c != 1 {
		t.Errorf("%d lines on stderr", c)
	}
	again := start(t, n[1], "--data-dir", dir) // which finds the first without being told
	again.sees(fmt.Sprintf(`^\* peer %d is here$`, n[0]))
	if c := again.err.count(""); c != 0 {
		t.Errorf("%d lines on stderr", c)
	}
}
