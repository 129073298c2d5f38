package main

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"syscall"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/console"
	"tincan/cmd/internal/control"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/jsonl"
	"tincan/cmd/internal/line"
)

// visit is a command's time at a running node.
type visit struct {
	ctx    context.Context // ends with a signal, or when stdout cannot be written
	cancel context.CancelFunc
	sig    *atomic.Int32
	client *control.Client
	sub    front.Subscription
	unsaid []chat.Notify // told already, and not yet heard

	stdout, stderr io.Writer
	json           bool
	format         line.Formatter
	broken         error // why stdout cannot be written
}

// begin reaches the node that is meant, at a seat apart: a command says where each line
// goes, and reads for nobody. The error says that there is none, or that it is not to be
// had.
func begin(s *settings, stdout, stderr io.Writer) (*visit, error) {
	client, err := dial(s)
	if err != nil {
		return nil, err
	}
	v := &visit{client: client, sub: client.Subscribe(), stdout: stdout, stderr: stderr, json: s.json, format: line.Formatter{Time: showTime(s.time, stdout)}}
	v.ctx, v.cancel, v.sig = untilSignal()
	if err := v.do("", chat.Attach{Apart: true}); err != nil {
		v.close()
		return nil, err
	}
	return v, nil
}

func (v *visit) close() {
	v.cancel()
	v.client.Close()
}

// dial reaches the node that is meant, in words that say what to do if it is not there.
func dial(s *settings) (*control.Client, error) {
	client, err := control.Dial(s.control)
	var refused *control.RefusedError
	switch {
	case errors.Is(err, control.ErrNoNode):
		return nil, fail(exitNoNode, "no node is running there – nobody listens at %s – node %sdaemon starts one, node -h tells how to name another", quotedPath(s.control), s.asking.which)
	case errors.Is(err, control.ErrSilent):
		return nil, fail(exitNoNode, "the node does not answer – it listens at %s and is stopped or overloaded – wait, or end it and start it again", quotedPath(s.control))
	case errors.As(err, &refused):
		return nil, fail(exitOther, "the node at %s lets nobody in – %s", quotedPath(s.control), refused.Text)
	case err != nil:
		return nil, fail(exitIdentity, "the node at %s cannot be used – %v – see whose it is, or name another with --control PATH", quotedPath(s.control), err)
	}
	return client, nil
}

// do asks the node.
func (v *visit) do(ref string, in chat.Instruction) error {
	if err := v.client.Do(v.ctx, ref, in); err != nil {
		return v.ended(err)
	}
	return nil
}

// errDone ends hear without an error.
var errDone = errors.New("done")

// hear calls each for what the node tells, until it returns an error or the limit,
// unless it is 0, is over: then late is true. What comes after that is heard by the
// next call.
func (v *visit) hear(limit time.Duration, each func(chat.Notify) error) (late bool, err error) {
	ctx := v.ctx
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	for {
		for len(v.unsaid) > 0 {
			n := v.unsaid[0]
			v.unsaid = v.unsaid[1:]
			switch err := each(n); {
			case errors.Is(err, errDone):
				return false, nil
			case err != nil:
				return false, err
			}
		}
		if v.unsaid, err = v.sub.Next(ctx); err != nil {
			if v.ctx.Err() == nil && ctx.Err() != nil {
				return true, nil
			}
			return false, v.ended(err)
		}
	}
}

// ended says why a visit ends early: nil after a signal, or when nobody reads any more.
func (v *visit) ended(err error) error {
	switch {
	case v.ctx.Err() != nil:
		return nil
	case v.client.Err() == nil && !errors.Is(err, control.ErrGone): // that it cannot be written to is seen first
		return fail(exitNoNode, "the node has ended – nothing more can be asked – start it again")
	}
	return errGone
}

// errGone is that a node goes without a word.
var errGone = fail(exitNoNode, "the node is gone – its end of the line has closed – start it again; what it had accepted is kept if it keeps things")

// show writes a notification where the console would.
func (v *visit) show(n chat.Notify) {
	if v.json {
		v.write(jsonl.Append(nil, n, time.Now()))
		return
	}
	out, trouble := v.format.Append(nil, nil, n)
	v.write(out)
	_, _ = v.stderr.Write(trouble)
}

func (v *visit) write(lines []byte) {
	if len(lines) == 0 || v.broken != nil {
		return
	}
	if _, v.broken = v.stdout.Write(lines); v.broken != nil {
		v.cancel()
	}
}

// code is the exit code of a visit that has ended, code being what it is of itself.
func (v *visit) code(code int) (int, error) {
	switch {
	case errors.Is(v.broken, syscall.EPIPE):
		return exitOK, nil
	case v.broken != nil:
		return 0, fail(exitListen, "cannot write to the output – %v – give it an output that takes lines", cause(v.broken))
	case v.sig.Load() == int32(syscall.SIGINT):
		return exitInterrupt, nil
	}
	return code, nil
}

// codeOf is the exit code of what could not be had.
func codeOf(code chat.FailCode) int {
	switch code {
	case chat.UnknownPeer, chat.AmbiguousPeer, chat.SelfPeer:
		return console.NotSent
	case chat.Unreachable:
		return console.NoPeer
	}
	return exitOther
}
