package chat

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestEnterOnAnEmptyLine(t *testing.T) {
	s := newScript(t, "a")
	s.up("a", "b")
	s.step("a", Blank{}, "shown mine a1 hello", "publish a1 hello")
	s.step("a", OpenDirect{"b"}, "in dm with peer b")
	s.step("a", Blank{})
	s.step("a", SayHello{}, "shown mine a2 hello") // said in so many words, it goes to the lobby
	s.step("a", OpenLobby{}, "in lobby")
	s.step("a", Blank{}, "shown mine a3 hello")
}

func TestHelloIsAnsweredWithinASecond(t *testing.T) {
	s := newScript(t, "a", "b")
	s.up("b", "a")
	s.give("a", SayHello{})
	s.step("b", s.gossip("a", "a1"), "shown a1 hello")
	s.wake("b", "send to a b>a1 hello-ack re a1")
	after := s.now.Sub(noon)
	if after >= ackJitter {
		t.Errorf("answered after %v", after)
	}
	s.step("a", s.direct("b>a1", 1), fmt.Sprintf("shown b>a1 hello-ack after %v", after), "answer stored up to 1") // an answer is not answered
	if !s.cores["a"].Wake().IsZero() {
		t.Error("the asker is about to answer the answer")
	}
	s.step("b", SendDone{To: "a", Last: 1, Verdict: Stored}) // nobody asked b to answer, nobody is told
}

func TestCensus(t *testing.T) {
	s := newScript(t, "a", "b", "c", "d")
	for _, other := range []string{"b", "c", "d"} {
		s.link("a", other)
	}
	s.forget()
	s.play("a", Blank{})
	s.saw("a", "shown mine a1 hello", "sent a1 to 3")
	s.pass(ackJitter)
	acks := s.told["a"]
	for _, line := range acks {
		if !strings.Contains(line, "hello-ack after ") {
			t.Errorf("a was told %s", line)
		}
	}
	if len(acks) != 3 {
		t.Errorf("%d answers, want 3", len(acks))
	}
	s.saw("b", "shown a1 hello")
}

func TestHelloIsAnsweredOncePerPause(t *testing.T) {
	s := newScript(t, "a", "b")
	s.up("b", "a", "c")
	for i := uint64(1); i <= 3; i++ {
		s.give("a", SayHello{})
		s.give("a", Published{Lobby, i, 1, ""})
	}
	s.step("b", s.gossip("a", "a1"), "shown a1 hello")
	s.wake("b", "send to a b>a1 hello-ack re a1")
	s.give("b", SendDone{To: "a", Last: 1, Verdict: Stored})
	s.at(ackPause - time.Millisecond)
	s.step("b", s.gossip("a", "a2"), "shown a2 hello")
	if !s.cores["b"].Wake().IsZero() {
		t.Error("answered twice within the pause")
	}
	s.sealed["c1"] = edit(s.forge("c", 1, 1, ""), func(e *Envelope) { e.Messages[0].Kind = Hello })
	s.step("b", s.gossip("c", "c1"), "shown c1 hello") // another sender has a pause of its own
	s.wake("b", "send to c b>c1 hello-ack re c1")
	s.at(ackPause + ackJitter)
	s.step("b", s.gossip("a", "a3"), "shown a3 hello")
	s.wake("b", "send to a b>a2 hello-ack re a3")
}

func TestOldHelloIsShownNotAnswered(t *testing.T) {
	s := newScript(t, "a", "b")
	s.give("a", SayHello{})
	s.at(ackAge)
	s.step("b", s.gossip("a", "a1"), "shown a1 hello")
	if !s.cores["b"].Wake().IsZero() {
		t.Error("b is about to answer")
	}
}

func TestOwnHelloOfAnEarlierLifeIsNotAnswered(t *testing.T) {
	s := newScript(t, "a")
	s.give("a", SayHello{})
	s.join("a", func(c *Config) { c.Log = LogID{2} })
	s.give("a", Started{})
	s.step("a", s.gossip("b", "a1"), "shown mine a1 hello")
	s.at(ackJitter)
	s.step("a", Tick{})
}

