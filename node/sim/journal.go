package sim

import (
	"fmt"

	"tincan/behaviour/chat"
)

// The journal is every event that a core gets and every effect that it makes.
// It is kept as a hash, and written in words when the run is traced.

func (w *world) journalEvent(n *node, ev chat.Event) {
	var code, a, b uint64
	switch ev := ev.(type) {
	case chat.Started:
		code = 1
	case chat.Tick:
		code = 2
	case chat.PeerUp:
		code, a = 3, w.number(ev.Peer)
	case chat.PeerDown:
		code, a = 4, w.number(ev.Peer)
	case chat.LinkFormed:
		code, a = 5, w.number(ev.Peer)
	case chat.Lost:
		code, a = 6, w.number(ev.Peer)
	case chat.EnvelopeReceived:
		code, a, b = 7, w.number(ev.From), w.mark(ev.Envelope)
	case chat.Published:
		code, a, b = 8, ev.Last, uint64(ev.Peers)
	case chat.DirectReceived:
		code, a, b = 9, uint64(ev.Ticket), w.mark(ev.Envelope)
	case chat.SendDone:
		code, a, b = 10, w.number(ev.To), ev.Last<<8|uint64(ev.Verdict)
	case chat.SyncRequested:
		code, a, b = 11, uint64(ev.Ticket), w.markDeltas(ev.Deltas)
	case chat.SyncDone:
		code, a, b = 12, w.number(ev.With), w.markDeltas(ev.Deltas)
	case chat.FindDone:
		code, a = 13, w.number(ev.Peer)
	case chat.DialDone:
		code, a = 14, w.number(ev.Peer)
	case chat.Inspected:
		code, a = 15, uint64(len(ev.Links))
	case chat.LineDone:
		code, a, b = 16, ev.Attempt, uint64(ev.Line)
	case chat.FrameReceived:
		code, a, b = 17, uint64(ev.Line), markFrame(ev.Frame)
	case chat.LineClosed:
		code, a = 18, uint64(ev.Line)
	case chat.Saved:
		code, a, b = 19, ev.Through, uint64(len(ev.Err))
	case chat.LinksAsked:
		code, a, b = 21, uint64(ev.Ticket), w.number(ev.From)
	case chat.LinksDone:
		code, a, b = 22, w.number(ev.With), uint64(len(ev.Links))
	case chat.Recalled:
		code, a, b = 20, ev.N, uint64(len(ev.Items))
	default:
		panic(fmt.Sprintf("sim: journal of %T", ev))
	}
	w.mix(uint64(w.now), uint64(n.i), code, a, b)
	if w.trace != nil {
		w.tracef("%s <- %s", n.nick, describe(ev))
	}
}

