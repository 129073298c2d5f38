package line

import (
	"fmt"
	"strings"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// indent begins every further line of a text, so that none can pass for a line
// of ours.
const indent = "    "

// A Formatter turns notifications into lines. It remembers the day that it
// showed last, so one Formatter serves one pair of streams. Only one goroutine
// may use it at a time.
type Formatter struct {
	// Time puts the local time of sending before each message, with the day when
	// it is not that of the message before.
	Time bool

	// Location is where Time is local; nil means time.Local.
	Location *time.Location

	// Mine shows one's own messages in shared conversations too, as others see them. What
	// was said at another front end of the user's is shown anyway.
	Mine bool

	// Resend says that Enter sends a held line as text, so that the user can be
	// told; without it a held line is reported as not sent.
	Resend bool

	today string            // of the last message shown
	waits map[string]string // why messages wait, as last shown, by the place that they are for; no entry once one was sent
}

// Append appends the lines of n to out (the conversation, for stdout) and to
// err (trouble, for stderr), each line with its newline. Nothing is appended
// for what plain text does not show: one's own messages (see Mine), and
// stations on the way to delivery that pass by themselves.
func (f *Formatter) Append(out, err []byte, n chat.Notify) (newOut, newErr []byte) {
	switch n := n.Notification.(type) {
	case chat.Ready:
		out = own(out, "ready: you are "+self(n.Me)+" "+shortID(n.Me.ID)+inNetwork(n)+on(n.Addrs))
	case chat.PeerCame:
		out = own(out, label(n.Peer)+" is here")
	case chat.PeerLeft:
		out = own(out, label(n.Peer)+" is gone")
	case chat.Shown:
		out = f.message(out, n)
	case chat.Delivery:
		out, err = f.delivery(out, err, n)
	case chat.PeerList:
		out = peers(out, n)
	case chat.StatusReport:
		out = status(out, n)
	case chat.Topology:
		out = graph(out, n)
	case chat.Entered:
		out = own(out, entered(n))
	case chat.MemberCame:
		out = own(out, label(n.Who)+" has joined "+in(n.Conversation))
	case chat.MemberLeft:
		out = own(out, label(n.Who)+" has left "+in(n.Conversation))
	case chat.Joined:
		out = own(out, joined(n))
	case chat.Parted:
		out = own(out, "you have left "+in(n.Conversation))
	case chat.Switched:
		out = own(out, goesTo(n.To))
	case chat.SessionChanged:
		out = own(out, session(n))
	case chat.PlaceList:
		out = places(out, n)
	case chat.DirectList:
		out = directs(out, n)
	case chat.UserList:
		out = users(out, n)
	case chat.Renamed:
		out = own(out, renamed(n))
	case chat.AwayChanged:
		out = own(out, awayChanged(n))
	case chat.Portrait:
		out = portrait(out, n)
	case chat.History:
		out = f.history(out, n)
	case chat.Digest:
		out = f.digest(out, n)
	case chat.Holders:
		out = holders(out, n)
	case chat.Equivocated:
		err = equivocated(err, n)
	case chat.GapSeen:
		out = own(out, gap(n))
	case chat.Notice:
		out = own(out, n.Text)
	case chat.Warning:
		err = put(err, "warning: ", n.Text)
	case chat.Failed:
		err = put(err, "error: ", n.Text)
	case chat.Lagged:
		err = put(err, "error: ", plural(n.Lost, "line was", "lines were")+" left out – they came faster than this console writes – /ls and /status tell the present state")
	case chat.Ended:
		if n.Undelivered > 0 {
			err = undelivered(err, n)
		}
	default:
		panic(fmt.Sprintf("line: unknown notification %T", n))
	}
	return out, err
}

// put appends head and text as one message: foreign characters made safe, and
// further lines indented. head is ours or safe already.
func put(dst []byte, head, text string) []byte {
	text = safe.Text(text)
	dst = append(dst, head...)
	for {
		first, rest, more := strings.Cut(text, "\n")
		dst = append(dst, first...)
		dst = append(dst, '\n')
		if !more {
			return dst
		}
		dst = append(dst, indent...)
		text = rest
	}
}

// own is a line of the node itself.
func own(dst []byte, text string) []byte { return put(dst, "* ", text) }

func (f *Formatter) message(out []byte, n chat.Shown) []byte {
	if n.Mine && !f.shows(n) {
		return out
	}
	from := label(n.From)
	if n.Late {
		from += " (late)"
	}
	mark := "[" + place(n.ID.Conversation) + "] "
	switch n.Side {
	case chat.SideA:
		mark = "P-> "
	case chat.SideB:
		mark = "P~> "
	}
	switch n.Kind {
	case chat.Text:
		return put(f.stamp(out, n.At), mark+from+": ", n.Text)
	case chat.Action:
		return put(f.stamp(out, n.At), mark+"* "+from+" ", n.Text)
	case chat.Hello:
		return put(f.stamp(out, n.At), mark+from, " says hello")
	case chat.HelloAck:
		return put(f.stamp(out, n.At), mark+from, fmt.Sprintf(": heard your hello — %.2f s", n.After.Seconds()))
	}
	return out // a kind from the future
}

// shows says whether one's own message is shown. Of a direct one it is shown that it
// has arrived.
func (f *Formatter) shows(n chat.Shown) bool {
	c := n.ID.Conversation
	if c.Kind() == string(c) {
		return f.Mine || n.Elsewhere
	}
	return n.Elsewhere && n.Session > 0
}

// stamp appends the time of sending, if wanted.
func (f *Formatter) stamp(out []byte, at time.Time) []byte {
	if !f.Time || at.IsZero() {
		return out
	}
	loc := f.Location
	if loc == nil {
		loc = time.Local
	}
	at = at.In(loc)
	if day := at.Format(time.DateOnly); day != f.today {
		f.today = day
		out = append(out, day...)
		out = append(out, ' ')
	}
	out = at.AppendFormat(out, time.TimeOnly)
	return append(out, ' ')
}

func gap(n chat.GapSeen) string {
	s := plural(int(min(n.Missing, 1<<31-1)), "message", "messages") + " from " + label(n.From)
	one := n.Missing == 1
	switch {
	case n.Lost && one:
		return s + " is lost: nobody here has it any more"
	case n.Lost:
		return s + " are lost: nobody here has them any more"
	case one:
		return s + " has not arrived yet"
	}
	return s + " have not arrived yet"
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
