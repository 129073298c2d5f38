package main

import (
	"path/filepath"
	"strconv"
	"unicode/utf8"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/address"
	"tincan/cmd/internal/safe"
	"tincan/node"
)

// settings are what flags and environment ask for.
type settings struct {
	command string // as in commands; "run" also of others that run a node
	topic   string // of help: a command, or ""

	peerNo           int
	member           int  // of the gossip servers, 1 to members; 0: none of them
	ephemeral        bool // an identity for this run only
	keep             node.Retention
	history          *historySettings
	dataDir          string // where an identity, its name and whom it has met are kept; "" unless they are
	members          []string
	noListen, noMDNS bool
	gateway          *address.Address // nil: there is none
	web, irc         *address.Address // likewise
	browse           bool             // a browser is shown the page
	ircName          string           // what the IRC door calls itself; "": the product's name
	control          string           // the path of the control socket, or ""
	controlAsked     bool             // the node is of no use without it
	asking           *asking          // what a command wants of a running node
	drawing          *drawing         // what graph was asked for
	echo             bool             // guests see their own messages too: so they know that the server has them

	remote string // of client: the gateway, as host:port
	ws     bool   // of client: a web door is there, and no gateway
	lobby  bool   // of client: go there at once

	bootstrapPeerNos []int
	bootstrap        []string
	listen           []string
	network, name    string
	sparse           bool

	once, json bool
	time       *bool // nil: if stdout is a terminal
	log        logSettings
}

// settings judges the flags of run and daemon. The environment tells where data
// is kept.
func (f *flags) settings(command string, env func(string) string) (*settings, error) {
	s := &settings{command: command, bootstrap: f.bootstrap.values, listen: f.listen.values}
	err := f.judge(s,
		func() error { return f.numbers(s) },
		func() error { return f.identity(s, env) },
		func() error { return f.doors(s) },
	)
	if err != nil {
		return nil, err
	}
	return s, f.listening(s, env)
}

// judge takes the steps given and those that all who run a node need.
func (f *flags) judge(s *settings, first ...func() error) error {
	steps := append(first,
		func() (err error) { s.network, err = f.network.one(); return },
		func() error { return f.called(s) },
		func() (err error) { s.sparse, err = f.sparse.on(false); return },
		func() (err error) { s.once, err = f.once.on(false); return },
		func() error { return f.face(s) },
		func() (err error) { s.members, err = f.members.list(); return },
		func() error { return f.retention(s) },
		func() (err error) { s.noListen, err = f.noListen.on(false); return },
		func() (err error) { s.noMDNS, err = f.noMDNS.on(false); return },
		func() (err error) { s.log, err = f.logging(); return },
	)
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	if s.noListen && len(s.listen) > 0 {
		return usage("%s is on and the node listens on %s – it listens or it does not – leave one out", f.noListen.source, quoted(s.listen[0]))
	}
	return nil
}

// identity reads where a node has its identity and what belongs to it: one with
// a number nowhere unless it is said.
func (f *flags) identity(s *settings, env func(string) string) (err error) {
	if s.ephemeral, err = f.ephemeral.on(false); err != nil {
		return err
	}
	if s.dataDir, err = f.dataDir.one(); err != nil {
		return err
	}
	switch {
	case s.ephemeral && s.peerNo != 0:
		return usage("%s is on and %s is %d – a number is an identity already – leave one out", f.ephemeral.source, f.peerNo.source, s.peerNo)
	case s.ephemeral && s.dataDir != "":
		return usage("%s is on and %s is %s – an identity is kept or it is not – leave one out", f.ephemeral.source, f.dataDir.source, quoted(s.dataDir))
	case s.ephemeral || s.peerNo != 0 || s.dataDir != "":
		return nil
	}
	s.dataDir = defaultDataDir(env)
	if s.dataDir == "" {
		return usage("no home directory is known – a node keeps its identity there – say --data-dir DIR, or --ephemeral for one that is not kept")
	}
	return nil
}

// retention reads how much of the past is kept.
func (f *flags) retention(s *settings) (err error) {
	if s.keep.Days, err = f.keepDays.amount("days"); err != nil {
		return err
	}
	s.keep.MB, err = f.keepMB.amount("MiB")
	return err
}

// defaultDataDir is where data is kept unless the user says otherwise (XDG Base
// Directory Specification), or "".
func defaultDataDir(env func(string) string) string {
	if data := env("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, "tincan")
	}
	if home := env("HOME"); home != "" {
		return filepath.Join(home, ".local", "share", "tincan")
	}
	return ""
}

// called reads the name that others see.
func (f *flags) called(s *settings) (err error) {
	if s.name, err = f.name.one(); err == nil && (len(s.name) > chat.MaxName || !utf8.ValidString(s.name)) {
		return usage("%s has %d bytes – a name is UTF-8 of %d bytes at most – choose a shorter one", f.name.source, len(s.name), chat.MaxName)
	}
	return err
}

// face reads how the node speaks.
func (f *flags) face(s *settings) error {
	var err error
	if s.json, err = f.json.on(false); err != nil {
		return err
	}
	ui, err := f.ui.one()
	if err != nil {
		return err
	}
	switch ui {
	case "", "auto":
	case "plain":
		if s.json {
			return usage("%s is plain and --json is given – they contradict each other – leave one out", f.ui.source)
		}
	case "json":
		s.json = true
	default:
		return usage("%s is %s – it can be auto, plain or json – choose one", f.ui.source, quoted(ui))
	}
	if len(f.time.values) > 0 {
		on, err := f.time.on(true)
		if err != nil {
			return err
		}
		s.time = &on
	}
	return nil
}

// quoted shows what a user wrote, in safe and short form.
func quoted(v string) string { return strconv.Quote(safe.Short(v, 40)) }

// quotedPath is quoted for a path, which is of use as a whole: as long as the system
// takes one (PATH_MAX of Linux).
func quotedPath(v string) string { return strconv.Quote(safe.Short(v, 4096)) }