func (w *world) journalEffect(n *node, eff chat.Effect) {
	var code, a, b uint64
	switch eff := eff.(type) {
	case chat.Publish:
		code, b = 32, w.mark(eff.Envelope)
	case chat.Send:
		code, a, b = 33, w.number(eff.To), w.mark(eff.Envelope)^eff.Floor<<48
	case chat.Answer:
		code, a, b = 34, uint64(eff.Ticket), eff.Last<<8|uint64(eff.Verdict)
	case chat.Sync:
		code, a, b = 35, w.number(eff.With), w.markDeltas(eff.Deltas)
	case chat.AnswerSync:
		code, a, b = 36, uint64(eff.Ticket), w.markDeltas(eff.Deltas)
	case chat.Find:
		code, a = 37, w.number(eff.Peer)
	case chat.Dial:
		code = 38
	case chat.AskLinks:
		code, a = 50, w.number(eff.With)
	case chat.AnswerLinks:
		code, a, b = 51, uint64(eff.Ticket), uint64(len(eff.Links))
	case chat.Inspect:
		code = 39
	case chat.Notify:
		code = 40
		switch note := eff.Notification.(type) {
		case chat.Shown:
			a, b = w.number(note.ID.Author), note.ID.Seq<<8|uint64(note.Kind)
		case chat.Delivery:
			a, b = uint64(note.State), note.ID.Seq
		case chat.PeerCame:
			a, b = 1<<16, w.number(note.Peer.ID)
		case chat.PeerLeft:
			a, b = 1<<17, w.number(note.Peer.ID)
		case chat.GapSeen:
			a, b = 1<<18|w.number(note.From.ID), note.Missing
		case chat.Digest:
			a, b = 1<<22|uint64(len(note.Mentions)), uint64(note.Count)
		case chat.SessionChanged:
			a, b = 1<<19|uint64(note.Event), uint64(note.N)<<32|w.number(note.With.ID)
		case chat.MemberCame:
			a, b = 1<<20|uint64(len(note.Who.Guest)), w.number(note.Who.ID)
		case chat.MemberLeft:
			a, b = 1<<21|uint64(len(note.Who.Guest)), w.number(note.Who.ID)
		}
	case chat.Stop:
		code = 41
	case chat.Subscribe:
		code, a = 42, uint64(topicOf(eff.Conversation))
	case chat.Unsubscribe:
		code, a = 43, uint64(topicOf(eff.Conversation))
	case chat.OpenLine:
		code, a, b = 44, w.number(eff.To), eff.Attempt
	case chat.SendFrame:
		code, a, b = 45, uint64(eff.Line), markFrame(eff.Frame)
	case chat.CloseLine:
		code, a = 46, uint64(eff.Line)
	case chat.Hangup:
		code, a = 47, w.number(eff.Peer)
	case chat.Save:
		code, a, b = 48, eff.N, uint64(len(eff.Changes))
	case chat.Recall:
		code, a, b = 49, eff.N, uint64(len(eff.Conversation))
	default:
		panic(fmt.Sprintf("sim: journal of %T", eff))
	}
	w.mix(code, a, b)
	if w.trace != nil {
		w.tracef("%s -> %s", n.nick, describe(eff))
	}
}

func (w *world) number(p chat.PeerID) uint64 {
	if n := w.byID[p]; n != nil {
		return uint64(n.i) + 1
	}
	return 0
}

// mark tells envelopes apart.
func (w *world) mark(e *chat.Envelope) uint64 {
	return w.number(e.Author)<<40 ^ e.First<<16 ^ uint64(len(e.Messages)) ^ uint64(e.Log[0])<<8
}

// markFrame tells frames apart.
func markFrame(f *chat.Frame) uint64 {
	return uint64(f.Kind)<<56 ^ f.Ack<<40 ^ f.First<<20 ^ uint64(len(f.Messages))<<8 ^ uint64(f.Reason)
}

func (w *world) markDeltas(deltas []chat.Delta) (m uint64) {
	for _, d := range deltas {
		m = m*31 + uint64(len(d.Conversation))
		for _, v := range d.Vector {
			m = m*31 + w.number(v.Author)<<32 + v.From<<16 + v.Head
		}
		for _, e := range d.Envelopes {
			m = m*31 + w.mark(e)
		}
		if d.More {
			m++
		}
	}
	return m
}

// describe puts an event or effect into words of one line.
func describe(x any) string {
	switch x := x.(type) {
	case chat.EnvelopeReceived:
		return fmt.Sprintf("EnvelopeReceived from %s %s", short(x.From), envelopeWords(x.Envelope))
	case chat.DirectReceived:
		return fmt.Sprintf("DirectReceived #%d from %s floor %d %s", x.Ticket, short(x.From), x.Floor, envelopeWords(x.Envelope))
	case chat.SyncRequested:
		return fmt.Sprintf("SyncRequested #%d from %s%s", x.Ticket, short(x.From), deltaWords(x.Deltas))
	case chat.SyncDone:
		return fmt.Sprintf("SyncDone with %s %s%s", short(x.With), x.Err, deltaWords(x.Deltas))
	case chat.Publish:
		return "Publish " + envelopeWords(x.Envelope)
	case chat.Send:
		return fmt.Sprintf("Send to %s floor %d %s", short(x.To), x.Floor, envelopeWords(x.Envelope))
	case chat.Sync:
		return fmt.Sprintf("Sync with %s%s", short(x.With), deltaWords(x.Deltas))
	case chat.AnswerSync:
		return fmt.Sprintf("AnswerSync #%d%s", x.Ticket, deltaWords(x.Deltas))
	case chat.FrameReceived:
		return fmt.Sprintf("FrameReceived on %d from %s %s", x.Line, short(x.From), frameWords(x.Frame))
	case chat.OpenLine:
		return fmt.Sprintf("OpenLine %d to %s %s", x.Attempt, short(x.To), frameWords(x.Hello))
	case chat.SendFrame:
		return fmt.Sprintf("SendFrame on %d %s", x.Line, frameWords(x.Frame))
	case chat.Save:
		return fmt.Sprintf("Save %d%s", x.N, changeWords(x.Changes))
	case chat.Notify:
		switch note := x.Notification.(type) {
		case chat.Shown:
			return fmt.Sprintf("Shown for %v %s %s late=%t mine=%t %.30q", x.For, refWords(note.ID.Conversation, note.ID.Ref), note.Kind, note.Late, note.Mine, note.Text)
		case chat.Delivery:
			return fmt.Sprintf("Delivery %s %s %s peers=%d %.30q", refWords(note.ID.Conversation, note.ID.Ref), note.State, note.Reason, note.Peers, note.Text)
		}
		return fmt.Sprintf("%T%+v for %v %s", x.Notification, x.Notification, x.For, x.Ref)
	}
	return fmt.Sprintf("%T%+v", x, x)
}

