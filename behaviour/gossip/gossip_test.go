package gossip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tincan/behaviour/internal/hosttest"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const topic = "lobby"

type message struct {
	topic string
	hop   peer.ID // that passed it on
	text  string
}

// A node is a Gossip that accepts what is not "ignore", "reject" or "panic".
type node struct {
	*Gossip
	got         chan message
	validated   atomic.Int32
	met, grafts chan notice

	mu   sync.Mutex // guards lost
	lost map[peer.ID]int
}

func newNode(t testing.TB, change func(*Config)) *node {
	t.Helper()
	return nodeOn(t, hosttest.New(t), change)
}

func nodeOn(t testing.TB, h host.Host, change func(*Config)) *node {
	t.Helper()
	n := &node{got: make(chan message, 4096), met: make(chan notice, 1024), grafts: make(chan notice, 1024), lost: make(map[peer.ID]int)}
	c := Config{
		MaxMessage: 96 << 10,
		Sparse:     true,
		Log:        slog.New(slog.DiscardHandler),
		Validate: func(from peer.ID, _ string, data []byte) (any, Verdict) {
			n.validated.Add(1)
			switch text := string(data); text {
			case "ignore":
				return nil, Ignore
			case "reject":
				return nil, Reject
			case "panic":
				panic("on purpose")
			default:
				return text, Accept
			}
		},
		Received: func(topic string, hop peer.ID, value any) { n.got <- message{topic, hop, value.(string)} },
		Met:      func(topic string, p peer.ID) { n.met <- notice{topic: topic, peer: p} },
		Grafted:  func(topic string, p peer.ID) { n.grafts <- notice{topic: topic, peer: p} },
		Lost:     func(p peer.ID) { n.mu.Lock(); n.lost[p]++; n.mu.Unlock() },
	}
	if change != nil {
		change(&c)
	}
	g, err := New(context.Background(), h, c)
	if err != nil {
		t.Fatal(err)
	}
	n.Gossip = g
	t.Cleanup(g.Close)
	return n
}

func (n *node) join(t testing.TB, topic string) {
	t.Helper()
	if err := n.Join(topic); err != nil {
		t.Fatal(err)
	}
}

