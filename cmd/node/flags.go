package main

import (
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

// A given collects what was said about one flag. It never refuses: what it says
// is judged in settings.go, in words of our own.
type given struct {
	name   string
	short  string // one letter, or ""
	many   bool   // may be repeated
	toggle bool   // may stand without a value
	values []string
	source string // how the user knows it: "--peer-no" or "TINCAN_PEER_NO"
}

// Set implements flag.Value.
func (g *given) Set(v string) error {
	g.values = append(g.values, v)
	g.source = "--" + g.name
	return nil
}

func (g *given) String() string   { return strings.Join(g.values, ",") }
func (g *given) IsBoolFlag() bool { return g.toggle }

// flags are the flags of the program.
type flags struct {
	peerNo, bootstrapPeerNo, bootstrap, listen  given
	network, name, sparse, once, json, ui, time given
	gateway, members, noListen, noMDNS          given
	web, irc, ircName, control                  given
	dataDir, keepDays, keepMB                   given
	ephemeral, role, address, drawn             given
	logLevel, logFormat, logFile, help          given
}

func newFlags() *flags {
	return &flags{
		peerNo:          given{name: "peer-no", short: "p"},
		bootstrapPeerNo: given{name: "bootstrap-peer-no", short: "b", many: true},
		bootstrap:       given{name: "bootstrap", many: true},
		listen:          given{name: "listen", many: true},
		network:         given{name: "network"},
		name:            given{name: "name"},
		sparse:          given{name: "sparse", toggle: true},
		once:            given{name: "once", toggle: true},
		json:            given{name: "json", toggle: true},
		ui:              given{name: "ui"},
		time:            given{name: "time", toggle: true},
		gateway:         given{name: "gateway"},
		web:             given{name: "web"},
		irc:             given{name: "irc"},
		ircName:         given{name: "irc-name"},
		control:         given{name: "control"},
		members:         given{name: "members", many: true},
		noListen:        given{name: "no-listen", toggle: true},
		noMDNS:          given{name: "no-mdns", toggle: true},
		dataDir:         given{name: "data-dir"},
		keepDays:        given{name: "keep-days"},
		keepMB:          given{name: "keep-mb"},
		ephemeral:       given{name: "ephemeral", toggle: true},
		role:            given{name: "role"},
		address:         given{name: "address"},
		drawn:           given{name: "graph"},
		logLevel:        given{name: "log-level"},
		logFormat:       given{name: "log-format"},
		logFile:         given{name: "log-file"},
		help:            given{name: "help", short: "h", toggle: true},
	}
}

// all lists the flags but help.
func (f *flags) all() []*given {
	return []*given{&f.peerNo, &f.bootstrapPeerNo, &f.bootstrap, &f.listen, &f.network, &f.name, &f.sparse,
		&f.gateway, &f.web, &f.irc, &f.ircName, &f.control, &f.members, &f.noListen, &f.noMDNS, &f.dataDir, &f.keepDays, &f.keepMB, &f.ephemeral, &f.role, &f.address, &f.drawn,
		&f.once, &f.json, &f.ui, &f.time, &f.logLevel, &f.logFormat, &f.logFile}
}

// cli declares a flag under each of its names: an alias of cli would copy
// values from one name to the other.
func (g *given) cli() []cli.Flag {
	fs := []cli.Flag{&cli.GenericFlag{Name: g.name, Value: g}}
	if g.short != "" {
		fs = append(fs, &cli.GenericFlag{Name: g.short, Value: g})
	}
	return fs
}

// environment fills in what was not said on the command line. Lists are
// separated by commas; an empty variable counts as unset.
func (f *flags) environment(env func(string) string) {
	for _, g := range f.all() {
		if len(g.values) > 0 {
			continue
		}
		key := "TINCAN_" + strings.ToUpper(strings.ReplaceAll(g.name, "-", "_"))
		v := env(key)
		if v == "" && g == &f.logLevel {
			key = "TINCAN_LOG"
			v = env(key)
		}
		if v == "" {
			continue
		}
		g.values, g.source = []string{v}, key
		if g.many {
			g.values = strings.Split(v, ",")
		}
	}
}

// list returns all values of a flag of addresses, which may also stand in one
// value with commas between them.
func (g *given) list() (values []string, err error) {
	for _, v := range g.values {
		for _, part := range strings.Split(v, ",") {
			if part = strings.TrimSpace(part); part == "" {
				return nil, usage("%s has an empty address – addresses stand with one comma between them – give each or leave it out", g.source)
			}
			values = append(values, part)
		}
	}
	return values, nil
}

// one returns the only value, or "" if there is none.
func (g *given) one() (string, error) {
	switch {
	case len(g.values) == 0:
		return "", nil
	case len(g.values) > 1:
		return "", usage("%s is given %d times – it takes one value – give it once", g.source, len(g.values))
	case g.values[0] == "":
		return "", usage("%s is empty – it needs a value – give one or leave it out", g.source)
	}
	return g.values[0], nil
}

// on returns whether a toggle is on; def if nothing was said.
func (g *given) on(def bool) (bool, error) {
	v, err := g.one()
	if v == "" || err != nil {
		return def, err
	}
	b, err := strconv.ParseBool(v)
	if err != nil {
		return false, usage("%s is %s – it can be true or false – say --%s or leave it out", g.source, quoted(v), g.name)
	}
	return b, nil
}

// maxAmount is far more than anybody keeps, and no number overflows with it.
const maxAmount = 1_000_000

// amount returns the only value as a number of something, 0 if there is none.
func (g *given) amount(of string) (int, error) {
	v, err := g.one()
	if v == "" || err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(v, 10, 32)
	if err != nil || n == 0 || n > maxAmount {
		return 0, usage("%s is %s – it is a number of %s, 1 to %d – for example --%s 90", g.source, quoted(v), of, maxAmount, g.name)
	}
	return int(n), nil
}
