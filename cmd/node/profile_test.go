package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A home is where real identities are kept: a directory of the test.
type home string

func newHome(t *testing.T) home { return home(t.TempDir()) }

func (h home) data() string { return filepath.Join(string(h), "tincan") }

// starts launches a node with a real identity, which is found by its address alone.
func (h home) starts(t *testing.T, args ...string) *process {
	t.Helper()
	p := launchWith(t, []string{"HOME=" + string(h), "XDG_DATA_HOME=" + string(h)}, append([]string{"--no-mdns"}, args...)...)
	return p
}

// whoami returns a node's id.
func (p *process) whoami() string {
	p.t.Helper()
	p.types("/whoami")
	return regexp.MustCompile(`12D3KooW\w{44}`).FindString(p.sees(`^\* you are .* 12D3KooW\w{44}$`))
}

// addr returns where a node on loopback listens.
func (p *process) addr() string {
	p.t.Helper()
	return regexp.MustCompile(`/ip4/127\.0\.0\.1/tcp/\d+`).FindString(p.sees(`^\* ready: .*/ip4/127\.0\.0\.1/tcp/\d+`))
}

const anywhere = "/ip4/127.0.0.1/tcp/0"

// The first start makes a key, the next ones have it; one node at a time does.
func TestProfile(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	first := h.starts(t, "--listen", anywhere)
	id := first.whoami()
	for path, want := range map[string]os.FileMode{h.data(): 0o700, filepath.Join(h.data(), "key"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want mode %v", path, info, err, want)
		}
	}

	second := h.starts(t)
	second.ends(exitInUse)
	second.complains(fmt.Sprintf(`^error: .* – the node with process id %d has it open – `, first.cmd.Process.Pid))
	if got := h.starts(t, "--ephemeral", "--listen", anywhere).whoami(); got == id {
		t.Error("an ephemeral node has the identity that is kept")
	}
	first.types("/nick anna", `\quit`)
	first.ends(exitOK)

	again := h.starts(t, "--listen", anywhere)
	again.sees(`^\* ready: you are anna#` + id[len(id)-4:] + ` `)
	if got := again.whoami(); got != id {
		t.Errorf("the second start is %s, the first was %s", got, id)
	}
	again.kill() // and leaves the profile open as a crash does
	if err := os.Chmod(filepath.Join(h.data(), "key"), 0o640); err != nil {
		t.Fatal(err)
	}
	wide := h.starts(t)
	wide.ends(exitIdentity)
	wide.complains(`^error: cannot use the key .* – it is open to others \(mode 0640\) – .*chmod 600`)
	if c := wide.err.count(""); c != 1 {
		t.Errorf("%d lines on stderr, want one", c)
	}
}

// Real nodes meet by an address, with its id or without; one that takes no
// connections is reached all the same; demo nodes are never met.
func TestRealNodes(t *testing.T) {
	t.Parallel()
	anna := newHome(t).starts(t, "--name", "anna", "--listen", anywhere)
	bob := newHome(t).starts(t, "--name", "bob", "--listen", anywhere, "--bootstrap", anna.addr()+"/p2p/"+anna.whoami())
	nora := newHome(t).starts(t, "--name", "nora", "--no-listen", "--bootstrap", strings.NewReplacer("/ip4/", "", "/tcp/", ":").Replace(anna.addr()))
	no := peerNos(t, 1)[0]
	demo := start(t, no, "--bootstrap", anna.addr())
	bob.knows("anna", "nora")
	nora.knows("anna", "bob")

	bob.types("dm nora are you there?", `\fork nora`, "between us")
	nora.sees(`^\[dm\] bob: are you there\?$`)
	bob.sees(`^\[dm\] to nora: are you there\? — delivered$`)
	nora.sees(`^P~> bob: between us$`)
	nora.types(`\sw 1`, "yes", "dm bob I am", `\fork anna`, "and with you")
	bob.sees(`^P-> nora: yes$`)
	bob.sees(`^\[dm\] nora: I am$`)
	anna.sees(`^P~> nora: and with you$`)
	nora.types(`\lobby`, "from behind a wall")
	anna.sees(`^\[lobby\] nora: from behind a wall$`)
	bob.sees(`^\[lobby\] nora: from behind a wall$`)

	demo.complains(`^warning: cannot reach /ip4/127\.0\.0\.1/tcp/\d+ – whoever answers there is not a node of this network – `)
	demo.types("is this the real world?", "ls")
	demo.sees(`^\* no peers yet$`)
	anna.types("still among us")
	bob.sees(`^\[lobby\] anna: still among us$`)
	for _, p := range []*process{anna, bob, nora} {
		if c := p.out.count(fmt.Sprintf("peer %d|real world", no)); c != 0 {
			t.Errorf("a real node has met a demo node: %d lines", c)
		}
	}
}
