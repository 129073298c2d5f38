package main

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tincan/cmd/internal/address"
)

// The servers and clients of another chat: a node whose doors are arguments, and
// who comes in by one of them from elsewhere.

// serverCommand is one that runs a node with doors at the ports that it takes: of
// "<client-port>" a gateway, of "<ws-port>" one for browsers, and at "<peer-port>"
// peers.
func serverCommand(name, takes string) command {
	return command{name: name, takes: takes, settings: func(f *flags, args []string, _ func(string) string) (*settings, error) {
		return f.server(name, strings.Fields(takes), args)
	}}
}

// server judges what stands around such a command.
func (f *flags) server(command string, takes, args []string) (*settings, error) {
	taken := []*given{&f.listen, &f.noListen, &f.role, &f.address}
	if slices.Contains(takes, "<client-port>") {
		taken = append(taken, &f.gateway)
	}
	if slices.Contains(takes, "<ws-port>") {
		taken = append(taken, &f.web)
	}
	for _, g := range taken {
		if len(g.values) > 0 {
			return nil, usage("%s is given – %s takes its addresses as arguments – leave it out, node %s -h shows examples", g.source, command, command)
		}
	}
	host := args[0]
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Zone() != "" {
		return nil, usage("%s has %s – it is not an IP address of this machine – for example 127.0.0.1", command, quoted(args[0]))
	}
	ip = ip.Unmap()
	for i, port := range args[1:] {
		if err := checkPort(command, port); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(args[1:1+i], func(other string) bool { return portOf(other) == portOf(port) }) {
			return nil, usage("%s has port %s twice – clients and peers come through different doors – choose others", command, port)
		}
	}
	s := &settings{command: "run", bootstrap: f.bootstrap.values}
	if err := f.judge(s,
		func() error { return f.numbers(s) },
		func() error { return f.kept(s) },
		func() error { return f.doors(s) },
	); err != nil {
		return nil, err
	}
	for i, port := range args[1:] {
		at := address.Address{AddrPort: netip.AddrPortFrom(ip, portOf(port))}
		switch takes[1+i] {
		case "<client-port>":
			s.gateway = &at
		case "<ws-port>":
			s.web = &at
		default:
			s.listen = listenOn(ip, port)
		}
	}
	return s, f.listening(s, noDefaults) // the socket's name has the network in it
}

// kept reads whether a server has an identity that is kept: several may run on
// one machine, so by default it has not.
func (f *flags) kept(s *settings) (err error) {
	if len(f.dataDir.values) == 0 && s.peerNo == 0 {
		s.ephemeral = true
		return nil
	}
	return f.identity(s, noDefaults)
}

// noDefaults is the environment of a program that has nothing to do with its user's
// own node.
func noDefaults(string) string { return "" }

// listenOn is the multiaddrs of a port, TCP first.
func listenOn(ip netip.Addr, port string) []string {
	family := "ip4"
	if ip.Is6() {
		family = "ip6"
	}
	at := "/" + family + "/" + ip.String()
	return []string{at + "/tcp/" + port, at + "/udp/" + port + "/quic-v1"}
}

// clientCommand is one that talks through a node elsewhere.
func clientCommand(name string) command {
	c := command{name: name, takes: "<host> <port>", own: true}
	c.settings = func(f *flags, args []string, _ func(string) string) (*settings, error) { return f.client(c, args) }
	return c
}

// client judges what stands around such a command.
func (f *flags) client(c command, from []string) (*settings, error) {
	ws := given{name: "ws", toggle: true}
	a := args{command: c.name, topic: c.name, takes: []*given{&f.name, &f.once}}
	if c.name == "client" {
		a.takes = append(a.takes, &ws)
	}
	words, help, err := a.read(from)
	if help {
		return &settings{command: "help", topic: c.name}, nil
	}
	if err != nil {
		return nil, err
	}
	if err := c.count(words); err != nil {
		return nil, err
	}
	if err := f.only(c.name, &f.name, &f.once); err != nil {
		return nil, err
	}
	s, err := f.talking(c.name, words[0], words[1])
	if err != nil {
		return nil, err
	}
	s.ws, err = ws.on(c.name == "websock-client")
	return s, err
}

// talking is a client of the door at host and port, which source named.
func (f *flags) talking(source, host, port string) (*settings, error) {
	s := &settings{command: "client"}
	if err := f.called(s); err != nil {
		return nil, err
	}
	var err error
	if s.once, err = f.once.on(false); err != nil {
		return nil, err
	}
	if err := checkPort(source, port); err != nil {
		return nil, err
	}
	if host == "localhost" || host == "" {
		host = "127.0.0.1"
	}
	s.remote = net.JoinHostPort(host, port)
	return s, nil
}

func checkPort(source, port string) error {
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return usage("%s has %s – a port is a number from 1 to 65535 – for example 4005", source, quoted(port))
	}
	return nil
}

// portOf is a port that checkPort has passed.
func portOf(port string) uint16 {
	n, _ := strconv.ParseUint(port, 10, 16)
	return uint16(n)
}

const serverHelp = `node cli-server, websock-server, full-server: a node with doors for clients and
a port for its peers.

    node cli-server 127.0.0.1 4005 4006
    node websock-server 127.0.0.1 5005 5006
    node full-server 127.0.0.1 6004 6005 6006
    then, in the second and the third: connect 127.0.0.1 4006
    node client 127.0.0.1 4005, or nc 127.0.0.1 4005
    node client --ws 127.0.0.1 5005, or a browser at the page that it names

node [flags] cli-server <ip> <client-port> <peer-port>
node [flags] websock-server <ip> <ws-port> <peer-port>
node [flags] full-server <ip> <client-port> <ws-port> <peer-port>
Each is run with --gateway ip:client-port or --web ip:ws-port, or both, and
--listen on peer-port. Without --data-dir or --peer-no its identity is for this
run only, so several can run on one machine. With an ip that is not of
loopback, everybody who reaches a door talks in this node's name, and
unencrypted.
`
