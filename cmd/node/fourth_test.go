package main

import (
	"crypto/rand"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/protocol"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire"
	"tincan/node"
)

// What was wrong with the chat whose walkthrough the chain is, each defect by
// its letter there.

// There a broadcast lost its text.
func TestDefectABroadcastHasText(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	two.types("what   is typed", "is read")
	one.sees(fmt.Sprintf(`^\[lobby\] peer %d: what   is typed$`, n[1]))
	one.sees(fmt.Sprintf(`^\[lobby\] peer %d: is read$`, n[1]))
}

// There a slip of the pen, or any sentence that began with dm, ended the process.
func TestDefectBSlipsEndNothing(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	held := []string{"dm", "dm ", "dm abc x", "dm 300000 x", "dm -1 x", "dm 1e3 x", fmt.Sprintf("dm %d", n[0]), " dm 1 x", fmt.Sprintf("dm %d self", n[1])}
	two.types(held...)
	two.types("dmitri says hi", "dms are private", "dm2 hello")
	one.sees(`: dmitri says hi$`)
	one.sees(`: dms are private$`)
	one.sees(`: dm2 hello$`)
	if c := one.out.count(`\[(lobby|dm)\]`); c != 3 {
		t.Errorf("%d lines were sent, want 3", c)
	}
	two.complains(fmt.Sprintf(`^held: dm %d self`, n[1])) // the last of them
	if c := two.err.count(`^held: `); c != len(held) {
		t.Errorf("%d lines are held, want %d", c, len(held))
	}
}

// There one payload that could not be decoded ended the node of whoever got it.
func TestDefectCJunkEndsNobody(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	junk := make([]byte, 4<<10)
	rand.Read(junk)
	for _, data := range [][]byte{{0}, {0xff}, junk, []byte(strings.Repeat("\x0a\x80", 1000)), []byte("dm/1/2")} {
		s := newStranger(t, n[0]) // a new one: the node may be tired of the last
		s.publishes(data)
		for _, id := range []string{wire.DirectProtocol(node.DemoNetwork), wire.SyncProtocol(node.DemoNetwork), wire.KadPrefix(node.DemoNetwork) + "/kad/1.0.0"} {
			s.says(protocol.ID(id), data)
			s.says(protocol.ID(id), framed(data))
		}
	}
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	two.types("are you there?")
	one.sees(fmt.Sprintf(`^\[lobby\] peer %d( \(late\))?: are you there\?$`, n[1]))
	one.types(fmt.Sprintf("dm %d I am", n[1]))
	two.sees(fmt.Sprintf(`^\[dm\] peer %d: I am$`, n[0]))
	if got := one.err.text(); got != "" {
		t.Errorf("stderr %q", got)
	}
}

// There the author was whoever the payload said.
func TestDefectDNobodySpeaksForOthers(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	one.sees(fmt.Sprintf(`^\* peer %d is here$`, n[1]))
	s := newStranger(t, n[0])
	victim := demoID(t, n[1])
	direct := protocol.ID(wire.DirectProtocol(node.DemoNetwork))
	frame := func(envelope []byte) []byte { return framed(wire.EncodeDirect(&chat.Envelope{Raw: envelope}, 0)) }
	s.publishes(s.envelope(victim, chat.Lobby, "forged"))
	s.says(direct, frame(s.envelope(victim, s.conversation(), "forged")))
	s = newStranger(t, n[0]) // a new one: gossip may be tired of the last
	s.publishes(s.envelope(s.id, chat.Lobby, "honest line"))
	one.sees(`^\[lobby\] peer …\w+( \(late\))?: honest line$`)
	two.sees(`^\[lobby\] peer …\w+( \(late\))?: honest line$`)
	s.first = 0
	s.says(direct, frame(s.envelope(s.id, s.conversation(), "honest word")))
	one.sees(`^\[dm\] peer …\w+: honest word$`)
	for _, p := range []*process{one, two} {
		if c := p.out.count("forged"); c != 0 {
			t.Errorf("what was forged is shown %d times", c)
		}
	}
}

// There "sent" was said before anybody knew.
func TestDefectENoWordOfDeliveryBefore(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	two.sees(fmt.Sprintf(`^\* peer %d is here$`, n[0]))
	one.signal(syscall.SIGSTOP)
	two.types(fmt.Sprintf("dm %d take your time", n[0]), "ls")
	two.sees(fmt.Sprintf(`^\* peer %d .*`, n[0]))
	two.sees(`take your time — queued: `) // the first attempt has failed
	if c := two.out.count("delivered"); c != 0 {
		t.Error("it is said to be delivered to one who cannot have it")
	}
	one.signal(syscall.SIGCONT)
	one.sees(`^\[dm\] .*: take your time$`)
	two.sees(`take your time — delivered$`)
	if c := one.out.count("take your time"); c != 1 {
		t.Errorf("shown %d times", c)
	}
}

// There a node whose bootstrap was not up yet stayed alone.
func TestDefectFBootstrapMayComeLater(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	ready := time.Now()
	two.complains(fmt.Sprintf(`^warning: cannot reach peer %d .* – .* – start it with .*trying again$`, n[0]))
	if d := time.Since(ready); d > 2*time.Second {
		t.Errorf("told after %v", d)
	}
	two.types("is there nobody?")
	one := start(t, n[0])
	came := time.Now()
	one.sees(`: is there nobody\?$`)
	if d := time.Since(came); d > soon {
		t.Errorf("joined %v after the bootstrap came", d)
	}
	one.types("there is")
	two.sees(`: there is$`)
}

// There nobody came back, and nobody had a name.
func TestDefectGNamesAndReturn(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]), "--name", "anna")
	two.types("it is me")
	one.sees(`^\[lobby\] anna.*: it is me$`)
	one.kill()
	two.sees(fmt.Sprintf(`^\* peer %d is gone$`, n[0]))
	one = start(t, n[0])
	two.types("welcome back")
	one.sees(`^\[lobby\] anna.*: welcome back$`)
}

// There the first lines were lost unless one waited.
func TestDefectHNoNeedToWait(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 3)
	var all []*process
	for i, no := range n {
		args := []string{"-p", fmt.Sprint(no)}
		if i > 0 {
			args = append(args, "-b", fmt.Sprint(n[i-1]))
		}
		all = append(all, launch(t, args...))
	}
	for i, p := range all {
		p.types(fmt.Sprintf("words of %d", n[i]))
	}
	for i, p := range all {
		for j, no := range n {
			if i != j {
				p.sees(fmt.Sprintf(`^\[lobby\] peer %d( \(late\))?: words of %d$`, no, no))
			}
		}
	}
}
