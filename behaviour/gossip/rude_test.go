package gossip

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/internal/hosttest"

	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"google.golang.org/protobuf/proto"
)

const meshsub = "/meshsub/1.1.0"

// A brute speaks gossipsub's language, but not to converse.
type brute struct {
	host host.Host
	s    network.Stream
}

func newBrute(t *testing.T, victim *node) *brute {
	t.Helper()
	h := hosttest.New(t)
	heard := make(chan struct{}, 1)
	h.SetStreamHandler(meshsub, func(s network.Stream) {
		io.ReadFull(s, make([]byte, 1))
		select {
		case heard <- struct{}{}:
		default:
		}
		io.Copy(io.Discard, s)
	})
	hosttest.Connect(t, h, victim.host)
	<-heard // the victim knows us: pubsub keeps no score of peers that it does not write to
	b := &brute{host: h}
	b.open(t, victim)
	return b
}

func (b *brute) open(t *testing.T, victim *node) {
	t.Helper()
	b.s = hosttest.Open(t, b.host, victim.host.ID(), meshsub)
}

// send ignores errors: being thrown out is to be expected.
func (b *brute) send(rpc *pb.RPC) {
	body, err := proto.Marshal(rpc)
	if err != nil {
		panic(err)
	}
	b.s.SetWriteDeadline(time.Now().Add(5 * time.Second))
	b.s.Write(append(binary.AppendUvarint(nil, uint64(len(body))), body...))
}

func subscribe(topics ...string) *pb.RPC {
	rpc := &pb.RPC{}
	for _, t := range topics {
		rpc.Subscriptions = append(rpc.Subscriptions, &pb.RPC_SubOpts{Subscribe: proto.Bool(true), Topicid: &t})
	}
	return rpc
}

func publish(m ...*pb.Message) *pb.RPC { return &pb.RPC{Publish: m} }

func text(s string) *pb.Message { return &pb.Message{Topic: proto.String(topic), Data: []byte(s)} }

// friends are two nodes that can talk, and must still be able to afterwards.
func friends(t *testing.T, change func(*Config)) (a, b *node) {
	a, b = newNode(t, change), newNode(t, change)
	a.join(t, topic)
	b.join(t, topic)
	hosttest.Connect(t, a.host, b.host)
	a.grafted(t, b.host.ID())
	return a, b
}

func stillTalk(t *testing.T, a, b *node) {
	t.Helper()
	for _, way := range [][2]*node{{a, b}, {b, a}} {
		line := "still here? " + rand.Text()
		way[0].publish(t, line)
		for way[1].receive(t).text != line {
		}
	}
}

func TestRudeMessages(t *testing.T) {
	cases := []struct {
		name  string
		rpc   *pb.RPC
		count string
	}{
		{"from is set", publish(&pb.Message{Topic: proto.String(topic), Data: []byte("1"), From: []byte("x")}), "signed"},
		{"signature is set", publish(&pb.Message{Topic: proto.String(topic), Data: []byte("2"), Signature: []byte("x")}), "signed"},
		{"key is set", publish(&pb.Message{Topic: proto.String(topic), Data: []byte("3"), Key: []byte("x")}), "signed"},
		{"seqno is set", publish(&pb.Message{Topic: proto.String(topic), Data: []byte("4"), Seqno: []byte("x")}), "signed"},
		{"empty", publish(&pb.Message{Topic: proto.String(topic)}), "invalid"},
		{"invalid", publish(text("reject")), "invalid"},
		{"a copy", publish(text("twice"), text("twice")), "duplicate"},
		{"subscriptions beyond the bound of an RPC", subscribe(make([]string, maxSubscriptions+1)...), "subscription"},
		{"topic of 60 KiB", subscribe(strings.Repeat("x", 60<<10)), "subscription"},
		{"topic with control characters", subscribe("a\x1b]52;c\x07"), "subscription"},
		{"topic that is not UTF-8", subscribe("\xff\xfe"), "subscription"},
	}
	a, b := friends(t, nil)
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			r := newBrute(t, a)
			r.send(subscribe(topic))
			before := a.Counters()[tc.count]
			r.send(tc.rpc)
			hosttest.Eventually(t, tc.count+" counted", func() bool { return a.Counters()[tc.count] > before })
			stillTalk(t, a, b)
		})
	}
}

func TestRudeBytes(t *testing.T) {
	a, b := friends(t, nil)
	junk := make([]byte, 1000)
	rand.Read(junk)
	for name, bytes := range map[string][]byte{
		"above the size":           binary.AppendUvarint(nil, uint64(a.c.MaxMessage+overhead+1)),
		"1 MiB of payload":         append(binary.AppendUvarint(nil, 1<<20), make([]byte, 1<<20)...),
		"length 2^63-1":            binary.AppendUvarint(nil, 1<<63-1),
		"junk of the right length": append(binary.AppendUvarint(nil, 1000), junk...),
		"nothing, 10,000 times":    make([]byte, 10_000),
	} {
		t.Run(name, func(t *testing.T) {
			r := newBrute(t, a)
			r.s.SetDeadline(time.Now().Add(2 * time.Second))
			r.s.Write(bytes)
			if name != "nothing, 10,000 times" {
				if _, err := r.s.Read(make([]byte, 1)); err == nil {
					t.Error("the stream is still open")
				}
			}
			stillTalk(t, a, b)
		})
	}
}

