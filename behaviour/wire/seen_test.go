package wire

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"

	"tincan/behaviour/chat"
)

// That an envelope is known vouches for nothing but its very bytes.
func TestSeenIsNotTrusted(t *testing.T) {
	s, o := demoSealer(t, 1, "demo"), NewOpener("demo")
	env := sealed(t, s, chat.Lobby, "hello")
	knows := func(raw []byte) bool {
		sum := sha256.Sum256(raw)
		return o.seen[sum[0]%seenShards].has(sum)
	}
	for range 2 {
		got, err := o.openOnce(env.Raw)
		if err != nil || got.Messages[0].Body != "hello" || !knows(env.Raw) {
			t.Fatalf("%v, %v, known %v", got, err, knows(env.Raw))
		}
	}
	for i := range env.Raw {
		bad := append([]byte(nil), env.Raw...)
		bad[i] ^= 1
		if _, err := o.openOnce(bad); err == nil || knows(bad) {
			t.Errorf("byte %d changed: %v, known %v", i, err, knows(bad))
		}
	}
	for range 2 { // a bad one stays bad
		bad := append([]byte(nil), env.Raw...)
		bad[len(bad)-1] ^= 1
		if _, err := o.openOnce(bad); !errors.Is(err, ErrSignature) {
			t.Errorf("bad signature: %v", err)
		}
	}
}

// However many come, and at once, a bounded number is remembered.
func TestSeenIsBounded(t *testing.T) {
	var s seenShard
	for i := range 5 * maxSeen {
		sum := sha256.Sum256(fmt.Append(nil, i))
		if s.add(sum); !s.has(sum) || len(s.now)+len(s.before) > 2*maxSeen {
			t.Fatalf("after %d: has it %v, %d in all", i, s.has(sum), len(s.now)+len(s.before))
		}
	}
	o, by := NewOpener("demo"), demoSealer(t, 1, "demo")
	var all []*chat.Envelope
	for i := range 50 {
		all = append(all, sealed(t, by, chat.Lobby, fmt.Sprint("hello ", i)))
	}
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for _, e := range all {
				if _, err := o.openOnce(e.Raw); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
}
