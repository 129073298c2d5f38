package main

import (
	"encoding/json"
	"fmt"
	"time"
)

// event is an object that a node with --json has said.
type event struct {
	Type  string // "ready", "message", …
	Event string // of a peer: "up" or "down"
	Ref   string
	ID    string

	Conversation, Kind, Text, State, Reason, Code string
	Late, Mine                                    bool
	From, To, Peer                                face
	Missing, Lost                                 int
	Peers                                         []face

	at time.Time // when it was read
}

// face is a peer in an event.
type face struct {
	No                int `json:"peer_no"`
	State, Path, Addr string
}

// UnmarshalJSON takes "peers" of a delivery, which is a number, for none, and
// "lost" of a gap, which is a word, too.
func (e *event) UnmarshalJSON(b []byte) error {
	type plain event
	var raw struct {
		*plain
		Peers json.RawMessage
		Lost  json.RawMessage
	}
	raw.plain = (*plain)(e)
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	if len(raw.Peers) > 0 && raw.Peers[0] == '[' {
		return json.Unmarshal(raw.Peers, &e.Peers)
	}
	if len(raw.Lost) > 0 && raw.Lost[0] != 't' {
		return json.Unmarshal(raw.Lost, &e.Lost)
	}
	return nil
}

func parseEvent(line string) (e event) {
	if json.Unmarshal([]byte(line), &e) != nil {
		return event{}
	}
	return e
}

// tells waits for an event of a node with --json, in whatever order events come.
// what names it for the case that it does not come.
func (p *process) tells(what string, wanted func(event) bool) event {
	p.t.Helper()
	line, ok := p.out.find(func(l string) bool { return wanted(parseEvent(l)) })
	if !ok {
		p.t.Fatalf("node %q does not tell within %v: %s", p.cmd.Args[1:], patience, what)
	}
	e := parseEvent(line.text)
	e.at = line.at
	return e
}

// told returns all events so far that are wanted.
func (p *process) told(wanted func(event) bool) (all []event) {
	lines, _ := p.out.all()
	for _, l := range lines {
		if e := parseEvent(l.text); wanted(e) {
			e.at = l.at
			all = append(all, e)
		}
	}
	return all
}

// hears waits until a line to everybody is shown, one's own too.
func (p *process) hears(text string) event {
	p.t.Helper()
	return p.tells(fmt.Sprintf("the line %q", text), func(e event) bool {
		return e.Type == "message" && e.Conversation == "lobby" && e.Text == text
	})
}

// asks types an instruction and waits for its answer of the given type.
func (p *process) asks(ref, do, answer string) event {
	p.t.Helper()
	p.types(fmt.Sprintf(`{"do":%q,"ref":%q}`, do, ref))
	return p.tells("the answer to "+do, func(e event) bool { return e.Type == answer && e.Ref == ref })
}

// ready waits until lines can be typed, and returns when that was.
func (p *process) ready() time.Time {
	p.t.Helper()
	return p.tells("that it is ready", func(e event) bool { return e.Type == "ready" }).at
}
