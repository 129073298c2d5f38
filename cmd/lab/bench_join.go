package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tincan/cmd/lab/internal/floor"
	"tincan/cmd/lab/internal/report"
)

const (
	joinRounds = 20
	joinLimit  = 20 * time.Second // for one round
	joinEvery  = time.Millisecond // between the texts that the base says meanwhile
	joinIdle   = 5 * time.Second  // before an idle node is weighed
	joinLeave  = 2 * time.Second  // for a process to end on its own
)

// program is a binary that can be the base of a network or join it. It reads
// lines to broadcast and prints what it hears.
type program struct {
	name    string
	product bool
	path    string
	base    []string
	joiner  []string
	ready   string // in the line that says that it listens
	heard   string // in the line that shows a text

	listens, hears report.Sample // since exec
	rss            float64       // MiB; NaN when not to be had, like the next two
	fds, routines  float64
}

func benchJoin(ctx context.Context, o options) (table report.Table, err error) {
	programs, cleanUp, err := joinPrograms(ctx, o)
	defer cleanUp()
	if err != nil {
		return table, err
	}
	rounds := cmp.Or(o.rounds, joinRounds)
	for round := range rounds {
		for _, p := range programs {
			if err := p.join(ctx, round, round == rounds-1); err != nil {
				return table, fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	table = report.Table{
		Name:  "join",
		Setup: fmt.Sprintf("exec to the first text received from a base that says one every %v, %d rounds", joinEvery, rounds),
		Columns: []report.Column{{Name: "listens p50", Unit: report.Millis}, {Name: "hears p50", Unit: report.Millis}, {Name: "p99", Unit: report.Millis},
			{Name: "idle", Unit: report.MiB}, {Name: "goroutines", Unit: report.Count}, {Name: "fds", Unit: report.Count}},
		Notes: []string{fmt.Sprintf("idle: resident memory of the joined node %v later", joinIdle)},
	}
	for _, p := range programs {
		table.Rows = append(table.Rows, report.Row{Name: p.name, Product: p.product, Figures: []float64{
			millis(p.listens.At(0.5)), millis(p.hears.At(0.5)), millis(p.hears.At(0.99)), p.rss, p.routines, p.fds}})
	}
	return table, nil
}

// joinPrograms finds or builds the binaries. cleanUp is never nil.
func joinPrograms(ctx context.Context, o options) (all []*program, cleanUp func(), err error) {
	cleanUp = func() {}
	self, err := os.Executable()
	if err != nil {
		return nil, cleanUp, fmt.Errorf("find this program: %w", err)
	}
	number := func(i int) string { return strconv.Itoa(o.peerNo + i) }
	if !o.productOnly {
		all = append(all, &program{
			name: "raw node, tuned", path: self, ready: floor.NodeReady, heard: floor.NodeHeard,
			base:   []string{"bench", "floor-node", "--peer-no", number(0)},
			joiner: []string{"bench", "floor-node", "--peer-no", number(1), "--bootstrap-peer-no", number(0)},
		})
	}
	if o.floorsOnly {
		return all, cleanUp, nil
	}
	path, cleanUp, err := nodeBinary(ctx, o.node)
	if err != nil {
		return nil, cleanUp, err
	}
	return append(all, &program{
		name: "tincan", product: true, path: path, ready: `"type":"ready"`, heard: `"text":"tick`,
		base:   []string{"--json", "--peer-no", number(2)},
		joiner: []string{"--json", "--peer-no", number(3), "--bootstrap-peer-no", number(2)},
	}), cleanUp, nil
}

// nodeBinary builds a node unless there is one at path. cleanUp is never nil.
func nodeBinary(ctx context.Context, path string) (built string, cleanUp func(), err error) {
	cleanUp = func() {}
	if path != "" {
		return path, cleanUp, nil
	}
	dir, err := os.MkdirTemp("", "lab-bench-")
	if err != nil {
		return "", cleanUp, fmt.Errorf("make directory for the node: %w", err)
	}
	cleanUp = func() { os.RemoveAll(dir) }
	path = filepath.Join(dir, "node")
	build := exec.CommandContext(ctx, "go", "build", "-o", path, "tincan/cmd/node")
	if out, err := build.CombinedOutput(); err != nil {
		return "", cleanUp, fmt.Errorf("build node: %w\n%s", err, out)
	}
	return path, cleanUp, nil
}

// join is one turn: a new base, then one process that joins it.
func (p *program) join(ctx context.Context, round int, weigh bool) (err error) {
	ctx, stop := context.WithTimeout(ctx, joinLimit+joinIdle)
	defer stop()
	base, err := start(ctx, p.path, p.base)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, base.end()) }()
	if _, err := base.until(ctx, p.ready); err != nil {
		return fmt.Errorf("base: %w", err)
	}
	ticking, enough := context.WithCancel(ctx)
	silent := make(chan struct{})
	go func() { base.tick(ticking, round); close(silent) }() // until enough
	defer func() { enough(); <-silent }()

	joiner, err := start(ctx, p.path, p.joiner)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, joiner.end()) }()
	listening, err := joiner.until(ctx, p.ready)
	if err != nil {
		return err
	}
	hearing, err := joiner.until(ctx, p.heard)
	if err != nil {
		return err
	}
	enough()
	p.listens.Add(listening.at)
	p.hears.Add(hearing.at)
	if weigh {
		return p.weigh(ctx, joiner)
	}
	return nil
}

