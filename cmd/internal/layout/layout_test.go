// Package layout holds the table of who may import whom, as a test.
package layout

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// root is the top of the repository, seen from here.
const root = "../../.."

// imports is the table: the first row that matches a package names all packages
// of tincan that it may import. "x/..." is x and everything below it, "x/*"
// what stands directly below x. Tests may import what they like.
var imports = []struct {
	who   string
	may   []string
	world bool // other modules too, not only the standard library
}{
	// the rules of the chat
	{"behaviour/chat", nil, false},

	// the wire format, and rooms that know neither the chat nor each other
	{"behaviour/wire", []string{"behaviour/chat", "behaviour/wire/*"}, true},
	{"behaviour/wire/*", nil, true},
	{"behaviour/frame", nil, true},
	{"behaviour/exchange", []string{"behaviour/frame"}, true},
	{"behaviour/*", []string{"behaviour/exchange", "behaviour/frame"}, true},
	{"behaviour/internal/hosttest", nil, true}, // in no other row: it is for tests

	// the composition
	{"behaviour", []string{"behaviour/*"}, true},

	// the node, and two ways of having many
	{"node/sim", []string{"behaviour/chat"}, false},
	{"node/localnet", []string{"node", "behaviour/chat"}, true},
	{"node", []string{"behaviour", "behaviour/chat"}, true},

	// front ends and programs
	{"cmd/internal/...", []string{"cmd/internal/...", "behaviour/chat"}, true},
	{"cmd/node", []string{"cmd/internal/...", "node", "behaviour/chat"}, true},
	{"cmd/lab", []string{"cmd/lab/internal/...", "cmd/internal/...", "node", "node/*", "behaviour", "behaviour/wire", "behaviour/chat"}, true},
	{"cmd/lab/internal/...", nil, true},
}

// top is what stands at the top of the repository, besides dot-files.
var top = []string{"behaviour", "cmd", "node", "scripts", "go.mod", "go.sum", "README.md", "LICENSE"}

// built is what builds and profiles may leave there; git ignores it.
var built = []string{"bin", "*.test", "*.prof"}

func TestImports(t *testing.T) {
	found := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found++
			if why := forbidden(filepath.ToSlash(rel), imported); why != "" {
				t.Errorf("%s: %s", filepath.ToSlash(name[len(root)+1:]), why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Fatal("no import found: is the root right?")
	}
}

func TestTop(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		ignored := slices.ContainsFunc(built, func(pattern string) bool { ok, _ := path.Match(pattern, name); return ok })
		if !strings.HasPrefix(name, ".") && !slices.Contains(top, name) && !ignored {
			t.Errorf("%s does not belong at the top of the repository", name)
		}
	}
}

// TestTableBites holds the table against imports that must not pass.
func TestTableBites(t *testing.T) {
	for _, c := range []struct {
		who, imported string
		ok            bool
	}{
		{"behaviour/chat", "time", true},
		{"behaviour/chat", "golang.org/x/text/unicode/norm", false},
		{"behaviour/chat", "tincan/behaviour/wire", false},
		{"behaviour/gossip", "github.com/libp2p/go-libp2p-pubsub", true},
		{"behaviour/gossip", "tincan/behaviour/chat", false},
		{"behaviour/gossip", "tincan/behaviour/direct", false},
		{"behaviour/rendezvous", "tincan/behaviour/kad", false},
		{"behaviour/rendezvous", "tincan/behaviour/wire", false},
		{"behaviour/names", "tincan/behaviour/wire", false},
		{"behaviour/relay", "tincan/behaviour/kad", false},
		{"behaviour/direct", "tincan/behaviour/exchange", true},
		{"behaviour/direct", "tincan/behaviour/internal/hosttest", false},
		{"behaviour/session", "tincan/behaviour/frame", true},
		{"behaviour/session", "tincan/behaviour/wire", false},
		{"behaviour/exchange", "tincan/behaviour/frame", true},
		{"behaviour/frame", "tincan/behaviour/exchange", false},
		{"behaviour/internal/hosttest", "github.com/libp2p/go-libp2p", true},
		{"behaviour/internal/hosttest", "tincan/behaviour/exchange", false},
		{"behaviour/wire", "tincan/behaviour/chat", true},
		{"behaviour/wire", "tincan/behaviour/wire/pb", true},
		{"behaviour/wire", "tincan/behaviour/gossip", false},
		{"behaviour", "tincan/behaviour/gossip", true},
		{"behaviour", "tincan/behaviour/internal/hosttest", false},
		{"behaviour", "tincan/node", false},
		{"node", "tincan/behaviour", true},
		{"node", "tincan/behaviour/gossip", false},
		{"node", "tincan/cmd/internal/line", false},
		{"node/sim", "tincan/node", false},
		{"node/sim", "github.com/libp2p/go-libp2p", false},
		{"cmd/internal/line", "tincan/behaviour/chat", true},
		{"cmd/internal/line", "tincan/behaviour", false},
		{"cmd/internal/line", "tincan/node", false},
		{"cmd/internal/gateway", "tincan/cmd/internal/line", true},
		{"cmd/internal/gateway", "tincan/node", false},
		{"cmd/node", "tincan/behaviour", false},
		{"cmd/lab", "tincan/node/sim", true},
		{"elsewhere", "fmt", false},
	} {
		if got := forbidden(c.who, c.imported); (got == "") != c.ok {
			t.Errorf("%s imports %s: %q", c.who, c.imported, got)
		}
	}
}

// forbidden says why a package may not import another, or "".
func forbidden(who, imported string) string {
	for _, row := range imports {
		if !matches(row.who, who) {
			continue
		}
		ours, local := strings.CutPrefix(imported, "tincan/")
		switch {
		case local && slices.ContainsFunc(row.may, func(p string) bool { return matches(p, ours) }):
			return ""
		case local:
			return fmt.Sprintf("%s may not import %s, only %q of tincan", who, ours, row.may)
		case !row.world && strings.Contains(strings.Split(imported, "/")[0], "."):
			return fmt.Sprintf("%s may not import %s, only the standard library", who, imported)
		}
		return ""
	}
	return who + " is in no row of the table"
}

// matches reports whether a pattern of the table names a package.
func matches(pattern, pkg string) bool {
	if above, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == above || strings.HasPrefix(pkg, above+"/")
	}
	ok, err := path.Match(pattern, pkg)
	return ok && err == nil
}
