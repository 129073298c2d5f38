package main

import (
	"bufio"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is how times are written when a test has failed.
const clock = "15:04:05.000"

// transcript is all that a stream has said so far, by lines.
type transcript struct {
	done chan struct{} // closed at the end of the stream

	mu    sync.Mutex // guards what follows
	lines []said
	more  chan struct{} // closed and replaced when lines grows
}

// said is a line without its end, and when it was read.
type said struct {
	text string
	at   time.Time
}

func newTranscript() *transcript {
	return &transcript{done: make(chan struct{}), more: make(chan struct{})}
}

func record(r io.Reader) *transcript {
	tr := newTranscript()
	go func() { // ends with the stream
		defer close(tr.done)
		s := bufio.NewReader(r)
		for {
			l, err := s.ReadString('\n')
			if l != "" {
				tr.mu.Lock()
				tr.lines = append(tr.lines, said{strings.TrimSuffix(l, "\n"), time.Now()})
				close(tr.more)
				tr.more = make(chan struct{})
				tr.mu.Unlock()
			}
			if err != nil {
				return
			}
		}
	}()
	return tr
}

// find waits for a line that is wanted. It gives up after patience, and at the
// end of the stream.
func (tr *transcript) find(wanted func(string) bool) (line said, ok bool) {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for next, last := 0, false; ; {
		lines, more := tr.all()
		for ; next < len(lines); next++ {
			if wanted(lines[next].text) {
				return lines[next], true
			}
		}
		if last {
			return said{}, false
		}
		select {
		case <-more:
		case <-tr.done:
			last = true
		case <-limit.C:
			last = true
		}
	}
}

// all returns the lines so far, and what is closed when there are more.
func (tr *transcript) all() (lines []said, more <-chan struct{}) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.lines, tr.more
}

func (tr *transcript) wait(t *testing.T, name, pattern string) string {
	t.Helper()
	line, ok := tr.find(regexp.MustCompile(pattern).MatchString)
	if !ok {
		t.Fatalf("%s has no line like %s within %v, or before it ended", name, pattern, patience)
	}
	return line.text
}

// nth waits for line n, counted from 1; it is "" if that does not come.
func (tr *transcript) nth(n int) string {
	line, _ := tr.find(func(string) bool { n--; return n == 0 })
	return line.text
}

// count tells how many lines match so far.
func (tr *transcript) count(pattern string) int {
	re := regexp.MustCompile(pattern)
	lines, _ := tr.all()
	n := 0
	for _, l := range lines {
		if re.MatchString(l.text) {
			n++
		}
	}
	return n
}

// most bounds what is shown of a transcript when a test has failed, in lines.
const most = 200

func (tr *transcript) text() string {
	lines, _ := tr.all()
	var b strings.Builder
	for i, l := range lines {
		if i == most {
			b.WriteString("…\n")
			break
		}
		b.WriteString(l.at.Format(clock) + " " + l.text[:min(len(l.text), 500)] + "\n")
	}
	return b.String()
}
