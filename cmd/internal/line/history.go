package line

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// history shows messages as they were shown when they came, always with the
// time of sending: what is remembered is of no use without it.
func (f *Formatter) history(out []byte, n chat.History) []byte {
	of := ""
	switch {
	case n.Words != "" && n.Conversation != "":
		of = " in " + in(n.Conversation) + " with " + said(n.Words)
	case n.Words != "":
		of = " with " + said(n.Words)
	default:
		of = " of " + in(n.Conversation)
	}
	if len(n.Items) == 0 {
		return own(out, "nothing is remembered"+of)
	}
	out = own(out, plural(len(n.Items), "message", "messages")+of+":")
	old := Formatter{Time: true, Location: f.Location}
	for _, m := range n.Items {
		out = old.Remembered(out, m)
	}
	switch {
	case n.More && n.First:
		out = own(out, "there are later ones")
	case n.More && n.Words == "":
		out = own(out, fmt.Sprintf("there are older ones: /history %d", 2*len(n.Items)))
	}
	return out
}

// Remembered appends one message of history, one's own as others see them.
func (f *Formatter) Remembered(out []byte, m chat.Remembered) []byte {
	if !m.Mine || m.To == nil || m.Side != chat.NoSide {
		m.Mine = false
		return f.message(out, m.Shown)
	}
	text := m.Text
	if m.Kind == chat.Action {
		text = "* " + text
	}
	if m.State != 0 {
		text += " — " + m.State.String()
	}
	return put(f.stamp(out, m.At), "[dm] to "+label(*m.To)+": ", text)
}

// digest tells what came while the user was away.
func (f *Formatter) digest(out []byte, n chat.Digest) []byte {
	from := make([]string, 0, len(n.From))
	for _, p := range n.From {
		from = append(from, label(p))
	}
	s := "while you were away: " + plural(n.Count, "message", "messages") + " in " + in(n.Conversation)
	if len(from) > 0 {
		s += " from " + strings.Join(from, ", ")
	}
	s += ", " + f.day(n.Since) + " to " + f.day(n.Until)
	if len(n.Mentions) > 0 {
		s += "; " + plural(len(n.Mentions), "names you:", "name you:")
	} else {
		s += fmt.Sprintf("; /history %d shows them", n.Count)
	}
	out = own(out, s)
	old := Formatter{Time: true, Location: f.Location, Mine: true}
	for _, m := range n.Mentions {
		out = old.message(out, m)
	}
	return out
}

// day is a time with its day, local.
func (f *Formatter) day(at time.Time) string {
	loc := f.Location
	if loc == nil {
		loc = time.Local
	}
	return at.In(loc).Format("2006-01-02 15:04")
}

// holders tells who has a message of the user's.
func holders(out []byte, n chat.Holders) []byte {
	what := "your message"
	if n.Text != "" {
		what = said(n.Text)
	}
	if n.ID.Conversation.Kind() == "dm" {
		return own(out, what+" — "+n.State.String())
	}
	if len(n.Who) == 0 {
		return own(out, fmt.Sprintf("%s: nobody has said yet that he has it (%d there)", what, n.Of))
	}
	names := make([]string, 0, maxNamed)
	for _, p := range n.Who[:min(len(n.Who), maxNamed)] {
		names = append(names, label(p))
	}
	s := fmt.Sprintf("%s: %d of %d have it: %s", what, len(n.Who), max(n.Of, len(n.Who)), strings.Join(names, ", "))
	if more := len(n.Who) - maxNamed; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return own(out, s)
}

// equivocated tells of an author who contradicts himself, with the proof.
func equivocated(err []byte, n chat.Equivocated) []byte {
	return put(err, "warning: ", fmt.Sprintf("%s signed two different messages under number %d in %s: %s and %s – nothing more of that log is shown",
		label(n.Who), n.Seq, in(n.Conversation), said(n.Texts[0]), said(n.Texts[1])))
}

// said is the beginning of a text in quotes, safe to show.
func said(text string) string {
	return `"` + strings.ReplaceAll(safe.Short(text, echoed), `"`, `'`) + `"`
}

// undelivered tells what was not delivered when the node ended.
func undelivered(err []byte, n chat.Ended) []byte {
	s := plural(n.Undelivered, "message was", "messages were") + " not delivered"
	switch {
	case n.Kept && n.Undelivered == 1:
		return put(err, "error: ", s+" yet – nobody was there to take it – it is kept, and sent after the next start")
	case n.Kept:
		return put(err, "error: ", s+" yet – nobody was there to take them – they are kept, and sent after the next start")
	}
	return put(err, "error: ", s+" – the node ended before anybody took what was left – send again when a peer is here")
}

// readHistory reads "/history [conversation] [n]".
func readHistory(args string) Typed {
	words := fields(args)
	var in chat.ReadHistory
	if last := len(words) - 1; last >= 0 && digits(words[last]) && !(last == 1 && words[0] == "dm") { // "dm 3" is a peer
		n, err := strconv.Atoi(words[last])
		if err != nil || n < 1 {
			return Typed{Wrong: "/history takes a number of messages from 1 – nothing was asked – /history 100"}
		}
		in.N, words = n, words[:last]
	}
	switch {
	case len(words) == 1, len(words) == 2 && words[0] == "dm":
		in.In = strings.Join(words, " ")
	case len(words) > 1:
		return Typed{Wrong: "/history takes a conversation and a number – nothing was asked – /history #ops 100, /history dm anna"}
	}
	return Typed{Do: in}
}

func readSearch(args string) Typed {
	if empty(args) {
		return Typed{Wrong: "/search needs words – nothing was asked – /search deploy done"}
	}
	return Typed{Do: chat.Search{Words: strings.Trim(args, blanks+"\n")}}
}

func readWhoGot(args string) Typed {
	which, ok := one(args)
	if !ok {
		return Typed{Wrong: "/who-got takes one message – nothing was asked – /who-got, or /who-got 2 for the one before your last"}
	}
	return Typed{Do: chat.WhoGot{Message: which}}
}

func readRetry(args string) Typed {
	to, ok := one(args)
	if !ok {
		return Typed{Wrong: "a peer stands on one line – nothing was tried – /retry [peer]"}
	}
	return Typed{Do: chat.Retry{To: to}}
}
