// Package rendezvous brings together those who are in the same topic, though
// none of their neighbours is: it announces this node in each topic that it
// enters, and looks for others while too few are connected.
//
//	Enter ──▶ Announce ──▶ Count ──▶ Search ──▶ Connect (at most 3) ──▶ Count …
//
// It announces first: of two who enter at once, one at least finds the other.
// How it is announced and searched, and what a topic is, others know.
package rendezvous

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// Config says how to announce, search and connect. All functions are required;
// they are called from several goroutines, and end soon after ctx.
type Config struct {
	// Ready says whether there is anybody to ask. While there is not, nothing is
	// tried, and Ready is asked again within retry.
	Ready func() bool

	// Count is how many connected peers are in a topic.
	Count func(topic string) int

	// Announce tells the network that this node is in a topic.
	Announce func(ctx context.Context, topic string) error

	// Search finds up to n peers that were announced in a topic. Peers that are
	// gone, or connected already, may be among them.
	Search func(ctx context.Context, topic string, n int) ([]peer.AddrInfo, error)

	// Connected says whether there is a connection to a peer.
	Connected func(peer.ID) bool

	// Connect connects to a peer that Search found.
	Connect func(ctx context.Context, p peer.AddrInfo) error
}

// Rendezvous keeps looking. Its methods are safe from any goroutine.
type Rendezvous struct {
	c      Config
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wake   chan struct{} // one token: times have changed
	dials  chan struct{} // a token for each dial under way
	work   sync.WaitGroup

	mu     sync.Mutex // guards what follows
	topics map[string]*topic
	rounds int // under way
}

// New starts with no topics. Close it.
func New(c Config) *Rendezvous {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Rendezvous{
		c:      c,
		ctx:    ctx,
		cancel: cancel,
		wake:   make(chan struct{}, 1),
		dials:  make(chan struct{}, maxDials),
		topics: make(map[string]*topic),
	}
	r.work.Go(r.run) // ends with ctx, so by Close
	return r
}

// Enter begins to announce and to look for others. Entering twice is entering once.
func (r *Rendezvous) Enter(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.topics[name] == nil {
		now := time.Now()
		r.topics[name] = &topic{name: name, look: now, search: now, announce: now}
		r.rouse()
	}
}

// Leave ends that. What has been announced stays where it is until it is forgotten.
func (r *Rendezvous) Leave(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.topics, name)
}

// Left says that a peer has gone: topics that it may have left too empty are
// looked at soon.
func (r *Rendezvous) Left() {
	r.mu.Lock()
	defer r.mu.Unlock()
	soon := time.Now().Add(firstPause)
	for _, t := range r.topics {
		if t.met && t.look.After(soon) {
			t.look = soon
		}
	}
	r.rouse()
}

// Close ends everything under way and returns when it has ended.
func (r *Rendezvous) Close() {
	r.cancel()
	r.work.Wait()
}

func (r *Rendezvous) rouse() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run starts rounds when their time has come and there is a place.
func (r *Rendezvous) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if wait, ok := r.start(time.Now()); ok {
			timer.Reset(wait)
		} else {
			timer.Stop()
		}
		select {
		case <-r.ctx.Done():
			return
		case <-r.wake:
		case <-timer.C:
		}
	}
}

// start begins what is due at now and says how long there is nothing to do;
// not ok means until somebody rouses.
func (r *Rendezvous) start(now time.Time) (wait time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ready, asked := false, false
	for r.rounds < maxRounds {
		t := r.next()
		if t == nil {
			return 0, false
		}
		if wait := t.due().Sub(now); wait > 0 {
			return wait, true
		}
		if !asked {
			ready, asked = r.c.Ready(), true
		}
		if !ready {
			return retry, true
		}
		t.busy = true
		r.rounds++
		r.work.Go(func() { r.round(t) }) // ends with ctx, and by itself after roundTime
	}
	return 0, false
}

// next is the topic whose time comes first, of those that are not busy.
func (r *Rendezvous) next() (first *topic) {
	for _, t := range r.topics {
		if !t.busy && (first == nil || t.due().Before(first.due())) {
			first = t
		}
	}
	return first
}

// round does what is due for a topic.
func (r *Rendezvous) round(t *topic) {
	ctx, cancel := context.WithTimeout(r.ctx, roundTime)
	defer cancel()
	r.mu.Lock()
	now := time.Now()
	announces, looks, searches := !t.announce.After(now), !t.look.After(now), !t.search.After(now)
	r.mu.Unlock()

	announced := announces && r.c.Announce(ctx, t.name) == nil
	n, searched := 0, false
	if looks {
		n = r.c.Count(t.name)
		if searched = n == 0 || n < enough && searches; searched {
			r.seek(ctx, t.name)
			n = r.c.Count(t.name)
		}
	}

	r.mu.Lock()
	defer r.mu.Unlock()
	now = time.Now()
	if announces {
		t.announced(now, announced)
	}
	if looks {
		t.looked(now, n, searched, r.lonely())
	}
	t.busy = false
	r.rounds--
	r.rouse()
}

// seek connects to some of those who are found in a topic.
func (r *Rendezvous) seek(ctx context.Context, name string) {
	found, err := r.c.Search(ctx, name, maxFound)
	if err != nil {
		return // as if nobody had been found
	}
	rand.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	var dialling sync.WaitGroup
	begun := 0
	for _, p := range found {
		if begun >= maxConnect {
			break
		}
		if r.c.Connected(p.ID) {
			continue
		}
		select {
		case r.dials <- struct{}{}:
		case <-ctx.Done():
			continue
		}
		begun++
		dialling.Go(func() { // ends with ctx
			defer func() { <-r.dials }()
			_ = r.c.Connect(ctx, p) // Count tells how it went
		})
	}
	dialling.Wait()
}

// lonely is how many topics nobody else was in when they were looked at.
func (r *Rendezvous) lonely() (n int) {
	for _, t := range r.topics {
		if !t.met {
			n++
		}
	}
	return n
}
