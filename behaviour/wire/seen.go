package wire

import (
	"crypto/sha256"
	"sync"

	"tincan/behaviour/chat"
)

// seen remembers the last envelopes that came by sync whose signatures are good,
// by all of their bytes. Who catches up is brought the same by several neighbours,
// and by each of them twice: as what he asks for, and as what he is asked about. The
// check of the signature is most of the work.
type seen [seenShards]seenShard

// A seenShard holds those whose hashes begin alike.
type seenShard struct {
	mu          sync.Mutex // guards the rest; held while one is checked: whoever brings the same waits for it
	now, before map[[sha256.Size]byte]struct{}
}

func (s *seenShard) has(sum [sha256.Size]byte) bool {
	_, ok := s.now[sum]
	if !ok {
		_, ok = s.before[sum]
	}
	return ok
}

func (s *seenShard) add(sum [sha256.Size]byte) {
	if len(s.now) >= maxSeen {
		s.now, s.before = nil, s.now
	}
	if s.now == nil {
		s.now = make(map[[sha256.Size]byte]struct{})
	}
	s.now[sum] = struct{}{}
}

// openOnce is Open that checks a signature once, however often and from how many
// goroutines the envelope comes.
func (o *Opener) openOnce(raw []byte) (*chat.Envelope, error) {
	sum := sha256.Sum256(raw)
	s := &o.seen[sum[0]%seenShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.has(sum) {
		return o.Reopen(raw)
	}
	env, err := o.Open(raw)
	if err == nil {
		s.add(sum)
	}
	return env, err
}
