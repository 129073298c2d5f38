package main

import (
	"strconv"
	"time"
)

// historySettings are what the command history is asked for.
type historySettings struct {
	do           string   // "search", "export" or "purge"
	words        []string // of search
	n            int      // of search: the most messages
	before       time.Duration
	conversation string // as it was typed; "" is all
}

// The messages that search tells of unless it is said, and at most.
const (
	searchCount = 20
	maxSearch   = 10_000
)

// archiveCommands read what a data directory keeps, whether a node runs or not.
var archiveCommands = []string{"search", "export", "purge"}

// archive judges what stands around one of the archiveCommands.
func (f *flags) archive(args []string, env func(string) string) (*settings, error) {
	if err := f.only("history", &f.peerNo, &f.dataDir, &f.network, &f.json, &f.ui); err != nil {
		return nil, err
	}
	s := &settings{command: "archive"}
	if err := f.numbers(s); err != nil {
		return nil, err
	}
	var err error
	if s.dataDir, err = f.dataDir.one(); err != nil {
		return nil, err
	}
	switch {
	case s.dataDir != "":
	case s.peerNo != 0:
		return nil, usage("%s is %d – a demo peer keeps nothing unless it is told where – say --data-dir DIR", f.peerNo.source, s.peerNo)
	default:
		if s.dataDir = defaultDataDir(env); s.dataDir == "" {
			return nil, usage("no home directory is known – a node keeps its history there – say --data-dir DIR")
		}
	}
	if s.network, err = f.network.one(); err != nil {
		return nil, err
	}
	if err := f.face(s); err != nil {
		return nil, err
	}
	var help bool
	if s.history, help, err = historyArgs(args, &s.json); help {
		return &settings{command: "help", topic: "history"}, nil
	}
	return s, err
}

// historyArgs reads the command and its own flags, which stand before the words.
func historyArgs(from []string, json *bool) (h *historySettings, help bool, err error) {
	h = &historySettings{do: from[0], n: searchCount}
	var (
		conversation = given{name: "conversation"}
		inJSON       = given{name: "json", toggle: true}
		n            = given{name: "n"}
		before       = given{name: "before"}
		takes        = []*given{&conversation, &inJSON}
	)
	switch h.do {
	case "search":
		takes = append(takes, &n)
	case "purge":
		takes = append(takes, &before)
	}
	a := args{command: "history " + h.do, topic: "history", takes: takes}
	if h.words, help, err = a.read(from[1:]); help || err != nil {
		return nil, help, err
	}
	for _, step := range []func() error{
		func() (err error) { h.conversation, err = conversation.one(); return },
		func() (err error) { *json, err = inJSON.on(*json); return },
		func() (err error) { h.n, err = n.messages(searchCount, maxSearch); return },
		func() (err error) { h.before, err = before.age(); return },
	} {
		if err := step(); err != nil {
			return nil, false, err
		}
	}
	switch {
	case h.do == "search" && len(h.words) == 0:
		return nil, false, usage("history search has no words – it takes what you look for – node history search deploy")
	case h.do != "search" && len(h.words) > 0:
		return nil, false, usage("%s is left over – history %s takes no words – leave it out", quoted(h.words[0]), h.do)
	case h.do == "purge" && len(before.values) == 0:
		return nil, false, usage("history purge has no --before – it says what is to go – --before 30d, or --before 0d for everything")
	}
	return h, false, nil
}

// messages returns the only value as a number of messages.
func (g *given) messages(def, most int) (int, error) {
	v, err := g.one()
	if v == "" || err != nil {
		return def, err
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > most {
		return 0, usage("%s is %s – it is a number of messages, 1 to %d – for example %s 100", g.source, quoted(v), most, g.source)
	}
	return n, nil
}

// age returns the only value as an age.
func (g *given) age() (time.Duration, error) {
	v, err := g.one()
	if v == "" || err != nil {
		return 0, err
	}
	d, err := age(v)
	if err != nil {
		return 0, usage("%s is %s – it is an age, a number with h, d or w – for example 12h, 30d", g.source, quoted(v))
	}
	return d, nil
}

// age reads a number of hours, days or weeks.
func age(value string) (time.Duration, error) {
	units := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if value == "" {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseUint(value[:len(value)-1], 10, 16)
	unit := units[value[len(value)-1]]
	if err != nil || unit == 0 {
		return 0, strconv.ErrSyntax
	}
	return time.Duration(n) * unit, nil
}

const historyHelp = `node history: what was said, in a terminal.

    node history
    node history '#ops' 100
    node history search deploy
    node --data-dir ~/bot history export --conversation '#ops' --json
    node history purge --before 30d
    node history purge --before 0d --conversation '#old'

node [flags] history [conversation] [n]: the last n messages, 20 if it is not
said, of lobby, '#name', dm PEER or session:N, as a node that runs has them.

node [--data-dir DIR] [--network NAME] history COMMAND: what a data directory
keeps, that of your own identity if it is not said. No node need run; the lines
go to stdout, with the time of sending.

    search WORDS…     the newest messages that have all of the words; of the
                      last one its beginning will do; -n N: N of them, not 20
    export            all messages, the oldest first
    purge             remove what is older than --before, as 12h, 30d or 8w;
                      what is still to be sent stays, and so does each
                      author's last line, so that nothing is shown twice

    --conversation C  of one only: lobby, '#name', 'dm N' or 'dm ID'
    --json            one JSON object a line

search and export may run while the node does; purge waits for no one: it ends
with exit code 9 if the profile is in use.
`
