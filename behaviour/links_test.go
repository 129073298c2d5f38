package behaviour

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"

	"tincan/behaviour/chat"
	"tincan/behaviour/frame"
	"tincan/behaviour/internal/hosttest"
	"tincan/behaviour/links"
	"tincan/behaviour/wire"
)

// answering gives b's callers links, as a core would, until the test ends.
func answering(t *testing.T, b *Behaviour, links ...chat.Link) {
	t.Helper()
	stop, stopped := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(stop); <-stopped })
	go func() { // ends with the test
		defer close(stopped)
		for {
			select {
			case ev := <-b.Events():
				if ev, ok := ev.(chat.LinksAsked); ok {
					b.Do(chat.AnswerLinks{Ticket: ev.Ticket, Links: links})
				}
			case <-stop:
				return
			}
		}
	}()
}

// inMesh waits until two are neighbours in the gossip of the conversations given.
func inMesh(t *testing.T, a, b *Behaviour, in ...chat.Conversation) {
	t.Helper()
	hosttest.Eventually(t, fmt.Sprint("a mesh of two in ", in), func() bool {
		return slices.Equal(a.meshes()[b.cfg.Host.ID()], in) && slices.Equal(b.meshes()[a.cfg.Host.ID()], in)
	})
}

func TestLinksAreAskedAndTold(t *testing.T) {
	a, b := whole(t), whole(t)
	x := text(newHost(t).ID())
	want := []chat.Link{
		{Peer: text(a.cfg.Host.ID()), Path: "direct", RTTms: 0.5, Mesh: []chat.Conversation{chat.Lobby}},
		{Peer: x, Path: "relayed"},
	}
	answering(t, b, want...)
	hosttest.Connect(t, a.cfg.Host, b.cfg.Host)
	a.Do(chat.AskLinks{With: text(b.cfg.Host.ID())})
	if ev := next[chat.LinksDone](t, a); ev.With != text(b.cfg.Host.ID()) || ev.Err != "" || !reflect.DeepEqual(ev.Links, want) {
		t.Errorf("%+v\nwant %+v", ev, want)
	}
	a.Do(chat.AskLinks{With: x})
	if ev := next[chat.LinksDone](t, a); ev.With != x || ev.Err != errNotConnected.Error() {
		t.Errorf("asked one who is not there: %+v", ev)
	}
	a.Do(chat.AskLinks{With: "nonsense"})
	if ev := next[chat.LinksDone](t, a); ev.With != "nonsense" || ev.Err == "" {
		t.Errorf("asked no peer: %+v", ev)
	}
}

// The mesh of a channel is its shard's, and is told of as long as it lasts.
func TestInspectedTellsTheMesh(t *testing.T) {
	a, b := whole(t), whole(t)
	answering(t, b)
	channels := together(2)
	slices.Sort(channels)
	for _, c := range channels {
		a.Do(chat.Subscribe{Conversation: c})
		b.Do(chat.Subscribe{Conversation: c})
	}
	hosttest.Connect(t, a.cfg.Host, b.cfg.Host)
	inMesh(t, a, b, append(slices.Clone(channels), chat.Lobby)...)
	a.Do(chat.Inspect{})
	ev := next[chat.Inspected](t, a)
	if len(ev.Links) != 1 || !slices.Equal(ev.Links[0].Mesh, append(slices.Clone(channels), chat.Lobby)) {
		t.Errorf("inspected: %+v", ev.Links)
	}
	for _, x := range []*Behaviour{a, b} {
		x.Do(chat.Unsubscribe{Conversation: channels[0]})
	}
	inMesh(t, a, b, channels[1], chat.Lobby)
	for _, x := range []*Behaviour{a, b} {
		x.Do(chat.Unsubscribe{Conversation: channels[1]})
	}
	inMesh(t, a, b, chat.Lobby)
	if err := a.cfg.Host.Network().ClosePeer(b.cfg.Host.ID()); err != nil {
		t.Fatal(err)
	}
	hosttest.Eventually(t, "no mesh with one who has gone", func() bool { return len(a.meshes())+len(b.meshes()) == 0 })
}

// Whatever a rude peer answers, the question ends, in time and with an error.
func TestRudePeersLinks(t *testing.T) {
	stranger := newHost(t)
	id := protocol.ID(wire.LinksProtocol("test"))
	peers := make([]chat.Link, 10_000)
	for i := range peers {
		peers[i] = chat.Link{Peer: text(stranger.ID()), Path: "direct"}
	}
	one := wire.EncodeLinks(peers[:1])
	for _, c := range []struct {
		name   string
		answer []byte // nil: none
		want   string // part of the error
	}{
		{"junk", []byte("\xff\xff\xff\xff"), "malformed"},
		{"ten thousand links", append(slices.Clone(one), slices.Repeat([]byte{2<<3 | 2, 0}, 10_000)...), "links, more than 256"},
		{"one peer again and again", wire.EncodeLinks(peers[:2]), "two links with one peer"},
		{"an answer from the future", []byte{1 << 3, 9}, "version from the future"},
		{"no answer", nil, "deadline exceeded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, rude := whole(t), newHost(t)
			release := make(chan struct{})
			defer close(release)
			rude.SetStreamHandler(id, func(s network.Stream) {
				defer s.Reset()
				s.Read(make([]byte, links.MaxRequest))
				if c.answer != nil {
					s.Write(frame.Append(nil, c.answer))
				}
				<-release
			})
			hosttest.Connect(t, a.cfg.Host, rude)
			begun := time.Now()
			a.Do(chat.AskLinks{With: text(rude.ID())})
			ev := next[chat.LinksDone](t, a)
			if ev.Links != nil || !strings.Contains(ev.Err, c.want) {
				t.Errorf("after %v: %+v, want an error with %q", time.Since(begun), ev, c.want)
			}
		})
	}
}

// A request that is none costs the core nothing.
func TestRudeRequestForLinks(t *testing.T) {
	b, rude := whole(t), newHost(t)
	hosttest.Connect(t, rude, b.cfg.Host)
	for _, request := range []string{"\x01\xff", "\x02\x08\x00", "\x02\x08\x07"} {
		s := hosttest.Open(t, rude, b.cfg.Host.ID(), protocol.ID(wire.LinksProtocol("test")))
		if _, err := s.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
		hosttest.WantReset(t, s)
	}
	counts := make(map[string]uint64)
	b.counts.into(counts)
	if counts["requests for links that are not valid"] != 3 {
		t.Errorf("counted %v", counts)
	}
	for {
		select {
		case ev := <-b.Events():
			if _, ok := ev.(chat.LinksAsked); ok {
				t.Fatal("the core is asked")
			}
			continue
		default:
		}
		return
	}
}
