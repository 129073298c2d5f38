package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// A crowd is a process that is many guests of one door and a speaker at another,
// and the clock for what they hear: so what a door takes is the door's alone.
//
//	lab ──▶ latency 3, push 4 1000 ──▶ crowd        one order a line, numbered by rounds
//	    ◀── ready, {…}, all        ◀──

// What a crowd answers.
const (
	crowdReady = "ready"    // all are in
	crowdAll   = "all"      // have heard what was to be pushed
	crowdHeard = `{"heard"` // and when: crowdTimes
)

const (
	crowdTexts = 40                     // spoken in one turn, one at a time
	crowdPace  = 55 * time.Millisecond  // between them: a gateway takes 20 lines a second of one guest
	crowdProbe = 250 * time.Millisecond // between texts that find out who is in
)

// crowdTimes is how long after it was spoken each guest had each text, in ns.
type crowdTimes struct {
	Heard [][]int64 `json:"heard"`
}

// crowd is the guests and the speaker, as a mesh of which nobody is the author.
type crowd struct {
	speech
	conns   []net.Conn
	readers []*bufio.Reader
	speaker net.Conn
	at      []time.Time // by guest: when the last text came; each its reader's until all have it
}

// runCrowd connects n guests to one address and a speaker to another, and does
// as it is told until in ends.
func runCrowd(ctx context.Context, n int, language, door, speakers string, in io.Reader, out io.Writer) (err error) {
	c, err := newCrowd(ctx, n, language, door, speakers)
	if err != nil {
		return err
	}
	a := newAudience(c, n)
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := c.probe(ctx, a); err != nil {
		return fmt.Errorf("wait until all are in: %w", err)
	}
	fmt.Fprintln(out, crowdReady)
	for orders := bufio.NewScanner(in); orders.Scan(); {
		var round, texts int
		if _, err := fmt.Sscanf(orders.Text(), "push %d %d", &round, &texts); err == nil {
			t := a.expect(round, texts)
			fmt.Fprintln(out, crowdReady)
			if ok, err := t.await(ctx, texts, quiet); err != nil {
				return err
			} else if !ok {
				return fmt.Errorf("%d of %d texts were heard by all, %d times by anybody", t.full.Load(), texts, t.own.Load()+t.heard.Load())
			}
			fmt.Fprintln(out, crowdAll)
			continue
		}
		if _, err := fmt.Sscanf(orders.Text(), "latency %d", &round); err != nil {
			return fmt.Errorf("order %q: %w", orders.Text(), err)
		}
		times, err := c.latency(ctx, a, round)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(out).Encode(times); err != nil {
			return err
		}
	}
	return nil
}

func newCrowd(ctx context.Context, n int, language, door, speakers string) (*crowd, error) {
	words, ok := speeches[language]
	if !ok {
		return nil, fmt.Errorf("nobody speaks %q", language)
	}
	c := &crowd{speech: words, at: make([]time.Time, n)}
	for i := range n + 1 {
		addr, name := door, fmt.Sprintf("guest%d", i)
		if i == n {
			addr, name = speakers, "speaker"
		}
		conn, err := c.dial(ctx, addr)
		if err == nil {
			for _, line := range c.enter(name) {
				_, wrong := io.WriteString(conn, line+"\n")
				err = errors.Join(err, wrong)
			}
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("guest %d: %w", i, err), c.Close())
		}
		if i == n {
			c.speaker = conn
			go io.Copy(io.Discard, conn) // ends with the connection
			break
		}
		c.conns = append(c.conns, conn)
		c.readers = append(c.readers, bufio.NewReader(conn))
	}
	return c, nil
}

// probe speaks until all have heard.
func (c *crowd) probe(ctx context.Context, a *audience) error {
	limit := time.Now().Add(meshLimit)
	for round := 900_000; time.Now().Before(limit); round++ {
		t := a.expect(round, 1)
		if err := c.Publish(ctx, text(round, 0)); err != nil {
			return err
		}
		if ok, err := t.await(ctx, 1, crowdProbe); ok || err != nil {
			return err
		}
	}
	return fmt.Errorf("not all are in after %v", meshLimit)
}

// latency speaks one text after the other.
func (c *crowd) latency(ctx context.Context, a *audience, round int) (times crowdTimes, err error) {
	times.Heard = make([][]int64, len(c.conns))
	for n := range crowdTexts {
		if err := pause(ctx, crowdPace); err != nil {
			return times, err
		}
		t := a.expect(round*crowdTexts+n, 1)
		start := time.Now()
		if err := c.Publish(ctx, text(round*crowdTexts+n, 0)); err != nil {
			return times, err
		}
		if ok, err := t.await(ctx, 1, quiet); err != nil {
			return times, err
		} else if !ok {
			return times, fmt.Errorf("only %d have heard text %d", t.own.Load()+t.heard.Load(), n)
		}
		for g := range c.conns {
			times.Heard[g] = append(times.Heard[g], c.at[g].Sub(start).Nanoseconds())
		}
	}
	return times, nil
}

// Publish lets the speaker speak.
func (c *crowd) Publish(_ context.Context, text string) error {
	_, err := io.WriteString(c.speaker, c.say(text)+"\n")
	return err
}

// Next reads lines until one ends in a text.
func (c *crowd) Next(_ context.Context, guest int, heard []string) ([]string, error) {
	for {
		line, err := c.readers[guest].ReadString('\n')
		if err != nil {
			return heard, err
		}
		now := time.Now()
		line = c.hear(strings.TrimRight(line, "\r\n"))
		if _, _, ok := parseText(line); ok {
			c.at[guest] = now
			return append(heard, line), nil
		}
	}
}

// Refused is not known to a crowd.
func (c *crowd) Refused() int { return 0 }

func (c *crowd) Close() error {
	for _, conn := range c.conns {
		conn.Close()
	}
	if c.speaker != nil {
		c.speaker.Close()
	}
	return nil
}
