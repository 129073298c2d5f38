package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/jsonl"
	"tincan/cmd/internal/line"
	"tincan/node"
)

// archive reads or purges what a data directory keeps, and returns the exit code.
// It needs no node, and only purging keeps one from running.
func archive(s *settings, stdout io.Writer) (int, error) {
	signal.Ignore(syscall.SIGPIPE) // a closed stdout is an error of writing, not the end of the process
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	a, closing, err := openArchive(s)
	if err != nil {
		return 0, err
	}
	defer closing()
	out := bufio.NewWriter(stdout)
	w := &historyWriter{out: out, json: s.json, lines: line.Formatter{Time: true}}
	conversation, err := s.history.in(a.Me())
	if err != nil {
		return 0, err
	}
	switch s.history.do {
	case "search":
		err = search(ctx, a, conversation, s.history, w)
	case "export":
		err = a.Each(ctx, conversation, w.write)
	case "purge":
		err = purge(ctx, a, conversation, s.history.before, w)
	}
	if flushed := out.Flush(); err == nil || errors.Is(err, errWrite) {
		if err = errors.Join(err, flushed); err != nil {
			return 0, fail(exitListen, "cannot write to the output – %v – give it an output that takes lines", flushed)
		}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return exitInterrupt, nil
	case err != nil:
		return 0, fail(exitOther, "cannot read the history – %v – start the node, which sets a damaged one aside", err)
	}
	return exitOK, nil
}

// openArchive opens the history that the settings mean, and for purging the profile
// that it belongs to.
func openArchive(s *settings) (a *node.Archive, closing func(), err error) {
	key, owner, err := node.ReadProfile(s.dataDir)
	if err != nil {
		return nil, nil, unopened(s.dataDir, err)
	}
	c := node.ArchiveConfig{Dir: s.dataDir, Key: key, Network: s.network, Write: s.history.do == "purge"}
	if owner != "" {
		var ok bool
		if c.PeerNo, c.Key, ok = derivedFrom(owner); !ok {
			return nil, nil, fail(exitIdentity, "cannot use the data directory %s – it belongs to %s, of which this version knows nothing – choose another one", quoted(s.dataDir), quoted(owner))
		}
		if s.peerNo != 0 && s.peerNo != c.PeerNo {
			return nil, nil, fail(exitIdentity, "cannot use the data directory %s – it belongs to %s, and this is demo peer %d – choose another one", quoted(s.dataDir), owner, s.peerNo)
		}
	}
	closing = func() {}
	if c.Write {
		who, err := lockedProfile(s.dataDir, owner)
		if err != nil {
			return nil, nil, unopened(s.dataDir, err)
		}
		closing = who.Close
	}
	a, err = node.OpenArchive(c)
	if err != nil {
		closing()
		var (
			none *node.NoHistoryError
			bad  *node.ConfigError
		)
		if errors.As(err, &none) || errors.As(err, &bad) {
			return nil, nil, fail(exitConfig, "%v", err)
		}
		return nil, nil, unkept(err)
	}
	unlock := closing
	return a, func() { _ = a.Close(); unlock() }, nil
}

func lockedProfile(dir, owner string) (*node.Profile, error) {
	if owner != "" {
		return node.OpenDerivedProfile(dir, owner)
	}
	return node.OpenProfile(dir)
}

// in is the conversation that is meant, "" for all.
func (h *historySettings) in(me chat.PeerID) (chat.Conversation, error) {
	switch c := h.conversation; {
	case c == "", c == string(chat.Lobby), strings.HasPrefix(c, "session/"):
		return chat.Conversation(c), nil
	case strings.HasPrefix(c, "#"):
		clean, why := node.CleanChannel(c)
		if why != "" {
			return "", usage("--conversation is %s – %s – for example '#ops'", quoted(c), why)
		}
		return clean, nil
	default:
		with, ok := strings.CutPrefix(c, "dm ")
		if no, err := strconv.Atoi(with); err == nil && no >= 1 && no <= maxPeerNo {
			with = idOf(node.DemoKey(no))
		}
		if !ok || with == "" || strings.Contains(with, "/") || with == string(me) {
			return "", usage("--conversation is %s – it can be lobby, '#name', 'dm N' or 'dm ID', or session/… as an export has it – choose one", quoted(c))
		}
		return chat.DirectWith(me, chat.PeerID(with)), nil
	}
}

func search(ctx context.Context, a *node.Archive, c chat.Conversation, h *historySettings, w *historyWriter) error {
	words := strings.Join(h.words, " ")
	found, more, err := a.Search(ctx, c, words, h.n)
	if err != nil {
		return err
	}
	err = w.notify(chat.History{Conversation: c, Words: words, Items: found, More: more})
	if err == nil && more && !w.json {
		err = w.notice(fmt.Sprintf("there are older ones: history search -n %d …", 2*h.n))
	}
	return err
}

func purge(ctx context.Context, a *node.Archive, c chat.Conversation, before time.Duration, w *historyWriter) error {
	n, err := a.Purge(ctx, c, time.Now().Add(-before))
	if err != nil {
		return err
	}
	return w.notice(fmt.Sprintf("removed messages: %d; what is still to be sent stays, and each author's last line so that nothing is shown twice", n))
}

// historyWriter puts messages into the words of the front ends.
type historyWriter struct {
	out   io.Writer
	json  bool
	lines line.Formatter
	buf   []byte
}

var errWrite = errors.New("write")

func (w *historyWriter) write(m chat.Remembered) error {
	if w.json {
		return w.put(jsonl.AppendRemembered(w.buf[:0], m))
	}
	return w.put(w.lines.Remembered(w.buf[:0], m))
}

func (w *historyWriter) notice(text string) error { return w.notify(chat.Notice{Text: text}) }

func (w *historyWriter) notify(n chat.Notification) error {
	if w.json {
		return w.put(jsonl.Append(w.buf[:0], chat.Notify{Notification: n}, time.Now()))
	}
	lines, _ := w.lines.Append(w.buf[:0], nil, chat.Notify{Notification: n})
	return w.put(lines)
}

func (w *historyWriter) put(lines []byte) error {
	w.buf = lines
	if _, err := w.out.Write(lines); err != nil {
		return errors.Join(errWrite, err)
	}
	return nil
}
