package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	"google.golang.org/protobuf/proto"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire"
	"tincan/behaviour/wire/pb"
	"tincan/node"
)

// twinsTold is how soon two nodes with one number are to be told (PROMISES 5.3).
const twinsTold = 10 * time.Second

// Two nodes with the same number, at two addresses: both are told soon, neither
// crashes, and nothing that either said is lost.
func TestTwins(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 3)
	third := keeps(t, n[0])
	elsewhere := fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", 63000+n[2])
	twins := []*keeper{
		keeps(t, n[1], "-b", fmt.Sprint(n[0])),
		keeps(t, n[1], "-b", fmt.Sprint(n[0]), "--listen", elsewhere),
	}
	began := time.Now()
	busy := talking(200*time.Millisecond, func(i int) {
		twins[i%2].aloud(fmt.Sprintf("line %d of twin %d", i, i%2))
	})
	var last time.Duration
	for _, k := range twins {
		told := k.life().tells("that there is another", func(e event) bool {
			return e.Type == "notice" && e.Code == "warning" && strings.Contains(e.Text, "another node is running as")
		})
		last = max(last, told.at.Sub(began))
	}
	busy.hush()
	t.Logf("both were told after %v", last.Round(time.Millisecond))
	if last > slack*twinsTold {
		t.Errorf("told after %v, want %v", last, slack*twinsTold)
	}
	for _, k := range twins {
		keepAll(t, k.accepted(), third, k)
	}
	third.shownOnce()
	if twins[0].accepted()[0].ID == twins[1].accepted()[0].ID {
		t.Error("both write the same log")
	}
}

// slowly is a connection that is read at so many bytes a second; the other way it is
// as fast as it can be. It stands between a node and a peer that comes in through
// it, and takes what little it takes by steps.
type slowly struct {
	at string // where it listens, IP and port
}

const (
	slowRate = 1 << 10 // bytes a second
	slowStep = 10      // reads a second
)

// newSlowly listens, and passes on to a TCP port of this machine.
func newSlowly(t *testing.T, port int) *slowly {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &slowly{at: l.Addr().String()}
	go func() { // ends when the listener is closed
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				from.Close()
				continue
			}
			_ = to.(*net.TCPConn).SetReadBuffer(4 << 10) // or the kernel reads for it
			go func() {                                  // ends with either connection
				defer to.Close()
				_, _ = io.Copy(to, from)
			}()
			go func() { // likewise
				defer from.Close()
				tick := time.NewTicker(time.Second / slowStep)
				defer tick.Stop()
				fast := int64(32 << 10) // for the handshakes, and to be known
				_, _ = io.CopyN(from, to, fast)
				for range tick.C {
					if _, err := io.CopyN(from, to, slowRate/slowStep); err != nil {
						return
					}
				}
			}()
		}
	}()
	return s
}

// talkers are a node that speaks and one that hears it.
type talkers struct{ hub, good *keeper }