func (n *node) publish(t testing.TB, text string) int {
	t.Helper()
	peers, err := n.Publish(t.Context(), topic, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return peers
}

func (n *node) receive(t testing.TB) message {
	t.Helper()
	select {
	case m := <-n.got:
		return m
	case <-time.After(10 * time.Second):
		t.Fatal("no message within 10 s")
		return message{}
	}
}

func (n *node) grafted(t testing.TB, p peer.ID) {
	t.Helper()
	for end := time.After(10 * time.Second); ; {
		select {
		case g := <-n.grafts:
			if g == (notice{topic: topic, peer: p}) {
				return
			}
		case <-end:
			t.Fatal("no graft within 10 s")
		}
	}
}

func TestAlongAChain(t *testing.T) {
	a, b, c := newNode(t, nil), newNode(t, nil), newNode(t, nil)
	for _, n := range []*node{a, b, c} {
		n.join(t, topic)
	}
	hosttest.Connect(t, b.host, a.host)
	hosttest.Connect(t, c.host, b.host)
	a.grafted(t, b.host.ID())
	b.grafted(t, c.host.ID())
	if peers := a.publish(t, "hello"); peers != 1 {
		t.Errorf("published to %d peers, want 1", peers)
	}
	if got, want := b.receive(t), (message{topic, a.host.ID(), "hello"}); got != want {
		t.Errorf("b got %v, want %v", got, want)
	}
	if got, want := c.receive(t), (message{topic, b.host.ID(), "hello"}); got != want {
		t.Errorf("c got %v, want %v", got, want)
	}
	if n := a.validated.Load(); n != 0 {
		t.Errorf("a validated its own message %d times", n)
	}
	if len(a.got) != 0 {
		t.Error("a received its own message")
	}
	if p := a.Peers(topic); len(p) != 1 || p[0] != b.host.ID() {
		t.Errorf("peers of a: %v", p)
	}
}

func TestCopiesAreValidatedOnce(t *testing.T) {
	var nodes []*node
	for range 6 {
		n := newNode(t, nil)
		n.join(t, topic)
		for _, m := range nodes {
			hosttest.Connect(t, n.host, m.host)
		}
		nodes = append(nodes, n)
	}
	for _, n := range nodes {
		hosttest.Eventually(t, "all know all", func() bool { return len(n.Peers(topic)) == 5 })
	}
	const each = 20
	for i := range each {
		for j, n := range nodes {
			n.publish(t, fmt.Sprintf("%d of %d", i, j))
		}
	}
	for _, n := range nodes {
		for range each * 5 {
			n.receive(t)
		}
	}
	copies := uint64(0)
	for _, n := range nodes {
		if v := n.validated.Load(); v != each*5 {
			t.Errorf("%d validations of %d messages", v, each*5)
		}
		copies += n.Counters()["duplicate"]
	}
	t.Logf("%.2f extra copies a delivery", float64(copies)/(6*5*each))
}

// A hub has room for few in its mesh. Its other leaves hear of a message at its
// heartbeat, or, unless sparse, have been given neighbours of their own.
func TestAStarWithMoreLeavesThanItsMeshHolds(t *testing.T) {
	for name, sparse := range map[string]bool{"sparse": true, "not sparse": false} {
		t.Run(name, func(t *testing.T) {
			const leaves = 3 * degreeHigh
			var nodes []*node
			for i := range leaves + 1 {
				n := newNode(t, func(c *Config) { c.Sparse = sparse })
				n.join(t, topic)
				nodes = append(nodes, n)
				if i > 0 {
					hosttest.Connect(t, n.host, nodes[0].host)
				}
			}
			// Every leaf has asked to be in the hub's mesh, and then spoken, so the hub
			// has decided about all. What is said before that a leaf may well miss,
			// since a peer in the mesh is not told what there was: see Grafted.
			for i, n := range nodes[1:] {
				n.grafted(t, nodes[0].host.ID())
				n.publish(t, fmt.Sprint("hello ", i))
			}
			for range leaves {
				nodes[0].receive(t)
			}
			for i := range 5 {
				nodes[1+i].publish(t, fmt.Sprint("news ", i))
			}
			for i, n := range nodes {
				want := 5
				if i >= 1 && i <= 5 {
					want = 4 // not its own
				}
				for want > 0 {
					if strings.HasPrefix(n.receive(t).text, "news") {
						want--
					}
				}
			}
			conns := 0
			for _, n := range nodes[1:] {
				conns += len(n.host.Network().Peers())
			}
			if sparse && conns != leaves {
				t.Errorf("the leaves have %d connections, want one each", conns)
			}
		})
	}
}

// Whoever comes or enters is told of once, in a topic that this node is in only.
func TestMet(t *testing.T) {
	a, b := newNode(t, nil), newNode(t, nil)
	for _, n := range []*node{a, b} {
		n.join(t, topic)
	}
	b.join(t, "of b")
	hosttest.Connect(t, a.host, b.host)
	want := func(in string) {
		t.Helper()
		select {
		case m := <-a.met:
			if m.topic != in || m.peer != b.host.ID() {
				t.Errorf("met %v, want b in %q", m, in)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("b is not met in %q within 10 s", in)
		}
	}
	want(topic)
	a.join(t, "late")
	b.join(t, "late")
	want("late")
	b.Leave("late")
	hosttest.Eventually(t, "b has left", func() bool { return len(a.Peers("late")) == 0 })
	b.join(t, "late")
	want("late")
	a.Leave("late")
	b.Leave("late")
	b.join(t, "late")
	a.join(t, "last")
	b.join(t, "last")
	want("last")
}

func TestVerdicts(t *testing.T) {
	a, b := newNode(t, nil), newNode(t, nil)
	a.join(t, topic)
	b.join(t, topic)
	hosttest.Connect(t, a.host, b.host)
	a.grafted(t, b.host.ID())
	for _, text := range []string{"ignore", "reject", "panic", "accept"} {
		a.publish(t, text)
	}
	if m := b.receive(t); m.text != "accept" {
		t.Errorf("received %q", m.text)
	}
	hosttest.Eventually(t, "all counted", func() bool {
		c := b.Counters()
		return c["invalid"] == 1 && c["ignored"] == 2 && c["panic"] == 1
	})
}

func TestASlowReceiver(t *testing.T) {
	release := make(chan struct{})
	b := newNode(t, nil)
	var received []string
	a := newNode(t, func(c *Config) {
		c.Received = func(_ string, _ peer.ID, value any) {
			<-release
			received = append(received, value.(string))
		}
	})
	a.join(t, topic)
	b.join(t, topic)
	hosttest.Connect(t, a.host, b.host)
	b.grafted(t, a.host.ID())
	const sent = receivedQueue + 100
	for i := range sent {
		b.publish(t, fmt.Sprintf("%04d", i))
		if i%50 == 49 { // at the pace of a's validation, since only its inbox is to overflow
			hosttest.Eventually(t, "validated", func() bool { return a.validated.Load() == int32(i+1) })
		}
	}
	hosttest.Eventually(t, "dropped and told", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.Counters()["dropped-in"] >= 99 && a.lost[""] > 0
	})
	close(release)
	hosttest.Eventually(t, "all that was kept is received", func() bool { return len(a.inbox.waiting) == 0 })
	a.Close()
	if n := a.Counters()["dropped-in"]; len(received) != sent-int(n) {
		t.Errorf("%d received, %d dropped of %d", len(received), n, sent)
	}
}

func TestInboxIsBoundedInBytes(t *testing.T) {
	release := make(chan struct{})
	a := newNode(t, func(c *Config) { c.Received = func(string, peer.ID, any) { <-release } })
	defer close(release)
	b := newNode(t, nil)
	a.join(t, topic)
	b.join(t, topic)
	hosttest.Connect(t, a.host, b.host)
	b.grafted(t, a.host.ID())
	large := strings.Repeat("x", 90<<10)
	for i := range receivedBytes/len(large) + 5 {
		b.publish(t, fmt.Sprintf("%s %d", large, i))
		hosttest.Eventually(t, "validated", func() bool { return a.validated.Load() == int32(i+1) })
	}
	hosttest.Eventually(t, "dropped", func() bool { return a.Counters()["dropped-in"] > 0 })
	if n := a.inbox.bytes.Load(); n > receivedBytes {
		t.Errorf("%d bytes waiting, want at most %d", n, receivedBytes)
	}
}

func TestNoticesAreBoundedAndCoalesced(t *testing.T) {
	n := newNotices()
	for i := range 3 * maxNotices {
		n.put(notice{topic: topic, peer: peer.ID(fmt.Sprint(i))})
		n.put(notice{topic: topic, peer: "same"})
	}
	if len(n.waiting) != maxNotices+1 {
		t.Errorf("%d notices waiting, want %d", len(n.waiting), maxNotices+1)
	}
	ctx, cancel := context.WithCancel(t.Context())
	lost, same := 0, 0
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.run(ctx, &Config{
			Grafted: func(_ string, p peer.ID) {
				if p == "same" {
					same++
				}
			},
			Lost: func(p peer.ID) {
				if lost++; p != "" {
					t.Errorf("lost to %q", p)
				}
			},
		})
	}()
	hosttest.Eventually(t, "passed on", func() bool { n.mu.Lock(); defer n.mu.Unlock(); return len(n.waiting) == 0 })
	n.put(notice{topic: topic, peer: "same"})
	hosttest.Eventually(t, "passed on", func() bool { n.mu.Lock(); defer n.mu.Unlock(); return len(n.waiting) == 0 })
	cancel()
	<-done
	if lost != 1 || same > 2 {
		t.Errorf("lost told %d times, want once; same told %d times, want twice at most", lost, same)
	}
}

