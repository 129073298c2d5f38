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

// helpOf is more about some commands.
var helpOf = map[string]string{
	"client": clientHelp, "cli-client": clientHelp, "websock-client": clientHelp,
	"cli-server": serverHelp, "websock-server": serverHelp, "full-server": serverHelp,
	"web": `node web: your node in a browser.

    node web --open
    node --peer-no 1 web
    node --web 127.0.0.1:9000 web

node [flags] web [--open]: it is run with --web 8765 unless --web says
otherwise, and keeps its console. With --open a browser is shown the page.

The link that it shows has a secret in it, which makes whoever has it the owner
of the node, in a browser on this machine. It stays the same as long as the
identity is kept in a directory; remove the file "token" there for a new one.
Without the secret the page is for guests. With --web IP:PORT, where that is not
of loopback, everybody who reaches it may be one, in this node's name and
unencrypted.
`,
	"daemon": `node daemon: a node without a console.

    node --peer-no 9 -b 1 daemon
    node --data-dir ~/bot daemon > ready &

node [flags] daemon: takes all flags of a node, reads no input, and writes one
line to stdout when it is ready; the rest goes to stderr. It lets its user in by
a control socket: attach, send, tail and the like, with the same --data-dir,
--peer-no or --control. SIGTERM ends it, with exit code 0.
`,
	"attach": `node attach: one more console at a node that runs.

    node attach
    node --peer-no 9 attach
    printf 'join #ops anna\ndeploy done\n' | node attach

node [--data-dir DIR | --peer-no N | --control PATH] [--json] [--time] attach
What you are told and which conversation you are in is this console's alone;
the user is the same. Ctrl-D and \quit leave, and the node runs on.
`,
	"send": `node send: say something at a node that runs.

    node send good morning
    printf 'build done' | node send --channel '#ops' -
    node send --to anna --wait 10s 'are you there?' || echo 'not yet'

node [--data-dir DIR | --peer-no N | --control PATH] send [flags] TEXT...
Several words are one text, with blanks between them; - is the whole input, one
message of up to 64 KiB. Without --to and --channel the lobby hears it. A
channel that you are not in is joined, and you stay: answers come to you.

    --to PEER        to this peer alone, as dm names one
    --channel NAME   to this channel
    --wait TIME      until it has arrived: at the peer's node, or at one that
                     passes it on; 10s, 5m or 2h
    --json           what the node says about it, one object a line
    --               what follows is text, though it begins with a dash

Exit codes: 0 accepted, or with --wait arrived. 6 accepted, and nobody is
connected who could pass it on. 7 nobody, or more than one, is called that.
8 accepted, and not arrived in time: the node goes on trying. 10 no node runs.
`,
	"tail": `node tail: what is said, as it comes.

    node tail
    node tail --channel '#ops' --since 2h
    node tail --json | jq -r .text

node [--data-dir DIR | --peer-no N | --control PATH] tail [flags]: all of your
conversations, your own words too. It ends with the node, or with its reader.

    --channel NAME   one channel, which is joined, or lobby
    --since TIME     first what was said in lobby and channels from then on: an
                     age, 10m, 2h or 3d, or a time, 2026-11-21T06:00:00Z
    --json           one object a line
`,
	"history": `node history: what was said, in a terminal.

    node history
    node history '#ops' 100
    node history search deploy
    node --data-dir ~/bot history export --conversation '#ops' --json
    node history purge --before 30d
    node history purge --before 0d --conversation '#old'

node [flags] history [conversation] [n]: the last n messages, 20 if it is not
said, of lobby, '#name', dm PEER or session:N, as a node that runs has them.

node [--data-dir DIR] [--network NAME] history COMMAND: what a data directory
keeps, that of your own identity if it is not said. No node need run; the lines
go to stdout, with the time of sending.

    search WORDS…     the newest messages that have all of the words; of the
                      last one its beginning will do; -n N: N of them, not 20
    export            all messages, the oldest first
    purge             remove what is older than --before, as 12h, 30d or 8w;
                      what is still to be sent stays, and so does each
                      author's last line, so that nothing is shown twice

    --conversation C  of one only: lobby, '#name', 'dm N' or 'dm ID'
    --json            one JSON object a line

search and export may run while the node does; purge waits for no one: it ends
with exit code 9 if the profile is in use.
`,
	"graph": `node graph: pictures, as text for Mermaid and for Graphviz.

    node graph flow | mmdc -i - -o flow.svg
    node graph flow --role client --format dot | dot -Tsvg > client.svg
    node --peer-no 9 graph topology
    node graph topology --format json | jq '.links[].rtt_ms'
    node --role server --name _ --graph mermaid

node graph flow [--format mermaid|dot] [--role ROLE]: what this program does
with what users say and others send, made from its own sources: front end,
instruction, rules, effect, protocol, event, notification. The role is client,
server or gossiping-server1 to 5; without one, an ordinary node with all that it
can have. node --graph FORMAT is the same.

node [--data-dir DIR | --peer-no N | --control PATH] graph topology
[--format text|mermaid|dot|json]: the network as a node that runs knows it. It
asks at most 32 of its peers whom they are connected to, and none of them can
say anything of links but its own. Names in gossip are the conversations in
which two pass messages on to each other; you see those that you are in.
`,
	"ls": askHelp, "peers": askHelp, "users": askHelp, "sessions": askHelp, "status": askHelp, "connect": askHelp,
	"roles": `node --role: the same programs under the names of another chat.

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
`,
}

const clientHelp = `node client: talk through a node elsewhere, which has --gateway or --web.

    node --peer-no 1 --gateway 4005 --web 5005
    node client 127.0.0.1 4005
    node client --ws 127.0.0.1 5005, or node websock-client 127.0.0.1 5005
    printf 'join #ops bob\nhi\n' | node client --once localhost 4005

node client [--ws] [--name NAME] [--once] <host> <port>: lines go there and the
answers come back; --ws goes by the door for browsers. What is typed before
there is a connection waits for it. When it is lost, another one is made, and
you are where you were: your name, your channels, your current conversation. At
the end of its input it stays and shows what comes; with --once it ends when
the node has answered, with exit code 6 if nobody does.
`

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

const askHelp = `node ls, peers, users, sessions, status, connect: ask a node that runs.

    node ls
    node users '#ops'
    node --peer-no 9 status --json
    node connect 192.168.1.7 4004

node [--data-dir DIR | --peer-no N | --control PATH] COMMAND [--json]
The answer is what the node's console would show. ls and peers are the same;
users takes a conversation, the lobby if there is none; connect takes <ip>
<port> or a multiaddr, and ends with exit code 6 if nobody is there. With 10 no
node runs.
`

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
