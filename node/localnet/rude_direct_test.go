package localnet_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire"
	"tincan/behaviour/wire/pb"
)

// What a stranger says straight to node a, what it is answered, and what a's
// user is shown of it. The stranger r signs; me is r's conversation with a.
func TestRudeDirectMessages(t *testing.T) {
	s := newScene(t)
	ia := impostor(s.a)
	field := func(num protowire.Number, value []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), value)
	}
	raw := func(f *forger, d *draft, extra []byte) []byte { // with bytes that the generated code would not write
		return f.sign(envelopeLabel, append(d.body(), extra...))
	}
	type ways struct {
		r  *forger
		me chat.Conversation
	}
	const (
		none = chat.NoVerdict
		yes  = chat.Stored
		busy = chat.Busy
		no   = chat.Refused
		bad  = chat.Malformed
	)
	edit := func(change func(*draft)) func(ways, string) []byte {
		return func(w ways, text string) []byte { return w.r.seal(w.r.draft(w.me, text), change) }
	}
	to := func(c func(ways) chat.Conversation) func(ways, string) []byte {
		return func(w ways, text string) []byte { return w.r.seal(w.r.draft(c(w), text), nil) }
	}
	cases := []struct {
		name    string
		forge   func(w ways, text string) []byte
		floor   uint64
		want    chat.Verdict
		shown   bool
		counted string
	}{
		{"a civil word", edit(nil), 0, yes, true, ""},

		{"author is b, signed by r", edit(func(d *draft) { d.Author = []byte(s.b.ID()) }), 0, bad, false, "direct messages that are not valid"},
		{"author is a, signed by r", edit(func(d *draft) { d.Author = []byte(s.a.ID()) }), 0, bad, false, "direct messages that are not valid"},
		{"author is a, signed with a's demo key", func(w ways, text string) []byte { return ia.seal(ia.draft(w.me, text), nil) }, 0, no, false, "direct message that is not the sender's to this node"},
		{"author is b, signed with b's demo key", func(w ways, text string) []byte {
			ib := impostor(s.b)
			return ib.seal(ib.draft(chat.DirectWith(s.a.id, s.b.id), text), nil)
		}, 0, no, false, "direct message that is not the sender's to this node"},
		{"author has no key in its id", edit(func(d *draft) { d.Author = repeat(1, 34) }), 0, bad, false, "direct messages that are not valid"},
		{"author is empty", edit(func(d *draft) { d.Author = nil }), 0, bad, false, "direct messages that are not valid"},
		{"signature under another label", func(w ways, text string) []byte { return w.r.sign(receiptLabel, w.r.draft(w.me, text).body()) }, 0, bad, false, "direct messages that are not valid"},
		{"not signed", func(w ways, text string) []byte {
			return marshal(&pb.Signed{Body: w.r.draft(w.me, text).body(), Signature: make([]byte, 64)})
		}, 0, bad, false, "direct messages that are not valid"},

		{"recipient is b", to(func(w ways) chat.Conversation { return chat.DirectWith(w.r.id, s.b.id) }), 0, no, false, "direct message that is not the sender's to this node"},
		{"between a and b", to(func(ways) chat.Conversation { return chat.DirectWith(s.a.id, s.b.id) }), 0, bad, false, "direct messages that are not valid"},
		{"with itself", to(func(w ways) chat.Conversation { return chat.DirectWith(w.r.id, w.r.id) }), 0, bad, false, "direct messages that are not valid"},
		{"parties in the wrong order", to(func(w ways) chat.Conversation {
			a, b, _ := w.me.Parties()
			return chat.Conversation("dm/" + b + "/" + a)
		}), 0, bad, false, "direct messages that are not valid"},
		{"for the lobby", to(func(ways) chat.Conversation { return chat.Lobby }), 0, no, false, "direct message that is not the sender's to this node"},
		{"for a channel", to(func(ways) chat.Conversation { return "#secret" }), 0, no, false, "direct message that is not the sender's to this node"},
		{"for no conversation", to(func(ways) chat.Conversation { return "" }), 0, bad, false, "direct messages that are not valid"},
		{"conversation of 257 bytes", to(func(ways) chat.Conversation { return chat.Conversation(repeat('x', 257)) }), 0, bad, false, "direct messages that are not valid"},
		{"of another network", edit(func(d *draft) { d.Network = "main" }), 0, bad, false, "direct messages that are not valid"},
		{"of version 0", edit(func(d *draft) { d.Version = 0 }), 0, bad, false, "direct messages that are not valid"},
		{"of version 2", edit(func(d *draft) { d.Version = 2 }), 0, bad, false, "direct messages that are not valid"},

		{"number 0", edit(func(d *draft) { d.First = 0 }), 0, bad, false, "direct messages that are not valid"},
		{"number 2^63", edit(func(d *draft) { d.First = 1 << 63 }), 0, bad, false, "direct messages that are not valid"},
		{"number 2^64-1", edit(func(d *draft) { d.First = 1<<64 - 1 }), 0, bad, false, "direct messages that are not valid"},
		{"number 2^63-1, nothing before it", edit(func(d *draft) { d.First = 1<<63 - 1 }), 1<<63 - 1, yes, true, ""},
		{"number 10^9, all before it missing", edit(func(d *draft) { d.First = 1e9 }), 0, busy, false, ""},
		{"floor above the number", edit(nil), 2, bad, false, "direct messages that are not valid"},
		{"log of 7 bytes", edit(func(d *draft) { d.Log = repeat(1, 7) }), 0, bad, false, "direct messages that are not valid"},

		{"dep on itself", edit(func(d *draft) {
			d.message.Deps = []*pb.Ref{{Author: d.Author, Log: d.Log, Seq: 1}}
		}), 0, yes, true, ""},
		{"deps on what nobody said", edit(func(d *draft) {
			for i := range byte(4) {
				d.message.Deps = append(d.message.Deps, &pb.Ref{Author: d.Author, Log: repeat(i, 8), Seq: 1<<63 - 1})
			}
		}), 0, yes, true, ""},
		{"5 deps", edit(func(d *draft) {
			for range 5 {
				d.message.Deps = append(d.message.Deps, &pb.Ref{Author: d.Author, Log: d.Log, Seq: 1})
			}
		}), 0, bad, false, "direct messages that are not valid"},
		{"dep on number 0", edit(func(d *draft) {
			d.message.Deps = []*pb.Ref{{Author: d.Author, Log: d.Log}}
		}), 0, bad, false, "direct messages that are not valid"},
		{"answers itself", edit(func(d *draft) { d.message.Re = &pb.Ref{Author: d.Author, Log: d.Log, Seq: 1} }), 0, yes, true, ""},

		{"stamp 0", edit(func(d *draft) { d.message.Stamp = 0 }), 0, yes, true, ""},
		{"stamp at the end of time", edit(func(d *draft) { d.message.Stamp = 1<<64 - 1 }), 0, busy, false, "stamped in the future"},
		{"stamp of int64's end", edit(func(d *draft) { d.message.Stamp = 1<<63 - 1 }), 0, busy, false, "stamped in the future"},
		{"stamp in 11 minutes", edit(func(d *draft) { d.message.Stamp = uint64(chat.StampAt(time.Now().Add(11 * time.Minute))) }), 0, busy, false, "stamped in the future"},

		{"empty body", edit(func(d *draft) { d.message.Body = nil }), 0, yes, false, ""},
		{"body of 64 KiB", edit(func(d *draft) {
			d.message.Body = append(d.message.Body, repeat(' ', chat.MaxText-len(d.message.Body))...)
		}), 0, yes, true, ""},
		{"body of 64 KiB and a byte", edit(func(d *draft) { d.message.Body = repeat('x', chat.MaxText+1) }), 0, bad, false, "direct messages that are not valid"},
		{"body not UTF-8", edit(func(d *draft) { d.message.Body = []byte("\xff\xfe") }), 0, bad, false, "direct messages that are not valid"},
		{"name of 129 bytes", edit(func(d *draft) { d.message.Name = strings.Repeat("x", 129) }), 0, bad, false, "direct messages that are not valid"},
		{"no messages", func(w ways, text string) []byte {
			d := w.r.draft(w.me, text)
			d.Messages = [][]byte{}
			return w.r.sign(envelopeLabel, d.body())
		}, 0, bad, false, "direct messages that are not valid"},
		{"257 messages", edit(func(d *draft) {
			for range 257 {
				d.Messages = append(d.Messages, marshal(d.message))
			}
		}), 0, bad, false, "direct messages that are not valid"},
		{"a kind from the future", edit(func(d *draft) { d.message.Kind = 99 }), 0, yes, false, ""},
		{"an answer to a hello that nobody said", edit(func(d *draft) {
			d.message.Kind = uint32(chat.HelloAck)
			d.message.Re = &pb.Ref{Author: []byte(s.a.ID()), Log: d.Log, Seq: 1}
		}), 0, yes, false, ""},

		{"unknown fields", func(w ways, text string) []byte {
			return raw(w.r, w.r.draft(w.me, text), append(field(99, repeat(7, 1000)), 0x80|98<<3&0x7f, 0x06, 1))
		}, 0, none, true, ""},
		{"a field twice, the last counts", func(w ways, text string) []byte {
			d := w.r.draft("lobby", text)
			return raw(w.r, d, field(3, []byte(w.me)))
		}, 0, yes, true, ""},
		{"numbers longer than need be", func(w ways, text string) []byte {
			d := w.r.draft(w.me, text)
			return raw(w.r, d, []byte{6 << 3, 0x81, 0x80, 0x80, 0}) // first = 1
		}, 0, yes, true, ""},
		{"groups nested 30,000 deep", func(w ways, text string) []byte {
			return raw(w.r, w.r.draft(w.me, text), append(repeat(15<<3|3, 30_000), repeat(15<<3|4, 30_000)...))
		}, 0, none, true, ""},
		{"groups that never end", func(w ways, text string) []byte {
			return raw(w.r, w.r.draft(w.me, text), repeat(15<<3|3, 60_000))
		}, 0, bad, false, "direct messages that are not valid"},
		{"junk", func(ways, string) []byte { return []byte(rand.Text() + rand.Text()) }, 0, bad, false, "direct messages that are not valid"},
		{"nothing", func(ways, string) []byte { return nil }, 0, bad, false, "direct messages that are not valid"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f := newForger()
			st := s.visit(t, f, nil)
			before, since := s.counters(t), s.nows()
			text := "from a stranger " + rand.Text()
			frame := marshal(&pb.DirectFrame{Envelope: tc.forge(ways{f, chat.DirectWith(f.id, s.a.id)}, text), Floor: tc.floor})
			if len(frame) == 0 {
				frame = []byte{0x12, 0}
			}
			answer, err := st.ask(directID, frame)
			if err != nil {
				t.Fatalf("no answer: %v", err)
			}
			verdict, _, err := wire.DecodeAnswer(answer)
			if err != nil || (verdict != tc.want && tc.want != none) {
				t.Errorf("answer %v (%v), want %v", verdict, err, tc.want)
			}
			shown := tc.shown
			if tc.want == none {
				shown = verdict == yes
			}
			if shown {
				_, err := s.a.find(prompt, since[0], func(n chat.Notification) bool {
					m, ok := n.(chat.Shown)
					return ok && strings.TrimSpace(m.Text) == text && m.From.ID == f.id && m.From.No == 0 && m.To != nil && m.To.ID == s.a.id
				})
				if err != nil {
					t.Errorf("not shown as from %s: %v", f.id, err)
				}
			}
			s.talk(t)
			s.only(t, since, func(m chat.Shown) bool {
				return m.From.ID == f.id && (shown && strings.TrimSpace(m.Text) == text || tc.want == yes && m.Text == "")
			})
			if tc.counted != "" {
				s.moved(t, before, tc.counted, 1)
			}
		})
	}
	s.recovered(t, 0)
}

