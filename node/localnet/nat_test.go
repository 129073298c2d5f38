package localnet_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tincan/node"
)

// natLab is one public place and two houses, each behind a NAT of the kernel's:
//
//	house 1 ── NAT 5.5.2.1 ──┐
//	                         ├── the Internet ── public node 5.5.1.1
//	house 2 ── NAT 5.5.3.1 ──┘
//
// The addresses have to look public: libp2p makes nothing of others. All of it is
// in network namespaces of its own, which go with the test.
type natLab struct {
	public string
	houses [2]string
}

func newNATLab(t *testing.T) *natLab {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: a lab with NAT needs root")
	}
	for _, tool := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED: a lab with NAT needs %s (Debian: iproute2, nftables)", tool)
		}
	}
	name := func(what string) string { return fmt.Sprintf("tincan-%d-%s", os.Getpid(), what) }
	lab := &natLab{public: name("public"), houses: [2]string{name("house1"), name("house2")}}
	routers := [2]string{name("nat1"), name("nat2")}
	add := func(ns string) {
		run(t, "", "ip", "netns", "add", ns)
		t.Cleanup(func() { run(t, "", "ip", "netns", "del", ns) })
		run(t, "", "ip", "-n", ns, "link", "set", "lo", "up")
	}
	if out, err := exec.Command("ip", "netns", "add", name("probe")).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no network namespaces here: %s", out)
	}
	run(t, "", "ip", "netns", "del", name("probe"))
	add(lab.public)
	ip := func(ns, args string) {
		t.Helper()
		run(t, "", "ip", append([]string{"-n", ns}, strings.Fields(args)...)...)
	}
	ip(lab.public, "link add br0 type bridge")
	ip(lab.public, "addr add 5.5.1.1/16 dev br0")
	ip(lab.public, "link set br0 up")
	for i, router := range routers {
		house, k := lab.houses[i], i+1
		add(router)
		add(house)
		ip(lab.public, fmt.Sprintf("link add to%d type veth peer name wan netns %s", k, router))
		ip(lab.public, fmt.Sprintf("link set to%d master br0 up", k))
		ip(router, fmt.Sprintf("addr add 5.5.%d.1/16 dev wan", k+1))
		ip(router, "link set wan up")
		ip(router, "link add lan type veth peer name eth0 netns "+house)
		ip(router, fmt.Sprintf("addr add 192.168.%d.1/24 dev lan", k))
		ip(router, "link set lan up")
		ip(house, fmt.Sprintf("addr add 192.168.%d.2/24 dev eth0", k))
		ip(house, "link set eth0 up")
		ip(house, fmt.Sprintf("route add default via 192.168.%d.1", k))
		run(t, "", "ip", "netns", "exec", router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
		run(t, `
table ip nat {
	chain out { type nat hook postrouting priority 100; oifname "wan" masquerade; }
}
table ip wall {
	chain through { type filter hook forward priority 0; policy drop; ct state established,related accept; iifname "lan" accept; }
	chain to { type filter hook input priority 0; policy accept; iifname "wan" ct state new drop; }
}
`, "ip", "netns", "exec", router, "nft", "-f", "-")
	}
	return lab
}

func run(t *testing.T, stdin, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v: %s", program, strings.Join(args, " "), err, out)
	}
}

// Two people at home, each behind a NAT, know one public node and nothing else.
func TestTwoHousesBehindNAT(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: builds a lab with NAT")
	}
	lab := newNATLab(t)
	startIn(t, lab.public, node.Config{PeerNo: 1, Listen: []string{"/ip4/5.5.1.1/tcp/4001", "/ip4/5.5.1.1/udp/4001/quic-v1"}})
	for name, c := range map[string]struct {
		first    int
		noListen bool
		path     string
	}{
		"who do not listen":  {2, true, "relayed"},
		"who listen in vain": {4, false, "direct"}, // the NATs keep ports, so holes can be punched
	} {
		t.Run(name, func(t *testing.T) {
			var pair [2]*labProcess
			for i, house := range lab.houses {
				config := node.Config{PeerNo: c.first + i, Bootstrap: []string{"5.5.1.1:4001"}, NoListen: c.noListen}
				if !c.noListen {
					config.Listen = []string{"/ip4/0.0.0.0/tcp/4001", "/ip4/0.0.0.0/udp/4001/quic-v1"}
				}
				pair[i] = startIn(t, house, config)
			}
			began := time.Now()
			for _, p := range pair {
				p.ask(t, "reachable")
				p.says(t, 5*time.Second, "reachable")
			}
			t.Logf("both can be reached after %v", time.Since(began))
			began = time.Now()
			for i, p := range pair {
				to := pair[1-i]
				text := fmt.Sprintf("from house %d", i+1)
				// That it can be reached may take a moment to get around.
				for tries := 1; ; tries++ {
					p.ask(t, fmt.Sprintf("dm %d %s", to.no, text))
					if to.has(200*time.Millisecond, fmt.Sprintf("shows %d %s", p.no, text)) {
						break
					}
					if tries == 20 {
						t.Fatalf("%q has not arrived", text)
					}
				}
			}
			t.Logf("both messages arrived after %v", time.Since(began))
			pair[0].path(t, 8*time.Second, pair[1], c.path)
			pair[1].path(t, 2*time.Second, pair[0], c.path)
		})
	}
}
