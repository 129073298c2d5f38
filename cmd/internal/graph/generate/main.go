// Command generate writes the table of package graph to standard output, from the
// sources below the directory where it is run. scripts/generate runs it.
package main

import (
	"fmt"
	"os"

	"tincan/cmd/internal/graph/source"
)

func main() {
	p, err := source.Read(os.DirFS("."))
	if err == nil {
		var table []byte
		if table, err = source.Write(p); err == nil {
			_, err = os.Stdout.Write(table)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}
