package main

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
)

// What nodes are told that are started by their role: a network of their own,
// and where they are found.
const (
	roleNetwork = "dataflow"
	roleAddress = "localhost:54321"
	roleMembers = 5
	rolePort    = 54321 // of the gossip server K: rolePort+K
)

// The roles.
const (
	roleClient = "client"
	roleServer = "server"
	roleGossip = "gossiping-server" // and the number of the member
)

func roles() []string {
	all := []string{roleClient, roleServer}
	for k := range roleMembers {
		all = append(all, roleGossip+strconv.Itoa(k+1))
	}
	return all
}

// playing judges the flags of a program that is started by its role.
func (f *flags) playing() (*settings, error) {
	role, err := f.role.one()
	if err != nil {
		return nil, err
	}
	if role == "" {
		return nil, usage("%s is given without --role – it is the address of one – node --role server --name _ --address %s", f.address.source, roleAddress)
	}
	if err := f.known(role); err != nil {
		return nil, err
	}
	used := []*given{&f.drawn, &f.role, &f.name, &f.address, &f.once, &f.json, &f.ui, &f.time, &f.logLevel, &f.logFormat, &f.logFile}
	if role != roleClient {
		used = append(used, &f.dataDir)
	}
	if err := f.only(role, used...); err != nil {
		return nil, err
	}
	name, err := f.name.one()
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, usage("--name is missing – --role %s needs one – node --role %s --name anna, or --name _ for none", role, role)
	}
	address, err := f.address.one()
	if err != nil {
		return nil, err
	}
	if address == "" {
		address = roleAddress
	}
	var s *settings
	if role == roleClient {
		host, port, bad := net.SplitHostPort(address)
		if bad != nil {
			return nil, usage("%s is %s – an address is HOST:PORT – for example %s", f.address.source, quoted(address), roleAddress)
		}
		if s, err = f.talking(f.address.source, host, port); err == nil {
			s.lobby = true
		}
	} else {
		s, err = f.serving(role, address)
	}
	if err != nil {
		return nil, err
	}
	if f.drawing() {
		return f.draws(&f.drawn, role)
	}
	if s.name == "_" {
		s.name = ""
		if role != roleClient {
			s.name = role // guests of five servers are told apart by it
		}
	}
	return s, nil
}

// serving is a server, alone or one of the gossiping ones.
func (f *flags) serving(role, address string) (*settings, error) {
	s := &settings{command: "run", listen: []string{"/ip4/127.0.0.1/tcp/0"}}
	if err := f.judge(s, func() error { return f.ownDir(s) }); err != nil {
		return nil, err
	}
	at, err := doorAt("--address", address)
	if err != nil {
		return nil, err
	}
	s.gateway, s.echo, s.network, s.noMDNS, s.members = at, true, roleNetwork, true, nil
	if s.dataDir != "" {
		s.control = socketOf(s, noDefaults)
	}
	if role == roleServer {
		s.ephemeral = s.dataDir == ""
		return s, nil
	}
	s.member = int(role[len(role)-1] - '0')
	s.listen = []string{memberAddr(s.member)}
	for k := 1; k <= roleMembers; k++ {
		if k != s.member {
			s.members = append(s.members, memberAddr(k)+"/p2p/"+memberID(k))
		}
	}
	return s, nil
}

// ownDir reads where a server keeps things that is started by its role: nowhere
// unless its own flags say so, since all of them may have the same environment.
func (f *flags) ownDir(s *settings) (err error) {
	if f.dataDir.source == "--"+f.dataDir.name {
		s.dataDir, err = f.dataDir.one()
	}
	return err
}

func memberAddr(k int) string { return fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", rolePort+k) }

// client judges what stands around the command client.
func (f *flags) client(command string, args []string) (*settings, error) {
	if err := f.only(command, &f.name, &f.once); err != nil {
		return nil, err
	}
	return f.talking(command, args[0], args[1])
}

// talking is a client of the gateway at host and port, which source named.
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

// server judges what stands around the command cli-server.
func (f *flags) server(args []string) (*settings, error) {
	const command = "cli-server"
	for _, g := range []*given{&f.gateway, &f.listen, &f.noListen, &f.role, &f.address} {
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
	for _, port := range args[1:] {
		if err := checkPort(command, port); err != nil {
			return nil, err
		}
	}
	if args[1] == args[2] {
		return nil, usage("%s has port %s twice – clients and peers come through different doors – choose two", command, args[1])
	}
	s := &settings{command: "run", bootstrap: f.bootstrap.values, listen: listenOn(ip.Unmap(), args[2])}
	if s.gateway, err = doorAt(command, net.JoinHostPort(ip.Unmap().String(), args[1])); err != nil {
		return nil, err
	}
	if err := f.judge(s,
		func() error { return f.numbers(s) },
		func() error { return f.kept(s) },
	); err != nil {
		return nil, err
	}
	return s, f.listening(s, noDefaults)
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

func checkPort(source, port string) error {
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return usage("%s has %s – a port is a number from 1 to 65535 – for example 4005", source, quoted(port))
	}
	return nil
}

// only refuses flags that a command or role has no use for. What stands in the
// environment is for others.
func (f *flags) only(who string, used ...*given) error {
	for _, g := range f.all() {
		if len(g.values) > 0 && g.source == "--"+g.name && !slices.Contains(used, g) {
			return usage("--%s is given – %s has no use for it – leave it out", g.name, who)
		}
	}
	return nil
}
