package main

import (
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"tincan/cmd/internal/line"
	"tincan/cmd/internal/safe"
)

// parse reads the command line and the environment. All its errors are of
// usage; nothing is printed.
func parse(args []string, env func(string) string) (*settings, error) {
	f := newFlags()
	command, rest := "run", []string(nil)
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
	for _, name := range commands {
		app.Commands = append(app.Commands, &cli.Command{
			Name:     name,
			HideHelp: true,
			Flags:    f.help.cli(),
			// What history takes is read by itself: words may begin with a dash.
			SkipFlagParsing: name == "history",
			OnUsageError:    func(_ *cli.Context, err error, _ bool) error { return f.misplaced(name, err) },
			Action: func(c *cli.Context) error {
				command, rest = name, c.Args().Slice()
				if name == "history" {
					return nil
				}
				if arguments[name] != "" {
					return countArguments(name, rest)
				}
				return leftOver(name)(c)
			},
		})
	}
	if err := app.Run(args); err != nil {
		return nil, err
	}
	if help, err := f.help.on(false); help || err != nil {
		topic := "" // a command that is asked about does not run, so it has to be looked for
		if i := slices.IndexFunc(args, func(a string) bool { return slices.Contains(commands, a) }); i > 0 {
			topic = args[i]
		}
		return &settings{command: "help", topic: topic}, err
	}
	f.environment(env)
	switch command {
	case "help":
		return &settings{command: "help", topic: strings.Join(rest, " ")}, nil
	case "version":
		return &settings{command: "version"}, nil
	case "client", "cli-client":
		return f.client(command, rest)
	case "cli-server":
		return f.server(rest)
	case "history":
		return f.archive(rest, env)
	}
	if len(f.role.values)+len(f.address.values) > 0 {
		return f.playing()
	}
	return f.settings(env)
}

// commands are what may stand after the flags.
var commands = []string{"run", "client", "cli-client", "cli-server", "history", "version", "help"}

// arguments are what commands take.
var arguments = map[string]string{
	"client":     "<host> <port>",
	"cli-client": "<host> <port>",
	"cli-server": "<ip> <client-port> <peer-port>",
	"help":       "[command]",
}

// countArguments refuses too few and too many.
func countArguments(command string, args []string) error {
	most := len(strings.Fields(arguments[command]))
	switch {
	case command == "help" && (len(args) == 0 || len(args) == 1 && (slices.Contains(commands, args[0]) || helpOf[args[0]] != "")):
		return nil
	case command == "help" && len(args) == 1:
		return usage("%s is not a command – %snode help lists them", quoted(args[0]), didYouMean(line.Nearest(args[0], commands)))
	case len(args) < most:
		return usage("%s has %d of its %d arguments – it takes %s – node %s -h shows examples", command, len(args), most, arguments[command], command)
	case len(args) > most:
		return usage("%s is left over – %s takes %s – leave it out, node %s -h shows examples", quoted(args[most]), command, arguments[command], command)
	}
	return nil
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
		return usage("%s is not a command – %snode -h shows examples", quoted(arg), didYouMean(line.Nearest(arg, commands)))
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
