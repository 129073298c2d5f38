package localnet_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tincan/behaviour/chat"
	"tincan/node/localnet"
)

// Six nodes of which each knows only the one before: the last learns of the first
// as the third does, and nobody is needed by the others.
func TestALineOfSixIsNoLine(t *testing.T) {
	const n = 6
	o := localnet.Options{Ways: [][]int{{}, {0}, {1}, {2}, {3}, {4}}}
	for gone := range n {
		t.Run(fmt.Sprint("without node ", gone), func(t *testing.T) {
			c := start(t, n, o)
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
			defer cancel()
			began := time.Now()
			if err := c.WaitMeshed(ctx); err != nil {
				t.Fatal(err)
			}
			t.Logf("everyone sees everyone after %v", time.Since(began))
			left := c.Nodes[gone].Subscribe(chat.Owner)
			c.do(t, gone, chat.Quit{})
			for { // until the hub has ended
				if _, err := left.Next(ctx); err != nil {
					break
				}
			}
			for i := range n {
				if i == gone {
					continue
				}
				text := fmt.Sprint("from ", i)
				c.do(t, i, chat.Broadcast{Text: text})
				for j := range n {
					if j != i && j != gone {
						c.hears(t, j, text)
					}
				}
			}
		})
	}
}