func TestRudeDirectRepetitions(t *testing.T) {
	s := newScene(t)
	since := s.nows()
	ask := func(t *testing.T, st network.Stream, envelope []byte, floor uint64) chat.Verdict {
		t.Helper()
		answer, err := exchange(st, marshal(&pb.DirectFrame{Envelope: envelope, Floor: floor}))
		if err != nil {
			t.Fatalf("no answer: %v", err)
		}
		verdict, _, err := wire.DecodeAnswer(answer)
		if err != nil {
			t.Fatal(err)
		}
		return verdict
	}
	f := newForger()
	me := chat.DirectWith(f.id, s.a.id)
	stream := s.visit(t, f, nil).open(directID)

	t.Run("one envelope 10,000 times", func(t *testing.T) {
		e := f.seal(f.draft(me, "once"), nil)
		const times = 10_000
		frame := marshal(&pb.DirectFrame{Envelope: e})
		go func() { // ends when all is written or the stream fails
			frames := bytes.Repeat(append(binary.AppendUvarint(nil, uint64(len(frame))), frame...), times)
			stream.Write(frames)
		}()
		answers := bufio.NewReader(stream)
		for range times {
			answer, err := readFrame(answers)
			if err != nil {
				t.Fatalf("no answer: %v", err)
			}
			if v, _, err := wire.DecodeAnswer(answer); err != nil || v != chat.Stored {
				t.Fatalf("answer %v, %v", v, err)
			}
		}
		if got := s.a.shown(since[0]); len(got) != 1 || got[0].Text != "once" {
			t.Errorf("shown: %+v", got)
		}
		s.talk(t)
	})
	t.Run("another message under the same number", func(t *testing.T) {
		ask(t, stream, f.seal(f.draft(me, "contradiction"), nil), 0)
		s.talk(t)
	})
	t.Run("300 logs", func(t *testing.T) {
		for i := range 300 {
			e := f.seal(f.draft(me, "life"), func(d *draft) { d.Log = fmt.Appendf(nil, "log %04d", i) })
			if v := ask(t, stream, e, 0); v != chat.Stored {
				t.Fatalf("log %d: answer %v", i, v)
			}
		}
		s.talk(t)
	})
	t.Run("24 MiB that wait for what never comes", func(t *testing.T) {
		for i := range 384 {
			ask(t, stream, f.seal(f.draft(me, "early"), func(d *draft) {
				d.Log, d.First, d.message.Body = repeat(1, 8), uint64(2*i+5), repeat('x', chat.MaxText)
			}), 0)
		}
		s.talk(t)
	})
	s.only(t, since, func(m chat.Shown) bool {
		return m.From.ID == f.id && (m.Text == "once" || m.Text == "life")
	})
}

