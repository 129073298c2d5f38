package localnet_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	ma "github.com/multiformats/go-multiaddr"

	"tincan/behaviour/chat"
	"tincan/node"
)

// labConfig is the environment variable that makes this test's program a node
// of its own, for labs that need a process each: a node.Config as JSON.
const labConfig = "TINCAN_LAB_NODE"

// labNode runs a node that takes "dm N text", "reachable" and "paths" on stdin, and tells what
// it sees on stdout, until stdin ends.
func labNode(config string) (code int) {
	var c node.Config
	err := json.Unmarshal([]byte(config), &c)
	if err != nil {
		fmt.Fprintln(os.Stderr, "broken:", err)
		return 1
	}
	n, err := node.New(c)
	if err != nil {
		fmt.Fprintln(os.Stderr, "broken:", err)
		return 1
	}
	ctx, cancel := context.WithCancel(context.Background())
	sub := n.Subscribe(chat.Owner)
	go func() { // ends with stdin
		defer cancel()
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			words := strings.SplitN(in.Text(), " ", 3)
			switch {
			case words[0] == "reachable":
				for tick := time.Tick(5 * time.Millisecond); !reachable(n) && ctx.Err() == nil; {
					<-tick
				}
				fmt.Println("reachable")
			case words[0] == "paths":
				_ = n.Do(ctx, chat.Owner, "", chat.ListPeers{})
			case len(words) == 3:
				_ = n.Do(ctx, chat.Owner, "", chat.SendDirect{To: words[1], Text: words[2]})
			}
		}
	}()
	go func() { // ends with ctx
		for {
			batch, err := sub.Next(ctx)
			if err != nil {
				return
			}
			for _, x := range batch {
				switch x := x.Notification.(type) {
				case chat.Ready:
					fmt.Println("ready")
				case chat.Shown:
					if !x.Mine {
						fmt.Println("shows", x.From.No, x.Text)
					}
				case chat.PeerList:
					for _, p := range x.Peers {
						fmt.Println("path", p.Peer.No, p.State, p.Path)
					}
				}
			}
		}
	}()
	if err := n.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "broken:", err)
		return 1
	}
	return 0
}

// reachable says whether a node can be reached through others, and tells them so.
func reachable(n *node.Node) bool {
	return slices.ContainsFunc(n.Host().Addrs(), func(a ma.Multiaddr) bool {
		_, err := a.ValueForProtocol(ma.P_CIRCUIT)
		return err == nil
	})
}

// labProcess is such a node, and what it says.
type labProcess struct {
	no    int
	stdin io.WriteCloser
	lines chan string
}

// startIn starts one in a network namespace; it ends with the test.
func startIn(t *testing.T, namespace string, c node.Config) *labProcess {
	t.Helper()
	config, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("ip", "netns", "exec", namespace, self)
	cmd.Env = append(os.Environ(), labConfig+"="+string(config))
	cmd.Stderr = os.Stderr
	p := &labProcess{no: c.PeerNo, lines: make(chan string, 1000)}
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { // ends with the process
		defer close(done)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			select {
			case p.lines <- s.Text():
			default:
			}
		}
	}()
	t.Cleanup(func() {
		p.stdin.Close()
		end := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		<-done
		_ = cmd.Wait()
		end.Stop()
	})
	p.says(t, 10*time.Second, "ready")
	return p
}

func (p *labProcess) ask(t *testing.T, what string) {
	t.Helper()
	if _, err := fmt.Fprintln(p.stdin, what); err != nil {
		t.Fatal(err)
	}
}

// says waits until the process says something.
func (p *labProcess) says(t *testing.T, within time.Duration, what string) {
	t.Helper()
	if !p.has(within, what) {
		t.Fatalf("node %d has not said %q within %v", p.no, what, within)
	}
}

// has waits until the process says something, and reports whether it did.
func (p *labProcess) has(within time.Duration, what string) bool {
	late := time.NewTimer(within)
	defer late.Stop()
	for {
		select {
		case l := <-p.lines:
			if l == what {
				return true
			}
		case <-late.C:
			return false
		}
	}
}

// path asks how a node sees another, until it sees it so.
func (p *labProcess) path(t *testing.T, within time.Duration, to *labProcess, want string) {
	t.Helper()
	began := time.Now()
	for seen := ""; seen != want; {
		if time.Since(began) > within {
			t.Fatalf("node %d sees node %d as %q, want %q", p.no, to.no, seen, want)
		}
		p.ask(t, "paths")
		late := time.NewTimer(time.Second)
		for answered := false; !answered; {
			select {
			case l := <-p.lines:
				if rest, ok := strings.CutPrefix(l, fmt.Sprintf("path %d here ", to.no)); ok {
					seen, answered = rest, true
				}
			case <-late.C:
				answered = true
			}
		}
	}
	t.Logf("node %d to node %d is %s after %v", p.no, to.no, want, time.Since(began))
}
