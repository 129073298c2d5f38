package graph

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// readDot is a reader of the language of Graphviz, as far as its grammar
// (https://graphviz.org/doc/info/lang.html) is used here: it fails the test at whatever
// is not in it, and returns the labels of the nodes and how many edges there are.
func readDot(t *testing.T, text string) (labels map[string]string, edges int) {
	t.Helper()
	d := &dotReader{tokens: dotTokens(t, text)}
	labels = make(map[string]string)
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("this is not Dot: %v\n%s", r, text)
		}
	}()
	kind := d.next()
	if kind != "graph" && kind != "digraph" {
		panic("it begins with " + kind)
	}
	arrow := map[string]string{"graph": "--", "digraph": "->"}[kind]
	d.id()
	d.want("{")
	var block func()
	block = func() {
		for d.peek() != "}" {
			name := d.id()
			switch {
			case name == "subgraph":
				d.id()
				d.want("{")
				block()
				d.want("}")
				continue
			case d.peek() == "=":
				d.next()
				d.id()
			case name == "node" || name == "edge":
				d.attributes()
			case d.peek() == arrow:
				d.next()
				d.id()
				d.attributes()
				edges++
			default:
				labels[name] = d.attributes()["label"]
			}
			d.want(";")
		}
	}
	block()
	d.want("}")
	if len(d.tokens) > 0 {
		panic("it goes on after its end")
	}
	return labels, edges
}

type dotReader struct{ tokens []string }

func (d *dotReader) peek() string {
	if len(d.tokens) == 0 {
		panic("it ends too soon")
	}
	return d.tokens[0]
}

func (d *dotReader) next() string {
	s := d.peek()
	d.tokens = d.tokens[1:]
	return s
}

func (d *dotReader) want(s string) {
	if got := d.next(); got != s {
		panic(fmt.Sprintf("%q where %q belongs", got, s))
	}
}

var dotWord = regexp.MustCompile(`^([a-zA-Z_][a-zA-Z0-9_]*|[0-9]+)$`)

// id is a word, or a string without its quotes.
func (d *dotReader) id() string {
	s := d.next()
	switch {
	case strings.HasPrefix(s, `"`):
		return strings.NewReplacer(`\"`, `"`, `\\`, `\`, "&amp;", "&").Replace(s[1 : len(s)-1])
	case dotWord.MatchString(s):
		return s
	}
	panic(fmt.Sprintf("%q is no id", s))
}

func (d *dotReader) attributes() map[string]string {
	a := make(map[string]string)
	if d.peek() != "[" {
		return a
	}
	d.next()
	for d.peek() != "]" {
		name := d.id()
		d.want("=")
		a[name] = d.id()
		if d.peek() == "," {
			d.next()
		}
	}
	d.next()
	return a
}

func dotTokens(t *testing.T, text string) (tokens []string) {
	t.Helper()
	token := regexp.MustCompile(`^(\s+|"(?:[^"\\\n]|\\.)*"|->|--|[{}\[\]=;,]|[a-zA-Z0-9_]+)`)
	for text != "" {
		found := token.FindString(text)
		if found == "" {
			t.Fatalf("no token of Dot: %.40q", text)
		}
		if strings.TrimSpace(found) != "" {
			tokens = append(tokens, found)
		}
		text = text[len(found):]
	}
	return tokens
}

var (
	mermaidFrame = regexp.MustCompile(`^subgraph (\w+) \["([^"]*)"\]$`)
	mermaidNode  = regexp.MustCompile(`^(\w+)(?:\["([^"]*)"\]|\(\["([^"]*)"\]\)|\[\["([^"]*)"\]\])$`)
	mermaidEdge  = regexp.MustCompile(`^(\w+) (?:-->|-\.->|---|-\.-)(?:\|"([^"]*)"\|)? (\w+)$`)
	mermaidCode  = regexp.MustCompile(`#(\d+);`)
)

// readMermaid is the same for Mermaid, line by line.
func readMermaid(t *testing.T, text string) (labels map[string]string, edges int) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != "flowchart LR" {
		t.Fatalf("it begins with %q", lines[0])
	}
	depth := 0
	labels = make(map[string]string)
	shown := func(label string) string {
		if !utf8.ValidString(label) || strings.ContainsAny(label, "<>&`\"\\{}[]|;#") && !mermaidCode.MatchString(label) {
			t.Errorf("the label %q is not safe", label)
		}
		return mermaidCode.ReplaceAllStringFunc(label, func(code string) string {
			n, err := strconv.Atoi(code[1 : len(code)-1])
			if err != nil {
				t.Errorf("the label %q has %s", label, code)
			}
			return string(rune(n))
		})
	}
	for _, line := range lines[1:] {
		line = strings.TrimSpace(line)
		switch {
		case line == "end":
			depth--
		case mermaidFrame.MatchString(line):
			depth++
		case mermaidNode.MatchString(line):
			m := mermaidNode.FindStringSubmatch(line)
			labels[m[1]] = shown(m[2] + m[3] + m[4])
		case mermaidEdge.MatchString(line):
			edges++
			shown(mermaidEdge.FindStringSubmatch(line)[2])
		default:
			t.Errorf("this is not Mermaid: %q", line)
		}
	}
	if depth != 0 {
		t.Errorf("%d frames are open at the end", depth)
	}
	return labels, edges
}
