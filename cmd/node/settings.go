package main

import (
	"strconv"
	"unicode/utf8"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// maxPeerNo is the greatest peer number: its port is 65535.
const maxPeerNo = 2535

// settings are what flags and environment ask for.
type settings struct {
	command string // "run", "help" or "version"

	peerNo           int
	bootstrapPeerNos []int
	bootstrap        []string
	listen           []string
	network, name    string
	sparse           bool

	once, json bool
	time       *bool // nil: if stdout is a terminal
	log        logSettings
}

// settings judges the flags of run.
func (f *flags) settings() (*settings, error) {
	s := &settings{command: "run", bootstrap: f.bootstrap.values, listen: f.listen.values}
	steps := []func() error{
		func() error { return f.numbers(s) },
		func() (err error) { s.network, err = f.network.one(); return },
		func() error { return f.called(s) },
		func() (err error) { s.sparse, err = f.sparse.on(false); return },
		func() (err error) { s.once, err = f.once.on(false); return },
		func() error { return f.face(s) },
		func() (err error) { s.log, err = f.logging(); return },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// numbers reads who the node is and whom it asks first.
func (f *flags) numbers(s *settings) error {
	own, err := f.peerNo.one()
	if err != nil {
		return err
	}
	if own == "" {
		return usage("no peer number is given – a node needs one to be somebody – node --peer-no 1, any number from 1 to %d", maxPeerNo)
	}
	if s.peerNo, err = number(f.peerNo.source, own); err != nil {
		return err
	}
	seen := make(map[int]bool)
	for _, v := range f.bootstrapPeerNo.values {
		n, err := number(f.bootstrapPeerNo.source, v)
		if err != nil {
			return err
		}
		if n == s.peerNo {
			return usage("%s is %d – that is this node itself – name another node, or leave it out for the first one", f.bootstrapPeerNo.source, n)
		}
		if !seen[n] {
			seen[n] = true
			s.bootstrapPeerNos = append(s.bootstrapPeerNos, n)
		}
	}
	return nil
}

// number reads a peer number: ASCII digits, 1 to maxPeerNo.
func number(source, v string) (int, error) {
	n := 0
	for i := 0; i < len(v) && n <= maxPeerNo; i++ {
		if v[i] < '0' || v[i] > '9' {
			n = 0
			break
		}
		n = 10*n + int(v[i]-'0')
	}
	if n < 1 || n > maxPeerNo {
		return 0, usage("%s is %s – a peer number is 1 to %d in plain digits – choose one, for example 1", source, quoted(v), maxPeerNo)
	}
	return n, nil
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
