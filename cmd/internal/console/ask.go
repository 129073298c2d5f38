package console

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/jsonl"
	"tincan/cmd/internal/line"
)

// answerTime is how long an instruction is waited for whose answer decides what
// comes next: a peer that has to be found takes at most a dial and a lookup.
const answerTime = 10 * time.Second

// asker turns lines into instructions, one after the other.
type asker struct {
	*console
	ctx    context.Context
	refs   int  // plain text: the last ref given out
	astray bool // on a pipe: the conversation that lines were meant for could not be opened
}

// ask reads In to its end.
func (c *console) ask(ctx context.Context) {
	select {
	case <-c.ready:
	case <-ctx.Done():
		return
	}
	a := &asker{console: c, ctx: ctx}
	in := newInput(c.In, c.maxLine(), c.JSON, c.Interactive)
	for {
		text, wrong, err := in.next()
		switch {
		case err != nil:
			a.end()
			return
		case wrong != "":
			a.refuse("", "too-long", wrong)
		case c.JSON && jsonl.Is([]byte(text)):
			err = a.object([]byte(text))
		default:
			err = a.line(text)
		}
		if err != nil {
			return // the node or ctx has ended
		}
	}
}

func (c *console) maxLine() int {
	if c.JSON {
		return jsonl.MaxLine
	}
	return maxPlain
}

// end comes at the end of In.
func (a *asker) end() {
	switch {
	case a.Once:
		a.await("")
		a.client.Do(a.ctx, "", chat.Quit{})
	case a.Interactive:
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.over {
			return
		}
		fmt.Fprintln(a.Err, "end of input: the node runs on – Ctrl-C ends it")
	}
}

// object carries out a JSON line. The error says that nothing more can be asked.
func (a *asker) object(text []byte) error {
	ref, in, err := jsonl.Parse(text)
	var bad *jsonl.Error
	if errors.As(err, &bad) {
		a.say(chat.Notify{Ref: ref, Notification: bad.Notification()})
		return nil
	}
	return a.do(ref, in)
}

// line carries out a line of the text grammar.
func (a *asker) line(text string) error {
	if held := a.remember(text); held != "" {
		in := chat.Say{Text: held}
		return a.do(a.ref(in), in)
	}
	t := line.Parse(text)
	switch {
	case t.Help != "":
		a.say(chat.Notify{Notification: chat.Notice{Text: t.Help[:len(t.Help)-1]}})
		return nil
	case t.Wrong != "":
		a.astray = a.astray || t.Astray && !a.Interactive && !a.JSON
		a.refuse("", "bad-command", t.Wrong)
		return nil
	}
	ref := a.ref(t.Do)
	switch {
	case a.astray && line.NeedsPlace(t.Do):
		return a.do(ref, chat.Hold{Line: text, Reason: "the conversation that it was meant for is not open"})
	case line.Opens(t.Do):
		return a.open(ref, t.Do)
	}
	return a.do(ref, t.Do)
}

// open waits until the conversation is open: what is typed next must not go
// to the one before.
func (a *asker) open(ref string, in chat.Instruction) error {
	err := a.do(ref, in)
	if err != nil || ref == "" {
		return err
	}
	a.await(ref)
	a.mu.Lock()
	defer a.mu.Unlock()
	_, late := a.waiting[ref]
	a.astray = !a.Interactive && (a.refused == ref || late)
	return nil
}

// remember keeps a line that may be held. If the line is empty and the one
// before was held, in a terminal, it returns that one.
func (a *asker) remember(text string) (held string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	held, a.held = a.held, ""
	if text != "" {
		a.typed = text
	}
	if text != "" || !a.Interactive {
		return ""
	}
	return held
}

// ref numbers the instructions of plain text whose answers are waited for: a
// person needs no answer for its own sake. Those of JSON have the asker's refs only.
func (a *asker) ref(in chat.Instruction) string {
	if a.JSON || answers(in) == 0 || !a.Once && !line.Opens(in) {
		return ""
	}
	a.refs++
	return strconv.Itoa(a.refs)
}

// do asks the node, and remembers which answers will come.
func (a *asker) do(ref string, in chat.Instruction) error {
	if n := answers(in); ref != "" && n > 0 && (a.Once || line.Opens(in)) {
		a.mu.Lock()
		_, session := in.(chat.Fork)
		a.waiting[ref] = awaited{a.waiting[ref].answers + n, session}
		a.mu.Unlock()
	}
	return a.client.Do(a.ctx, ref, in)
}

// answers is how many answers an instruction has at least, if it does not fail.
func answers(in chat.Instruction) int {
	switch in.(type) {
	case chat.Blank, chat.Quit, chat.Exit:
		return 0
	case chat.Connect:
		return 2 // that it is tried, and how it went
	}
	return 1
}

// await waits for the answer to ref, or to everything when ref is empty, for
// answerTime at most.
func (a *asker) await(ref string) {
	limit := time.NewTimer(answerTime)
	defer limit.Stop()
	for {
		a.mu.Lock()
		_, left := a.waiting[ref]
		if ref == "" {
			left = len(a.waiting) > 0
		}
		a.mu.Unlock()
		if !left {
			return
		}
		select {
		case <-a.changed:
		case <-limit.C:
			return
		case <-a.ctx.Done():
			return
		}
	}
}

// say shows something that does not come from the node.
func (a *asker) say(n chat.Notify) {
	a.tell([]chat.Notify{n})
}

func (a *asker) refuse(ref string, code chat.FailCode, text string) {
	a.say(chat.Notify{Ref: ref, Notification: chat.Failed{Code: code, Text: text}})
}