func newTalkers(t *testing.T, hub, good int) talkers {
	t.Helper()
	tcp := func(no int) string { return fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", 63000+no) }
	p := talkers{keeps(t, hub, "--listen", tcp(hub)), keeps(t, good, "--listen", tcp(good), "-b", fmt.Sprint(hub))}
	p.good.aloud("who is there?")
	p.hub.life().hears("who is there?")
	return p
}

// A peer reads 1 kB a second while others talk a hundred times as much: they do
// not notice, and it costs little. Two who talk as much at the same time and have no
// such peer tell what the machine takes.
func TestSlowPeer(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 5)
	tried, others := newTalkers(t, n[0], n[1]), newTalkers(t, n[2], n[3])

	round := func(name string) (with, without []time.Duration) {
		t.Helper()
		const lines = 200 // of 1 kB
		var said [2][lines]time.Time
		text := func(i int) string { return fmt.Sprintf("%s %d %s", name, i, strings.Repeat("x", 1000)) }
		next := make(chan int, 1)
		busy := talking(10*time.Millisecond, func(i int) {
			if i == lines {
				next <- i
			}
			if i >= lines {
				return
			}
			for k, p := range []talkers{tried, others} {
				said[k][i] = time.Now()
				p.hub.aloud(text(i))
			}
		})
		<-next
		busy.hush()
		var lags [2][]time.Duration
		for k, p := range []talkers{tried, others} {
			p.good.life().hears(text(lines - 1))
			heard := make(map[string]time.Time)
			for _, e := range p.good.told(func(e event) bool { return e.Type == "message" }) {
				heard[e.Text] = e.at
			}
			for i := range lines {
				if heard[text(i)].IsZero() {
					t.Errorf("line %d of round %s is not there", i, name)
				}
				lags[k] = append(lags[k], heard[text(i)].Sub(said[k][i]))
			}
		}
		return lags[0], lags[1]
	}
	round("warm") // buffers grow
	before := tried.hub.life().rss()

	through := newSlowly(t, 63000+n[0])
	_, port, _ := net.SplitHostPort(through.at)
	slow := launch(t, "-p", fmt.Sprint(n[4]), "--no-listen", "--sparse", "--bootstrap", fmt.Sprintf("/ip4/127.0.0.1/tcp/%s/p2p/%s", port, demoID(t, n[0])))
	tried.hub.life().tells("the slow one", func(e event) bool { return e.Type == "peer" && e.Event == "up" && e.Peer.No == n[4] })
	round("met") // both write down whom they know, which is a flush of the disk, however fast he is
	with, without := round("with")
	after := tried.hub.life().rss()
	moreWith, moreWithout := round("again")
	with, without = append(with, moreWith...), append(without, moreWithout...)
	t.Logf("lag of others without it: %s; with it: %s", spread(without), spread(with))
	t.Logf("memory of the node %d MiB before, %d MiB after, %d MiB at the end; the slow one has %d of 600 lines", before, after, tried.hub.life().rss(), slow.out.count(`\[lobby\]`))
	if p, q := percentile(without, 99), percentile(with, 99); q > 3*p+100*time.Millisecond {
		t.Errorf("99 in 100 lines take %v at most without it, %v with it", p, q)
	}
	if grown := tried.hub.life().rss() - before; grown > 24 {
		t.Errorf("the node has grown by %d MiB", grown)
	}
}

// A peer of a later version: what this node does not know it passes over, and the
// connection stays.
func TestPeerFromTheFuture(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := start(t, n[0])
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	one.sees(fmt.Sprintf(`^\* peer %d is here$`, n[1]))
	s := newStranger(t, n[0])
	later := s.envelope(s.id, chat.Lobby, "in words of tomorrow")
	for i := range 3 {
		s.publishes(s.altered(later, func(e *pb.Envelope, m *pb.Message) { e.Version = uint32(2 + i) }))
	}
	s.first = 0 // those were never said, for this node
	s.publishes(s.altered(s.envelope(s.id, chat.Lobby, "of a kind of tomorrow"), func(e *pb.Envelope, m *pb.Message) { m.Kind = 99 }))
	s.publishes(s.envelope(s.id, chat.Lobby, "in plain words"))
	one.sees(`^\[lobby\] peer …\w+( \(late\))?: in plain words$`)
	two.sees(`^\[lobby\] peer …\w+( \(late\))?: in plain words$`)

	direct := protocol.ID(wire.DirectProtocol(node.DemoNetwork))
	s.first = 0
	dm := s.envelope(s.id, s.conversation(), "said later")
	s.says(direct, framed(wire.EncodeDirect(&chat.Envelope{Raw: s.altered(dm, func(e *pb.Envelope, m *pb.Message) { e.Version = 2 })}, 0)))
	s.says(direct, framed([]byte{0xfa, 0x07, 0x01, 0x41})) // a frame of fields nobody knows
	s.first = 0
	s.says(direct, framed(wire.EncodeDirect(&chat.Envelope{Raw: s.envelope(s.id, s.conversation(), "said now")}, 0)))
	one.sees(`^\[dm\] peer …\w+: said now$`)
	if s.host.Network().Connectedness(s.to) != network.Connected {
		t.Error("it was hung up on")
	}
	for _, p := range []*process{one, two} {
		if got := p.err.text(); got != "" {
			t.Errorf("stderr %q", got)
		}
		if c := p.out.count("is gone|tomorrow$|said later"); c != 0 {
			t.Errorf("%d lines that should not be there:\n%s", c, p.out.text())
		}
	}
}

// altered is an envelope with changes, signed again.
func (s *stranger) altered(signed []byte, change func(*pb.Envelope, *pb.Message)) []byte {
	s.t.Helper()
	var (
		outer pb.Signed
		e     pb.Envelope
		m     pb.Message
	)
	s.unmarshal(signed, &outer)
	s.unmarshal(outer.Body, &e)
	s.unmarshal(e.Messages[0], &m)
	change(&e, &m)
	e.Messages[0] = s.marshal(&m)
	return s.sign(&e)
}

func (s *stranger) unmarshal(data []byte, m proto.Message) {
	s.t.Helper()
	if err := proto.Unmarshal(data, m); err != nil {
		s.t.Fatal(err)
	}
}
