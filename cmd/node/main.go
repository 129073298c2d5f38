// Command node runs one node of tincan, a chat that needs no server.
//
// What goes to stdout: the conversation, and nothing else. What goes to stderr:
// trouble, as "error: what – why – what to do" on one line, and the log.
// Exit codes: see exit.go. Flags and environment are read here and nowhere else.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"tincan/cmd/internal/safe"
)

func main() {
	os.Exit(run(os.Args, os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}

// run is the program: it returns the exit code. args[0] is the program's name.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string) int {
	s, err := parse(args, env)
	if err != nil {
		return report(stderr, err)
	}
	code := exitOK
	switch s.command {
	case "help":
		err = print(stdout, help(s.topic))
	case "version":
		err = print(stdout, version())
	case "graph":
		err = flow(s, stdout)
	case "client":
		code = connect(s, stdin, stdout, stderr)
	case "archive":
		code, err = archive(s, stdout)
	case "attach":
		code, err = attach(s, stdin, stdout, stderr)
	case "send":
		code, err = send(s, stdin, stdout, stderr)
	case "tail":
		code, err = tail(s, stdout, stderr)
	case "run", "daemon", "web":
		code, err = serve(s, stdin, stdout, stderr)
	default:
		code, err = ask(s, stdout, stderr)
	}
	if err != nil {
		return report(stderr, err)
	}
	return code
}

func print(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fail(exitListen, "cannot write to the output – %v – give it an output that takes lines", err)
	}
	return nil
}

// report says what went wrong, on one line, and returns the exit code.
func report(stderr io.Writer, err error) int {
	fmt.Fprintln(stderr, "error: "+safe.Line(err.Error()))
	var e *exitError
	if errors.As(err, &e) {
		return e.code
	}
	return exitOther
}
