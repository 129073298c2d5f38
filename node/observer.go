package node

import (
	"context"
	"fmt"
	"log/slog"
)

// observer sees all that goes through the loop: it is the one place for
// whatever logs, counts or records.
type observer struct{ log *slog.Logger }

// saw is told of an instruction or event before it is handled. It runs on the
// loop.
func (o observer) saw(what string, v any) {
	if o.log.Enabled(context.Background(), slog.LevelDebug) {
		o.log.Debug(what, "type", typeName(v))
	}
}

// typeName is the name of an instruction or event without its package.
func typeName(v any) string {
	name := fmt.Sprintf("%T", v)
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '.' {
			return name[i+1:]
		}
	}
	return name
}