func TestAckOfNothingIsNotShown(t *testing.T) {
	s := newScript(t, "a")
	ack := func(re *Ref) func(e *Envelope) {
		return func(e *Envelope) { e.Messages[0].Kind, e.Messages[0].Re = HelloAck, re }
	}
	s.give("a", Say{"not a hello"})
	for i, re := range []*Ref{nil, {key("a", 1), 1}, {key("a", 1), 99}, {key("m", 1), 1}} {
		s.sealed["x"] = to("a", edit(s.forge("b", 1, uint64(i+1), ""), ack(re)))
		s.step("a", s.direct("x", 1), fmt.Sprintf("answer stored up to %d", i+1))
	}
	s.give("a", Published{Lobby, 1, 1, ""})
	s.give("a", SayHello{})
	s.sealed["x"] = edit(s.forge("b", 1, 1, ""), ack(&Ref{key("a", 1), 2}))
	s.step("a", s.gossip("b", "x")) // an answer belongs in a direct conversation
}

func TestAskerThatCannotBeReachedIsGivenUp(t *testing.T) {
	s := newScript(t, "a", "b")
	s.give("a", SayHello{})
	s.give("b", s.gossip("x", "a1"))
	s.wake("b", "send to a b>a1 hello-ack re a1")
	for s.now.Sub(noon) < AckExpiry {
		s.step("b", SendDone{To: "a", Last: 1, Err: "no route"})
		s.wake("b", "send to a b>a1 hello-ack re a1")
	}
	s.step("b", SendDone{To: "a", Last: 1, Err: "no route"})
	if !s.cores["b"].Wake().IsZero() || s.cores["b"].directs["a"].mine.flight != nil {
		t.Error("it goes on trying")
	}
	if s.now.Sub(noon) > 3*AckExpiry {
		t.Errorf("given up only after %v", s.now.Sub(noon))
	}
}

func TestHelloInALargeLobbyIsSampled(t *testing.T) {
	const lobby, rounds = 200, 50
	acks := 0
	for i := range lobby {
		s := newScript(t)
		s.join("b", func(c *Config) { c.Rand = rand.New(rand.NewPCG(7, uint64(i))) })
		for j := range lobby - 1 {
			s.give("b", PeerUp{PeerID(fmt.Sprint("p", j))})
		}
		for j := range uint64(rounds) {
			e := edit(s.forge("a", 1, 1+j, ""), func(e *Envelope) { e.Messages[0].Kind = Hello })
			s.give("b", EnvelopeReceived{From: "p1", Envelope: e})
			s.now = s.now.Add(ackPause + ackJitter)
			for _, e := range s.give("b", Tick{}) {
				if send, ok := e.(Send); ok {
					acks++
					s.give("b", SendDone{To: "a", Last: send.Envelope.Last(), Verdict: Stored})
				}
			}
		}
	}
	if mean := float64(acks) / rounds; mean < ackSample*0.9 || mean > ackSample*1.1 {
		t.Errorf("a hello in a lobby of %d gets %.1f answers, want about %d", lobby, mean, ackSample)
	}
}

func TestAskerIsToldOfTheSample(t *testing.T) {
	s := newScript(t, "a")
	for i := range ackSample {
		s.give("a", PeerUp{PeerID(fmt.Sprint("p", i))})
	}
	s.step("a", SayHello{}, "shown mine a1 hello", "publish a1 hello")
	s.give("a", PeerUp{"one more"})
	s.step("a", SayHello{}, "notice: about 33 peers are in the lobby; some 32 of them will answer, as a sample", "shown mine a2 hello")
}

func TestManyHellosAreRemembered(t *testing.T) {
	s := newScript(t, "a")
	for range 2 * maxFinds {
		s.give("a", SayHello{})
	}
	if n := len(s.cores["a"].hellos); n != maxFinds {
		t.Errorf("%d hellos are remembered, want %d", n, maxFinds)
	}
	s.at(time.Hour)
	s.give("a", SayHello{})
	if n := len(s.cores["a"].hellos); n != 1 {
		t.Errorf("%d hellos are remembered after an hour, want 1", n)
	}
}