func TestInvalidMessagesAreHeldAgainstAPeer(t *testing.T) {
	a, b := friends(t, nil)
	r := newBrute(t, a)
	r.send(subscribe(topic))
	for i := range 20 {
		r.send(publish(&pb.Message{Topic: proto.String(topic), Data: fmt.Append(nil, i), From: []byte("x")}))
	}
	hosttest.Eventually(t, "all counted", func() bool { return a.Counters()["signed"] >= 10 })
	before := a.Counters()["delivered"]
	r.send(publish(text("believe me")))
	stillTalk(t, a, b)
	if n := a.Counters()["delivered"] - before; n != 1 {
		t.Errorf("%d messages delivered, want the one of the friend", n)
	}
}

func TestHundredThousandTopics(t *testing.T) {
	a, b := friends(t, nil)
	r := newBrute(t, a)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for i := range 200 {
		topics := make([]string, 500)
		for j := range topics {
			topics[j] = fmt.Sprintf("made-up-topic-%d-%d", i, j)
		}
		r.send(subscribe(topics...))
	}
	hosttest.Eventually(t, "all seen", func() bool { return a.Counters()["subscription"] == 100_000-MaxTopics })
	if n := a.filter.count(r.host.ID()); n != MaxTopics {
		t.Errorf("%d subscriptions remembered, want %d", n, MaxTopics)
	}
	if after := heap(); after > before+4<<20 {
		t.Errorf("heap grew by %d KiB", (after-before)>>10)
	}
	// Taking them back frees their places; unknown ones free none.
	var back pb.RPC
	for i := range 300 {
		back.Subscriptions = append(back.Subscriptions, &pb.RPC_SubOpts{Subscribe: proto.Bool(false), Topicid: proto.String(fmt.Sprintf("made-up-topic-1-%d", i))})
	}
	r.send(&back)
	stillTalk(t, a, b)
	r.host.Close()
	hosttest.Eventually(t, "forgotten when gone", func() bool { return a.filter.count(r.host.ID()) == 0 })
	stillTalk(t, a, b)
}

func TestRudeControl(t *testing.T) {
	a, b := friends(t, func(c *Config) { c.Sparse = false }) // takes addresses
	ids := func(n int) []string {
		ids := make([]string, n)
		for i := range ids {
			ids[i] = fmt.Sprintf("%032d", i)
		}
		return ids
	}
	px := make([]*pb.PeerInfo, 1000)
	for i := range px {
		px[i] = &pb.PeerInfo{PeerID: fmt.Append(nil, "peer ", i), SignedPeerRecord: []byte("junk")}
	}
	top := proto.String(topic)
	cases := map[string]*pb.ControlMessage{
		"IHAVE of things that do not exist": {Ihave: []*pb.ControlIHave{{TopicID: top, MessageIDs: ids(1500)}}},
		"IHAVE of an unknown topic":         {Ihave: []*pb.ControlIHave{{TopicID: proto.String("nowhere"), MessageIDs: ids(1500)}}},
		"IWANT of things that do not exist": {Iwant: []*pb.ControlIWant{{MessageIDs: ids(1500)}}},
		"IDONTWANT flood":                   {Idontwant: []*pb.ControlIDontWant{{MessageIDs: ids(1500)}}},
		"PRUNE for ever":                    {Prune: []*pb.ControlPrune{{TopicID: top, Backoff: proto.Uint64(math.MaxUint64)}}},
		"PRUNE with junk records":           {Prune: []*pb.ControlPrune{{TopicID: top, Peers: px, Backoff: proto.Uint64(1)}}},
		"GRAFT of an unknown topic":         {Graft: []*pb.ControlGraft{{TopicID: proto.String("nowhere")}}},
		"nothing in everything":             {Ihave: []*pb.ControlIHave{{}}, Iwant: []*pb.ControlIWant{{}}, Graft: []*pb.ControlGraft{{}}, Prune: []*pb.ControlPrune{{}}, Idontwant: []*pb.ControlIDontWant{{}}},
	}
	for name, control := range cases {
		t.Run(name, func(t *testing.T) {
			r := newBrute(t, a)
			r.send(subscribe(topic))
			for range 100 {
				r.send(&pb.RPC{Control: control})
			}
			stillTalk(t, a, b)
		})
	}
	t.Run("control part above the limit", func(t *testing.T) {
		r := newBrute(t, a)
		r.send(&pb.RPC{Control: &pb.ControlMessage{Iwant: []*pb.ControlIWant{{MessageIDs: ids(maxControl / 32)}}}})
		r.s.SetReadDeadline(time.Now().Add(2 * time.Second))
		if _, err := r.s.Read(make([]byte, 1)); err == nil {
			t.Error("the stream is still open")
		}
		stillTalk(t, a, b)
	})
}

func TestGraftAndPruneByTurns(t *testing.T) {
	a, b := friends(t, nil)
	r := newBrute(t, a)
	r.send(subscribe(topic))
	for range 2000 {
		r.send(&pb.RPC{Control: &pb.ControlMessage{Graft: []*pb.ControlGraft{{TopicID: proto.String(topic)}}}})
		r.send(&pb.RPC{Control: &pb.ControlMessage{Prune: []*pb.ControlPrune{{TopicID: proto.String(topic), Backoff: proto.Uint64(1)}}}})
	}
	stillTalk(t, a, b)
	before := a.Counters()["delivered"]
	r.send(publish(text("after all that")))
	stillTalk(t, a, b)
	if n := a.Counters()["delivered"] - before; n != 1 {
		t.Errorf("%d messages delivered, want the one of the friend: the flapper is to be gray", n)
	}
}

func TestStreamsOpenedAgainAndAgain(t *testing.T) {
	a, b := friends(t, nil)
	r := newBrute(t, a)
	for range 500 {
		r.open(t, a)
		r.send(subscribe(topic))
		r.s.Reset()
	}
	stillTalk(t, a, b)
}
