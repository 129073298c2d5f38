package main

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tincan/cmd/internal/line"
)

// historySettings are what the command history is asked for.
type historySettings struct {
	do           string   // "search", "export" or "purge"
	words        []string // of search
	n            int      // of search: the most messages
	before       time.Duration
	conversation string // as it was typed; "" is all
}

// historyTakes are the flags of each command of history.
var historyTakes = map[string][]string{
	"search": {"--conversation", "--json", "-n"},
	"export": {"--conversation", "--json"},
	"purge":  {"--conversation", "--json", "--before"},
}

// The messages that search tells of unless it is said, and at most.
const (
	searchCount = 20
	maxSearch   = 10_000
)

// archive judges what stands around the command history.
func (f *flags) archive(args []string, env func(string) string) (*settings, error) {
	if len(args) > 0 && slices.Contains([]string{"-h", "--help", "-help"}, args[0]) {
		return &settings{command: "help", topic: "history"}, nil
	}
	if err := f.only("history", &f.peerNo, &f.dataDir, &f.network, &f.json, &f.ui); err != nil {
		return nil, err
	}
	s := &settings{command: "history"}
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
	s.history, err = historyArgs(args, &s.json)
	return s, err
}

// historyArgs reads the command and its own flags, which stand before the words.
func historyArgs(args []string, json *bool) (*historySettings, error) {
	if len(args) == 0 {
		return nil, usage("history has no command – it takes search, export or purge – node history -h shows examples")
	}
	h := &historySettings{do: args[0], n: searchCount}
	takes, ok := historyTakes[h.do]
	if !ok {
		return nil, usage("history has no command %s – %sit takes search, export or purge – node history -h shows examples", quoted(h.do), didYouMean(line.Nearest(h.do, []string{"search", "export", "purge"})))
	}
	aged := false
	for args = args[1:]; len(args) > 0; {
		name, value, has := strings.Cut(args[0], "=")
		if name == "--" {
			h.words = append(h.words, args[1:]...)
			break
		}
		if !strings.HasPrefix(name, "-") || len(h.words) > 0 {
			h.words = append(h.words, args[0])
			args = args[1:]
			continue
		}
		if !slices.Contains(takes, name) {
			return nil, usage("%s is not a flag of history %s – %sit has %s – words that begin with a dash stand after --", quoted(name), h.do, didYouMean(line.Nearest(name, takes)), strings.Join(takes, ", "))
		}
		args = args[1:]
		if name == "--json" && !has {
			*json = true
			continue
		}
		if !has {
			if len(args) == 0 {
				return nil, usage("%s has no value – it needs one – node history -h shows examples", name)
			}
			value, args = args[0], args[1:]
		}
		if err := h.set(name, value, json); err != nil {
			return nil, err
		}
		aged = aged || name == "--before"
	}
	switch {
	case h.do == "search" && len(h.words) == 0:
		return nil, usage("history search has no words – it takes what you look for – node history search deploy")
	case h.do != "search" && len(h.words) > 0:
		return nil, usage("%s is left over – history %s takes no words – leave it out", quoted(h.words[0]), h.do)
	case h.do == "purge" && !aged:
		return nil, usage("history purge has no --before – it says what is to go – --before 30d, or --before 0d for everything")
	}
	return h, nil
}

func (h *historySettings) set(name, value string, json *bool) (err error) {
	switch name {
	case "--json":
		if *json, err = strconv.ParseBool(value); err != nil {
			return usage("--json is %s – it can be true or false – say --json or leave it out", quoted(value))
		}
	case "--conversation":
		h.conversation = value
	case "-n":
		if h.n, err = strconv.Atoi(value); err != nil || h.n < 1 || h.n > maxSearch {
			return usage("-n is %s – it is a number of messages, 1 to %d – for example -n 100", quoted(value), maxSearch)
		}
	case "--before":
		if h.before, err = age(value); err != nil {
			return usage("--before is %s – it is an age, a number with h, d or w – for example 12h, 30d", quoted(value))
		}
	}
	return nil
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
