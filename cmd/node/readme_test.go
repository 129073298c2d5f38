//go:build unix

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the README says one can do in a shell is done, line by line.
func TestReadmeShell(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)\n## From the shell\n.*?\n```sh\n(.*?)\n```\n").FindSubmatch(readme)
	if block == nil {
		t.Fatal("the README has no lines for the shell")
	}
	home := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, bash, "-e", "-o", "pipefail", "-c", string(block[1])+"\nwait\n")
	cmd.Dir = home
	cmd.Env = append(withoutOurs(), "HOME="+home, "XDG_DATA_HOME=", "PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"),
		"TINCAN_NO_MDNS=true", "TINCAN_LISTEN=/ip4/127.0.0.1/tcp/0") // it talks with nobody else
	out, err := cmd.CombinedOutput()
	log, _ := os.ReadFile(filepath.Join(home, "log"))
	if err != nil {
		t.Fatalf("%v\n%s\nthe node's log:\n%s", err, out, log)
	}
	var told []string
	for l := range strings.Lines(string(out)) {
		told = append(told, l)
	}
	want := []string{
		`^{"v":1,"type":"message",.*"conversation":"lobby",.*"text":"good morning"`,
		`^{"v":1,"type":"message",.*"conversation":"#ops",.*"text":"build done"`,
		`^\* 1 message of #ops:$`,
		`^\S+ \S+ \[#ops\] .*: build done$`,
		`^1$`,
		`^error: nobody is "nobody"`,
		`^not sent: 7$`,
	}
	for i, w := range want {
		if i >= len(told) || !regexp.MustCompile(w).MatchString(strings.TrimSuffix(told[i], "\n")) {
			t.Fatalf("line %d of\n%sis not like %s; the node's log:\n%s", i+1, out, w, log)
		}
	}
	if len(told) != len(want) {
		t.Errorf("it says more:\n%s", out)
	}
}
