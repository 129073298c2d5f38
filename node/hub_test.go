package node

import (
	"context"
	"fmt"
	"io"
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
	owner, guest := h.subscribe(chat.Owner), h.subscribe(1)
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
	s := h.subscribe(chat.Owner)
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

func TestNextEnds(t *testing.T) {
	var h hub
	s := h.subscribe(chat.Owner)
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
	if late := h.subscribe(chat.Owner); late != nil {
		if _, err := late.Next(t.Context()); err != io.EOF {
			t.Errorf("subscribed after the end: %v, want EOF", err)
		}
	}
}

func BenchmarkHub(b *testing.B) {
	var h hub
	s := h.subscribe(chat.Owner)
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
