package chat

import "testing"

// A node that was down goes on where it was: it shows nothing twice, uses no number
// twice and is given what it missed.
func TestRestartGoesOnWhereItWas(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	s.play("a", Say{"one"})
	s.play("b", Say{"two"})
	s.forget()
	s.crash("a")
	s.play("b", Say{"three"})
	s.news("b", `shown mine b2 "three"`, "queued b2: nobody is here yet")
	s.restart("a")
	s.news("a", `shown b2 "three"`)
	s.play("a", Say{"four"})
	s.news("b", "sent b2 to 1", `shown a2 "four"`)
}

// What is not durable is nobody's: it is neither shown nor sent, and its number is free.
func TestWhatIsNotDurableIsForgotten(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	s.forget()
	s.disks["a"].slow = true
	s.play("a", Say{"lost"})
	s.saw("a")
	s.crash("a")
	s.disks["a"].slow = false
	s.restart("a")
	s.play("a", Say{"found"})
	s.news("b", `shown a1 "found"`)
}

// A direct message to one who is not there outlives the node, and is delivered once.
func TestDirectMessageOutlivesTheNode(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	s.unlink("a", "b")
	s.play("a", SendDirect{To: "b", Text: "hi"})
	s.crash("a")
	s.forget()
	s.restart("a")
	s.link("a", "b")
	s.news("a", "delivered a>b1")
	s.news("b", `shown a>b1 "hi"`)
	s.crash("a")
	s.restart("a")
	s.pass(retryLast)
	s.news("b")
}

func TestHistoryIsRecalled(t *testing.T) {
	s := newKeptScript(t, "a", "b")
	s.link("a", "b")
	s.play("a", Say{"one"})
	s.play("b", Say{"two"})
	s.play("a", SendDirect{To: "b", Text: "between us"})
	s.crash("a")
	s.forget()
	s.restart("a")
	s.forget()
	s.play("a", ReadHistory{N: 1})
	s.saw("a", "history b1 and more")
	s.play("a", ReadHistory{})
	s.saw("a", "history a1 b1")
	s.play("a", ReadHistory{In: "dm b"})
	s.saw("a", "history a>b1 (delivered)")
	s.play("a", Search{Words: "tw"})
	s.saw("a", "history b1 a>b1 (delivered)")
}
