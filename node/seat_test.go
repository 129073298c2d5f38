package node

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tincan/behaviour/chat"
)

// A console and a page of one owner at a running node: each has its answers, and what
// each types goes where it is.
func TestSeatsOfANode(t *testing.T) {
	n, err := New(Config{PeerNo: 1409, Listen: []string{loopback}})
	if err != nil {
		t.Fatal(err)
	}
	console, page := n.Seat(chat.Owner), n.Seat(chat.Owner)
	subs := map[string]*Subscription{"console": console.Subscribe(), "page": page.Subscribe()}
	ran := make(chan error, 1)
	go func() { ran <- n.Run(t.Context()) }() // ends with Quit
	for _, ask := range []struct {
		at  Seat
		ref string
		in  chat.Instruction
	}{
		{page, "a", chat.Attach{}},
		{page, "j", chat.Join{Channel: "#ops"}},
		{console, "c", chat.Say{Text: "at the console"}},
		{page, "p", chat.Say{Text: "on the page"}},
		{page, "d", chat.Detach{}},
		{console, "q", chat.Quit{}},
	} {
		if err := ask.at.Do(t.Context(), ask.ref, ask.in); err != nil {
			t.Fatal(err)
		}
	}
	for who, want := range map[string][]string{
		"console": {"ready", "joined #ops elsewhere", "c lobby at the console", "#ops on the page", "q the node is stopping"},
		"page":    {"ready", "a ready", "j joined #ops", "lobby at the console", "p #ops on the page", "d detached"},
	} {
		var got []string
		for {
			batch, err := subs[who].Next(t.Context())
			if err != nil {
				break // the node has ended
			}
			for _, it := range batch {
				if line := seatLine(it.Notification); line != "" {
					got = append(got, strings.TrimSpace(it.Ref+" "+line))
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("the %s is told %q, want %q", who, got, want)
		}
	}
	if err := <-ran; err != nil {
		t.Error(err)
	}
}

func seatLine(n chat.Notification) string {
	switch n := n.(type) {
	case chat.Ready:
		return "ready"
	case chat.Joined:
		if n.Elsewhere {
			return fmt.Sprintf("joined %s elsewhere", n.Conversation)
		}
		return fmt.Sprintf("joined %s", n.Conversation)
	case chat.Shown:
		return fmt.Sprintf("%s %s", n.ID.Conversation, n.Text)
	case chat.Notice:
		return n.Text
	}
	return ""
}
