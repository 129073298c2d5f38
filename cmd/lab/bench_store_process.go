package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"tincan/behaviour/chat"
	"tincan/cmd/lab/internal/report"
)

// storeLimit is how long a process may take to start or end.
const storeLimit = 60 * time.Second

// startTurns starts nodes: one with the large store, after a clean end and after
// a kill, and one that keeps nothing.
func startTurns(ctx context.Context, dir string, o options, plain, tincan *storer, rounds int) error {
	path, cleanUp, err := nodeBinary(ctx, o.node)
	defer cleanUp()
	if err != nil {
		return err
	}
	args := []string{"--json", "--no-mdns", "--peer-no", strconv.Itoa(o.peerNo)}
	kept := append([]string{"--data-dir", filepath.Join(dir, "million")}, args...)
	for range rounds {
		if err := plain.start(ctx, path, args, &plain.starts, false); err != nil {
			return fmt.Errorf("%s: %w", plain.name, err)
		}
		err := errors.Join(
			tincan.start(ctx, path, kept, &tincan.starts, true),
			tincan.start(ctx, path, kept, &tincan.restarts, false))
		if err != nil {
			return fmt.Errorf("%s: %w", tincan.name, err)
		}
	}
	return nil
}

// start runs a node until it is ready, and then ends it, kindly or not.
func (s *storer) start(ctx context.Context, path string, args []string, took *report.Sample, kill bool) error {
	ctx, stop := context.WithTimeout(ctx, storeLimit)
	defer stop()
	p, err := start(ctx, path, args)
	if err != nil {
		return err
	}
	ready, err := p.until(ctx, `"type":"ready"`)
	if err != nil {
		return errors.Join(err, p.end())
	}
	took.Add(ready.at)
	if kib, err := statusKiB(p.cmd.Process.Pid, "VmHWM:"); err == nil {
		s.rss = append(s.rss, kib/1024)
	}
	if kill {
		p.cmd.Process.Kill()
	}
	return p.endWithin(storeLimit)
}

// countFsyncs runs processes that keep messages one by one under strace, where
// there is one.
func countFsyncs(ctx context.Context, dir string, all ...*storer) error {
	strace, err := exec.LookPath("strace")
	if err != nil {
		for _, s := range all {
			s.fsyncs = math.NaN()
		}
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	for i, s := range all {
		var n [2]int // without messages, and with
		for j, texts := range []int{0, commitTexts} {
			place := filepath.Join(dir, fmt.Sprint("commits", i, j))
			log := place + ".strace"
			cmd := exec.CommandContext(ctx, strace, "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", log,
				self, "bench", "commits", "--product="+strconv.FormatBool(s.product), "--dir", place, "--texts", strconv.Itoa(texts))
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("count fsyncs: %w\n%s", err, out)
			}
			calls, err := os.ReadFile(log)
			if err != nil {
				return fmt.Errorf("count fsyncs: %w", err)
			}
			n[j] = bytes.Count(calls, []byte("sync("))
		}
		s.fsyncs = float64(n[1]-n[0]) / commitTexts
	}
	return nil
}

// commitsCommand is the process whose fsyncs are counted.
func commitsCommand() *cli.Command {
	return &cli.Command{
		Name:   "commits",
		Usage:  "keep messages, each alone",
		Hidden: true,
		Flags:  []cli.Flag{&cli.BoolFlag{Name: "product"}, &cli.StringFlag{Name: "dir"}, &cli.IntFlag{Name: "texts"}},
		Action: func(c *cli.Context) error {
			return runCommits(c.Context, c.String("dir"), c.Bool("product"), c.Int("texts"))
		},
	}
}

func runCommits(ctx context.Context, dir string, product bool, texts int) error {
	raw, tincan, err := openKeepers(ctx, dir)
	if err != nil {
		return err
	}
	k := raw
	if product {
		k = tincan
	}
	c, err := newCorpus(1, 0, texts, time.Now())
	for range texts {
		if err != nil {
			break
		}
		var one []*chat.Envelope
		if one, err = c.take(1); err == nil {
			err = k.Keep(ctx, one)
		}
	}
	return errors.Join(err, raw.Close(), tincan.Close())
}

// fillCommand makes a large history to try things on.
func fillCommand() *cli.Command {
	return &cli.Command{
		Name:   "fill",
		Usage:  "fill the data directory DIR of demo peer N with messages",
		Hidden: true,
		Flags:  []cli.Flag{&cli.StringFlag{Name: "dir", Required: true}, &cli.IntFlag{Name: "peer-no", Required: true}, &cli.IntFlag{Name: "messages", Value: 1_000_000}},
		Action: func(c *cli.Context) error {
			return fillMillion(c.Context, c.String("dir"), c.Int("peer-no"), c.Int("messages"))
		},
	}
}
