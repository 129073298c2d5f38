package main

import (
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"tincan/cmd/internal/line"
	"tincan/cmd/internal/safe"
)

// A command is what may stand after the flags.
type command struct {
	name  string
	takes string // its arguments, each in brackets; one in square brackets may be missing
	own   bool   // it has flags of its own, and reads what stands after it by itself

	// settings judges the flags, and the arguments that stand after the command.
	settings func(f *flags, args []string, env func(string) string) (*settings, error)
}

// commands lists them. (A variable would refer to itself.)
func commands() []command {
	list := []command{
		{name: "run", settings: func(f *flags, _ []string, env func(string) string) (*settings, error) {
			if len(f.role.values)+len(f.address.values) > 0 {
				return f.playing()
			}
			if f.drawing() {
				return f.draws(&f.drawn, "")
			}
			return f.settings("run", env)
		}},
		{name: "daemon", settings: func(f *flags, _ []string, env func(string) string) (*settings, error) {
			return f.settings("daemon", env)
		}},
		{name: "web", own: true, settings: (*flags).browsing},
		clientCommand("client"), clientCommand("cli-client"), clientCommand("websock-client"),
		serverCommand("cli-server", "<ip> <client-port> <peer-port>"),
		serverCommand("websock-server", "<ip> <ws-port> <peer-port>"),
		serverCommand("full-server", "<ip> <client-port> <ws-port> <peer-port>"),
		{name: "attach", own: true, settings: asks("attach")},
		{name: "send", own: true, settings: asks("send")},
		{name: "tail", own: true, settings: asks("tail")},
		{name: "ls", own: true, settings: asks("ls")},
		{name: "peers", own: true, settings: asks("peers")},
		{name: "users", own: true, settings: asks("users")},
		{name: "sessions", own: true, settings: asks("sessions")},
		{name: "status", own: true, settings: asks("status")},
		{name: "connect", own: true, settings: asks("connect")},
		{name: "history", own: true, settings: func(f *flags, args []string, env func(string) string) (*settings, error) {
			if len(args) > 0 && slices.Contains(archiveCommands, args[0]) {
				return f.archive(args, env)
			}
			return f.asks("history", args, env)
		}},
		{name: "graph", own: true, settings: (*flags).graph},
		{name: "version", settings: func(*flags, []string, func(string) string) (*settings, error) {
			return &settings{command: "version"}, nil
		}},
		{name: "help", takes: "[command]", settings: func(_ *flags, args []string, _ func(string) string) (*settings, error) {
			return &settings{command: "help", topic: strings.Join(args, "")}, helpExists(args)
		}},
	}
	return list
}

func commandNames() (names []string) {
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}

// parse reads the command line and the environment. All its errors are of
// usage; nothing is printed.
func parse(args []string, env func(string) string) (*settings, error) {
	f := newFlags()
	all := commands()
	chosen, rest := all[0], []string(nil) // run, without arguments
	app := &cli.App{
		Name:           "node",
		HideHelp:       true, // the help is ours, so that its output can be seen to fail
		HideVersion:    true,
		Flags:          f.help.cli(),
		Writer:         io.Discard,
		ErrWriter:      io.Discard,
		ExitErrHandler: func(*cli.Context, error) {}, // exiting is run's
		OnUsageError:   func(_ *cli.Context, err error, _ bool) error { return f.wrong(err) },
		Action:         leftOver(""),
	}
	for _, g := range f.all() {
		app.Flags = append(app.Flags, g.cli()...)
	}
	for _, one := range all {
		app.Commands = append(app.Commands, &cli.Command{
			Name:            one.name,
			HideHelp:        true,
			Flags:           f.help.cli(),
			SkipFlagParsing: one.own,
			OnUsageError:    func(_ *cli.Context, err error, _ bool) error { return f.misplaced(one.name, err) },
			Action: func(c *cli.Context) error {
				chosen, rest = one, c.Args().Slice()
				switch {
				case one.own:
					return nil
				case one.takes != "":
					return one.count(rest)
				}
				return leftOver(one.name)(c)
			},
		})
	}
	if err := app.Run(args); err != nil {
		return nil, err
	}
	if help, err := f.help.on(false); help || err != nil {
		topic, names := "", commandNames() // a command that is asked about does not run, so it has to be looked for
		if i := slices.IndexFunc(args, func(a string) bool { return slices.Contains(names, a) }); i > 0 {
			topic = args[i]
		}
		return &settings{command: "help", topic: topic}, err
	}
	f.environment(env)
	return chosen.settings(f, rest, env)
}

// count refuses too few arguments and too many.
func (c command) count(args []string) error {
	most := len(strings.Fields(c.takes))
	switch {
	case len(args) < most && c.takes[0] != '[':
		return usage("%s has %d of its %d arguments – it takes %s – node %s -h shows examples", c.name, len(args), most, c.takes, c.name)
	case len(args) > most:
		return usage("%s is left over – %s takes %s – leave it out, node %s -h shows examples", quoted(args[most]), c.name, c.takes, c.name)
	}
	return nil
}

// helpExists refuses to explain what there is not.
func helpExists(args []string) error {
	if len(args) == 0 || helpOf[args[0]] != "" || slices.Contains(commandNames(), args[0]) {
		return nil
	}
	return usage("%s is not a command – %snode help lists them", quoted(args[0]), didYouMean(line.Nearest(args[0], commandNames())))
}

// leftOver refuses arguments.
func leftOver(command string) cli.ActionFunc {
	return func(c *cli.Context) error {
		arg := c.Args().First()
		switch {
		case c.NArg() == 0:
			return nil
		case strings.HasPrefix(arg, "-"):
			return usage("%s stands after %q – flags stand before it – node %s %s", safe.Short(arg, 40), command, safe.Short(arg, 40), command)
		case command != "":
			return usage("%s is left over – %q takes no arguments – leave it out, node -h shows examples", quoted(arg), command)
		}
		return usage("%s is not a command – %snode -h shows examples", quoted(arg), didYouMean(line.Nearest(arg, commandNames())))
	}
}
func didYouMean(what string) string {
	if what == "" {
		return ""
	}
	return "did you mean " + what + "? – "
}

// wrong puts an error of the flag parser into our words.
func (f *flags) wrong(err error) error {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		return usage("--%s is not a flag – %snode -h lists the flags", safe.Short(name, 40), didYouMean(f.nearest(name)))
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return usage("--%s has no value – it needs one – node -h shows examples", f.long(name))
	}
	return usage("the flags cannot be read – %s – node -h shows examples", safe.Short(text, 80))
}

// misplaced is wrong for what stands after a command.
func (f *flags) misplaced(command string, err error) error {
	name, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if ok && f.long(name) != "" {
		return usage("--%s stands after %q – flags stand before the command – node --%s … %s", f.long(name), command, f.long(name), command)
	}
	return f.wrong(err)
}

// long returns the long name of a flag by any of its names, or "".
func (f *flags) long(name string) string {
	for _, g := range append(f.all(), &f.help) {
		if name == g.name || name == g.short && name != "" {
			return g.name
		}
	}
	return ""
}

// nearest returns the flag that may have been meant, with its dashes, or "".
func (f *flags) nearest(name string) string {
	var names []string
	for _, g := range append(f.all(), &f.help) {
		names = append(names, g.name)
	}
	if near := line.Nearest(name, names); near != "" {
		return "--" + near
	}
	for _, n := range names {
		if len(name) > 1 && strings.HasPrefix(n, name) {
			return "--" + n
		}
	}
	return ""
}
