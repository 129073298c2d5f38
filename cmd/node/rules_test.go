package main

import (
	"fmt"
	"testing"
)

// The rules of the channel chat (D-…) and of the gossip-server chat (H-…) that
// are about the program itself. The others are in behaviour/chat.

// A server says where it listens, for peers and for clients, and a client that
// it is there; each is ended by a word, and not by the end of what is typed.
func TestD01D02D05D09H09ServerAndClient(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	clients, peers := fmt.Sprint(63000+n[0]), fmt.Sprint(63000+n[1])
	server := launch(t, "--no-mdns", "cli-server", "127.0.0.1", clients, peers)
	server.sees(`^\* ready: you are peer …\w{8} \w{12}… on /ip4/127\.0\.0\.1/tcp/` + peers + `$`)
	server.sees(`^\* gateway on 127\.0\.0\.1:` + clients + `$`)
	alice := launch(t, "client", "127.0.0.1", clients)
	alice.sees(`^\* this is tincan, and you are a guest here`)
	alice.types("hello?")
	alice.sees(`^error: malformed: join a channel first$`)
	alice.types("join ops alice")
	alice.sees(`^\* you are in #ops now, conversation 1; nobody else is there yet`)
	server.types("/join #ops")
	server.sees(`^\* you are in #ops now, conversation 1; also there: alice@peer …\w{8}$`)
	alice.in.Close()
	server.types("exit") // a word to those in #ops
	alice.sees(`^\[#ops\] peer …\w{8}: exit$`)
	server.types("/exit")
	server.ends(exitOK)
	alice.complains(`^\* connection lost, trying again`)
}
