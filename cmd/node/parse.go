package main

import (
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"tincan/cmd/internal/line"
	"tincan/cmd/internal/safe"
)

// parse reads the command line and the environment. All its errors are of
// usage; nothing is printed.
func parse(args []string, env func(string) string) (*settings, error) {
	f := newFlags()
	command := "run"
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
			Name:         name,
			HideHelp:     true,
			Flags:        f.help.cli(),
			OnUsageError: func(_ *cli.Context, err error, _ bool) error { return f.misplaced(name, err) },
			Action: func(c *cli.Context) error {
				command = name
				return leftOver(name)(c)
			},
		})
	}
	if err := app.Run(args); err != nil {
		return nil, err
	}
	if help, err := f.help.on(false); help || err != nil {
		return &settings{command: "help"}, err
	}
	if command != "run" {
		return &settings{command: command}, nil
	}
	f.environment(env)
	return f.settings()
}

// commands are what may stand after the flags.
var commands = []string{"run", "version", "help"}

// leftOver refuses arguments: no command takes any.
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
