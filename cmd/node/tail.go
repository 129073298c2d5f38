package main

import (
	"io"
	"slices"
	"strings"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/jsonl"
)

// following is what tail shows of a running node.
type following struct {
	*visit
	asking *asking

	asked  map[string]bool // refs of questions about the past that are not answered
	past   []chat.Remembered
	before map[chat.MessageID]bool // what of the past is shown
	since  []chat.Notify           // what has been told meanwhile
}

// pastPage is how many messages of the past are asked for at a time.
const pastPage = 100

// The refs of what tail asks.
const (
	placesRef = "places"
	pastRef   = "past " // and the conversation
)

// tail shows messages as a running node has them, until the node ends, a signal comes
// or nobody reads, and returns the exit code.
func tail(s *settings, stdout, stderr io.Writer) (int, error) {
	v, err := begin(s, stdout, stderr)
	if err != nil {
		return 0, err
	}
	defer v.close()
	go func() { // ends with the visit, or with the process
		if unread(stdout) {
			v.cancel()
		}
	}()
	f := &following{visit: v, asking: s.asking, asked: map[string]bool{placesRef: true}, before: make(map[chat.MessageID]bool)}
	if err := v.do(placesRef, chat.ListSessions{}); err != nil {
		return 0, err
	}
	if _, err := v.hear(0, f.told); err != nil {
		return 0, err
	}
	return v.code(exitOK)
}

// told takes the next word of the node. What comes before the past is known waits
// for it.
func (f *following) told(n chat.Notify) error {
	switch in := n.Notification.(type) {
	case chat.Failed:
		switch {
		case n.Ref == joinRef:
			return fail(codeOf(in.Code), "%s", in.Text)
		case f.asked[n.Ref]:
			f.show(n)
			return f.answered(n.Ref)
		}
	case chat.PlaceList:
		if n.Ref == placesRef {
			return f.places(in)
		}
	case chat.History:
		if f.asked[n.Ref] {
			return f.remembers(n.Ref, in)
		}
	case chat.Ended:
		return errDone
	}
	if len(f.asked) > 0 {
		f.since = append(f.since, n)
		return nil
	}
	f.message(n)
	return nil
}

// places asks for the past of the conversations that are followed, and joins the
// one that is asked for.
func (f *following) places(list chat.PlaceList) error {
	there := false
	for _, p := range list.Places {
		name := string(p.Conversation)
		if f.asking.channel != "" && name != f.asking.channel {
			continue
		}
		there = true
		if f.asking.since.IsZero() || !p.Conversation.IsShared() {
			continue
		}
		f.asked[pastRef+name] = true
		if err := f.read(pastRef+name, ""); err != nil {
			return err
		}
	}
	if !there {
		if err := f.do(joinRef, chat.Join{Channel: f.asking.channel}); err != nil {
			return err
		}
	}
	return f.answered(placesRef)
}

// read asks for the next page of a conversation's past, after a message.
func (f *following) read(ref, after string) error {
	return f.do(ref, chat.ReadHistory{In: strings.TrimPrefix(ref, pastRef), N: pastPage, First: true, Since: f.asking.since, After: after})
}

// remembers takes a page of a conversation's past.
func (f *following) remembers(ref string, page chat.History) error {
	f.past = append(f.past, page.Items...)
	if n := len(page.Items); page.More && n > 0 {
		return f.read(ref, page.Items[n-1].ID.String())
	}
	return f.answered(ref)
}

// answered shows the past when all of it is there, and what has come since.
func (f *following) answered(ref string) error {
	delete(f.asked, ref)
	if len(f.asked) > 0 {
		return nil
	}
	slices.SortStableFunc(f.past, func(a, b chat.Remembered) int { return a.At.Compare(b.At) })
	for _, m := range f.past {
		f.before[m.ID] = true
		f.remembered(m)
	}
	for _, n := range f.since {
		f.message(n)
	}
	f.past, f.since = nil, nil
	return nil
}

// message shows what belongs to the conversations that are followed.
func (f *following) message(n chat.Notify) {
	in := f.asking.channel
	n.Ref = ""
	switch m := n.Notification.(type) {
	case chat.Shown:
		if (in == "" || in == string(m.ID.Conversation)) && !f.before[m.ID] {
			f.remembered(chat.Remembered{Shown: m})
		}
	case chat.Digest:
		if in == "" || in == string(m.Conversation) {
			f.show(n)
		}
	case chat.GapSeen:
		if in == "" || in == string(m.Conversation) {
			f.show(n)
		}
	case chat.Lagged, chat.Equivocated:
		f.show(n)
	}
}

// remembered shows a message with whom it is for, one's own too.
func (f *following) remembered(m chat.Remembered) {
	if f.json {
		f.write(jsonl.AppendRemembered(nil, m))
		return
	}
	f.write(f.format.Remembered(nil, m))
}

const tailHelp = `node tail: what is said, as it comes.

    node tail
    node tail --channel '#ops' --since 2h
    node tail --json | jq -r .text

node [--data-dir DIR | --peer-no N | --control PATH] tail [flags]: all of your
conversations, your own words too. It ends with the node, or with its reader.

    --channel NAME   one channel, which is joined, or lobby
    --since TIME     first what was said in lobby and channels from then on: an
                     age, 10m, 2h or 3d, or a time, 2026-11-21T06:00:00Z
    --json           one object a line
`
