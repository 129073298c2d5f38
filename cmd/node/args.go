package main

import (
	"slices"
	"strings"

	"tincan/cmd/internal/line"
)

// args reads what stands after a command that has flags of its own: first the
// flags, then the words. "--" ends the flags; "-" is a word.
type args struct {
	command string   // with its sub-command, for messages: "history search"
	topic   string   // of its help
	takes   []*given // its flags
	outer   *flags   // those that stand before it, and have been misplaced
}

// read gives the flags their values and returns the words. help says that the
// user asks for it: then nothing else counts.
func (a *args) read(from []string) (words []string, help bool, err error) {
	for len(from) > 0 {
		name, value, has := strings.Cut(from[0], "=")
		switch {
		case name == "--":
			return append(words, from[1:]...), false, nil
		case !strings.HasPrefix(name, "-") || name == "-":
			return from, false, a.misplaced(from)
		case name == "-h" || name == "--help" || name == "-help":
			return nil, true, nil
		}
		from = from[1:]
		g := a.find(name)
		if g == nil {
			return nil, false, a.unknown(name)
		}
		switch {
		case has:
		case g.toggle:
			value = "true"
		case len(from) == 0:
			return nil, false, usage("%s has no value – it needs one – node %s -h shows examples", name, a.topic)
		default:
			value, from = from[0], from[1:]
		}
		g.values, g.source = append(g.values, value), g.dashed()
	}
	return nil, false, nil
}

func (a *args) find(name string) *given {
	for _, g := range a.takes {
		if name == g.dashed() || g.short != "" && name == "-"+g.short {
			return g
		}
	}
	return nil
}

// misplaced refuses words among which a flag of the command stands: what was
// meant for one must not be said to all, nor be looked for.
func (a *args) misplaced(words []string) error {
	for _, w := range words {
		name, _, _ := strings.Cut(w, "=")
		if a.find(name) != nil {
			return usage("%s stands after the words – flags stand before them – put it first, or -- before the words if it is one of them", name)
		}
	}
	return nil
}

func (a *args) unknown(name string) error {
	var names []string
	for _, g := range a.takes {
		names = append(names, g.dashed())
	}
	if a.outer != nil {
		if long := a.outer.long(strings.TrimLeft(name, "-")); long != "" {
			return usage("--%s stands after %q – flags of the node stand before the command – node --%s … %s", long, a.command, long, a.command)
		}
	}
	slices.Sort(names)
	has := "it has none"
	if len(names) > 0 {
		has = didYouMean(line.Nearest(name, names)) + "it has " + strings.Join(names, ", ")
	}
	return usage("%s is not a flag of %s – %s – words that begin with a dash stand after --", quoted(name), a.command, has)
}

// dashed is a flag as it is typed after a command.
func (g *given) dashed() string {
	if len(g.name) == 1 {
		return "-" + g.name
	}
	return "--" + g.name
}
