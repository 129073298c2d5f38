package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// plays starts a program by its role and waits until it is what it is to be.
func plays(t *testing.T, role, name, addr, ready string) *process {
	t.Helper()
	p := launch(t, "--role", role, "--name", name, "--address", addr)
	p.sees(ready)
	return p
}

// enters starts a client by its role, which is in the lobby then.
func enters(t *testing.T, name, addr string) *process {
	t.Helper()
	return plays(t, roleClient, name, addr, `^\* you are in the lobby now`)
}

// Clients of the first and the fifth gossip server read each other, and their
// own lines when the server has them (H-08, H-13, H-16), whichever of the
// servers die and come back.
func TestGossipServers(t *testing.T) {
	t.Parallel()
	for k := 1; k <= roleMembers; k++ {
		if !free(rolePort + k) {
			t.Skipf("NOT TESTED: somebody has port %d, which is that of gossip server %d", rolePort+k, k)
		}
	}
	n := peerNos(t, roleMembers)
	addr := func(k int) string { return fmt.Sprintf("127.0.0.1:%d", 63000+n[k-1]) }
	server := make(map[int]*process)
	begin := func(k int) {
		t.Helper()
		server[k] = plays(t, fmt.Sprint(roleGossip, k), "_", addr(k), `^\* gateway on `)
	}
	for k := 1; k <= roleMembers; k++ {
		begin(k)
	}
	server[1].knows("gossiping-server5")
	server[5].knows("gossiping-server1")
	anna, bob := enters(t, "anna", addr(1)), enters(t, "bob", addr(5))
	bothHear := func(text string) {
		t.Helper()
		anna.types("anna: " + text)
		bob.types("bob: " + text)
		for _, p := range []*process{anna, bob} {
			p.sees(`^\[lobby\] anna@gossiping-server1: anna: ` + text + `$`)
			p.sees(`^\[lobby\] bob@gossiping-server5: bob: ` + text + `$`)
		}
	}
	bothHear("all are there")
	server[3].kill()
	bothHear("the third is dead")
	begin(3)
	began := time.Now()
	carl := enters(t, "carl", addr(3))
	carl.types("carl is back")
	anna.types("welcome")
	anna.sees(`^\[lobby\] carl@gossiping-server3: carl is back$`)
	bob.sees(`^\[lobby\] carl@gossiping-server3: carl is back$`)
	for _, p := range []*process{carl, anna, bob} {
		p.sees(`^\[lobby\] anna@.*: welcome$`)
	}
	if d := time.Since(began); d > soon {
		t.Errorf("a member that starts again hears and is heard after %v, want %v", d, soon)
	}
	for _, text := range []string{"all are there", "the third is dead", "carl is back", "welcome"} {
		for _, p := range []*process{anna, bob} {
			if c := p.out.count(`^\[lobby\] \w+@\S+: (anna: )?` + text); c != 1 {
				t.Errorf("%q is shown %d times", text, c)
			}
		}
	}
}

// The same client works against a single server (H-13).
func TestSingleServer(t *testing.T) {
	t.Parallel()
	addr := fmt.Sprintf("127.0.0.1:%d", 63000+peerNos(t, 1)[0])
	server := plays(t, roleServer, "_", addr, `^\* gateway on `)
	anna, again := enters(t, "anna", addr), enters(t, "anna", addr)
	again.sees(`^\* you are anna_2, not anna: `)
	anna.types("hello", `\users`)
	for _, p := range []*process{server, anna, again} {
		p.sees(`^\[lobby\] anna@server: hello$`)
	}
	anna.sees(`^\* 3 people in the lobby:$`)
	again.types(`\quit`)
	again.ends(exitOK)
	anna.sees(`^\* anna_2@server has left the lobby$`)
	anna.types("alone again")
	anna.sees(`^\[lobby\] anna@server: alone again$`)
	for _, p := range []*process{server, anna, again} {
		if c := p.out.count("nobody is here"); c != 0 {
			t.Error("nobody is said to be here")
		}
	}
}

// A client stays when its server is started again: what was typed meanwhile
// arrives, in order and once (H-05).
func TestClientOutlivesItsServer(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 4)
	port := func(i int) string { return fmt.Sprint(63000 + n[i]) }
	here := launch(t, "--no-mdns", "cli-server", "127.0.0.1", port(0), port(1))
	here.sees(`^\* gateway on `)
	begin := func() *process {
		t.Helper()
		p := launch(t, "--no-mdns", "--bootstrap", "127.0.0.1:"+port(1), "cli-server", "127.0.0.1", port(2), port(3))
		p.sees(`^\* gateway on `)
		p.sees(`^\* peer \S+ is here$`)
		return p
	}
	yuri := launch(t, "client", "127.0.0.1", port(0))
	yuri.types("join #ops yuri")
	yuri.sees(`^\* you are in #ops now`)
	xena := launch(t, "--name", "xena", "client", "127.0.0.1", port(2))
	xena.types("join #ops xena", "before there is a server")
	xena.complains(`^\* nobody answers at 127\.0\.0\.1:\d+, trying again$`)
	server := begin()
	yuri.sees(`^\[#ops\] xena@peer …\w+( \(late\))?: before there is a server$`)
	server.kill()
	xena.complains(`^\* connection lost, trying again`)
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprintf("typed meanwhile %d", i))
	}
	xena.types(want...)
	begin()
	xena.complains(`^\* connected again$`)
	xena.types("that is all")
	yuri.sees(`: that is all$`)
	var got []string
	lines, _ := yuri.out.all()
	for _, l := range lines {
		if i := strings.Index(l.text, "typed meanwhile"); i >= 0 {
			got = append(got, l.text[i:])
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("yuri read %q", got)
	}
}