func changeWords(changes []chat.Change) (s string) {
	for _, ch := range changes {
		switch ch := ch.(type) {
		case chat.Kept:
			s += fmt.Sprintf(" +%s open=%t", envelopeWords(ch.Envelope), ch.Open)
		case chat.Recorded:
			s += fmt.Sprintf(" recorded %s %.30q", refWords(ch.ID.Conversation, ch.ID.Ref), ch.Message.Body)
		case chat.Drafted:
			s += fmt.Sprintf(" drafted %s %.30q", refWords(ch.ID.Conversation, ch.ID.Ref), ch.Message.Body)
		case chat.Settled:
			s += fmt.Sprintf(" settled %s %s", refWords(ch.Conversation, chat.Ref{LogKey: ch.LogKey, Seq: ch.Last}), ch.State)
		case chat.Moved:
			s += fmt.Sprintf(" moved %s heard=%t frozen=%t", refWords(ch.Conversation, chat.Ref{LogKey: ch.LogKey, Seq: ch.Head}), ch.Heard, ch.Frozen)
		case chat.Noted:
			s += fmt.Sprintf(" noted %s %.200q", ch.Name, ch.Value)
		default:
			s += fmt.Sprintf(" %T%.80v", ch, ch)
		}
	}
	return s
}

func frameWords(f *chat.Frame) string {
	switch f.Kind {
	case chat.FrameHello:
		return fmt.Sprintf("hello %s fresh=%t %q to %q ack %d", f.Session, f.Fresh, f.From, f.To, f.Ack)
	case chat.FrameData:
		return fmt.Sprintf("data %d-%d ack %d %.30q", f.First, f.First+uint64(len(f.Messages))-1, f.Ack, f.Messages[0].Body)
	case chat.FrameClose:
		return fmt.Sprintf("close %d ack %d", f.Reason, f.Ack)
	}
	return fmt.Sprintf("frame %d ack %d", f.Kind, f.Ack)
}

func short(p chat.PeerID) string { return string(p[max(0, len(p)-5):]) }

func refWords(c chat.Conversation, r chat.Ref) string {
	return fmt.Sprintf("%s:%s/%.2x/%d", c.Kind(), short(r.Author), r.Log[:1], r.Seq)
}

func envelopeWords(e *chat.Envelope) string {
	s := refWords(e.Conversation, chat.Ref{LogKey: e.Key(), Seq: e.First}) + fmt.Sprintf("-%d", e.Last())
	for _, m := range e.Messages {
		for _, d := range m.Deps {
			s += fmt.Sprintf(" after %s/%.2x/%d", short(d.Author), d.Log[:1], d.Seq)
		}
	}
	return s
}

func deltaWords(deltas []chat.Delta) (s string) {
	for _, d := range deltas {
		s += " {" + d.Conversation.Kind()
		for _, v := range d.Vector {
			s += fmt.Sprintf(" %s/%.2x:%d-%d", short(v.Author), v.Log[:1], v.From, v.Head)
		}
		for _, e := range d.Envelopes {
			s += " +" + refWords("", chat.Ref{LogKey: e.Key(), Seq: e.First}) + fmt.Sprintf("-%d", e.Last())
		}
		if d.More {
			s += " more"
		}
		s += "}"
	}
	return s
}