// weigh looks at an idle process and ends it.
func (p *program) weigh(ctx context.Context, c *process) error {
	select {
	case <-time.After(joinIdle):
	case <-ctx.Done():
		return ctx.Err()
	}
	p.rss, p.fds = math.NaN(), math.NaN()
	if kib, err := residentKiB(c.cmd.Process.Pid); err == nil {
		p.rss = kib / 1024
	}
	if fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", c.cmd.Process.Pid)); err == nil {
		p.fds = float64(len(fds))
	}
	p.routines = math.NaN()
	if n := c.countGoroutines(); n > 0 {
		p.routines = float64(n)
	}
	return nil
}

func residentKiB(pid int) (float64, error) { return statusKiB(pid, "VmRSS:") }

// statusKiB reads one line of what the system says of a process.
func statusKiB(pid int, line string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(status), line)
	fields := strings.Fields(rest)
	if !ok || len(fields) == 0 {
		return 0, errors.New("no " + line)
	}
	return strconv.ParseFloat(fields[0], 64)
}

// tick says a line every joinEvery.
func (c *process) tick(ctx context.Context, round int) {
	every := time.NewTicker(joinEvery)
	defer every.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			if _, err := fmt.Fprintf(c.in, "tick %s\n", text(round, n)[:floor.TextSize-len("tick ")]); err != nil {
				return
			}
		}
	}
}

// process is a running program.
type process struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	lines   chan line // closed at the end of its output
	trouble *strings.Builder
	began   time.Time
	ended   bool
}

type line struct {
	text string
	at   time.Duration // since exec
}

// start runs a program. Its own goroutine ends with the program's output.
func start(ctx context.Context, path string, args []string) (*process, error) {
	c := &process{cmd: exec.CommandContext(ctx, path, args...), lines: make(chan line, 256), trouble: new(strings.Builder)}
	c.cmd.Env = append(os.Environ(), "GOTRACEBACK=all") // countGoroutines reads it
	c.cmd.Stderr = c.trouble
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("make input: %w", err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("make output: %w", err)
	}
	c.began = time.Now()
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	go func() {
		defer close(c.lines)
		scan := bufio.NewScanner(out)
		scan.Buffer(nil, 1<<20)
		for scan.Scan() {
			select {
			case c.lines <- line{scan.Text(), time.Since(c.began)}:
			default: // nobody waits for this one
			}
		}
	}()
	return c, nil
}

// until waits for a line that contains mark.
func (c *process) until(ctx context.Context, mark string) (line, error) {
	for {
		select {
		case l, ok := <-c.lines:
			if !ok {
				c.cmd.Wait()
				c.ended = true
				return line{}, fmt.Errorf("ended without %q: %s", mark, strings.TrimSpace(c.trouble.String()))
			}
			if strings.Contains(l.text, mark) {
				return l, nil
			}
		case <-ctx.Done():
			return line{}, fmt.Errorf("wait for %q: %w", mark, ctx.Err())
		}
	}
}

// end stops the program, kindly at first.
func (c *process) end() error { return c.endWithin(joinLeave) }

// endWithin gives it some time to end on its own.
func (c *process) endWithin(leave time.Duration) error {
	if c.ended {
		return nil
	}
	c.ended = true
	c.in.Close()
	c.cmd.Process.Signal(os.Interrupt)
	kill := time.AfterFunc(leave, func() { c.cmd.Process.Kill() })
	defer kill.Stop()
	for range c.lines { // Wait must not come before the last read
	}
	c.cmd.Wait() // a signal is the expected end
	return nil
}
