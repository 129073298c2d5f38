package behaviour

import (
	"testing"
	"time"

	"tincan/behaviour/chat"
)

// envelope is one that b seals.
func envelope(b *Behaviour, to chat.Conversation, first uint64) *chat.Envelope {
	e := &chat.Envelope{Conversation: to, Author: b.sealer.ID(), Log: chat.LogID{1}, First: first,
		Messages: []chat.Message{{Kind: chat.Text, Stamp: chat.StampAt(time.Now()), Body: "hi"}}}
	b.Seal(e)
	return e
}

// Every effect that is begun comes back as its event, also when it cannot be
// carried out.
func TestEffectsThatCannotBeCarriedOut(t *testing.T) {
	b := whole(t)
	id := text(b.cfg.Host.ID())
	stranger := newHost(t)
	nobody := text(stranger.ID())
	b.Do(chat.Publish{Envelope: envelope(b, chat.Lobby, 1)})
	if ev := next[chat.Published](t, b); ev != (chat.Published{Conversation: chat.Lobby, Last: 1}) {
		t.Errorf("published to nobody: %+v", ev)
	}
	b.Do(chat.Send{To: nobody, Envelope: envelope(b, chat.DirectWith(id, nobody), 3)})
	if ev := next[chat.SendDone](t, b); ev.To != nobody || ev.Last != 3 || ev.Verdict != chat.NoVerdict || ev.Err != errNotFound.Error() {
		t.Errorf("sent to nobody: %+v", ev)
	}
	b.Do(chat.Send{To: "nonsense", Envelope: envelope(b, chat.DirectWith(id, nobody), 4)})
	if ev := next[chat.SendDone](t, b); ev.To != "nonsense" || ev.Verdict != chat.Refused || ev.Err == "" {
		t.Errorf("sent to no peer: %+v", ev)
	}
	b.Do(chat.Sync{With: nobody})
	if ev := next[chat.SyncDone](t, b); ev.With != nobody || ev.Err == "" || ev.Deltas != nil {
		t.Errorf("sync with nobody: %+v", ev)
	}
	b.Do(chat.Sync{With: "nonsense"})
	if ev := next[chat.SyncDone](t, b); ev.With != "nonsense" || ev.Err == "" {
		t.Errorf("sync with no peer: %+v", ev)
	}
	b.Do(chat.Find{Peer: nobody})
	if ev := next[chat.FindDone](t, b); ev != (chat.FindDone{Peer: nobody}) {
		t.Errorf("find nobody: %+v", ev)
	}
	b.Do(chat.Dial{Addr: "somewhere"})
	if ev := next[chat.DialDone](t, b); ev != (chat.DialDone{Addr: "somewhere", Err: "nobody dials here"}) {
		t.Errorf("dial nowhere: %+v", ev)
	}
	b.Do(chat.Inspect{})
	if ev := next[chat.Inspected](t, b); len(ev.Links) != 0 || len(ev.Counters) == 0 {
		t.Errorf("inspected: %+v", ev)
	}
}

// Close ends what is under way, whether or not somebody reads the events.
func TestCloseEndsEffects(t *testing.T) {
	b := whole(t)
	stranger := newHost(t)
	for range 2 * maxEvents {
		b.report(chat.Tick{})
		if len(b.events) == maxEvents {
			break
		}
	}
	for range 100 {
		b.Do(chat.Find{Peer: text(stranger.ID())})
	}
	began := time.Now()
	b.Close()
	if took := time.Since(began); took > time.Second {
		t.Errorf("closed after %v", took)
	}
}

func TestForgottenEffectIsABug(t *testing.T) {
	b, end := bare(1)
	defer end()
	defer func() {
		if recover() == nil {
			t.Error("Notify is not for the behaviour, and nobody says so")
		}
	}()
	b.Do(chat.Notify{})
}
