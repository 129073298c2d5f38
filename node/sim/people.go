package sim

import (
	"fmt"
	"time"

	"tincan/behaviour/chat"
)

// channels is how many channels there are in a run.
const channels = 4

// seats is how many guests a node may have at a time.
const seats = 2

func (p *plan) channel() chat.Conversation {
	return chat.Conversation(fmt.Sprintf("#c%d", p.r.IntN(channels)))
}

// anybody is the node and seat of a user: mostly the owner of a node.
func (p *plan) anybody() (node, seat int) {
	if len(p.guests) > 0 && p.r.IntN(3) == 0 {
		g := p.guests[p.r.IntN(len(p.guests))]
		return g[0], g[1]
	}
	return p.r.IntN(p.nodes), 0
}

// other is somebody who is not the user of node and seat.
func (p *plan) other(node, seat int) (int, int) {
	peer, peerSeat := p.anybody()
	if peer == node && peerSeat == seat {
		return (node + 1) % p.nodes, 0
	}
	return peer, peerSeat
}

// people has guests come and go, and everybody join, part, fork and leave.
func (p *plan) people() {
	end := p.o.Duration
	for node := range p.nodes {
		for seat := 1; seat <= seats; seat++ {
			if p.r.IntN(4) > 0 {
				continue
			}
			p.guests = append(p.guests, [2]int{node, seat})
			at := time.Second + p.upTo(end/2)
			p.add(Op{At: at, Do: Enter, Node: node, Seat: seat})
			in := p.channel()
			if p.r.IntN(3) == 0 {
				in = chat.Lobby
			}
			p.add(Op{At: at + p.upTo(time.Second), Do: Join, Node: node, Seat: seat, Channel: in})
			if p.r.IntN(2) == 0 {
				at += p.upTo(end)
				p.add(Op{At: at, Do: Exit, Node: node, Seat: seat})
				p.add(Op{At: at + p.upTo(10*time.Second), Do: Enter, Node: node, Seat: seat})
			}
		}
	}
	for range 2*p.nodes + len(p.guests) {
		p.member(end)
	}
	for range p.nodes {
		p.pair(end)
	}
	for range p.nodes/2 + 1 {
		node, seat := p.anybody()
		at := p.upTo(end)
		switch p.r.IntN(3) {
		case 0:
			p.add(Op{At: at, Do: Nick, Node: node})
		case 1:
			p.add(Op{At: at, Do: Switch, Node: node, Seat: seat, Peer: p.r.IntN(8)})
		default:
			p.add(Op{At: at, Do: Away, Node: node, Seat: seat, Count: 1 + p.r.IntN(99)})
			if p.r.IntN(2) == 0 {
				p.add(Op{At: at + p.upTo(20*time.Second), Do: Away, Node: node, Seat: seat})
			}
		}
	}
}

// member has somebody join a channel and perhaps part from it; some come back at
// once.
func (p *plan) member(end time.Duration) {
	node, seat := p.anybody()
	in := p.channel()
	at := time.Second + p.upTo(end/2)
	p.add(Op{At: at, Do: Join, Node: node, Seat: seat, Channel: in})
	if p.r.IntN(3) == 0 {
		at += p.upTo(end / 2)
		p.add(Op{At: at, Do: Part, Node: node, Seat: seat, Channel: in})
		switch p.r.IntN(3) {
		case 0:
			p.add(Op{At: at, Do: Join, Node: node, Seat: seat, Channel: in})
		case 1:
			p.add(Op{At: at + p.upTo(30*time.Second), Do: Join, Node: node, Seat: seat, Channel: in})
		}
	}
}

// pair has somebody fork, some words said, and perhaps one of the two leave. Of
// some pairs both fork in the same instant, or within the time of a hop or two.
func (p *plan) pair(end time.Duration) {
	node, seat := p.anybody()
	peer, peerSeat := p.other(node, seat)
	at := 2*time.Second + p.upTo(end)
	fork := Op{At: at, Do: Fork, Node: node, Seat: seat, Peer: peer, PeerSeat: peerSeat}
	back := Op{At: at, Do: Fork, Node: peer, Seat: peerSeat, Peer: node, PeerSeat: seat}
	p.add(fork)
	switch p.r.IntN(5) {
	case 0:
		p.add(back)
	case 1:
		back.At += p.upTo(4 * p.o.Delay)
		p.add(back)
	}
	for range p.r.IntN(6) {
		op := Op{At: at + p.upTo(20*time.Second), Do: Whisper, Node: node, Seat: seat, Peer: p.r.IntN(8), Count: 1 + p.r.IntN(3)}
		switch p.r.IntN(3) {
		case 0:
			op.Node, op.Seat = peer, peerSeat
		case 1:
			op.Do, op.At = Talk, at+p.upTo(time.Second)
		}
		p.add(op)
	}
	if p.r.IntN(2) == 0 {
		over := Op{At: at + p.upTo(30*time.Second), Do: Close, Node: node, Seat: seat, Count: p.r.IntN(8)}
		if p.r.IntN(2) == 0 {
			over.Node, over.Seat = peer, peerSeat
		}
		p.add(over)
		if p.r.IntN(3) == 0 {
			fork.At = over.At + p.upTo(4*p.o.Delay)
			p.add(fork)
		}
	}
}

// elsewhere turns a line to the lobby into one to another conversation.
func (p *plan) elsewhere(op *Op) {
	op.Node, op.Seat = p.anybody()
	switch k := p.r.IntN(100); {
	case k < 40:
		op.Do, op.Channel = Say, p.channel()
	case k < 65:
		op.Do = Talk
	case k < 85:
		op.Do, op.Peer = Whisper, p.r.IntN(8)
	default:
		op.Do = Direct
		op.Peer, op.PeerSeat = p.other(op.Node, op.Seat)
	}
}
