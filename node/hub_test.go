package node

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"tincan/behaviour/chat"
)

func note(user []chat.User, text string) chat.Effect {
	return chat.Notify{For: user, Notification: chat.Notice{Text: text}}
}

func texts(batch []chat.Notify) (all []string) {
	for _, n := range batch {
		if notice, ok := n.Notification.(chat.Notice); ok {
			all = append(all, notice.Text)
		}
	}
	return all
}

func TestHubGivesEachUserWhatIsForIt(t *testing.T) {
	var h hub
	owner, guest := h.subscribe(chat.Owner, 0), h.subscribe(1, 0)
	h.publish([]chat.Effect{note(nil, "all"), note([]chat.User{1}, "guest"), chat.Inspect{}, note([]chat.User{chat.Owner}, "owner")})
	for _, c := range []struct {
		sub  *Subscription
		want string
	}{{owner, "[all owner]"}, {guest, "[all guest]"}} {
		batch, err := c.sub.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(texts(batch)); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestHubTellsAFullSubscriberWhatItLost(t *testing.T) {
	var h hub
	s := h.subscribe(chat.Owner, 0)
	for range maxUnread + 3 {
		h.publish([]chat.Effect{note(nil, "x")})
	}
	batch, err := s.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	last := batch[len(batch)-1].Notification
	if len(batch) != maxUnread+1 || last != (chat.Lagged{Lost: 3}) {
		t.Errorf("%d notifications, the last %v; want %d and 3 lost", len(batch), last, maxUnread+1)
	}
}

// What long texts and lists may take is bounded too: a guest who does not read is
// told how much he missed, and hears again once he reads.
func TestHubBoundsBytes(t *testing.T) {
	text := strings.Repeat("x", chat.MaxText)
	for name, n := range map[string]chat.Notification{
		"messages":   chat.Shown{Text: text},
		"deliveries": chat.Delivery{Text: text},
		"users":      chat.UserList{Users: make([]chat.UserInfo, len(text)/entrySize)},
		"joining":    chat.Joined{Who: make([]chat.UserInfo, len(text)/entrySize)},
		"peers":      chat.PeerList{Peers: make([]chat.PeerInfo, len(text)/entrySize)},
		"places":     chat.PlaceList{Places: make([]chat.Place, len(text)/entrySize)},
	} {
		for user, most := range map[chat.User]int{chat.Owner: maxUnreadBytes, 1: maxGuestUnreadBytes} {
			var h hub
			s := h.subscribe(user, 0)
			fit := most / len(text)
			for range 2 {
				for range fit + 3 {
					h.publish([]chat.Effect{chat.Notify{Notification: n}})
				}
				batch, err := s.Next(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if last := batch[len(batch)-1].Notification; len(batch) != fit+1 || fmt.Sprint(last) != fmt.Sprint(chat.Lagged{Lost: 3}) {
					t.Errorf("%s for user %d: %d notifications, the last a %T; want %d and 3 lost", name, user, len(batch), last, fit+1)
				}
			}
		}
	}
}

func TestNextEnds(t *testing.T) {
	var h hub
	s := h.subscribe(chat.Owner, 0)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Next(gone); err != context.Canceled {
		t.Errorf("with a context that ended: %v", err)
	}
	h.publish([]chat.Effect{note(nil, "last words")})
	h.end()
	if batch, err := s.Next(t.Context()); err != nil || len(batch) != 1 {
		t.Errorf("after the end: %v, %v; want what was not read yet", batch, err)
	}
	for range 2 {
		if _, err := s.Next(t.Context()); err != io.EOF {
			t.Errorf("after everything was read: %v, want EOF", err)
		}
	}
	s.Close()
	h.publish([]chat.Effect{note(nil, "nobody")})
	if late := h.subscribe(chat.Owner, 0); late != nil {
		if _, err := late.Next(t.Context()); err != io.EOF {
			t.Errorf("subscribed after the end: %v, want EOF", err)
		}
	}
}

func TestHubTellsAUserNamedTwiceOnce(t *testing.T) {
	var h hub
	s := h.subscribe(3, 0)
	h.publish([]chat.Effect{note([]chat.User{3, 4, 3}, "one"), note([]chat.User{3}, "two")})
	if batch, err := s.Next(t.Context()); err != nil || fmt.Sprint(texts(batch)) != "[one two]" {
		t.Errorf("got %v, %v", texts(batch), err)
	}
}

func TestHubKeepsLessForAGuest(t *testing.T) {
	var h hub
	s := h.subscribe(1, 0)
	for range maxGuestUnread + 2 {
		h.publish([]chat.Effect{note([]chat.User{1}, "x")})
	}
	batch, err := s.Next(t.Context())
	if last := batch[len(batch)-1].Notification; err != nil || last != (chat.Lagged{Lost: 2}) {
		t.Errorf("the last of %d is %v, %v", len(batch), last, err)
	}
}

func TestCloseFrees(t *testing.T) {
	var h hub
	subs := make([]*Subscription, 10)
	for i := range subs {
		subs[i] = h.subscribe(chat.User(i/2), 0) // two each
	}
	h.publish([]chat.Effect{note(nil, "x")})
	for _, i := range []int{9, 0, 4, 4, 5} {
		subs[i].Close()
	}
	h.publish([]chat.Effect{note(nil, "to all"), note([]chat.User{0, 2, 4}, "to some")})
	for i, s := range subs {
		want := "[x to all]"
		switch i {
		case 9, 0, 4, 5:
			want = "[]"
		case 1, 8:
			want = "[x to all to some]"
		}
		if got := fmt.Sprint(append([]string{}, texts(s.unread)...)); got != want {
			t.Errorf("subscription %d got %s, want %s", i, got, want)
		}
	}
	for _, s := range subs {
		s.Close()
	}
	if len(h.subs) != 0 || len(h.byUser) != 0 {
		t.Errorf("%d subscriptions of %d users stay", len(h.subs), len(h.byUser))
	}
}

// TestIdleSubscriptionIsSmall reads a burst and then waits, as 500 guests do.
func TestIdleSubscriptionIsSmall(t *testing.T) {
	const many, most = 500, 1 << 10
	var h hub
	before := heap()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // Next returns what is there, and does not wait
	for i := range many {
		s := h.subscribe(chat.User(i+1), 0)
		for range 100 {
			h.publish([]chat.Effect{note([]chat.User{chat.User(i + 1)}, "x")})
		}
		if batch, err := s.Next(ctx); err != nil || len(batch) != 100 {
			t.Fatalf("%d notifications, %v", len(batch), err)
		}
		if _, err := s.Next(ctx); err != context.Canceled {
			t.Fatal(err)
		}
	}
	each := (heap() - before) / many
	t.Logf("%d bytes each", each)
	if each > most {
		t.Errorf("an idle subscription takes %d bytes, want %d at most", each, most)
	}
	runtime.KeepAlive(&h)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestUsersAreNew(t *testing.T) {
	var n Node
	if a, b := n.NewUser(), n.NewUser(); a <= chat.Owner || b <= chat.Owner || a == b {
		t.Errorf("users %d and %d", a, b)
	}
}

// BenchmarkHubOfMany tells 3 of 500 users something: the others cost nothing.
func BenchmarkHubOfMany(b *testing.B) {
	var h hub
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for i := range 500 {
		s := h.subscribe(chat.User(i), 0)
		go func() { // ends with ctx
			for {
				if _, err := s.Next(ctx); err != nil {
					return
				}
			}
		}()
	}
	effects := []chat.Effect{note([]chat.User{1, 250, 499}, "x")}
	for b.Loop() {
		h.publish(effects)
	}
}

func BenchmarkHub(b *testing.B) {
	var h hub
	s := h.subscribe(chat.Owner, 0)
	effects := []chat.Effect{note(nil, "x")}
	go func() {
		for {
			if _, err := s.Next(context.Background()); err != nil {
				return
			}
		}
	}()
	for b.Loop() {
		h.publish(effects)
	}
	h.end()
}

// What one seat of a user's asks for is answered to that seat, and what then holds
// for the user is told at all of them, the ref to the asker alone.
func TestSeats(t *testing.T) {
	var h hub
	one, two, all := h.subscribe(chat.Owner, 1), h.subscribe(chat.Owner, 2), h.subscribe(chat.Owner, 0)
	h.publish([]chat.Effect{
		chat.Notify{For: []chat.User{chat.Owner}, Seat: 1, Alone: true, Ref: "r", Notification: chat.PeerList{}},
		chat.Notify{For: []chat.User{chat.Owner}, Seat: 2, Ref: "s", Notification: chat.Joined{N: 3}},
		chat.Notify{Notification: chat.PeerCame{}},
		chat.Notify{For: []chat.User{chat.Owner}, But: []chat.Seat{2}, Notification: chat.Parted{}},
	})
	for _, tt := range []struct {
		who  string
		sub  *Subscription
		want string
	}{
		{"seat 1", one, "r chat.PeerList,  chat.Joined,  chat.PeerCame,  chat.Parted"},
		{"seat 2", two, "s chat.Joined,  chat.PeerCame"},
		{"a watcher", all, "r chat.PeerList, s chat.Joined,  chat.PeerCame,  chat.Parted"},
	} {
		batch, err := tt.sub.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, n := range batch {
			got = append(got, fmt.Sprintf("%s %T", n.Ref, n.Notification))
		}
		if s := strings.Join(got, ", "); s != tt.want {
			t.Errorf("%s is told %q, want %q", tt.who, s, tt.want)
		}
	}
}
