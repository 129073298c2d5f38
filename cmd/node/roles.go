package main

import (
	"fmt"
	"net"
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

const rolesHelp = `node --role: the same programs under the names of another chat.

    node --role server --name _
    node --role client --name anna
    node --role client --name bob

    node --role gossiping-server1 --name _ --address localhost:12345
    node --role gossiping-server2 --name _ --address localhost:12346
    node --role client --name anna --address localhost:12345
    node --role client --name bob --address localhost:12346

node --role ROLE --name NAME [--address HOST:PORT] [--data-dir DIR]
--name is needed; _ is none. A server keeps things in DIR, if there is one.
The address is the gateway's: where the client goes, where a server lets guests
in (default: localhost:54321). A client enters the lobby at once, and sees his
own lines when the server has them. server is a node without peers;
gossiping-server1 to gossiping-server5 are peers of each other at
127.0.0.1:54322 to 54326. All are in the network "dataflow".
`
