package behaviour

import (
	"context"
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire"
)

// Do carries out an effect of the core and does not wait: the outcome comes as
// an event. Notify and Stop are the loop's own and must not come here.
func (b *Behaviour) Do(e chat.Effect) {
	switch e := e.(type) {
	case chat.Save:
		b.cfg.History.Save(e)
	case chat.Recall:
		b.start(func() { b.recall(e) })
	case chat.Publish:
		b.carry(e)
	case chat.Subscribe, chat.Unsubscribe:
		b.topics.put(e)
	case chat.Send:
		b.start(func() { b.send(e) })
	case chat.Answer:
		b.directs.give(e.Ticket, e)
	case chat.Sync:
		b.start(func() { b.syncWith(e) })
	case chat.AnswerSync:
		b.syncs.give(e.Ticket, e)
	case chat.AskLinks:
		b.start(func() { b.askLinks(e) })
	case chat.AnswerLinks:
		b.callers.give(e.Ticket, e)
	case chat.OpenLine:
		b.start(func() { b.openLine(e) })
	case chat.SendFrame:
		b.sendFrame(e)
	case chat.CloseLine:
		b.closeLine(e)
	case chat.Hangup:
		b.start(func() { b.hangup(e) })
	case chat.Find:
		b.start(func() { b.find(e) })
	case chat.Dial:
		b.start(func() { b.dial(e) })
	case chat.Inspect:
		b.start(b.inspect)
	default:
		panic(fmt.Sprintf("behaviour: effect %T is not handled", e))
	}
}

func (b *Behaviour) publish(e chat.Publish) {
	ctx, cancel := context.WithTimeout(b.ctx, publishTime)
	defer cancel()
	n, err := b.gossip.Publish(ctx, b.topic(e.Envelope.Conversation), e.Envelope.Raw)
	b.report(chat.Published{Conversation: e.Envelope.Conversation, Last: e.Envelope.Last(), Peers: n, Err: words(err)})
}

func (b *Behaviour) send(e chat.Send) {
	done := chat.SendDone{To: e.To, Last: e.Envelope.Last()}
	var err error
	done.Verdict, done.Held, err = b.ask(e)
	done.Err = words(err)
	b.report(done)
}

// ask sends an envelope to one peer and checks the receipt, which says how far the
// peer holds the log.
func (b *Behaviour) ask(e chat.Send) (v chat.Verdict, held uint64, err error) {
	ctx, cancel := context.WithTimeout(b.ctx, sendTime)
	defer cancel()
	to, err := peer.Decode(string(e.To))
	if err != nil {
		return chat.Refused, 0, fmt.Errorf("read the peer's id: %w", err)
	}
	if err := b.reach(ctx, to); err != nil {
		return chat.NoVerdict, 0, err
	}
	reply, err := b.direct.Ask(ctx, to, wire.EncodeDirect(e.Envelope, e.Floor))
	if err != nil {
		return chat.NoVerdict, 0, err
	}
	verdict, receipt, err := wire.DecodeAnswer(reply)
	if err != nil {
		b.counts.add("answers that are not valid")
		return chat.NoVerdict, 0, fmt.Errorf("read the answer: %w", err)
	}
	if verdict == chat.Stored {
		held, err = b.opener.OpenReceipt(receipt, e.Envelope, e.To)
		if err == nil && held < e.Envelope.Last() {
			err = errors.New("it is for less than was sent")
		}
		if err != nil {
			b.counts.add("receipts that are not valid")
			return chat.NoVerdict, 0, fmt.Errorf("check the receipt: %w", err)
		}
	}
	return verdict, held, nil
}

func (b *Behaviour) syncWith(e chat.Sync) {
	done := chat.SyncDone{With: e.With}
	var err error
	done.Deltas, err = b.askSync(e)
	done.Err = words(err)
	b.report(done)
}

func (b *Behaviour) askSync(e chat.Sync) ([]chat.Delta, error) {
	ctx, cancel := context.WithTimeout(b.ctx, syncTime)
	defer cancel()
	with, err := peer.Decode(string(e.With))
	if err != nil {
		return nil, fmt.Errorf("read the peer's id: %w", err)
	}
	if err := b.reach(ctx, with); err != nil {
		return nil, err
	}
	b.cfg.History.carry(ctx, e.Deltas)
	reply, err := b.sync.Ask(ctx, with, wire.EncodeSync(e.Deltas))
	if err != nil {
		return nil, err
	}
	return b.opener.DecodeSync(reply)
}

func words(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
