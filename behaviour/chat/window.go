package chat

import "time"

// Window is a part of a conversation's history in the order of Less: after the
// message After and before the message Before, with stamps of at least Since and less
// than Until. What is zero is no bound.
type Window struct {
	After, Before Ref
	Since, Until  Stamp
}

// Empty says that the times leave nothing.
func (w Window) Empty() bool { return w.Until != 0 && w.Since >= w.Until }

// Has says whether m is in the window. after and before are the messages that After
// and Before name, nil for none.
func (w Window) Has(m Placed, after, before *Placed) bool {
	return m.Stamp >= w.Since && (w.Until == 0 || m.Stamp < w.Until) &&
		(after == nil || Less(*after, m)) && (before == nil || Less(m, *before))
}

// windowMeant is the window of a question about conv, or why there is none.
func windowMeant(conv Conversation, in ReadHistory) (w Window, why string) {
	for _, b := range []struct {
		id  string
		ref *Ref
	}{{in.After, &w.After}, {in.Before, &w.Before}} {
		if b.id == "" {
			continue
		}
		id, ok := ParseMessageID(b.id)
		if !ok || id.Conversation != conv {
			return w, "no message there is called " + truncate(b.id, 80)
		}
		*b.ref = id.Ref
	}
	if !in.Since.IsZero() {
		w.Since = stampFrom(in.Since)
	}
	if !in.Until.IsZero() {
		w.Until = max(stampFrom(in.Until), 1) // 0 would be no bound
	}
	return w, ""
}

// lastMillisecond is the greatest that a stamp can name, in the year 10889.
const lastMillisecond = 1<<48 - 1

// stampFrom is the least stamp whose Time is not before t.
func stampFrom(t time.Time) Stamp {
	switch at := t.Truncate(time.Millisecond); {
	case t.Unix() >= lastMillisecond/1000:
		return lastMillisecond << 16
	case at.Before(t):
		return StampAt(at.Add(time.Millisecond))
	default:
		return StampAt(at)
	}
}
