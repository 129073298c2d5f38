package main

import (
	"bytes"
	"errors"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func noEnv(string) string { return "" }

func environment(vars map[string]string) func(string) string {
	return func(k string) string { return vars[k] }
}

func TestParse(t *testing.T) {
	yes, no := true, false
	quiet := logSettings{own: slog.LevelWarn, theirs: slog.LevelError, named: map[string]slog.Level{}}
	chatty := logSettings{own: slog.LevelInfo, theirs: slog.LevelWarn, named: map[string]slog.Level{"dht": slog.LevelDebug}, json: true, file: "/tmp/log"}
	for _, c := range []struct {
		name string
		args string
		env  map[string]string
		want settings
	}{
		{"first node", "--peer-no 1", nil, settings{peerNo: 1, log: quiet}},
		{"second node", "--peer-no 2 --bootstrap-peer-no 1", nil, settings{peerNo: 2, bootstrapPeerNos: []int{1}, log: quiet}},
		{"short", "-p 2 -b 1 -b 3", nil, settings{peerNo: 2, bootstrapPeerNos: []int{1, 3}, log: quiet}},
		{"both forms of what may be repeated", "-p 2 -b 1 --bootstrap-peer-no 3 -b 1", nil, settings{peerNo: 2, bootstrapPeerNos: []int{1, 3}, log: quiet}},
		{"equals", "--peer-no=2535 --once=false --time=false", nil, settings{peerNo: 2535, time: &no, log: quiet}},
		{"command", "--peer-no 1 run", nil, settings{peerNo: 1, log: quiet}},
		{"everything", "-p 2 --bootstrap /ip4/1.2.3.4/tcp/5/p2p/Q --listen /ip4/0.0.0.0/tcp/0 --listen /ip6/::/tcp/0 --network lab --name anna --sparse --once --json --time" +
			" --log-level info,libp2p=warn,dht=debug --log-format json --log-file /tmp/log", nil,
			settings{peerNo: 2, bootstrap: []string{"/ip4/1.2.3.4/tcp/5/p2p/Q"}, listen: []string{"/ip4/0.0.0.0/tcp/0", "/ip6/::/tcp/0"},
				network: "lab", name: "anna", sparse: true, once: true, json: true, time: &yes, log: chatty}},
		{"ui json", "-p 1 --ui json", nil, settings{peerNo: 1, json: true, log: quiet}},
		{"ui plain", "-p 1 --ui plain", nil, settings{peerNo: 1, log: quiet}},
		{"environment", "", map[string]string{"TINCAN_PEER_NO": "2", "TINCAN_BOOTSTRAP_PEER_NO": "1,3", "TINCAN_ONCE": "true", "TINCAN_NAME": "",
			"TINCAN_LOG": "info,libp2p=warn,dht=debug", "TINCAN_LOG_FORMAT": "json", "TINCAN_LOG_FILE": "/tmp/log"},
			settings{peerNo: 2, bootstrapPeerNos: []int{1, 3}, once: true, log: chatty}},
		{"a flag wins", "-p 4 -b 5", map[string]string{"TINCAN_PEER_NO": "2", "TINCAN_BOOTSTRAP_PEER_NO": "1"}, settings{peerNo: 4, bootstrapPeerNos: []int{5}, log: quiet}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.command = "run"
			got, err := parse(append([]string{"node"}, strings.Fields(c.args)...), environment(c.env))
			if err != nil || !reflect.DeepEqual(*got, c.want) {
				t.Errorf("\n got %+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestUsageErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		env  map[string]string
		want string
	}{
		// rows 1 to 9 of the corpus of bad input
		{"peer-no without value", []string{"--peer-no"}, nil, "--peer-no has no value – it needs one – node -h shows examples"},
		{"peer-no -1", []string{"--peer-no", "-1"}, nil, `--peer-no is "-1" – a peer number is 1 to 2535 in plain digits – choose one, for example 1`},
		{"peer-no 0", []string{"--peer-no", "0"}, nil, `--peer-no is "0" – a peer number is 1 to 2535 in plain digits – choose one, for example 1`},
		{"peer-no too large", []string{"--peer-no", "99999999999999999999"}, nil, `--peer-no is "99999999999999999999" – a peer number is 1 to 2535 in plain digits – choose one, for example 1`},
		{"peer-no 1e3", []string{"--peer-no", "1e3"}, nil, `--peer-no is "1e3" – a peer number is 1 to 2535 in plain digits – choose one, for example 1`},
		{"peer-no full-width", []string{"--peer-no", "２"}, nil, `--peer-no is "２" – a peer number is 1 to 2535 in plain digits – choose one, for example 1`},
		{"peer-no twice", []string{"--peer-no", "2", "--peer-no", "3"}, nil, "--peer-no is given 2 times – it takes one value – give it once"},
		{"own bootstrap", []string{"--bootstrap-peer-no", "2", "--peer-no", "2"}, nil, "--bootstrap-peer-no is 2 – that is this node itself – name another node, or leave it out for the first one"},
		{"unknown flag", []string{"--peerno", "2"}, nil, "--peerno is not a flag – did you mean --peer-no? – node -h lists the flags"},

		{"peer-no twice in two forms", []string{"-p", "2", "--peer-no", "2"}, nil, "--peer-no is given 2 times – it takes one value – give it once"},
		{"peer-no 2536", []string{"-p", "2536"}, nil, `--peer-no is "2536" – a peer number is 1 to 2535 in plain digits – choose one, for example 1`},
		{"peer-no empty", []string{"-p", ""}, nil, "--peer-no is empty – it needs a value – give one or leave it out"},
		{"peer-no with a space", []string{"-p", " 2"}, nil, `--peer-no is " 2" – a peer number is 1 to 2535 in plain digits – choose one, for example 1`},
		{"no home", nil, nil, "no home directory is known – a node keeps its identity there – say --data-dir DIR, or --ephemeral for one that is not kept"},
		{"bad peer-no in the environment", nil, map[string]string{"TINCAN_PEER_NO": "x"}, `TINCAN_PEER_NO is "x" – a peer number is 1 to 2535 in plain digits – choose one, for example 1`},
		{"bad bootstrap", []string{"-p", "1", "-b", "x"}, nil, `--bootstrap-peer-no is "x" – a peer number is 1 to 2535 in plain digits – choose one, for example 1`},
		{"unknown short flag", []string{"-x"}, nil, "--x is not a flag – node -h lists the flags"},
		{"beginning of a flag", []string{"--boot", "1"}, nil, "--boot is not a flag – did you mean --bootstrap-peer-no? – node -h lists the flags"},
		{"mistyped command", []string{"-p", "1", "rnu"}, nil, `"rnu" is not a command – did you mean run? – node -h shows examples`},
		{"left-over argument", []string{"-p", "1", "greetings"}, nil, `"greetings" is not a command – node -h shows examples`},
		{"left-over after run", []string{"-p", "1", "run", "fast"}, nil, `"fast" is left over – "run" takes no arguments – leave it out, node -h shows examples`},
		{"flag after the command", []string{"run", "--peer-no", "1"}, nil, `--peer-no stands after "run" – flags stand before the command – node --peer-no … run`},
		{"short flag after the command", []string{"run", "-p", "1"}, nil, `--peer-no stands after "run" – flags stand before the command – node --peer-no … run`},
		{"unknown flag after the command", []string{"run", "--fast"}, nil, "--fast is not a flag – node -h lists the flags"},
		{"dashes", []string{"---"}, nil, "the flags cannot be read – bad flag syntax: --- – node -h shows examples"},
		{"toggle with a strange value", []string{"-p", "1", "--once=maybe"}, nil, `--once is "maybe" – it can be true or false – say --once or leave it out`},
		{"ui", []string{"-p", "1", "--ui", "tui"}, nil, `--ui is "tui" – it can be auto, plain or json – choose one`},
		{"ui against json", []string{"-p", "1", "--ui", "plain", "--json"}, nil, "--ui is plain and --json is given – they contradict each other – leave one out"},
		{"log level", []string{"-p", "1", "--log-level", "dht=debgu"}, nil, `--log-level has the level "debgu" – did you mean debug? – it can be debug, info, warn, error or off – choose one, for example --log-level dht=debug,info`},
		{"log format", []string{"-p", "1", "--log-format", "xml"}, nil, `--log-format is "xml" – it can be text or json – choose one`},
		{"name too long", []string{"-p", "1", "--name", strings.Repeat("x", 129)}, nil, "--name has 129 bytes – a name is UTF-8 of 128 bytes at most – choose a shorter one"},
		{"escapes", []string{"-p", "\x1b[2J"}, nil, `--peer-no is "\\x1b[2J" – a peer number is 1 to 2535 in plain digits – choose one, for example 1`},
		{"megabyte", []string{strings.Repeat("x", 1<<20)}, nil, `"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" is not a command – node -h shows examples`},
		{"megabyte of a flag", []string{"--" + strings.Repeat("x", 1<<20)}, nil, "--xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… is not a flag – node -h lists the flags"},
		{"megabyte of a number", []string{"-p", strings.Repeat("1", 1<<20)}, nil, `--peer-no is "111111111111111111111111111111111111111…" – a peer number is 1 to 2535 in plain digits – choose one, for example 1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, err bytes.Buffer
			code := run(append([]string{"node"}, c.args...), strings.NewReader(""), &out, &err, environment(c.env))
			if code != exitUsage || out.Len() > 0 || err.String() != "error: "+c.want+"\n" {
				t.Errorf("\n got %d, stdout %q, stderr\n     %s want %d\n     error: %s", code, out.String(), err.String(), exitUsage, c.want)
			}
		})
	}
}

// The help is printed wherever one may ask for it (H-19).
func TestHelp(t *testing.T) {
	for args, want := range map[string]string{
		"-h": helpText, "--help": helpText, "help": helpText, "run -h": helpText, "version --help": helpText, "-p 1 -h": helpText, "help run": helpText,
		"client -h": clientHelp, "help client": clientHelp, "cli-client --help": clientHelp, "--once client -h": clientHelp,
		"cli-server -h": helpOf["cli-server"], "history -h": helpOf["history"], "help history": helpOf["history"], "help roles": helpOf["roles"],
	} {
		var out, err bytes.Buffer
		if code := run(append([]string{"node"}, strings.Fields(args)...), nil, &out, &err, noEnv); code != exitOK || out.String() != want || err.Len() > 0 {
			t.Errorf("node %s: %d, stdout %q, stderr %q", args, code, out.String(), err.String())
		}
	}
	for _, g := range newFlags().all() {
		if !strings.Contains(helpText, "--"+g.name) {
			t.Errorf("the help does not name --%s", g.name)
		}
	}
	if !strings.Contains(helpText[:200], "node --peer-no 1") {
		t.Error("the help does not begin with examples")
	}
	for _, text := range append(slices.Collect(maps.Values(helpOf)), helpText) {
		for line := range strings.Lines(text) {
			if len(line) > 81 {
				t.Errorf("wider than a terminal: %q", line)
			}
		}
	}
}

func TestVersion(t *testing.T) {
	var out, err bytes.Buffer
	if code := run([]string{"node", "version"}, nil, &out, &err, noEnv); code != exitOK || !strings.HasPrefix(out.String(), "node ") || err.Len() > 0 {
		t.Errorf("%d, stdout %q, stderr %q", code, out.String(), err.String())
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestHelpToAFullDisk(t *testing.T) {
	var err bytes.Buffer
	code := run([]string{"node", "-h"}, nil, fullDisk{}, &err, noEnv)
	if want := "error: cannot write to the output – no space left on device – give it an output that takes lines\n"; code != exitListen || err.String() != want {
		t.Errorf("%d, %q", code, err.String())
	}
}
