package web

import (
	"fmt"
	"net"
	"net/netip"
	"sync"

	"tincan/cmd/internal/entrance"
)

// admission is a listener that gives out a bounded number of places.
type admission struct {
	net.Listener

	mu     sync.Mutex // guards what follows
	open   int
	beyond int // without a place, until they are told so
	byAddr map[netip.Addr]int
}

func newAdmission(l net.Listener) *admission {
	return &admission{Listener: l, byAddr: make(map[netip.Addr]int)}
}

// Accept waits for a connection that can be answered.
func (a *admission) Accept() (net.Conn, error) {
	for {
		c, err := a.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := entrance.Remote(c)
		full, ok := a.enter(from)
		if !ok {
			c.Close()
			continue
		}
		n := newConn(c, func() { a.leave(from, full != "") })
		n.local, n.full = from.IsLoopback(), full
		return n, nil
	}
}

// enter takes a place, or says why there is none. Without ok there is no
// room even for saying so.
func (a *admission) enter(from netip.Addr) (full string, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	room := maxConns
	if !from.IsLoopback() {
		room -= keptForUs
	}
	switch {
	case a.open >= room:
		full = "all places are taken – try again later"
	case a.byAddr[from] >= maxFromOne && !from.IsLoopback():
		full = fmt.Sprintf("%d connections are open from %s – there may be no more from one address – close one first", a.byAddr[from], from)
	default:
		a.open++
		a.byAddr[from]++
		return "", true
	}
	if a.beyond >= maxDismissed {
		return full, false
	}
	a.beyond++
	return full, true
}

func (a *admission) leave(from netip.Addr, beyond bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if beyond {
		a.beyond--
		return
	}
	a.open--
	if a.byAddr[from]--; a.byAddr[from] == 0 {
		delete(a.byAddr, from)
	}
}
