package irc

import (
	"reflect"
	"testing"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front/fronttest"
)

// What a client does is said where it says that it does it, without going there.
func TestActions(t *testing.T) {
	m := register(t, paperDoor(), "anna")
	m.types("PRIVMSG #ops :\x01ACTION waves\x01", "PRIVMSG bob :\x01ACTION nods", "NOTICE #ops :\x01ACTION is no action\x01")
	want := []chat.Instruction{
		chat.ActIn{In: "#ops", Text: "waves"},
		chat.SendDirect{To: "bob", Text: "nods", Action: true},
		chat.SayIn{In: "#ops", Text: "\x01ACTION is no action\x01"},
	}
	if !reflect.DeepEqual(m.asked, want) {
		t.Errorf("asked %+v, want %+v", m.asked, want)
	}
}

// Nothing is asked at a seat that has been given up: it would be taken again.
func TestNobodyPostsToWhoHasGone(t *testing.T) {
	asked := 0
	core := &fronttest.Client{Answer: func(fronttest.Asked) []chat.Notify { asked++; return nil }}
	p := &poster{client: core}
	p.post(t.Context(), func(*session) {})
	p.leave()
	p.post(t.Context(), func(*session) {})
	if asked != 1 || p.next() == nil || p.next() != nil {
		t.Errorf("%d questions were asked", asked)
	}
}
