package main

import (
	"strconv"
	"strings"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/line"
)

// asking is what a command wants of a node that runs already.
type asking struct {
	which   string           // the flags that mean the node, with a blank after them
	do      chat.Instruction // of those that ask one question
	text    string           // of send
	stdin   bool             // of send: the text is the input
	to      string           // of send: whom it is for alone, or ""
	channel string           // of send and tail: where; "" is the lobby, or of tail everywhere
	wait    time.Duration    // of send: until it has arrived; 0: until it is accepted
	format  string           // of graph topology: how it is drawn
	since   time.Time        // of tail: what was said from then on comes first; zero: nothing
}

// The longest that send waits, and what tail looks back.
const (
	maxWait  = 24 * time.Hour
	maxSince = 100 * 365 * 24 * time.Hour
)

// asks is the settings of a command.
func asks(command string) func(*flags, []string, func(string) string) (*settings, error) {
	return func(f *flags, args []string, env func(string) string) (*settings, error) {
		return f.asks(command, args, env)
	}
}

// asks judges what stands around a command that asks a running node, and what
// stands after it.
func (f *flags) asks(command string, from []string, env func(string) string) (*settings, error) {
	if err := f.only(command, &f.peerNo, &f.dataDir, &f.network, &f.control, &f.json, &f.ui, &f.time, &f.logLevel, &f.logFormat, &f.logFile); err != nil {
		return nil, err
	}
	s := &settings{command: command, asking: new(asking)}
	for _, step := range []func() error{
		func() error { return f.numbers(s) },
		func() (err error) { s.network, err = f.network.one(); return },
		func() (err error) { s.control, err = f.control.one(); return },
		func() (err error) { s.dataDir, err = f.dataDir.one(); return },
		func() error { return f.face(s) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	help, err := s.asking.read(command, from, f, &s.json)
	switch {
	case help:
		return &settings{command: "help", topic: strings.Fields(command)[0]}, nil
	case err != nil:
		return nil, err
	}
	for _, g := range []*given{&f.control, &f.dataDir, &f.peerNo} {
		if v, _ := g.one(); v != "" {
			s.asking.which = "--" + g.name + " " + v + " "
			break
		}
	}
	if s.dataDir == "" && s.peerNo == 0 {
		s.dataDir = defaultDataDir(env)
	}
	if s.control == "" {
		if s.control = socketOf(s, env); s.control == "" {
			return nil, usage("no home directory is known – it tells which node is meant – say --data-dir DIR, --peer-no N or --control PATH")
		}
	}
	return s, nil
}

// read reads the command's own flags and its words.
func (q *asking) read(command string, from []string, outer *flags, json *bool) (help bool, err error) {
	var (
		inJSON  = given{name: "json", toggle: true}
		to      = given{name: "to"}
		channel = given{name: "channel"}
		wait    = given{name: "wait"}
		since   = given{name: "since"}
		format  = given{name: "format"}
		a       = args{command: command, topic: command, takes: []*given{&inJSON}, outer: outer}
	)
	switch command {
	case "graph topology":
		a.topic, a.takes = "graph", []*given{&inJSON, &format}
	case "send":
		a.takes = []*given{&inJSON, &to, &channel, &wait}
	case "tail":
		a.takes = []*given{&inJSON, &channel, &since}
	}
	words, help, err := a.read(from)
	if help || err != nil {
		return help, err
	}
	for _, step := range []func() error{
		func() (err error) { *json, err = inJSON.on(*json); return },
		func() (err error) {
			q.format, err = format.format("", asText, asMermaid, asDot, asJSON)
			*json = *json || q.format == asJSON
			return
		},
		func() (err error) { q.to, err = to.one(); return },
		func() (err error) { q.channel, err = channel.channel(); return },
		func() (err error) { q.wait, err = wait.time("how long it may take", maxWait); return },
		func() (err error) { q.since, err = since.moment(); return },
		func() error { return q.words(command, words) },
	} {
		if err := step(); err != nil {
			return false, err
		}
	}
	if q.to != "" && q.channel != "" {
		return false, usage("--to and --channel are given – a message goes to one or the other – leave one out")
	}
	return false, nil
}

// words reads what stands after the flags of a command.
func (q *asking) words(command string, words []string) error {
	most := 0
	switch command {
	case "attach", "tail":
	case "send":
		if len(words) == 0 {
			return usage("send has no text – it takes one, or - for the input – node send good morning")
		}
		q.stdin = len(words) == 1 && words[0] == "-"
		q.text = strings.Join(words, " ")
		return nil
	case "ls", "peers":
		q.do = chat.ListPeers{}
	case "status":
		q.do = chat.GetStatus{}
	case "graph topology":
		q.do = chat.ShowNetwork{}
	case "sessions":
		q.do = chat.ListSessions{}
	case "users":
		most = 1
		in := chat.ListUsers{In: string(chat.Lobby)}
		if len(words) > 0 {
			in.In = words[0]
		}
		q.do = in
	case "connect":
		if most = 2; len(words) == 0 {
			return usage("connect has no address – it takes <ip> <port>, or a multiaddr – node connect 127.0.0.1 4004")
		}
		q.do = chat.Connect{Addr: strings.Join(words[:min(2, len(words))], " ")}
	case "history":
		return q.history(words)
	}
	if len(words) > most {
		return usage("%s is left over – %s takes nothing there – leave it out, node %s -h shows examples", quoted(words[most]), command, command)
	}
	return nil
}

// history reads "[conversation] [n]", where "dm" has whom it is with after it.
func (q *asking) history(words []string) error {
	in := chat.ReadHistory{In: string(chat.Lobby)}
	rest := words
	switch {
	case len(rest) == 0:
	case rest[0] == "dm" && len(rest) == 1:
		return usage("history dm has no peer – it takes one – node history dm bobby")
	case rest[0] == "dm":
		in.In, rest = "dm "+rest[1], rest[2:]
	case strings.HasPrefix(rest[0], "#"), strings.HasPrefix(rest[0], "session:"), rest[0] == string(chat.Lobby):
		in.In, rest = rest[0], rest[1:]
	}
	if len(rest) == 1 {
		n, err := strconv.Atoi(rest[0])
		if err == nil && n >= 1 && n <= maxSearch {
			in.N, rest = n, nil
		}
	}
	if len(rest) > 0 {
		return usage("history has no command and no conversation %s – %sit takes lobby, '#name' or dm PEER and how many, or search, export, purge – node history -h shows examples",
			quoted(rest[0]), didYouMean(line.Nearest(rest[0], append(archiveCommands, string(chat.Lobby)))))
	}
	q.do = in
	return nil
}

// channel returns the only value as the lobby or the name of a channel, of which the
// '#', a comment to the shell, may be missing.
func (g *given) channel() (string, error) {
	v, err := g.one()
	if v == "" || err != nil || v[0] == '#' || v == string(chat.Lobby) {
		return v, err
	}
	return "#" + v, nil
}

// time returns the only value as a length of time, at most most; 0 if there is none.
func (g *given) time(what string, most time.Duration) (time.Duration, error) {
	v, err := g.one()
	if v == "" || err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		d, err = age(v)
	}
	if err != nil || d <= 0 || d > most {
		return 0, usage("%s is %s – it says %s, at most %.0f h – for example 10s, 5m or 2h", g.source, quoted(v), what, most.Hours())
	}
	return d, nil
}

// moment returns the only value as a time that has been: how long ago, or in words
// of RFC 3339. The zero time if there is none.
func (g *given) moment() (time.Time, error) {
	v, err := g.one()
	if v == "" || err != nil {
		return time.Time{}, err
	}
	if at, err := time.Parse(time.RFC3339, v); err == nil {
		return at, nil
	}
	ago, err := g.time("", maxSince)
	if err != nil {
		return time.Time{}, usage("%s is %s – it is an age or a time – for example 10m, 2h, 3d or 2026-11-21T06:00:00Z", g.source, quoted(v))
	}
	return time.Now().Add(-ago), nil
}
