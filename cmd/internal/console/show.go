package console

import (
	"tincan/behaviour/chat"
	"tincan/cmd/internal/jsonl"
)

// append adds the lines of n to what is written next.
func (c *console) append(n chat.Notify) {
	if c.JSON {
		c.out = jsonl.Append(c.out, n, c.Now())
		return
	}
	c.out, c.err = c.format.Append(c.out, c.err, n)
}
