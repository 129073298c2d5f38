package line

import (
	"strings"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// echoed is how many characters of one's own message a delivery repeats: enough
// to know it again.
const echoed = 60

// delivery shows what became of one's own message: how a direct message ended,
// and why anything else waits or failed.
func (f *Formatter) delivery(out, err []byte, n chat.Delivery) (newOut, newErr []byte) {
	if n.State == chat.Held {
		end := "it was not sent; /help tells the exact form"
		if f.Resend {
			end = "Enter again sends it as text"
		}
		return out, put(err, "held: ", safe.Short(n.Text, echoed)+" – "+n.Reason+" – "+end)
	}
	head := destination(n)
	text := safe.Short(n.Text, echoed) + " — " + n.State.String()
	if n.Text == "" { // only a hello has no text
		head, text = strings.TrimSuffix(head, ": "), " say hello — "+n.State.String()
	}
	if n.Reason != "" {
		text += ": " + n.Reason
	}
	direct := n.To != nil && !inSession(n)
	switch {
	case n.State == chat.SendFailed:
		return out, put(err, head, text)
	case !direct && !f.waitsAnew(head, n):
		return out, err
	case direct && n.State == chat.Delivered, n.State == chat.Queued && n.Reason != "":
		return put(out, head, text), err
	}
	return out, err
}

func inSession(n chat.Delivery) bool { return n.ID.Conversation.Kind() == "session" }

// destination begins the line about a message of the user's own: where it goes.
func destination(n chat.Delivery) string {
	switch {
	case n.To != nil && inSession(n):
		return "[private] to " + label(*n.To) + ": "
	case n.To != nil:
		return "[dm] to " + label(*n.To) + ": "
	case n.ID.Conversation != "":
		return "[" + place(n.ID.Conversation) + "] you: "
	}
	return "[lobby] you: "
}

// waitsAnew tells whether the user does not know yet that messages to that
// place wait, and why. What waits behind a message that is known to wait is not
// worth a line each.
func (f *Formatter) waitsAnew(place string, n chat.Delivery) bool {
	known := f.waits[place]
	if n.State != chat.Queued {
		delete(f.waits, place)
		return false
	}
	if f.waits == nil {
		f.waits = make(map[string]string)
	}
	f.waits[place] = n.Reason
	return n.Reason != known
}
