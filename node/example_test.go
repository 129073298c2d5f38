package node_test

import (
	"context"
	"fmt"

	"tincan/behaviour/chat"
	"tincan/node"
)

// A program that is a node: it says something, sees what happens and ends.
func Example() {
	ctx := context.Background()
	n, err := node.New(node.Config{PeerNo: 7, Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	sub := n.Subscribe(chat.Owner)
	go n.Run(ctx)
	n.Do(ctx, chat.Owner, "my-ref", chat.Broadcast{Text: "hello from a program"})
	n.Do(ctx, chat.Owner, "", chat.Quit{})
	for {
		batch, err := sub.Next(ctx)
		if err != nil {
			return
		}
		for _, it := range batch {
			switch what := it.Notification.(type) {
			case chat.Ready:
				fmt.Println("ready as", what.Me.Label())
			case chat.Shown:
				fmt.Println(what.From.Label(), "said:", what.Text, "for", it.Ref)
			}
		}
	}
	// Output:
	// ready as peer 7
	// peer 7 said: hello from a program for my-ref
}
