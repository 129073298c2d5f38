package main

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/console"
	"tincan/cmd/internal/safe"
)

// maxInput is how much of a text that is too long is counted, in bytes.
const maxInput = 64 << 20

// joinRef is the ref of joining the channel that a message is for.
const joinRef = "join"

// sending is a message on its way through a running node.
type sending struct {
	*visit
	asking *asking
	text   string

	joins    bool   // the channel is joined for it
	accepted bool   // the node has it, and keeps it if it keeps anything
	over     bool   // nothing more is to be waited for
	code     int    // the exit code then
	waits    string // why it has not arrived, as far as the node has said
}

// send hands a message to a running node and returns the exit code. It returns when
// the node has accepted the message for good, or with --wait when it has arrived:
// at the peer that it is for, or at one neighbour that passes it on.
func send(s *settings, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	text, err := s.asking.message(stdin)
	if err != nil {
		return 0, err
	}
	v, err := begin(s, stdout, stderr)
	if err != nil {
		return 0, err
	}
	defer v.close()
	m := &sending{visit: v, asking: s.asking, text: text}
	if err := v.do(askRef, m.instruction()); err != nil {
		return 0, err
	}
	late, err := v.hear(answerTime, func(n chat.Notify) error { return m.until(&m.accepted, n) })
	switch {
	case err != nil:
		return 0, err
	case late:
		return 0, fail(exitOther, "the node has not answered within %v – the message may be sent or not – node history tells", answerTime)
	case m.over || s.asking.wait == 0:
		return v.code(m.code)
	}
	late, err = v.hear(s.asking.wait, func(n chat.Notify) error { return m.until(&m.over, n) })
	switch {
	case err != nil:
		return 0, err
	case late:
		return m.late()
	}
	return v.code(m.code)
}

// until takes the next word of the node about the message, until that is known or
// nothing more is to be waited for.
func (m *sending) until(known *bool, n chat.Notify) error {
	if err := m.told(n); err != nil {
		return err
	}
	if *known || m.over {
		return errDone
	}
	return nil
}

// message is the text that is to be sent.
func (q *asking) message(stdin io.Reader) (string, error) {
	if !q.stdin {
		return q.text, checkMessage(q.text, int64(len(q.text)))
	}
	input, err := io.ReadAll(io.LimitReader(stdin, chat.MaxText+2))
	if err != nil {
		return "", fail(exitOther, "the input cannot be read – %v – nothing was sent; give the text as an argument", err)
	}
	rest, _ := io.Copy(io.Discard, io.LimitReader(stdin, maxInput))
	input = bytes.TrimPrefix(input, []byte("\ufeff")) // some shells begin a pipe with it
	text, whole := strings.CutSuffix(string(input), "\n")
	if whole {
		text = strings.TrimSuffix(text, "\r")
	}
	return text, checkMessage(text, int64(len(text))+rest)
}

// checkMessage refuses what no node takes, before one is asked.
func checkMessage(text string, size int64) error {
	switch {
	case size > chat.MaxText:
		return usage("the text has %d bytes – nothing was sent – a message takes %d at most", size, chat.MaxText)
	case !utf8.ValidString(text):
		return usage("the text is not valid UTF-8 – nothing was sent – convert it first")
	case strings.TrimSpace(text) == "":
		return usage("the text is empty – nothing was sent – give it as an argument, or - for the input")
	}
	return nil
}

// instruction is what the node is asked to do. Where the message goes is said, so
// it makes no difference where others at this node talk.
func (m *sending) instruction() chat.Instruction {
	switch {
	case m.asking.to != "":
		return chat.SendDirect{To: m.asking.to, Text: m.text}
	case m.inChannel():
		return chat.SayIn{In: m.asking.channel, Text: m.text}
	}
	return chat.Broadcast{Text: m.text}
}

func (m *sending) inChannel() bool { return strings.HasPrefix(m.asking.channel, "#") }

// told takes the next word of the node about the message.
func (m *sending) told(n chat.Notify) error {
	switch {
	case n.Ref == joinRef:
		return m.joined(n)
	case n.Ref != askRef:
		return nil
	}
	bad, failed := n.Notification.(chat.Failed)
	if failed && bad.Code == chat.NoPlace && m.inChannel() && !m.joins {
		m.joins = true
		return m.do(joinRef, chat.Join{Channel: m.asking.channel})
	}
	if m.json || failed {
		m.show(n)
	}
	switch n := n.Notification.(type) {
	case chat.Failed:
		m.over, m.code = true, codeOf(n.Code)
	case chat.Shown:
		m.accepted = true
	case chat.Delivery:
		return m.delivery(n)
	}
	return nil
}

// joined goes on where the message could not be said before.
func (m *sending) joined(n chat.Notify) error {
	switch bad := n.Notification.(type) {
	case chat.Joined, chat.Switched:
		return m.do(askRef, m.instruction())
	case chat.Failed:
		m.show(n)
		m.over, m.code = true, codeOf(bad.Code)
	}
	return nil
}

// delivery takes how far the message is.
func (m *sending) delivery(n chat.Delivery) error {
	m.accepted, m.waits = true, n.Reason
	switch {
	case n.State == chat.Held:
		return fail(console.NotSent, "the text was held – %s – nothing was sent", safe.Line(n.Reason))
	case n.State == chat.SendFailed:
		return fail(console.Undelivered, "the message was not delivered – %s", safe.Line(n.Reason))
	case n.State == chat.Delivered, n.State == chat.Sent && m.asking.to == "" && n.Peers > 0:
		m.over = true
	}
	return nil
}

// late says that the message has not arrived in time, and which code that is: that
// nobody is there at all is another matter than that one is not.
func (m *sending) late() (int, error) {
	const statusRef = "status"
	peers := 1
	if err := m.do(statusRef, chat.GetStatus{}); err != nil {
		return 0, err
	}
	if _, err := m.hear(answerTime, func(n chat.Notify) error {
		if s, ok := n.Notification.(chat.StatusReport); ok && n.Ref == statusRef {
			peers = s.Peers
			return errDone
		}
		return nil
	}); err != nil {
		return 0, err
	}
	if m.ctx.Err() != nil {
		return m.visit.code(exitOK)
	}
	if peers == 0 && m.asking.to == "" {
		return 0, fail(console.NoPeer, "nobody has the message yet – no peer is connected – it is accepted, and sent when there is one")
	}
	why := ""
	if m.waits != "" {
		why = safe.Line(m.waits) + "; "
	}
	return 0, fail(console.Undelivered, "not delivered within %v – %sit is accepted – the node goes on trying", m.asking.wait, why)
}

const sendHelp = `node send: say something at a node that runs.

    node send good morning
    printf 'build done' | node send --channel '#ops' -
    node send --to anna --wait 10s 'are you there?' || echo 'not yet'

node [--data-dir DIR | --peer-no N | --control PATH] send [flags] TEXT...
Several words are one text, with blanks between them; - is the whole input, one
message of up to 64 KiB. Without --to and --channel the lobby hears it. A
channel that you are not in is joined, and you stay: answers come to you.

    --to PEER        to this peer alone, as dm names one
    --channel NAME   to this channel
    --wait TIME      until it has arrived: at the peer's node, or at one that
                     passes it on; 10s, 5m or 2h
    --json           what the node says about it, one object a line
    --               what follows is text, though it begins with a dash

Exit codes: 0 accepted, or with --wait arrived. 6 accepted, and nobody is
connected who could pass it on. 7 nobody, or more than one, is called that.
8 accepted, and not arrived in time: the node goes on trying. 10 no node runs.
`
