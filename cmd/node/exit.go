package main

import "fmt"

// Exit codes. Package console has those of what was asked in a conversation.
const (
	exitOK        = 0
	exitOther     = 1
	exitUsage     = 2
	exitConfig    = 3
	exitIdentity  = 4 // the key must not be used
	exitListen    = 5 // cannot listen or cannot write
	exitInUse     = 9 // another node has the profile open
	exitNoNode    = 10
	exitInterrupt = 130
)

// exitError is an error with the exit code that it ends in.
type exitError struct {
	code int
	text string // what – why – what to do
}

func (e *exitError) Error() string { return e.text }

func fail(code int, format string, args ...any) error {
	return &exitError{code, fmt.Sprintf(format, args...)}
}

func usage(format string, args ...any) error { return fail(exitUsage, format, args...) }
