// Command lab is the workbench of tincan: what measures it and what tries to
// break it. It is not needed to use it.
package main

import (
	"fmt"
	"os"

	"github.com/urfave/cli/v2"
)

func main() {
	app := &cli.App{
		Name:     "lab",
		Usage:    "measure tincan and try to break it",
		Commands: []*cli.Command{benchCommand(), simCommand()},
	}
	if err := app.Run(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
}
