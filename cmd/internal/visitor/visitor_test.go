package visitor

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/front/fronttest"
	"tincan/cmd/internal/web"
)

func TestMain(m *testing.M) {
	// net/http sleeps for half a second before it closes a connection with input unread.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// patience bounds every wait: long enough for a busy machine.
const patience = 20 * time.Second

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

var (
	host  = chat.PeerID("12D3KooWhost")
	guest = chat.Peer{ID: host, Guest: "guest"}
	anna  = chat.Peer{ID: host, Guest: "anna"}
	said  = chat.MessageID{Conversation: "#ops", Ref: chat.Ref{LogKey: chat.LogKey{Author: host}, Seq: 1}}
)

// node answers as a node does that has room for one guest.
func node(a fronttest.Asked) []chat.Notify {
	tell := func(n chat.Notification) []chat.Notify { return []chat.Notify{{Ref: a.Ref, Notification: n}} }
	switch in := a.In.(type) {
	case chat.Enter:
		switch in.Name {
		case "":
			return tell(chat.Entered{Me: guest})
		case "full":
			return tell(chat.Failed{Code: chat.Overloaded, Text: "this node has as many guests as it takes"})
		}
		return tell(chat.Entered{Me: chat.Peer{ID: host, Guest: in.Name}, Asked: in.Name})
	case chat.Rename:
		if in.Name == "7" {
			return tell(chat.Failed{Code: chat.BadName, Text: "7 cannot be a name"})
		}
		return tell(chat.Renamed{Was: guest, Now: chat.Peer{ID: host, Guest: in.Name}, Mine: true})
	case chat.SayIn:
		return tell(chat.Shown{ID: said, From: guest, Kind: chat.Text, Text: in.Text, At: time.Unix(0, 0).UTC(), Mine: true})
	}
	return nil
}

// door is a real web door to such a node.
type door struct {
	addr   string
	guests chan *fronttest.Client
	close  func()
}

func open(t *testing.T) *door {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{addr: l.Addr().String(), guests: make(chan *fronttest.Client, 10)}
	s, err := web.New(l, web.Options{Log: slog.New(slog.DiscardHandler), Guest: func() front.Client {
		c := &fronttest.Client{Answer: node}
		d.guests <- c
		return c
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { // ends with ctx
		defer close(done)
		s.Run(ctx)
	}()
	d.close = func() { cancel(); <-done }
	t.Cleanup(d.close)
	return d
}

func come(t *testing.T, addr, name string) *Visitor {
	t.Helper()
	v, err := Dial(soon(t), addr, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// hears wants what is told next.
func hears(t *testing.T, sub front.Subscription, want ...chat.Notify) {
	t.Helper()
	var got []chat.Notify
	for len(got) < len(want) {
		batch, err := sub.Next(soon(t))
		if err != nil {
			t.Fatalf("%v after %+v", err, got)
		}
		got = append(got, batch...)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("\n got %+v\nwant %+v", got, want)
	}
}

func does(t *testing.T, v *Visitor, ref string, in chat.Instruction) {
	t.Helper()
	if err := v.Do(soon(t), ref, in); err != nil {
		t.Fatal(err)
	}
}

// do is for what is answered here: Do then waits until that is read.
func do(t *testing.T, v *Visitor, ref string, in chat.Instruction) {
	ctx := soon(t)
	go v.Do(ctx, ref, in) // ends when it is answered, or with ctx
}

func TestVisit(t *testing.T) {
	d := open(t)
	v := come(t, d.addr, "")
	sub := v.Subscribe()
	do(t, v, "e", chat.Enter{})
	hears(t, sub, chat.Notify{Ref: "e", Notification: chat.Entered{Me: guest}})
	does(t, v, "s", chat.SayIn{In: "#ops", Text: "hi\n\x1b<"})
	hears(t, sub, chat.Notify{Ref: "s", Notification: chat.Shown{ID: said, From: guest, Kind: chat.Text, Text: "hi\n\x1b<", At: time.Unix(0, 0).UTC(), Mine: true}})
	c := <-d.guests
	c.Tell(chat.Notify{Notification: chat.Notice{Text: "one"}}, chat.Notify{Notification: chat.Notice{Text: "two"}})
	hears(t, sub, chat.Notify{Notification: chat.Notice{Text: "one"}}, chat.Notify{Notification: chat.Notice{Text: "two"}})
	does(t, v, "", chat.Quit{})
	hears(t, sub, chat.Notify{Notification: chat.Ended{}})
	if _, err := sub.Next(soon(t)); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
	if err := v.Do(soon(t), "", chat.SayHello{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("asked after the end: %v", err)
	}
	asked := c.Asked(soon(t), 3)
	want := []fronttest.Asked{{Ref: entering, In: chat.Enter{}}, {Ref: "s", In: chat.SayIn{In: "#ops", Text: "hi\n\x1b<"}}, {In: chat.Exit{}}}
	if !reflect.DeepEqual(asked, want) {
		t.Errorf("the node was asked\n %+v, want\n %+v", asked, want)
	}
}

// He is in before he has said how he is called.
func TestNames(t *testing.T) {
	d := open(t)
	v := come(t, d.addr, "anna")
	sub := v.Subscribe()
	do(t, v, "", chat.Enter{Name: "anna"})
	hears(t, sub, chat.Notify{Notification: chat.Entered{Me: anna, Asked: "anna"}})

	v = come(t, d.addr, "")
	sub = v.Subscribe()
	does(t, v, "e", chat.Enter{Name: "anna"})
	hears(t, sub, chat.Notify{Ref: "e", Notification: chat.Entered{Me: anna, Asked: "anna"}})
	does(t, v, "r", chat.Rename{Name: "bob"})
	hears(t, sub, chat.Notify{Ref: "r", Notification: chat.Renamed{Was: guest, Now: chat.Peer{ID: host, Guest: "bob"}, Mine: true}})

	v = come(t, d.addr, "")
	sub = v.Subscribe()
	does(t, v, "", chat.Enter{Name: "7"})
	hears(t, sub, chat.Notify{Notification: chat.Entered{Me: guest}}, chat.Notify{Notification: chat.Failed{Code: chat.BadName, Text: "7 cannot be a name"}})

	v = come(t, d.addr, "")
	sub = v.Subscribe()
	do(t, v, "e", chat.Enter{Name: "\xff"})
	hears(t, sub, chat.Notify{Notification: chat.Entered{Me: guest}}, chat.Notify{Ref: "e", Notification: chat.Failed{Code: chat.BadText, Text: "the text is not valid UTF-8; nothing was sent"}})
	does(t, v, "", chat.Exit{})
	if _, err := sub.Next(soon(t)); err != io.EOF {
		t.Errorf("after leaving: %v", err)
	}
}

// What the door would not take is refused here, and the conversation goes on.
func TestTooLong(t *testing.T) {
	d := open(t)
	v := come(t, d.addr, "")
	sub := v.Subscribe()
	do(t, v, "x", chat.SayIn{In: "#ops", Text: strings.Repeat("x", maxSent)})
	hears(t, sub, chat.Notify{Ref: "x", Notification: chat.Failed{Code: "too-long", Text: "what you typed has 32823 bytes – nothing was sent – a web door takes 32768 at most"}})
	do(t, v, "y", chat.SayIn{In: "#ops", Text: "\xff"})
	hears(t, sub, chat.Notify{Ref: "y", Notification: chat.Failed{Code: chat.BadText, Text: "the text is not valid UTF-8; nothing was sent"}})
	most := strings.Repeat("x", maxSent-len(`{"do":"say","conversation":"#ops","text":"","ref":"s"}`+"\n"))
	does(t, v, "s", chat.SayIn{In: "#ops", Text: most})
	hears(t, sub, chat.Notify{Ref: "s", Notification: chat.Shown{ID: said, From: guest, Kind: chat.Text, Text: most, At: time.Unix(0, 0).UTC(), Mine: true}})
}

// A door that closes is just gone, whoever reads.
func TestDoorCloses(t *testing.T) {
	d := open(t)
	v := come(t, d.addr, "")
	(<-d.guests).Tell(chat.Notify{Notification: chat.Ended{}})
	sub := v.Subscribe()
	hears(t, sub, chat.Notify{Notification: chat.Ended{}})
	if _, err := sub.Next(soon(t)); err != io.EOF {
		t.Error(err)
	}
	d.close()
	if _, err := Dial(soon(t), d.addr, ""); err == nil || errors.As(err, new(*Refused)) {
		t.Errorf("nobody is there: %v", err)
	}
}

// Close ends everything, at whatever moment.
func TestClose(t *testing.T) {
	d := open(t)
	v := come(t, d.addr, "")
	v.Close()
	v.Close()
	if _, err := v.Subscribe().Next(soon(t)); err != io.EOF {
		t.Error(err)
	}
	v = come(t, d.addr, "")
	<-d.guests
	(<-d.guests).Tell(chat.Notify{Notification: chat.Notice{Text: "nobody reads this"}})
	v.Close()
	<-v.over
}
