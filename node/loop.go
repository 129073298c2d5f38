package node

import (
	"context"
	"errors"
	"time"

	"tincan/behaviour/chat"
)

// InstructionHandler decides about what local users ask for.
type InstructionHandler interface {
	HandleInstruction(now time.Time, who chat.Asker, in chat.Instruction) []chat.Effect
}

// EventHandler decides about what network and clock report.
type EventHandler interface {
	HandleEvent(now time.Time, ev chat.Event) []chat.Effect
}

// loop owns the core. Whatever happens goes through it one at a time.
type loop struct {
	instructions InstructionHandler
	events       EventHandler
	wake         func() time.Time // when a Tick is wanted; zero: never
	saturated    func() bool      // take no more instructions for now
	congested    func() bool      // take nothing but what the store says
	do           func(chat.Effect)
	hub          *hub
	observer     observer
}

// Run works until the owner quits, which is no error, or ctx ends: then it
// returns ctx.Err without waiting for what is not sent yet. It may be called once.
func (n *Node) Run(ctx context.Context) error {
	if !n.running.CompareAndSwap(false, true) {
		return errors.New("the node runs already or has ended")
	}
	defer n.close()
	l := &loop{
		instructions: n.core,
		events:       n.core,
		wake:         n.core.Wake,
		saturated:    n.core.Saturated,
		congested:    n.core.Congested,
		do:           n.net.Do,
		hub:          &n.hub,
		observer:     observer{n.log},
	}
	var addrs []string
	for _, a := range n.host.Addrs() {
		addrs = append(addrs, a.String())
	}
	l.carryOut(n.core.HandleEvent(time.Now(), chat.Started{Addrs: addrs}))
	for _, text := range n.history.Notices() {
		l.handle(chat.Warned{Text: text})
	}
	n.super.start()
	return l.run(ctx, n.asks, n.history.Saved(), n.net.Events(), n.super.warnings)
}

// run takes what the store says before anything else: so much may wait for it.
func (l *loop) run(ctx context.Context, asks <-chan ask, saved, events, warnings <-chan chat.Event) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case ev := <-saved:
			if l.handle(ev) {
				return nil
			}
			continue
		default:
		}
		if l.congested() {
			select {
			case ev := <-saved:
				if l.handle(ev) {
					return nil
				}
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		var wake <-chan time.Time
		if at := l.wake(); !at.IsZero() {
			timer.Reset(time.Until(at))
			wake = timer.C
		}
		open := asks
		if l.saturated() {
			open = nil
		}
		var stop bool
		select {
		case a := <-open:
			l.observer.saw("instruction", a.in)
			stop = l.carryOut(l.instructions.HandleInstruction(time.Now(), a.who, a.in))
		case ev := <-saved:
			stop = l.handle(ev)
		case ev := <-events:
			stop = l.handle(ev)
		case ev := <-warnings:
			stop = l.handle(ev)
		case <-wake:
			stop = l.handle(chat.Tick{})
		case <-ctx.Done():
			return ctx.Err()
		}
		if stop {
			return nil
		}
	}
}

func (l *loop) handle(ev chat.Event) (stop bool) {
	l.observer.saw("event", ev)
	return l.carryOut(l.events.HandleEvent(time.Now(), ev))
}

// carryOut hands effects to whom they are for and reports whether the node is to end.
func (l *loop) carryOut(effects []chat.Effect) (stop bool) {
	told := false
	for _, e := range effects {
		switch e.(type) {
		case chat.Notify:
			told = true
		case chat.Stop:
			stop = true
		default:
			l.do(e)
		}
	}
	if told {
		l.hub.publish(effects)
	}
	return stop
}
