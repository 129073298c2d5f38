package sim

import "tincan/behaviour/chat"

// show brings a notification to the checker. Break "order" swaps two messages of
// an author on the way.
func (w *world) show(n *node, eff chat.Notify) {
	shown, ok := eff.Notification.(chat.Shown)
	if w.o.Break != "order" || !ok || shown.Mine || !shown.ID.Conversation.IsShared() {
		w.check.notified(n, eff)
		return
	}
	if before := n.withheld; before != nil {
		if before.Notification.(chat.Shown).ID.LogKey == shown.ID.LogKey {
			n.withheld = nil
			w.check.notified(n, eff)
			w.check.notified(n, *before)
			return
		}
	} else if w.chance(0.1) {
		n.withheld = &eff
		return
	}
	w.check.notified(n, eff)
}
