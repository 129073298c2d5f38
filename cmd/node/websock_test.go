package main

import (
	"fmt"
	"testing"

	"tincan/cmd/internal/client"
)

// serverAt launches a server of another chat's and waits until its last door is open.
func serverAt(t *testing.T, door string, args ...string) *process {
	t.Helper()
	p := launch(t, append([]string{"--no-mdns"}, args...)...)
	p.sees(`^\* ` + door + ` on `)
	return p
}

// People who come to servers of three kinds, by TCP and by WebSocket, are in one
// channel; nobody talks before he is there; and when a server dies the others go on.
func TestD01D11D17D19ThreeKindsOfServers(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 7)
	port := func(i int) string { return fmt.Sprint(63000 + n[i]) }
	cli := serverAt(t, "gateway", "cli-server", "127.0.0.1", port(0), port(1))
	websock := serverAt(t, "web", "websock-server", "127.0.0.1", port(2), port(3))
	full := serverAt(t, "web", "full-server", "127.0.0.1", port(4), port(5), port(6))
	full.sees(`^\* gateway on 127\.0\.0\.1:` + port(4) + `$`)
	full.sees(`^\* web on http://127\.0\.0\.1:` + port(5) + `/`)
	websock.types("connect 127.0.0.1 " + port(1))
	websock.sees(`^\* peer \S+ is here$`)
	full.types("connect 127.0.0.1 "+port(3), "connect 127.0.0.1 "+port(1))
	for range 2 {
		full.sees(`^\* peer \S+ is here$`)
	}
	full.types("peers")
	full.sees(`^\* peer \S+ +12D3KooW\w+ +here +direct `)
	full.sees(`^\* peer \S+ +12D3KooW\w+ +here +direct `)

	clients := []*process{
		launch(t, "cli-client", "127.0.0.1", port(0)),
		launch(t, "websock-client", "127.0.0.1", port(2)),
		launch(t, "client", "127.0.0.1", port(4)),
		launch(t, "client", "--ws", "127.0.0.1", port(5)),
	}
	names := []string{"ann", "bea", "cleo", "dora"}
	for i, c := range clients {
		c.types("hello?")
		c.sees(`^error: malformed: join a channel first$`)
		c.types("join ops " + names[i])
		c.sees(`^\* you are in #ops now, conversation 1`)
	}
	talk := func(said string, who ...int) {
		t.Helper()
		for _, i := range who {
			clients[i].types(fmt.Sprintf("%s by %s", said, names[i]))
		}
		for _, i := range who {
			for _, j := range who {
				if i != j {
					clients[j].sees(fmt.Sprintf(`^\[#ops\] %s@peer \S+( \(late\))?: %s by %s$`, names[i], said, names[i]))
				}
			}
		}
	}
	talk("all are here", 0, 1, 2, 3)
	for i, c := range clients { // no echo to the author (D-12)
		if c.out.count(": all are here by "+names[i]) > 0 {
			t.Errorf("%s reads what she has said", names[i])
		}
	}
	cli.kill()
	clients[0].complains(`^\* connection lost, trying again`)
	talk("three are left", 1, 2, 3)
}

// A client of a web door stays when its server is started again, and is where it was.
func TestWebSocketClientOutlivesItsServer(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 4)
	port := func(i int) string { return fmt.Sprint(63000 + n[i]) }
	serverAt(t, "gateway", "cli-server", "127.0.0.1", port(0), port(1))
	begin := func() *process {
		t.Helper()
		p := serverAt(t, "web", "--bootstrap", "127.0.0.1:"+port(1), "websock-server", "127.0.0.1", port(2), port(3))
		p.sees(`^\* peer \S+ is here$`)
		return p
	}
	yuri := launch(t, "client", "127.0.0.1", port(0))
	yuri.types("join #dev yuri", "join #ops yuri")
	yuri.sees(`^\* you are in #ops now`)
	xena := launch(t, "client", "--ws", "--name", "xena", "127.0.0.1", port(2))
	xena.complains(`^\* nobody answers at 127\.0\.0\.1:\d+, trying again$`)
	xena.types("/join #dev", "/join #ops", "before there is a server")
	server := begin()
	yuri.sees(`^\[#ops\] xena@peer \S+( \(late\))?: before there is a server$`)
	server.kill()
	xena.complains(`^\* connection lost, trying again`)
	xena.types("typed meanwhile")
	begin()
	xena.complains(`^\* connected again$`)
	yuri.sees(`^\[#ops\] xena@peer \S+( \(late\))?: typed meanwhile$`)
	yuri.types("welcome back")
	xena.sees(`^\[#ops\] yuri@peer \S+( \(late\))?: welcome back$`)
	yuri.types(`\switch #dev`, "here too?")
	xena.sees(`^\[#dev\] yuri@peer \S+( \(late\))?: here too\?$`)
	xena.types(`\quit`)
	xena.ends(exitOK)
}

// One line from a script, by either door, and what became of it.
func TestWebSocketClientOnce(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 3)
	port := func(i int) string { return fmt.Sprint(63000 + n[i]) }
	serverAt(t, "web", "full-server", "127.0.0.1", port(0), port(1), port(2))
	yuri := launch(t, "client", "--ws", "127.0.0.1", port(1))
	yuri.types("join #ops yuri")
	yuri.sees(`^\* you are in #ops now`)
	for _, args := range [][]string{{"client", "--once", "127.0.0.1", port(0)}, {"client", "--ws", "--once", "127.0.0.1", port(1)}, {"--once", "websock-client", "127.0.0.1", port(1)}} {
		p := launch(t, args...)
		p.types("join #ops bot", fmt.Sprint("deploy done by ", args))
		p.in.Close()
		p.ends(exitOK)
		yuri.sees(`^\[#ops\] bot@peer \S+: deploy done by \[` + args[0])
	}
	p := launch(t, "client", "--ws", "--once", "127.0.0.1", port(0)) // a gateway
	p.complains(`^\* 127\.0\.0\.1:\d+ does not let you in – there is no web door of a node – trying again$`)
	p.ends(client.NoServer)
}
