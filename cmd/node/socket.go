package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/control"
	"tincan/cmd/internal/front"
	"tincan/node"
)

// socketFile is the control socket of a node that keeps things in a directory.
const socketFile = "control.sock"

// socketOf is where the node that settings mean has its control socket unless
// another place is said; "" if nobody could know.
func socketOf(s *settings, env func(string) string) string {
	switch {
	case s.dataDir != "":
		return filepath.Join(s.dataDir, socketFile)
	case s.peerNo != 0:
		network := s.network
		if network == "" {
			network = node.DemoNetwork
		}
		return filepath.Join(runtimeDir(env), url.PathEscape(network)+"-"+strconv.Itoa(s.peerNo)+".sock")
	}
	return ""
}

// runtimeDir is where sockets of this user's stand while he is logged in (XDG Base
// Directory Specification), or a directory of his own for want of that.
func runtimeDir(env func(string) string) string {
	if dir := env("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "tincan")
	}
	return fmt.Sprintf("/tmp/tincan-%d", os.Geteuid())
}

// listening reads where a node lets its user in from elsewhere. One that keeps
// things does so always; a demo peer, who leaves nothing on the disk, when it is
// said or when there is no other way.
func (f *flags) listening(s *settings, env func(string) string) (err error) {
	daemon := s.command == "daemon"
	if s.control, err = f.control.one(); err != nil {
		return err
	}
	s.controlAsked = s.control != "" || daemon
	if s.control == "" && (s.dataDir != "" || daemon) {
		s.control = socketOf(s, env)
	}
	if s.control == "" && daemon {
		return usage("%s is on and the node has no console – nobody could talk to it – say --control PATH", f.ephemeral.source)
	}
	return nil
}

// openControl listens for the owner's own terminals and scripts.
func (d *doors) openControl(_ context.Context, s *settings) error {
	if s.control == "" {
		return nil
	}
	l, err := control.Listen(s.control)
	var taken *control.InUseError
	switch {
	case errors.As(err, &taken):
		return fail(exitInUse, "the control socket %s is in use – another node listens there – stop that one, or say --control PATH", quotedPath(s.control))
	case errors.Is(err, errors.ErrUnsupported) && !s.controlAsked:
		return nil
	case err != nil && s.controlAsked:
		return fail(exitListen, "there is no control socket at %s – %v – say --control PATH in a directory of your own", quotedPath(s.control), err)
	case err != nil:
		d.notes = append(d.notes, chat.Warning{Text: fmt.Sprintf("there is no control socket: node send and the like do not find this node – %v – --control PATH says another place", err)})
		return nil
	}
	d.closes = append(d.closes, func() { l.Close() })
	door := control.New(l, func() front.Client { return user{d.n.Seat(chat.Owner)} }, d.log)
	d.runs = append(d.runs, door.Run)
	return nil
}
