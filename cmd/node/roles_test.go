package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tincan/cmd/internal/address"
)

func at(t *testing.T, where string) *address.Address {
	t.Helper()
	a, err := address.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	return &a
}

func TestParseDoorsAndRoles(t *testing.T) {
	quiet := logSettings{own: slog.LevelWarn, theirs: slog.LevelError, named: map[string]slog.Level{}}
	home := map[string]string{"HOME": "/home/anna"}
	member := func(k int) string { return fmt.Sprintf("/ip4/127.0.0.1/tcp/%d/p2p/%s", 54321+k, memberID(k)) }
	loopback := []string{"/ip4/127.0.0.1/tcp/0"}
	peers := func(ip string, port int) []string {
		return []string{fmt.Sprintf("/%s/tcp/%d", ip, port), fmt.Sprintf("/%s/udp/%d/quic-v1", ip, port)}
	}
	for _, c := range []struct {
		name string
		args string
		env  map[string]string
		want settings
	}{
		{"a real identity", "", home, settings{command: "run", dataDir: "/home/anna/.local/share/tincan"}},
		{"where data is kept", "", map[string]string{"HOME": "/home/anna", "XDG_DATA_HOME": "/data"}, settings{command: "run", dataDir: "/data/tincan"}},
		{"a data home that is none", "", map[string]string{"HOME": "/home/anna", "XDG_DATA_HOME": "data"}, settings{command: "run", dataDir: "/home/anna/.local/share/tincan"}},
		{"a data directory", "--data-dir here", nil, settings{command: "run", dataDir: "here"}},
		{"one of the environment", "", map[string]string{"TINCAN_DATA_DIR": "/there"}, settings{command: "run", dataDir: "/there"}},
		{"ephemeral", "--ephemeral", home, settings{command: "run", ephemeral: true}},
		{"a demo peer with a data directory", "-p 1 --data-dir here", home, settings{command: "run", peerNo: 1, dataDir: "here"}},

		{"a gateway", "-p 1 --gateway 4005", nil, settings{command: "run", peerNo: 1, gateway: at(t, "127.0.0.1:4005")}},
		{"a gateway for all", "-p 1 --gateway 0.0.0.0:4005", nil, settings{command: "run", peerNo: 1, gateway: at(t, "0.0.0.0:4005")}},
		{"a gateway of the environment", "-p 1", map[string]string{"TINCAN_GATEWAY": ":4005"}, settings{command: "run", peerNo: 1, gateway: at(t, "127.0.0.1:4005")}},
		{"members", "-p 1 --members a,b --members c", nil, settings{command: "run", peerNo: 1, members: []string{"a", "b", "c"}}},
		{"members of the environment", "-p 1", map[string]string{"TINCAN_MEMBERS": "a, b"}, settings{command: "run", peerNo: 1, members: []string{"a", "b"}}},
		{"hidden", "-p 1 --no-listen --no-mdns", nil, settings{command: "run", peerNo: 1, noListen: true, noMDNS: true}},

		{"D-09 client", "client 127.0.0.1 4005", nil, settings{command: "client", remote: "127.0.0.1:4005"}},
		{"D-09 cli-client", "--once --name anna cli-client localhost 4005", nil, settings{command: "client", remote: "127.0.0.1:4005", once: true, name: "anna"}},
		{"D-09 websock-client", "websock-client --name anna localhost 5005", nil, settings{command: "client", remote: "127.0.0.1:5005", ws: true, name: "anna"}},
		{"client of a web door", "client --ws --once 127.0.0.1 5005", nil, settings{command: "client", remote: "127.0.0.1:5005", ws: true, once: true}},
		{"client, and not of one", "client --ws=false 127.0.0.1 5005", nil, settings{command: "client", remote: "127.0.0.1:5005"}},
		{"client over IPv6", "client ::1 4005", nil, settings{command: "client", remote: "[::1]:4005"}},
		{"client of a named host", "client example.org 4005", map[string]string{"TINCAN_PEER_NO": "3"}, settings{command: "client", remote: "example.org:4005"}},
		{"D-01 cli-server", "cli-server 127.0.0.1 4005 4006", home, settings{command: "run", ephemeral: true, gateway: at(t, "127.0.0.1:4005"), listen: peers("ip4/127.0.0.1", 4006)}},
		{"D-01 websock-server", "websock-server 127.0.0.1 5005 5006", home, settings{command: "run", ephemeral: true, web: at(t, "127.0.0.1:5005"), listen: peers("ip4/127.0.0.1", 5006)}},
		{"D-01 full-server", "full-server localhost 4005 5005 5006", home,
			settings{command: "run", ephemeral: true, gateway: at(t, "127.0.0.1:4005"), web: at(t, "127.0.0.1:5005"), listen: peers("ip4/127.0.0.1", 5006)}},
		{"cli-server with a web door", "--web 5005 cli-server 127.0.0.1 4005 4006", nil,
			settings{command: "run", ephemeral: true, gateway: at(t, "127.0.0.1:4005"), web: at(t, "127.0.0.1:5005"), listen: peers("ip4/127.0.0.1", 4006)}},
		{"cli-server over IPv6", "cli-server ::1 4005 4006", nil, settings{command: "run", ephemeral: true, gateway: at(t, "[::1]:4005"), listen: peers("ip6/::1", 4006)}},
		{"cli-server with an identity", "--data-dir here --bootstrap x cli-server localhost 4005 4006", nil,
			settings{command: "run", dataDir: "here", bootstrap: []string{"x"}, gateway: at(t, "127.0.0.1:4005"), listen: peers("ip4/127.0.0.1", 4006)}},
		{"cli-server with a number", "-p 2 -b 1 cli-server 127.0.0.1 4005 4006", nil,
			settings{command: "run", peerNo: 2, bootstrapPeerNos: []int{1}, gateway: at(t, "127.0.0.1:4005"), listen: peers("ip4/127.0.0.1", 4006)}},

		{"H-01 role client", "--role client --name anna", nil, settings{command: "client", remote: "127.0.0.1:54321", name: "anna", lobby: true}},
		{"H-02 role client at an address, without a name", "--role client --name _ --address 192.0.2.1:5 --once", nil, settings{command: "client", remote: "192.0.2.1:5", lobby: true, once: true}},
		{"H-01 role server", "--role server --name _", nil,
			settings{command: "run", ephemeral: true, gateway: at(t, "127.0.0.1:54321"), echo: true, network: "dataflow", listen: loopback, noMDNS: true, name: "server"}},
		{"H-02 role server at an address", "--role server --name hub --address 127.0.0.1:12345", map[string]string{"TINCAN_MEMBERS": "x", "TINCAN_NETWORK": "x"},
			settings{command: "run", ephemeral: true, gateway: at(t, "127.0.0.1:12345"), echo: true, network: "dataflow", listen: loopback, noMDNS: true, name: "hub"}},
		{"role server with an identity", "--role server --name _ --data-dir here", nil,
			settings{command: "run", dataDir: "here", gateway: at(t, "127.0.0.1:54321"), echo: true, network: "dataflow", listen: loopback, noMDNS: true, name: "server"}},
		{"role server, and a directory that others have", "--role server --name _", map[string]string{"TINCAN_DATA_DIR": "/there"},
			settings{command: "run", ephemeral: true, gateway: at(t, "127.0.0.1:54321"), echo: true, network: "dataflow", listen: loopback, noMDNS: true, name: "server"}},
		{"role gossiping-server2 with a directory", "--data-dir here --role gossiping-server2 --name _", nil,
			settings{command: "run", member: 2, dataDir: "here", name: "gossiping-server2", gateway: at(t, "127.0.0.1:54321"), echo: true, network: "dataflow", noMDNS: true,
				listen: []string{"/ip4/127.0.0.1/tcp/54323"}, members: []string{member(1), member(3), member(4), member(5)}}},
		{"H-13 role gossiping-server1", "--role gossiping-server1 --name _ --address localhost:12345", nil,
			settings{command: "run", member: 1, name: "gossiping-server1", gateway: at(t, "127.0.0.1:12345"), echo: true, network: "dataflow", noMDNS: true,
				listen: []string{"/ip4/127.0.0.1/tcp/54322"}, members: []string{member(2), member(3), member(4), member(5)}}},
		{"H-13 role gossiping-server5", "--role gossiping-server5 --name _", nil,
			settings{command: "run", member: 5, name: "gossiping-server5", gateway: at(t, "127.0.0.1:54321"), echo: true, network: "dataflow", noMDNS: true,
				listen: []string{"/ip4/127.0.0.1/tcp/54326"}, members: []string{member(1), member(2), member(3), member(4)}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.want.command == "run" {
				c.want.log = quiet
			}
			if c.want.dataDir != "" { // who keeps things is found there
				c.want.control = filepath.Join(c.want.dataDir, socketFile)
			}
			got, err := parse(append([]string{"node"}, strings.Fields(c.args)...), environment(c.env))
			if err != nil || !reflect.DeepEqual(*got, c.want) {
				t.Errorf("\n got %+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestUsageOfDoorsAndRoles(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"client", "client has 0 of its 2 arguments – it takes <host> <port> – node client -h shows examples"},
		{"cli-client 127.0.0.1", "cli-client has 1 of its 2 arguments – it takes <host> <port> – node cli-client -h shows examples"},
		{"client 127.0.0.1 4005 6", `"6" is left over – client takes <host> <port> – leave it out, node client -h shows examples`},
		{"client 127.0.0.1 x", `client has "x" – a port is a number from 1 to 65535 – for example 4005`},
		{"client 127.0.0.1 0", `client has "0" – a port is a number from 1 to 65535 – for example 4005`},
		{"--peer-no 1 client 127.0.0.1 4005", "--peer-no is given – client has no use for it – leave it out"},
		{"cleint 127.0.0.1 4005", `"cleint" is not a command – did you mean client? – node -h shows examples`},
		{"client 127.0.0.1 4005 --once", "--once stands after the words – flags stand before them – put it first, or -- before the words if it is one of them"},
		{"client --peer-no 1 127.0.0.1 4005", `"--peer-no" is not a flag of client – it has --name, --once, --ws – words that begin with a dash stand after --`},
		{"websock-client --ws 127.0.0.1 4005", `"--ws" is not a flag of websock-client – it has --name, --once – words that begin with a dash stand after --`},
		{"websock-client 127.0.0.1 0", `websock-client has "0" – a port is a number from 1 to 65535 – for example 4005`},
		{"cli-server --json 127.0.0.1 4005 4006", `--json stands after "cli-server" – flags stand before the command – node --json … cli-server`},
		{"cli-server 127.0.0.1 4005", "cli-server has 2 of its 3 arguments – it takes <ip> <client-port> <peer-port> – node cli-server -h shows examples"},
		{"cli-server example.org 4005 4006", `cli-server has "example.org" – it is not an IP address of this machine – for example 127.0.0.1`},
		{"cli-server 127.0.0.1 4005 4005", "cli-server has port 4005 twice – clients and peers come through different doors – choose others"},
		{"cli-server 127.0.0.1 04005 4005", "cli-server has port 4005 twice – clients and peers come through different doors – choose others"},
		{"websock-server 127.0.0.1 5005 5005", "websock-server has port 5005 twice – clients and peers come through different doors – choose others"},
		{"full-server 127.0.0.1 4005 5005 4005", "full-server has port 4005 twice – clients and peers come through different doors – choose others"},
		{"full-server 127.0.0.1 4005 4005 5006", "full-server has port 4005 twice – clients and peers come through different doors – choose others"},
		{"full-server 127.0.0.1 4005 0 5006", `full-server has "0" – a port is a number from 1 to 65535 – for example 4005`},
		{"full-server 127.0.0.1 4005 5005", "full-server has 3 of its 4 arguments – it takes <ip> <client-port> <ws-port> <peer-port> – node full-server -h shows examples"},
		{"websock-server", "websock-server has 0 of its 3 arguments – it takes <ip> <ws-port> <peer-port> – node websock-server -h shows examples"},
		{"--web 5 websock-server 127.0.0.1 5005 5006", "--web is given – websock-server takes its addresses as arguments – leave it out, node websock-server -h shows examples"},
		{"--gateway 5 full-server 127.0.0.1 4005 5005 5006", "--gateway is given – full-server takes its addresses as arguments – leave it out, node full-server -h shows examples"},
		{"--web x cli-server 127.0.0.1 4005 4006", `--web is "x" – its port is not a number from 0 to 65535 – give a port, or IP:PORT, for example 4005`},
		{"cli-server 127.0.0.1 4005 70000", `cli-server has "70000" – a port is a number from 1 to 65535 – for example 4005`},
		{"--gateway 5 cli-server 127.0.0.1 4005 4006", "--gateway is given – cli-server takes its addresses as arguments – leave it out, node cli-server -h shows examples"},
		{"--gateway x -p 1", `--gateway is "x" – its port is not a number from 0 to 65535 – give a port, or IP:PORT, for example 4005`},
		{"--gateway here:1 -p 1", `--gateway is "here:1" – its host is not an IP address – give a port, or IP:PORT, for example 4005`},
		{"--members a,,b -p 1", "--members has an empty address – addresses stand with one comma between them – give each or leave it out"},
		{"--no-listen --listen /ip4/127.0.0.1/tcp/0 -p 1", `--no-listen is on and the node listens on "/ip4/127.0.0.1/tcp/0" – it listens or it does not – leave one out`},
		{"--ephemeral -p 1", "--ephemeral is on and --peer-no is 1 – a number is an identity already – leave one out"},
		{"--ephemeral --data-dir here", `--ephemeral is on and --data-dir is "here" – an identity is kept or it is not – leave one out`},
		{"-b 1", "--bootstrap-peer-no is given without --peer-no – only numbered nodes meet numbered nodes – say who this one is, for example --peer-no 2"},
		{"--role server", "--name is missing – --role server needs one – node --role server --name anna, or --name _ for none"},
		{"--address 127.0.0.1:1", "--address is given without --role – it is the address of one – node --role server --name _ --address localhost:54321"},
		{"--role gossiping-server6 --name _", `--role is "gossiping-server6" – did you mean gossiping-server1? – it can be client, server or gossiping-server1 to gossiping-server5 – choose one`},
		{"--role sever --name _", `--role is "sever" – did you mean server? – it can be client, server or gossiping-server1 to gossiping-server5 – choose one`},
		{"--role server --name _ -p 1", "--peer-no is given – server has no use for it – leave it out"},
		{"--role client --name _ --data-dir here", "--data-dir is given – client has no use for it – leave it out"},
		{"--role server --name _ --data-dir=", "--data-dir is empty – it needs a value – give one or leave it out"},
		{"-p 1 --data-dir a --data-dir b", "--data-dir is given 2 times – it takes one value – give it once"},
		{"--role server --name _ --address nowhere", `--address is "nowhere" – its port is not a number from 0 to 65535 – give a port, or IP:PORT, for example 4005`},
		{"--role client --name anna --address nowhere", `--address is "nowhere" – an address is HOST:PORT – for example localhost:54321`},
		{"--role client --role server --name _", "--role is given 2 times – it takes one value – give it once"},
		{"help nonsense", `"nonsense" is not a command – node help lists them`},
	} {
		t.Run(c.args, func(t *testing.T) {
			var out, err bytes.Buffer
			code := run(append([]string{"node"}, strings.Fields(c.args)...), strings.NewReader(""), &out, &err, noEnv)
			if code != exitUsage || out.Len() > 0 || err.String() != "error: "+c.want+"\n" {
				t.Errorf("\n got %d, stdout %q, stderr\n     %s want %d\n     error: %s", code, out.String(), err.String(), exitUsage, c.want)
			}
		})
	}
}
