package chat

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/quick"
)

func TestEnvelopeNumbers(t *testing.T) {
	e := &Envelope{Conversation: Lobby, Author: "a", Log: LogID{1}, First: 5, Messages: make([]Message, 3)}
	if e.Last() != 7 || e.ID(2) != (MessageID{Lobby, Ref{key("a", 1), 7}}) {
		t.Errorf("last %d, third %v", e.Last(), e.ID(2))
	}
}

// few makes a message of few different values, so that each field decides now and then.
func few(a, b, c, d uint8) Placed {
	return Placed{
		ID:      MessageID{Lobby, Ref{LogKey{PeerID('a' + rune(b%3)), LogID{c % 3}}, uint64(d % 3)}},
		Message: Message{Stamp: Stamp(a % 3)},
	}
}

func TestLessIsATotalOrder(t *testing.T) {
	same := func(x, y Placed) bool { return x.ID == y.ID && x.Stamp == y.Stamp }
	if err := quick.Check(func(v [12]uint8) bool {
		x, y, z := few(v[0], v[1], v[2], v[3]), few(v[4], v[5], v[6], v[7]), few(v[8], v[9], v[10], v[11])
		exactlyOne := 0
		for _, is := range []bool{Less(x, y), Less(y, x), same(x, y)} {
			if is {
				exactlyOne++
			}
		}
		transitive := !Less(x, y) || !Less(y, z) || Less(x, z)
		return exactlyOne == 1 && transitive
	}, &quick.Config{MaxCount: 20_000}); err != nil {
		t.Error(err)
	}
}

func TestOrderDoesNotDependOnArrival(t *testing.T) {
	order := func(a, b Placed) int {
		switch {
		case Less(a, b):
			return -1
		case Less(b, a):
			return 1
		}
		return 0
	}
	if err := quick.Check(func(v [][4]uint8, seed uint64) bool {
		one := make([]Placed, len(v))
		for i, x := range v {
			one[i] = few(x[0], x[1], x[2], x[3])
		}
		other := slices.Clone(one)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
		slices.SortFunc(one, order)
		slices.SortFunc(other, order)
		return slices.EqualFunc(one, other, func(a, b Placed) bool { return a.ID == b.ID && a.Stamp == b.Stamp })
	}, nil); err != nil {
		t.Error(err)
	}
}

func TestWordsOfTheVocabulary(t *testing.T) {
	for want, got := range map[string]string{
		"text": Text.String(), "hello": Hello.String(), "hello-ack": HelloAck.String(), "unknown": Kind(77).String(),
		"no answer": NoVerdict.String(), "stored": Stored.String(), "busy": Busy.String(), "refused": Refused.String(), "malformed": Malformed.String(),
		"queued": Queued.String(), "sent": Sent.String(), "delivered": Delivered.String(), "failed": SendFailed.String(), "held": Held.String(),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
