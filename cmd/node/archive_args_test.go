package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
	"tincan/node"
)

func TestHistoryArguments(t *testing.T) {
	home := map[string]string{"HOME": "/home/anna"}
	for _, c := range []struct {
		args string
		want historySettings
		json bool
		dir  string
	}{
		{"history export", historySettings{do: "export", n: searchCount}, false, "/home/anna/.local/share/tincan"},
		{"--data-dir /d --json history export", historySettings{do: "export", n: searchCount}, true, "/d"},
		{"-p 3 --data-dir /d history export --json --conversation #ops", historySettings{do: "export", n: searchCount, conversation: "#ops"}, true, "/d"},
		{"history export --conversation=lobby --json=false", historySettings{do: "export", n: searchCount, conversation: "lobby"}, false, "/home/anna/.local/share/tincan"},
		{"history search -n 5 -- deploy --json it", historySettings{do: "search", n: 5, words: []string{"deploy", "--json", "it"}}, false, "/home/anna/.local/share/tincan"},
		{"history search -- --json", historySettings{do: "search", n: searchCount, words: []string{"--json"}}, false, "/home/anna/.local/share/tincan"},
		{"history purge --before 12h", historySettings{do: "purge", n: searchCount, before: 12 * time.Hour}, false, "/home/anna/.local/share/tincan"},
		{"history purge --before=2w --conversation #old", historySettings{do: "purge", n: searchCount, before: 14 * 24 * time.Hour, conversation: "#old"}, false, "/home/anna/.local/share/tincan"},
		{"history purge --before 0d", historySettings{do: "purge", n: searchCount}, false, "/home/anna/.local/share/tincan"},
	} {
		s, err := parse(append([]string{"node"}, strings.Fields(c.args)...), environment(home))
		if err != nil {
			t.Errorf("node %s: %v", c.args, err)
			continue
		}
		if s.command != "archive" || !reflect.DeepEqual(*s.history, c.want) || s.json != c.json || s.dataDir != c.dir {
			t.Errorf("node %s:\n got %+v, json %v, in %s\nwant %+v, json %v, in %s", c.args, *s.history, s.json, s.dataDir, c.want, c.json, c.dir)
		}
	}
}

func TestHistoryArgumentsThatAreWrong(t *testing.T) {
	for args, want := range map[string]string{
		"history serch x":                       `history has no command and no conversation "serch" – did you mean search? – it takes lobby, '#name' or dm PEER and how many, or search, export, purge – `,
		"history export --jsn":                  `"--jsn" is not a flag of history export – did you mean --json? – it has --conversation, --json – `,
		"history export now":                    `"now" is left over – history export takes no words – `,
		"history search":                        "history search has no words – ",
		"history search -n 5 deploy --json it":  "--json stands after the words – flags stand before them – put it first, or -- ",
		"history search -n 0 x":                 `-n is "0" – it is a number of messages, 1 to 10000 – `,
		"history search -n 10001 x":             `-n is "10001" – `,
		"history search --before 1d x":          `"--before" is not a flag of history search – `,
		"history purge":                         "history purge has no --before – ",
		"history purge --before":                "--before has no value – ",
		"history purge --before 30":             `--before is "30" – it is an age, a number with h, d or w – `,
		"history purge --before -1d":            `--before is "-1d" – `,
		"history purge --before 99999w":         `--before is "99999w" – `,
		"history purge --before d":              `--before is "d" – `,
		"history export --json=maybe":           `--json is "maybe" – `,
		"--gateway 4005 history export":         "--gateway is given – history has no use for it – ",
		"-p 3 history export":                   "--peer-no is 3 – a demo peer keeps nothing unless it is told where – ",
		"--ephemeral history export":            "--ephemeral is given – history has no use for it – ",
		"-p 1 --keep-days 0":                    `--keep-days is "0" – it is a number of days, 1 to 1000000 – for example --keep-days 90`,
		"-p 1 --keep-mb 1e3":                    `--keep-mb is "1e3" – it is a number of MiB, 1 to 1000000 – `,
		"-p 1 --keep-mb 1 --keep-mb 2":          "--keep-mb is given 2 times – ",
		"history export --conversation":         "--conversation has no value – ",
		"--data-dir /d --ui tui history export": "--ui is ",
	} {
		_, err := parse(append([]string{"node"}, strings.Fields(args)...), environment(map[string]string{"HOME": "/h"}))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("node %s:\n got %v\nwant %s…", args, err, want)
		} else if e := err.(*exitError); e.code != exitUsage {
			t.Errorf("node %s: exit code %d", args, e.code)
		}
	}
}

func TestRetentionFlags(t *testing.T) {
	s, err := parse([]string{"node", "-p", "1", "--keep-days", "90"}, environment(map[string]string{"TINCAN_KEEP_MB": "64"}))
	if err != nil || s.keep != (node.Retention{Days: 90, MB: 64}) {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestConversationsOfAnExport(t *testing.T) {
	me, one := idOf(node.DemoKey(2)), idOf(node.DemoKey(1))
	for typed, want := range map[string]string{
		"": "", "lobby": "lobby", "#Ops": "#ops", "session/0102030405060708": "session/0102030405060708",
		"dm 1": "dm/" + one + "/" + me, "dm " + one: "dm/" + one + "/" + me,
	} {
		if me < one {
			want = strings.Replace(want, "dm/"+one+"/"+me, "dm/"+me+"/"+one, 1)
		}
		if got, err := (&historySettings{conversation: typed}).in(chat.PeerID(me)); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v; want %q", typed, got, err, want)
		}
	}
	for _, typed := range []string{"ops", "dm", "dm ", "dm 2", "dm a/b", "#", "#a b"} {
		if got, err := (&historySettings{conversation: typed}).in(chat.PeerID(me)); err == nil {
			t.Errorf("%q is %q", typed, got)
		}
	}
}
