package main

import (
	"runtime"
	"runtime/debug"
)

const helpText = `node: a chat that needs no server. Every node is one.

Three terminals:
    node --peer-no 1
    node --peer-no 2 --bootstrap-peer-no 1
    node --peer-no 3 -b 1
Then, in any of them: a line is read by all, Enter on an empty line asks who is
there, "dm 3 hello" is for peer 3 alone, "ls" lists the peers, "/help" the rest.

From scripts:
    echo "good morning" | node -p 9 -b 1 --once
    node -p 9 -b 1 --json < instructions > events
or with a node that runs on:
    node -p 9 -b 1 daemon &
    make 2>&1 | tail -n 1 | node -p 9 send --channel '#ops' -
    node -p 9 tail --json | jq .text

node [flags] [command]: flags stand before the command; without one, run.
    run       run a node and talk
    daemon    run a node without a console
    attach    talk at a node that runs, from this terminal too
    send [--to PEER | --channel '#NAME'] [--wait TIME] TEXT...
              say something there; - is the input
    tail [--channel '#NAME'] [--since TIME]
              show what is said there
    ls, peers, users, sessions, status, connect, history
              ask it what its console would be asked
    graph flow|topology
              draw what this program does, or the network as a node knows it
    web       run a node with a page for your browser; --open opens it
    client [--ws] <host> <port>
              talk through a node elsewhere that has a gateway, or with --ws a
              web door; cli-client and websock-client are the two
    cli-server <ip> <client-port> <peer-port>
              run a node with a gateway at the one and its peers at the other
    websock-server <ip> <ws-port> <peer-port>
              the same with a web door
    full-server <ip> <client-port> <ws-port> <peer-port>
              the same with both
    history search|export|purge
              read what a data directory keeps, or remove some of it; no node
              need run
    version   say what was built
    help [command]
              this text, like -h, or more about a command

Who and where:
  -p, --peer-no N            be peer N, 1 to 2535, at 127.0.0.1:63000+N. A demo
                             identity: anybody can derive its key
  -b, --bootstrap-peer-no N  ask peer N for the way in; may be repeated
      --bootstrap ADDR       the same by multiaddr with /p2p/ID; may be repeated
      --listen ADDR          listen on this multiaddr instead; may be repeated
      --network NAME         the network to be in (default: main; demo with -p)
      --name NAME            the name that others see
      --members ADDR,...     fixed peers by multiaddr; kept connected for ever
      --no-listen            take no connections, only make them
      --no-mdns              do not look for peers on the local network
      --data-dir DIR         where identity, name, peers met and what was said
                             are kept (default: ~/.local/share/tincan; nowhere
                             with -p)
      --keep-days N          what was said is kept for N days (default: ever)
      --keep-mb N            and up to N MiB of a conversation (default: 1024)
      --ephemeral            an identity for this run only; keeps nothing
      --gateway ADDR         let guests in at this port, or IP:PORT; a port
                             alone is for users of this machine
      --web ADDR             the same for browsers
      --irc ADDR             the same for IRC clients
      --irc-name NAME        what the IRC door calls itself (default: tincan)
      --control PATH         the socket by which attach, send and the like find
                             the node (default: control.sock where it keeps
                             things; none with -p, but for a daemon)
      --role ROLE --name NAME [--address HOST:PORT]
                             client, server, or gossiping-server1 to 5: see
                             node help roles
      --graph mermaid|dot    draw what that would do, and end
      --sparse               keep only the links to the bootstrap peers; find
                             others when a message needs them
How:
      --once                 end when the input has ended and is sent
      --json                 one JSON object a line, both ways; like --ui json
      --ui auto|plain|json   how to speak (default: auto)
      --time                 the time before messages (default: in a terminal)
      --log-level LEVELS     debug, info, warn, error or off; of parts too:
                             dht=debug,info. libp2p=LEVEL is all of libp2p
                             (default: warn,libp2p=error). Also TINCAN_LOG
      --log-format text|json (default: text)
      --log-file PATH        append the log there instead of to stderr
  -h, --help                 this text

Every flag --foo-bar is also TINCAN_FOO_BAR; a flag wins, an empty variable
counts as unset, lists are separated by commas.
`

// helpOf is more about some commands. The texts stand in the files of the commands.
var helpOf = map[string]string{
	"daemon": daemonHelp, "web": webHelp, "attach": attachHelp, "send": sendHelp, "tail": tailHelp,
	"ls": askHelp, "peers": askHelp, "users": askHelp, "sessions": askHelp, "status": askHelp, "connect": askHelp,
	"client": clientHelp, "cli-client": clientHelp, "websock-client": clientHelp,
	"cli-server": serverHelp, "websock-server": serverHelp, "full-server": serverHelp,
	"history": historyHelp, "graph": graphHelp, "roles": rolesHelp,
}

// help is the text for a command, or for all.
func help(command string) string {
	if text, ok := helpOf[command]; ok {
		return text
	}
	return helpText
}

// version is what was built, from what the build recorded.
func version() string {
	v, rev := "(devel)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			v = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				rev = " " + s.Value
			}
		}
	}
	return "node " + v + rev + " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH + "\n"
}
