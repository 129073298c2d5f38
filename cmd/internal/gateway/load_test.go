package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

// TestFiveHundred holds the memory of a guest against its bound, while all are
// told everything, in order.
func TestFiveHundred(t *testing.T) {
	const (
		many   = 500
		rounds = 20
		most   = 60 << 10 // bytes each; the test's own end of the connection included
	)
	h := open(t)
	before := inUse()
	visitors := make([]*visitor, many)
	for i := range visitors {
		visitors[i] = h.greeted(t)
		visitors[i].types("hi")
		asked(t, h.guest(t, i), chat.Enter{}, chat.Say{Text: "hi"})
	}
	shown := chat.Shown{
		ID:   chat.MessageID{Conversation: chat.Lobby},
		From: chat.Peer{ID: "12D3KooWWhoever", Name: "anna"}, Kind: chat.Text,
	}
	for round := range rounds {
		shown.Text = fmt.Sprint(round, strings.Repeat(" x", 50))
		for _, c := range h.guests {
			c.Tell(chat.Notify{Notification: shown})
		}
		for _, v := range visitors {
			v.reads("[lobby] anna: " + shown.Text)
		}
	}
	each := (inUse() - before) / many
	t.Logf("%d bytes each", each)
	if each > most {
		t.Errorf("a guest takes %d bytes, want %d at most", each, most)
	}
}

func inUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// TestTenThousandConnects lets 10,000 connect, 2,000 at a time: each is either
// served or told why not, and afterwards the next is served.
func TestTenThousandConnects(t *testing.T) {
	const all, atOnce = 10_000, 2_000
	if testing.Short() {
		t.Skip("takes seconds")
	}
	h := open(t)
	var served, told, cut atomic.Int64
	places := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	for range all {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			conn, err := net.Dial("tcp", h.addr)
			if err != nil {
				cut.Add(1)
				return
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(patience))
			switch line, err := bufio.NewReader(conn).ReadString('\n'); {
			case err != nil:
				cut.Add(1)
			case strings.HasPrefix(greeting, line):
				served.Add(1)
			case strings.HasPrefix(line, "error: 1024 guests are here"):
				told.Add(1)
			default:
				t.Errorf("read %q", line)
			}
		})
	}
	wait.Wait()
	t.Logf("%d served, %d told why not, %d cut off", served.Load(), told.Load(), cut.Load())
	if served.Load() == 0 || cut.Load() > 0 {
		t.Error("somebody was cut off without a word, or nobody was served")
	}
	h.greeted(t)
}

// FuzzInput holds what is read in any pieces against what is read at once, and
// both against the bounds.
func FuzzInput(f *testing.F) {
	f.Add([]byte("join #ops anna\r\nhi\\\nthere\n\xff\xfd\x06half"), uint8(3))
	f.Add([]byte("\xff\xfa\x1f\x00\x50\x00\x0a\xff\xf0!\n\xff\xff\\\\\n"), uint8(0))
	f.Fuzz(func(t *testing.T, in []byte, chunk uint8) {
		whole := read(t, in, len(in)+1)
		pieces := read(t, in, int(chunk)+1)
		if !slices.Equal(whole, pieces) {
			t.Errorf("in pieces %q, at once %q", pieces, whole)
		}
		total := 0
		for _, text := range whole {
			total += len(text)
		}
		if total > len(in) {
			t.Errorf("%d bytes come of %d", total, len(in))
		}
	})
}

func read(t *testing.T, in []byte, chunk int) (texts []string) {
	s := newSource(t.Context(), &written{rest: in, chunk: chunk})
	s.pace.SetLimit(1e12) // of the pace see TestFloodWaits
	input := newInput(s)
	for {
		text, _, err := input.next()
		if err == io.EOF {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
}

// written is a connection on which somebody wrote and then left.
type written struct {
	net.Conn
	rest  []byte
	chunk int
}

func (w *written) Read(p []byte) (int, error) {
	if len(w.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, w.rest[:min(w.chunk, len(w.rest))])
	w.rest = w.rest[n:]
	return n, nil
}

func TestTelnet(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain", "plain"},
		{"\xff\xfb\x01a\xff\xfe\x01b", "ab"},
		{"a\xff\xf4b", "ab"},
		{"a\xff\xffb", "a\xffb"},
		{"a\xff\xfa\x18\x00xterm\xff\xff\n\xff\xf0b", "ab"},
		{"a\xff\xfa" + strings.Repeat("x", maxAbout+1) + "b", "ab"},
		{"a\xff", "a"},
	} {
		t.Run(fmt.Sprintf("%.20q", c.in), func(t *testing.T) {
			for size := 1; size <= len(c.in); size++ {
				var tn telnet
				var got []byte
				for part := range slices.Chunk([]byte(c.in), size) {
					got = append(got, part[:tn.strip(part)]...)
				}
				if string(got) != c.want {
					t.Errorf("%d at a time: %q, want %q", size, got, c.want)
				}
			}
		})
	}
}
