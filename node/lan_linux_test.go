package node

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
)

// lanNode is set in the environment of a test binary that is to be a node in a
// network namespace: "mdns" or "alone".
const lanNode = "TINCAN_TEST_LAN"

// TestNodeOnLAN is a node of the test below. It says "id ID" first, and
// "came ID" when it meets a peer, until its standard input ends.
func TestNodeOnLAN(t *testing.T) {
	how := os.Getenv(lanNode)
	if how == "" {
		t.Skip("only run by other tests")
	}
	n, err := New(Config{Key: realKey(t), MDNS: how == "mdns"})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("id", n.ID())
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // ends with the input, which the other test closes
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	sub := n.Subscribe(chat.Owner)
	ended := make(chan struct{})
	go func() { // ends with the node
		defer close(ended)
		for {
			batch, err := sub.Next(context.Background())
			if err != nil {
				return
			}
			for _, told := range batch {
				if p, ok := told.Notification.(chat.PeerCame); ok {
					fmt.Println("came", p.Peer.ID)
				}
			}
		}
	}()
	_ = n.Run(ctx)
	<-ended
}

// Two machines on one cable, nobody knows an address.
func TestNodesOnOneLANFindEachOther(t *testing.T) {
	spaces := lan(t)
	began := time.Now()
	a, b := startOn(t, spaces[0], "mdns"), startOn(t, spaces[1], "mdns")
	a.says(t, "came "+b.id)
	b.says(t, "came "+a.id)
	t.Logf("found after %v", time.Since(began).Round(time.Millisecond))
}

// Those who do not look are not found, neither by each other nor by one who does.
func TestNodesOnALANThatDoNotLook(t *testing.T) {
	spaces := lan(t)
	a, b := startOn(t, spaces[0], "alone"), startOn(t, spaces[1], "alone")
	c := startOn(t, spaces[0], "mdns")
	d := startOn(t, spaces[1], "mdns") // by the time that these have met, the others would have
	c.says(t, "came "+d.id)
	d.says(t, "came "+c.id)
	met := map[*onLAN]string{a: "", b: "", c: "came " + d.id, d: "came " + c.id} // and nobody else
	for n, who := range met {
		for _, line := range n.stop() {
			if strings.HasPrefix(line, "came ") && line != who {
				t.Errorf("%s: %s", n.id, line)
			}
		}
	}
}

// lan makes two network namespaces with a cable between them.
func lan(t *testing.T) (spaces [2]string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root can make network namespaces")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("SKIPPED: no ip (Debian: apt-get install iproute2)")
	}
	ip := func(args ...string) error {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	ends := [2]string{fmt.Sprintf("tca%d", os.Getpid()), fmt.Sprintf("tcb%d", os.Getpid())} // 15 characters at most
	for i, end := range ends {
		spaces[i] = "tincan-" + end
		if err := ip("netns", "add", spaces[i]); err != nil {
			t.Skipf("SKIPPED: no network namespaces here: %v", err)
		}
		t.Cleanup(func() {
			if err := ip("netns", "delete", spaces[i]); err != nil { // with its end of the cable
				t.Error(err)
			}
		})
	}
	steps := [][]string{{"link", "add", ends[0], "netns", spaces[0], "type", "veth", "peer", "name", ends[1], "netns", spaces[1]}}
	for i, end := range ends {
		steps = append(steps,
			[]string{"-n", spaces[i], "addr", "add", fmt.Sprintf("10.87.65.%d/24", i+1), "dev", end},
			[]string{"-n", spaces[i], "link", "set", end, "up"},
			[]string{"-n", spaces[i], "link", "set", "lo", "up"})
	}
	for _, step := range steps {
		if err := ip(step...); err != nil {
			t.Fatal(err)
		}
	}
	return spaces
}

// onLAN is a node in another process.
type onLAN struct {
	id    string
	lines chan string
	read  []string // of lines so far
	in    io.Closer
	cmd   *exec.Cmd
	done  bool
}

func startOn(t *testing.T, space, how string) *onLAN {
	t.Helper()
	c := exec.Command("ip", "netns", "exec", space, os.Args[0], "-test.run=^TestNodeOnLAN$")
	c.Env = append(os.Environ(), lanNode+"="+how)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	n := &onLAN{lines: make(chan string, 100), in: in, cmd: c}
	go func() { // ends with the process
		defer close(n.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			n.lines <- s.Text()
		}
	}()
	t.Cleanup(func() { n.stop() })
	n.id = strings.TrimPrefix(n.says(t, "id "), "id ")
	return n
}

// says waits for a line that begins so.
func (n *onLAN) says(t *testing.T, begin string) string {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case line, ok := <-n.lines:
			if !ok {
				t.Fatalf("the node ended; it said %q", n.read)
			}
			if n.read = append(n.read, line); strings.HasPrefix(line, begin) {
				return line
			}
		case <-late:
			t.Fatalf("no line %q; the node said %q", begin, n.read)
		}
	}
}

// stop ends the node, and returns all that it has said.
func (n *onLAN) stop() []string {
	if n.done {
		return n.read
	}
	n.done = true
	_ = n.in.Close()
	for line := range n.lines {
		n.read = append(n.read, line)
	}
	_ = n.cmd.Wait()
	return n.read
}