func TestLeaveAndComeBack(t *testing.T) {
	a, b := newNode(t, nil), newNode(t, nil)
	a.join(t, topic)
	b.join(t, topic)
	hosttest.Connect(t, a.host, b.host)
	a.grafted(t, b.host.ID())
	a.Leave(topic)
	a.Leave(topic)
	if _, err := a.Publish(t.Context(), topic, []byte("x")); !errors.Is(err, ErrNotJoined) {
		t.Errorf("publish after leaving: %v, want ErrNotJoined", err)
	}
	hosttest.Eventually(t, "b sees it leave", func() bool { return len(b.Peers(topic)) == 0 })
	a.join(t, topic)
	a.join(t, topic)
	a.grafted(t, b.host.ID())
	b.publish(t, "welcome back")
	if m := a.receive(t); m.text != "welcome back" {
		t.Errorf("received %q", m.text)
	}
}

func TestOwnBounds(t *testing.T) {
	a := newNode(t, nil)
	for _, name := range []string{"", strings.Repeat("x", MaxTopic+1), "a\x1bb", "\xff"} {
		if err := a.Join(name); !errors.Is(err, ErrTopic) {
			t.Errorf("join %q: %v, want ErrTopic", name, err)
		}
	}
	for i := range MaxTopics {
		a.join(t, fmt.Sprint(i))
	}
	if err := a.Join("one more"); !errors.Is(err, ErrTooMany) {
		t.Errorf("join one more: %v, want ErrTooMany", err)
	}
	for _, n := range []int{0, a.c.MaxMessage + 1} {
		if _, err := a.Publish(t.Context(), "1", make([]byte, n)); !errors.Is(err, ErrSize) {
			t.Errorf("publish %d bytes: %v, want ErrSize", n, err)
		}
	}
	a.Close()
	if err := a.Join("x"); !errors.Is(err, ErrClosed) {
		t.Errorf("join after Close: %v, want ErrClosed", err)
	}
	if _, err := a.Publish(t.Context(), "1", []byte("x")); !errors.Is(err, ErrClosed) {
		t.Errorf("publish after Close: %v, want ErrClosed", err)
	}
}

func TestMessageOfFullSize(t *testing.T) {
	long := strings.Repeat("t", MaxTopic)
	a, b := newNode(t, nil), newNode(t, nil)
	a.join(t, long)
	b.join(t, long)
	hosttest.Connect(t, a.host, b.host)
	hosttest.Eventually(t, "they know each other", func() bool { return len(a.Peers(long)) == 1 })
	if _, err := a.Publish(t.Context(), long, make([]byte, a.c.MaxMessage)); err != nil {
		t.Fatal(err)
	}
	if m := b.receive(t); len(m.text) != a.c.MaxMessage {
		t.Errorf("received %d bytes", len(m.text))
	}
}
