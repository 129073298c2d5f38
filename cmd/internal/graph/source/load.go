// Package source reads the program's pipeline out of its sources: which instruction
// and event the core hands to which of its files, what that leads to, and who
// carries it out.
package source

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"path"
	"strings"
)

// module is the module's path.
const module = "tincan"

// A loader reads packages of the module and checks their types. What they import
// from other modules it does not know, and does without.
type loader struct {
	files fs.FS // the root of the repository
	fset  *token.FileSet
	std   types.Importer
	seen  map[string]*unit
	build build.Context // says which files belong to a package
}

// A unit is a package as it was read.
type unit struct {
	path  string // within the module
	files []*ast.File
	types *types.Package
	info  *types.Info
	funcs map[types.Object]*ast.FuncDecl
}

// A library is the standard library, checked as far as it was asked for.
type library struct {
	fset *token.FileSet
	types.Importer
}

func newLibrary() library {
	fset := token.NewFileSet()
	return library{fset, importer.ForCompiler(fset, "source", nil)}
}

func newLoader(files fs.FS, std library) *loader {
	l := &loader{files: files, fset: std.fset, std: std, seen: make(map[string]*unit), build: build.Default}
	l.build.GOOS, l.build.GOARCH = "linux", "amd64" // the same table is made everywhere
	l.build.JoinPath = path.Join
	l.build.OpenFile = func(name string) (io.ReadCloser, error) { return files.Open(name) }
	return l
}

// load reads a package; dir is its directory.
func (l *loader) load(dir string) (*unit, error) {
	if u := l.seen[dir]; u != nil {
		return u, nil
	}
	u := &unit{path: dir, funcs: make(map[types.Object]*ast.FuncDecl), info: &types.Info{
		Types: make(map[ast.Expr]types.TypeAndValue), Uses: make(map[*ast.Ident]types.Object),
		Defs: make(map[*ast.Ident]types.Object), Selections: make(map[*ast.SelectorExpr]*types.Selection),
	}}
	l.seen[dir] = u
	entries, err := fs.ReadDir(l.files, dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if built, err := l.build.MatchFile(dir, name); err != nil || !built {
			continue
		}
		text, err := fs.ReadFile(l.files, path.Join(dir, name))
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(l.fset, path.Join(dir, name), text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		u.files = append(u.files, file)
	}
	check := types.Config{Importer: l, Error: func(error) {}} // of what is not known here nothing is asked
	u.types, _ = check.Check(module+"/"+dir, l.fset, u.files, u.info)
	for _, file := range u.files {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				u.funcs[u.info.Defs[f.Name]] = f
			}
		}
	}
	return u, nil
}

// Import implements types.Importer.
func (l *loader) Import(name string) (*types.Package, error) {
	if dir, ok := strings.CutPrefix(name, module+"/"); ok {
		u, err := l.load(dir)
		if err != nil {
			return nil, err
		}
		return u.types, nil
	}
	if strings.Contains(name, ".") || heavy[name] {
		return nil, fmt.Errorf("%s is another module's", name)
	}
	return l.std.Import(name)
}

// heavy are packages of the standard library that take long to check, and of which
// nothing is needed.
var heavy = map[string]bool{"net": true, "net/http": true, "crypto/tls": true, "os/exec": true, "log/slog": true, "encoding/json": true}

// file is the name of the file that something stands in, without directory and ending.
func (l *loader) file(n ast.Node) string {
	return strings.TrimSuffix(path.Base(l.fset.Position(n.Pos()).Filename), ".go")
}
