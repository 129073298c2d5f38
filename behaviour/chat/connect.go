package chat

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// multiaddr turns what a user typed into the text of a multiaddr. Whether that
// is one shows when it is dialled.
func multiaddr(typed string) (addr string, ok bool) {
	if strings.HasPrefix(typed, "/") {
		return typed, true
	}
	host, port, _ := strings.Cut(typed, " ")
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	n, err2 := strconv.ParseUint(port, 10, 16)
	if err != nil || err2 != nil || n == 0 || strings.Contains(ip.Zone(), "/") {
		return "", false
	}
	switch ip = ip.Unmap(); {
	case ip.Is4():
		return fmt.Sprintf("/ip4/%s/tcp/%d", ip, n), true
	case ip.Zone() != "":
		return fmt.Sprintf("/ip6zone/%s/ip6/%s/tcp/%d", ip.Zone(), ip.WithZone(""), n), true
	}
	return fmt.Sprintf("/ip6/%s/tcp/%d", ip, n), true
}

// disconnect closes the connection to a peer.
func (c *Core) disconnect(who Asker, to string) {
	if !c.owners(who) {
		return
	}
	p, known, code, why := c.resolve(to)
	if code == "" && (!known || !c.roster.byID[p.Peer].up) {
		code, why = UnknownPeer, "there is no connection to "+to
	}
	if code != "" {
		c.fail(who, code, why)
		return
	}
	c.answer(who, Notice{"disconnecting from " + c.face(p.Peer).Label()})
	c.do(Hangup{p.Peer})
}

// connect dials an address that a user typed.
func (c *Core) connect(who Asker, typed string) {
	if !c.owners(who) {
		return
	}
	addr, ok := multiaddr(typed)
	if !ok {
		c.fail(who, BadAddress, strconv.Quote(typed)+" is not an address: connect takes an IP address and a port from 1 to 65535, or a multiaddr")
		return
	}
	waiting := c.dials[addr]
	if len(c.dials)+len(waiting) >= maxFinds {
		c.fail(who, Overloaded, "too many connection attempts are under way; try again in a moment")
		return
	}
	c.dials[addr] = append(waiting, who)
	if len(waiting) == 0 {
		c.answer(who, Notice{"connecting to " + addr})
		c.do(Dial{addr})
	}
}

func (c *Core) dialDone(ev DialDone) {
	waiting := c.dials[ev.Addr]
	delete(c.dials, ev.Addr)
	for _, who := range waiting {
		if ev.Err != "" {
			c.fail(who, Unreachable, "cannot connect to "+ev.Addr+" – "+ev.Err)
			continue
		}
		how := "connected to "
		if ev.Already {
			how = "already connected to "
		}
		c.answer(who, Notice{how + c.face(ev.Peer).Label()})
	}
}
