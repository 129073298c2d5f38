package localnet_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tincan/behaviour/chat"
	"tincan/node"
	"tincan/node/localnet"
)

func TestMain(m *testing.M) {
	if config := os.Getenv(labConfig); config != "" {
		os.Exit(labNode(config))
	}
	goleak.VerifyTestMain(m)
}

// await reads a subscription until ok says yes.
func await(t *testing.T, s *node.Subscription, what string, ok func(chat.Notification) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		batch, err := s.Next(ctx)
		if err != nil {
			t.Fatalf("wait for %s: %v", what, err)
		}
		for _, n := range batch {
			if ok(n.Notification) {
				return
			}
		}
	}
}

func TestLineTypedAtOnceReachesAll(t *testing.T) {
	for _, sparse := range []bool{false, true} {
		t.Run(fmt.Sprintf("sparse=%v", sparse), func(t *testing.T) {
			const n = 5
			ways := [][]int{{}, {0}, {0}, {2}, {3}}
			ctx := t.Context()
			nw, err := localnet.New(ctx, 0, localnet.Options{Sparse: sparse, Ways: ways})
			if err != nil {
				t.Fatal(err)
			}
			defer nw.Close()
			var subs []*node.Subscription
			for range n {
				nd, err := nw.Add()
				if err != nil {
					t.Fatal(err)
				}
				subs = append(subs, nd.Subscribe(chat.Owner))
			}
			start := time.Now()
			for i := range n {
				if err := nw.Nodes[i].Do(ctx, chat.Owner, "", chat.Broadcast{Text: fmt.Sprint("line of ", i)}); err != nil {
					t.Fatal(err)
				}
			}
			for i, s := range subs {
				seen := map[string]int{}
				await(t, s, fmt.Sprint("all lines at ", i), func(x chat.Notification) bool {
					if m, ok := x.(chat.Shown); ok {
						seen[m.Text]++
						if seen[m.Text] > 1 {
							t.Errorf("node %d shows %q twice", i, m.Text)
						}
						t.Logf("%v node %d: %s late=%v", time.Since(start), i, m.Text, m.Late)
					}
					return len(seen) == n
				})
			}
			nw.Nodes[4].Do(ctx, chat.Owner, "", chat.SendDirect{To: "2", Text: "psst"})
			await(t, subs[1], "direct message", func(x chat.Notification) bool {
				m, ok := x.(chat.Shown)
				return ok && m.Text == "psst" && m.From.No == 5
			})
			await(t, subs[4], "delivery", func(x chat.Notification) bool {
				m, ok := x.(chat.Delivery)
				if ok {
					t.Logf("%+v", m)
				}
				return ok && m.State == chat.Delivered
			})
			t.Log(time.Since(start))
			for i := range n {
				t.Log(i, len(nw.Nodes[i].Host().Network().Peers()))
			}
		})
	}
}
