// Package gateway is a TCP door for guests: whoever connects, be it with nc,
// telnet or `node client`, is a user of this node.
//
//	conn ──▶ source ──▶ lines ──▶ line.Parse ──▶ Client.Do     (goroutine 1: the guest speaks)
//	     ◀── line.Formatter ◀── Subscription.Next              (goroutine 2, once he has entered: he is told)
//
// A guest is made known with [chat.Enter] when he asks for the first thing, under
// the name that this gives ("/nick anna", "join #ops anna") or under one that the
// core chooses. Who connects and says nothing is nobody's guest. The end of his input
// is his \quit; when the line breaks, it is [chat.Exit].
//
// It speaks text only: a line that begins with '{' is text. There is no
// password and no encryption, so by default only this machine reaches it.
// Nothing that one guest does or fails to do holds up another: each has goroutines
// and a queue of his own, bounded as limits.go says.
package gateway
