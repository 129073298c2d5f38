package chat

import (
	"fmt"
	"testing"
	"time"
)

// Who has written is known without being looked for: the last first, also when the node
// was restarted, and without those who have only answered a hello.
func TestDirectConversationsAreListed(t *testing.T) {
	s := newKeptScript(t, "a", "b", "c", "d")
	for _, o := range []string{"b", "c", "d"} {
		s.link("a", o)
	}
	list := func(who string, want string) {
		t.Helper()
		s.forget()
		s.play(who, ListDirects{})
		s.saw(who, want)
	}
	list("a", "directs")
	s.play("d", SayHello{})
	s.play("b", SendDirect{To: "a", Text: "are you there?"})
	s.play("a", SendDirect{To: "c", Text: "good night"})
	list("a", "directs [peer c] [peer b]")
	s.play("b", SendDirect{To: "a", Text: "never mind"})
	list("a", "directs [peer b] [peer c]")
	list("c", "directs [peer a]")
	list("d", "directs")

	s.restart("a")
	list("a", "directs [peer b] [peer c]")
	s.link("a", "c")
	s.play("c", SendDirect{To: "a", Text: "good morning"}) // that one is open now
	list("a", "directs [peer c] [peer b]")

	s.play("b", asks{7, "", Enter{"eve"}})
	s.play("b", asks{7, "", ListDirects{}}) // what is not in memory may be anybody's
	if got := s.cores["b"].talks(); len(got) != 1 {
		t.Errorf("b's owner has %v", got)
	}
	s.forget()
	s.step("b", asks{7, "", ListDirects{}}, "guest 7: directs")
}

// A conversation that gives way to others is still listed, where it was.
func TestAConversationOnTheShelfIsListed(t *testing.T) {
	s := newKeptScript(t, "a", "b", "c")
	s.link("a", "b")
	s.link("a", "c")
	s.play("b", SendDirect{To: "a", Text: "one"})
	s.pass(time.Second)
	s.play("c", SendDirect{To: "a", Text: "two"})
	c := s.cores["a"]
	d := c.directs["c"]
	delete(c.directs, "c")
	c.shelve(d.room)
	s.forget()
	s.play("a", ListDirects{})
	s.saw("a", "directs [peer c] [peer b]")
}

// Nothing is kept without a store, and so nothing can be read of whom it would name.
func TestWithoutAStoreNothingIsListed(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.play("b", SendDirect{To: "a", Text: "hi"})
	s.forget()
	s.play("a", ListDirects{})
	s.saw("a", "directs")
}

func TestTheListOfDirectConversationsIsBounded(t *testing.T) {
	s := newKeptScript(t, "a")
	c := s.cores["a"]
	c.shelf.rooms = make(map[Conversation]*PastRoom)
	for i := range maxDirectList + 10 {
		name := DirectWith("a", PeerID(fmt.Sprintf("p%03d", i)))
		c.shelf.rooms[name] = &PastRoom{Logs: map[LogKey]*PastLog{{Author: "a"}: {Low: 1, Stamp: Stamp(i + 1)}}}
		c.shelf.list = append(c.shelf.list, name)
	}
	for _, e := range s.give("a", ListDirects{}) {
		if n, ok := e.(Notify); ok {
			list := n.Notification.(DirectList).With
			if len(list) != maxDirectList || list[0].ID != PeerID(fmt.Sprintf("p%03d", maxDirectList+9)) {
				t.Errorf("%d are listed, the first is %s", len(list), list[0].ID)
			}
			return
		}
	}
	t.Error("no answer")
}

// What one does can be said of any conversation, wherever one is.
func TestActInANamedConversation(t *testing.T) {
	s := newScript(t, "a", "b")
	s.link("a", "b")
	s.play("a", Join{Channel: "#ops"})
	s.play("b", Join{Channel: "#ops"})
	s.play("a", Fork{"b"})
	s.forget()
	s.play("a", ActIn{"lobby", "yawns"})
	s.play("a", ActIn{"#ops", "deploys"})
	s.play("a", ActIn{"session:2", "whispers"})
	s.play("a", SendDirect{To: "b", Text: "nods", Action: true})
	s.saw("b", `shown a1 * "yawns"`, "came to #ops: peer a", `shown a#ops1 * "deploys"`, `shown a~1 in 2B * "whispers"`, `shown a>b1 * "nods"`)
	s.step("a", ActIn{"#none", "waves"}, "refused no-place: you are not in #none; /join #none first")
	s.step("a", ActIn{"lobby", " "}, "refused bad-text: there is nothing to send but white space")
}