// What node a makes of those who answer its direct messages wrongly: it never
// tells that the message was delivered.
func TestRudeReceipts(t *testing.T) {
	s := newScene(t)
	other := newForger()
	receipt := func(f *forger, envelope []byte, change func(*pb.Receipt)) []byte {
		var signed pb.Signed
		var e pb.Envelope
		if err := proto.Unmarshal(envelope, &signed); err != nil {
			panic(err)
		}
		if err := proto.Unmarshal(signed.Body, &e); err != nil {
			panic(err)
		}
		sum := sha256.Sum256(envelope)
		r := &pb.Receipt{
			Version: 1, Network: e.Network, Conversation: e.Conversation, Author: e.Author, Log: e.Log,
			Last: e.First + uint64(len(e.Messages)) - 1, Recipient: []byte(f.bin), Envelope: sum[:],
		}
		if change != nil {
			change(r)
		}
		return marshal(&pb.DirectAnswer{Verdict: 1, Receipt: f.sign(receiptLabel, marshal(r))})
	}
	signed := func(change func(*pb.Receipt)) func(*forger, []byte) []byte {
		return func(f *forger, e []byte) []byte { return receipt(f, e, change) }
	}
	always := func(b []byte) func(*forger, []byte) []byte {
		return func(*forger, []byte) []byte { return b }
	}
	var mu sync.Mutex // guards first
	var first []byte  // an envelope of another message
	cases := []struct {
		name   string
		answer func(f *forger, envelope []byte) []byte // nil: silence
		want   chat.State
		says   string
	}{
		{"an honest receipt", signed(nil), chat.Delivered, ""},
		{"signed by another", func(f *forger, e []byte) []byte {
			return receipt(other, e, func(r *pb.Receipt) { r.Recipient = []byte(f.bin) })
		}, chat.Queued, "bad signature"},
		{"of another", func(_ *forger, e []byte) []byte { return receipt(other, e, nil) }, chat.Queued, "bad signature"},
		{"for another envelope", func(f *forger, e []byte) []byte {
			mu.Lock()
			defer mu.Unlock()
			if first == nil {
				first = append(e, 0)
			}
			sum := sha256.Sum256(first)
			return receipt(f, e, func(r *pb.Receipt) { r.Envelope = sum[:] })
		}, chat.Queued, "another envelope"},
		{"for another conversation", signed(func(r *pb.Receipt) { r.Conversation = "lobby" }), chat.Queued, "another envelope"},
		{"for another log", signed(func(r *pb.Receipt) { r.Log = repeat(1, 8) }), chat.Queued, "another envelope"},
		{"for another author", signed(func(r *pb.Receipt) { r.Author = []byte(other.bin) }), chat.Queued, "another envelope"},
		{"of another network", signed(func(r *pb.Receipt) { r.Network = "main" }), chat.Queued, "other network"},
		{"of version 0", signed(func(r *pb.Receipt) { r.Version = 0 }), chat.Queued, "without version"},
		{"from the future", signed(func(r *pb.Receipt) { r.Version = 2 }), chat.Queued, "future"},
		{"for less than was sent", signed(func(r *pb.Receipt) { r.Last = 0 }), chat.Queued, "less than was sent"},
		{"up to number 2^64-1", signed(func(r *pb.Receipt) { r.Last = 1<<64 - 1 }), chat.Queued, "receipt up to"},
		{"stored, and no receipt", always(marshal(&pb.DirectAnswer{Verdict: 1})), chat.Queued, "without receipt"},
		{"no verdict", always(marshal(&pb.DirectAnswer{Receipt: []byte("x")})), chat.Queued, "without verdict"},
		{"a verdict from the future", always(marshal(&pb.DirectAnswer{Verdict: 77})), chat.Queued, "busy"},
		{"refused", always(marshal(&pb.DirectAnswer{Verdict: 3})), chat.SendFailed, "refused"},
		{"malformed", always(marshal(&pb.DirectAnswer{Verdict: 4})), chat.SendFailed, "malformed"},
		{"junk", always([]byte("\xff\xff\xff")), chat.Queued, "not protobuf"},
		{"an empty frame", always(nil), chat.Queued, ""},
		{"more than a receipt can have", always(repeat(1, 5000)), chat.Queued, ""},
		{"the envelope itself", func(_ *forger, e []byte) []byte {
			return marshal(&pb.DirectAnswer{Verdict: 1, Receipt: e})
		}, chat.Queued, ""},
		{"silence", nil, chat.Queued, ""},
	}
	before := s.counters(t)
	t.Run("all", func(t *testing.T) {
		for _, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				t.Parallel() // silence takes its time
				f := newForger()
				answer := network.StreamHandler(mute)
				if tc.answer != nil {
					answer = answering(func(request []byte) []byte {
						var d pb.DirectFrame
						if err := proto.Unmarshal(request, &d); err != nil {
							t.Errorf("read a's frame: %v", err)
						}
						return tc.answer(f, d.Envelope)
					})
				}
				since := s.a.now()
				s.visit(t, f, map[protocol.ID]network.StreamHandler{directID: answer, syncID: mute})
				here := func(n chat.Notification) bool { p, ok := n.(chat.PeerCame); return ok && p.Peer.ID == f.id }
				if _, err := s.a.find(prompt, since, here); err != nil {
					t.Fatalf("wait for the stranger to be here: %v", err)
				}
				text := "for a stranger " + rand.Text()
				s.a.do(t, chat.SendDirect{To: string(f.id), Text: text})
				var got chat.Delivery
				_, err := s.a.find(15*time.Second, since, func(n chat.Notification) bool {
					d, ok := n.(chat.Delivery)
					if ok && d.Text == text {
						got = d
					}
					return ok && d.Text == text
				})
				if err != nil {
					t.Fatal(err)
				}
				if got.State != tc.want || !strings.Contains(got.Reason, tc.says) {
					t.Errorf("told %v, %q; want %v, %q", got.State, got.Reason, tc.want, tc.says)
				}
				s.talk(t)
			})
		}
	})
	s.moved(t, before, "receipts that are not valid", 8)
	s.recovered(t, 0)
}
