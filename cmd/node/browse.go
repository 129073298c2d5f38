package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"tincan/cmd/internal/safe"
)

// webPort is where node web has its page unless --web says otherwise.
const webPort = "8765"

// browsing judges the command web: a node with a page, which a browser is shown if
// that is asked for.
func (f *flags) browsing(words []string, env func(string) string) (*settings, error) {
	open := given{name: "open", toggle: true}
	a := args{command: "web", topic: "web", takes: []*given{&open}}
	rest, help, err := a.read(words)
	switch {
	case help:
		return &settings{command: "help", topic: "web"}, nil
	case err != nil:
		return nil, err
	case len(rest) > 0:
		return nil, usage("%s is left over – web takes nothing but --open – leave it out, node web -h shows examples", quoted(rest[0]))
	}
	if len(f.web.values) == 0 {
		f.web.values, f.web.source = []string{webPort}, "--web"
	}
	s, err := f.settings("web", env)
	if err != nil {
		return nil, err
	}
	s.browse, err = open.on(false)
	return s, err
}

// browse shows a page in a browser. The link has the owner's token, and all users of a
// machine see how programs are called: the browser is given a file that leads there,
// which nobody else may read. done removes it.
func browse(link string, stderr io.Writer) (done func()) {
	cannot := func(err error) func() {
		fmt.Fprintln(stderr, "warning: "+safe.Line(fmt.Sprintf("no browser was opened – %v – open the link yourself", err)))
		return func() {}
	}
	dir, err := os.MkdirTemp("", "tincan-") // mode 0700
	if err != nil {
		return cannot(err)
	}
	done = func() { os.RemoveAll(dir) }
	file := filepath.Join(dir, "open.html")
	page := fmt.Sprintf("<!doctype html>\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta http-equiv=\"refresh\" content=\"0; url=%[1]s\">\n<a href=\"%[1]s\">tincan</a>\n", link)
	if err = os.WriteFile(file, []byte(page), 0o600); err == nil {
		err = show(file)
	}
	if err != nil {
		done()
		return cannot(err)
	}
	return done
}

// show hands a file to the program that the user reads such files with. It does not
// end with this one.
func show(file string) error {
	name, before := "xdg-open", []string(nil)
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, before = "rundll32", []string{"url.dll,FileProtocolHandler"}
	}
	cmd := exec.Command(name, append(before, file)...)
	apart(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait() // ends with the program; what it has to say, the user sees there
	return nil
}

const webHelp = `node web: your node in a browser.

    node web --open
    node --peer-no 1 web
    node --web 127.0.0.1:9000 web

node [flags] web [--open]: it is run with --web 8765 unless --web says
otherwise, and keeps its console. With --open a browser is shown the page.

The link that it shows has a secret in it, which makes whoever has it the owner
of the node, in a browser on this machine. It stays the same as long as the
identity is kept in a directory; remove the file "token" there for a new one.
Without the secret the page is for guests. With --web IP:PORT, where that is not
of loopback, everybody who reaches it may be one, in this node's name and
unencrypted.
`
