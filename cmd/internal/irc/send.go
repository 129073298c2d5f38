package irc

import (
	"net"
	"sync"
	"time"
)

// sendQueue is what is to be written to a client. Whoever fills it never waits.
type sendQueue struct {
	conn net.Conn
	wake chan struct{} // holds a token when something is new
	over chan struct{} // closed when nothing is written any more

	mu      sync.Mutex // guards what follows
	waiting []byte     // whole lines
	closed  bool       // nothing more comes
	full    bool       // the client has let too much gather
}

func newSendQueue(conn net.Conn) sendQueue {
	return sendQueue{conn: conn, wake: make(chan struct{}, 1), over: make(chan struct{})}
}

// put adds whole lines; p is the caller's again. When there is no room for them,
// what waits gives way to the reason, and put reports false from then on.
func (q *sendQueue) put(p []byte) bool {
	if len(p) == 0 {
		return true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.full:
		return false
	case len(q.waiting)+len(p) > sendSize:
		q.full = true
		q.waiting = []byte("ERROR :Closing link: SendQ exceeded: you do not read what you are told\r\n")
	default:
		q.waiting = append(q.waiting, p...)
	}
	q.signal()
	return !q.full
}

// finish has what waits written, for goodbyeTime at most, and nothing after it.
func (q *sendQueue) finish() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.conn.SetWriteDeadline(time.Now().Add(goodbyeTime))
	q.signal()
}

func (q *sendQueue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// run writes until all is written after finish, or cannot be.
func (q *sendQueue) run() {
	defer close(q.over)
	for range q.wake {
		for {
			chunk, closed := q.next()
			if len(chunk) == 0 {
				if closed {
					return
				}
				break
			}
			if _, err := q.conn.Write(chunk); err != nil {
				return
			}
		}
	}
}

// next takes what waits, and sets how long writing it may take. It does so under mu:
// finish shortens that.
func (q *sendQueue) next() (chunk []byte, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	chunk, q.waiting = q.waiting, nil
	if !q.closed {
		q.conn.SetWriteDeadline(time.Now().Add(writeTime))
	}
	return chunk, q.closed
}
