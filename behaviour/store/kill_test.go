package store

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// childPath is set in a process that is to be killed.
const childPath = "TINCAN_TEST_STORE"

// TestKilledChild is that process: it writes, and prints what was saved.
func TestKilledChild(t *testing.T) {
	path := os.Getenv(childPath)
	if path == "" {
		t.Skip("runs in the processes that TestKill kills")
	}
	go func() { // the process ends it: when TestKill is gone, nobody else would
		io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	next := uint64(1)
	d, err := Open(path, Config{Key: key, pages: 50, Saved: func(through uint64, err error) { fmt.Println("saved", through, err) }})
	if err != nil || d.Replaced() != (Replaced{}) {
		fmt.Println("broken", err, d.Replaced())
		return
	}
	image, err := d.Load(ctx)
	if err != nil {
		fmt.Println("broken", err)
		return
	}
	for _, l := range image.Logs {
		next = l.Last + 1
	}
	fmt.Println("open", next-1)
	for i := uint64(1); ; i++ {
		d.Write(i, []Change{Put{row(anna, next, 1, next, "some words")}, Note{"last", strconv.AppendUint(nil, next, 10)}})
		next++
		if i%uint64(1+i%7) == 0 { // so that some commits are of one write, and some of many
			d.await(ctx, func() (bool, error) { return false, nil })
		}
	}
}

// TestKill kills a process that writes, again and again. What it had reported is
// there when it is started again, and the file is in order.
func TestKill(t *testing.T) {
	kills := 20
	if os.Getenv("TINCAN_TEST_SOAK") != "" {
		kills = 100
	}
	path := filepath.Join(t.TempDir(), "history.db")
	rng := rand.New(rand.NewPCG(6, 6))
	last, total := uint64(0), uint64(0)
	for i := range kills {
		child := exec.Command(os.Args[0], "-test.run=^TestKilledChild$")
		child.Env = append(os.Environ(), childPath+"="+path)
		child.Stderr = os.Stderr
		if _, err := child.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		from, left, killed := uint64(0), rng.IntN(40), false
		for lines.Scan() {
			var n uint64
			switch line := lines.Text(); {
			case scan(line, "open %d", &n):
				if n < last {
					t.Errorf("kill %d: %d was saved, and %d is there", i, last, n)
				}
				from, last = n, n
			case scan(line, "saved %d <nil>", &n):
				last = from + n
				total++
				if left--; left <= 0 && !killed {
					killed = true
					if err := child.Process.Kill(); err != nil {
						t.Fatal(err)
					}
				}
			default:
				t.Errorf("kill %d: %s", i, line)
			}
		}
		child.Wait()
		if !killed {
			t.Fatalf("kill %d: the process ended by itself", i)
		}
	}
	d := mustOpen(t, path, Config{Key: key})
	defer d.Close()
	n := uint64(0)
	if err := d.Each(ctx, "", func(Row) error { n++; return nil }); err != nil || n < last || d.Stats().Damaged > 0 {
		t.Errorf("%d rows, %d were saved, %d are damaged, %v", n, last, d.Stats().Damaged, err)
	}
	t.Logf("%d kills, %d commits", kills, total)
}

func scan(line, format string, n *uint64) bool {
	_, err := fmt.Sscanf(line, format, n)
	return err == nil
}
