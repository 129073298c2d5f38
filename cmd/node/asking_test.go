package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

// What commands ask of a running node, and where they look for it.
func TestAsking(t *testing.T) {
	env := map[string]string{"HOME": "/home/anna", "XDG_RUNTIME_DIR": "/run/user/7"}
	const kept, demo = "/home/anna/.local/share/tincan/control.sock", "/run/user/7/tincan/demo-2.sock"
	for _, c := range []struct {
		args   []string
		socket string
		want   asking
		json   bool
	}{
		{[]string{"ls"}, kept, asking{do: chat.ListPeers{}}, false},
		{[]string{"-p", "2", "ls", "--json"}, demo, asking{which: "--peer-no 2 ", do: chat.ListPeers{}}, true},
		{[]string{"-p", "2", "--network", "a/../b", "--json", "peers", "--json=false"}, "/run/user/7/tincan/a%2F..%2Fb-2.sock", asking{which: "--peer-no 2 ", do: chat.ListPeers{}}, false},
		{[]string{"-p", "2", "--data-dir", "/d", "status"}, "/d/control.sock", asking{which: "--data-dir /d ", do: chat.GetStatus{}}, false},
		{[]string{"--control", "/s", "--data-dir", "/d", "sessions"}, "/s", asking{which: "--control /s ", do: chat.ListSessions{}}, false},
		{[]string{"users"}, kept, asking{do: chat.ListUsers{In: "lobby"}}, false},
		{[]string{"users", "#ops"}, kept, asking{do: chat.ListUsers{In: "#ops"}}, false},
		{[]string{"connect", "127.0.0.1", "4004"}, kept, asking{do: chat.Connect{Addr: "127.0.0.1 4004"}}, false},
		{[]string{"connect", "/ip4/127.0.0.1/tcp/4004"}, kept, asking{do: chat.Connect{Addr: "/ip4/127.0.0.1/tcp/4004"}}, false},
		{[]string{"history"}, kept, asking{do: chat.ReadHistory{In: "lobby"}}, false},
		{[]string{"history", "50"}, kept, asking{do: chat.ReadHistory{In: "lobby", N: 50}}, false},
		{[]string{"history", "--json", "#ops", "50"}, kept, asking{do: chat.ReadHistory{In: "#ops", N: 50}}, true},
		{[]string{"history", "dm", "3"}, kept, asking{do: chat.ReadHistory{In: "dm 3"}}, false},
		{[]string{"history", "dm", "3", "5"}, kept, asking{do: chat.ReadHistory{In: "dm 3", N: 5}}, false},
		{[]string{"history", "session:1"}, kept, asking{do: chat.ReadHistory{In: "session:1"}}, false},
		{[]string{"attach"}, kept, asking{}, false},
		{[]string{"--json", "attach"}, kept, asking{}, true},
		{[]string{"attach", "--json"}, kept, asking{}, true},
		{[]string{"send", "good", "morning"}, kept, asking{text: "good morning"}, false},
		{[]string{"send", "-"}, kept, asking{text: "-", stdin: true}, false},
		{[]string{"send", "--", "-"}, kept, asking{text: "-", stdin: true}, false},
		{[]string{"send", "-", "-"}, kept, asking{text: "- -"}, false},
		{[]string{"send", "--to", "anna", "--wait", "1m30s", "--json", "hi"}, kept, asking{text: "hi", to: "anna", wait: 90 * time.Second}, true},
		{[]string{"send", "--channel=ops", "--", "--to", "you"}, kept, asking{text: "--to you", channel: "#ops"}, false},
		{[]string{"send", "--channel", "lobby", "hi --to anna"}, kept, asking{text: "hi --to anna", channel: "lobby"}, false},
		{[]string{"tail", "--channel", "#ops"}, kept, asking{channel: "#ops"}, false},
		{[]string{"tail", "--since", "2026-11-21T06:00:00Z"}, kept, asking{since: time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC)}, false},
	} {
		s, err := parse(append([]string{"node"}, c.args...), environment(env))
		if err != nil {
			t.Errorf("node %q: %v", c.args, err)
			continue
		}
		if s.control != c.socket || !reflect.DeepEqual(*s.asking, c.want) || s.json != c.json {
			t.Errorf("node %q:\n got %+v, json %v, at %s\nwant %+v, json %v, at %s", c.args, *s.asking, s.json, s.control, c.want, c.json, c.socket)
		}
	}
}

func TestAge(t *testing.T) {
	for text, want := range map[string]time.Duration{"90s": 90 * time.Second, "10m": 10 * time.Minute, "2h": 2 * time.Hour, "3d": 72 * time.Hour, "1w": 7 * 24 * time.Hour} {
		g := given{name: "since", values: []string{text}}
		got, err := g.moment()
		if d := time.Since(got); err != nil || d < want || d > want+time.Minute {
			t.Errorf("%s is %v ago, %v", text, d, err)
		}
	}
}

func TestAskingWrongly(t *testing.T) {
	for args, want := range map[string]string{
		"ls 3":                       `"3" is left over – ls takes nothing there – leave it out, node ls -h shows examples`,
		"users lobby now":            `"now" is left over – users takes nothing there – `,
		"connect":                    "connect has no address – ",
		"connect a b c":              `"c" is left over – `,
		"stat":                       `"stat" is not a command – `,
		"sned hi":                    `"sned" is not a command – did you mean send? – `,
		"tial":                       `"tial" is not a command – did you mean tail? – `,
		"tail --chanel #x":           `"--chanel" is not a flag of tail – did you mean --channel? – it has --channel, --json, --since – `,
		"ls --jsno":                  `"--jsno" is not a flag of ls – did you mean --json? – it has --json – `,
		"attach -x":                  `"-x" is not a flag of attach – it has --json – `,
		"--gateway 1 ls":             "--gateway is given – ls has no use for it – ",
		"--ephemeral ls":             "--ephemeral is given – ls has no use for it – ",
		"history dm":                 "history dm has no peer – ",
		"history #ops many":          `history has no command and no conversation "many" – `,
		"history #ops 0":             `history has no command and no conversation "0" – `,
		"history lobby 10001":        `history has no command and no conversation "10001" – `,
		"history serch":              `history has no command and no conversation "serch" – did you mean search? – `,
		"send --to":                  "--to has no value – ",
		"send --to a --to b hi":      "--to is given 2 times – ",
		"send --json=perhaps hi":     `--json is "perhaps" – `,
		"send --wait 25h hi":         `--wait is "25h" – it says how long it may take, at most 24 h – `,
		"users #ops --json":          "--json stands after the words – flags stand before them – ",
		"--ephemeral daemon":         "--ephemeral is on and the node has no console – nobody could talk to it – say --control PATH",
		"daemon now":                 `"now" is left over – "daemon" takes no arguments – `,
		"daemon --json":              `--json stands after "daemon" – flags stand before the command – `,
		"--control a --control b ls": "--control is given 2 times – ",
	} {
		_, err := parse(append([]string{"node"}, strings.Fields(args)...), environment(map[string]string{"HOME": "/home/anna"}))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("node %s:\n got %v\nwant %s", args, err, want)
		}
	}
}
