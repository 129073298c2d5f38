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

node [flags] [command]: flags stand before the command; without one, run.
    run       run a node and talk
    version   say what was built
    help      this text, like -h

Who and where:
  -p, --peer-no N            be peer N, 1 to 2535, at 127.0.0.1:63000+N. A demo
                             identity: anybody can derive its key
  -b, --bootstrap-peer-no N  ask peer N for the way in; may be repeated
      --bootstrap ADDR       the same by multiaddr with /p2p/ID; may be repeated
      --listen ADDR          listen on this multiaddr instead; may be repeated
      --network NAME         the network to be in (default: demo)
      --name NAME            the name that others see
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
