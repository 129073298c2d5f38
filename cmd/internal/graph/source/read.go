package source

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"tincan/cmd/internal/graph"
)

// Read reads the pipeline from the root of the repository. What it says of a
// vocabulary that is not handled in full is the error.
func Read(files fs.FS) (graph.Pipeline, error) { return read(files, newLibrary()) }

func read(files fs.FS, std library) (p graph.Pipeline, err error) {
	r := &reader{loader: newLoader(files, std), stops: map[string]bool{}}
	steps := []func(*graph.Pipeline) error{r.vocabulary, r.core, r.protocols, r.fronts, r.roles}
	for _, step := range steps {
		if err := step(&p); err != nil {
			return p, err
		}
	}
	return p, nil
}

// A reader is where Read has got to.
type reader struct {
	*loader
	chat  *unit
	kinds map[string]*types.Interface // by the name of the sealed interface
	stops map[string]bool             // functions of the core that everything passes
}

// The sealed interfaces of the vocabulary.
const (
	instruction  = "Instruction"
	event        = "Event"
	effect       = "Effect"
	notification = "Notification"
)

func (r *reader) vocabulary(*graph.Pipeline) (err error) {
	if r.chat, err = r.load("behaviour/chat"); err != nil {
		return err
	}
	r.kinds = make(map[string]*types.Interface)
	for _, name := range []string{instruction, event, effect, notification} {
		o := r.chat.types.Scope().Lookup(name)
		if o == nil {
			return fmt.Errorf("package chat has no %s", name)
		}
		i, ok := o.Type().Underlying().(*types.Interface)
		if !ok {
			return fmt.Errorf("chat.%s is no interface", name)
		}
		r.kinds[name] = i
	}
	return nil
}

// all lists the names of a kind's types.
func (r *reader) all(kind string) (names []string) {
	for _, name := range r.chat.types.Scope().Names() {
		if o, ok := r.chat.types.Scope().Lookup(name).(*types.TypeName); ok && r.is(o.Type(), kind) {
			names = append(names, name)
		}
	}
	return names
}

// is says whether a type is one of the vocabulary. A type that embeds one is not.
func (r *reader) is(t types.Type, kind string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() != r.chat.types || types.IsInterface(n) || !types.Implements(n, r.kinds[kind]) {
		return false
	}
	m, _, _ := types.LookupFieldOrMethod(n, false, r.chat.types, strings.ToLower(kind))
	f, ok := m.(*types.Func)
	return ok && types.Identical(f.Signature().Recv().Type(), n)
}

// made lists the types of a kind that are made in a piece of code.
func (r *reader) made(u *unit, in ast.Node, kind string) (names []string) {
	ast.Inspect(in, func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok {
			if t := u.info.TypeOf(lit); t != nil && r.is(t, kind) {
				names = append(names, types.Unalias(t).(*types.Named).Obj().Name())
			}
		}
		return true
	})
	return names
}

// cases lists the clauses of all type switches in a piece of code that name types of
// a kind.
func (r *reader) cases(u *unit, in ast.Node, kind string, found func(name string, c *ast.CaseClause)) {
	ast.Inspect(in, func(n ast.Node) bool {
		if c, ok := n.(*ast.CaseClause); ok {
			for _, e := range c.List {
				if t := u.info.Types[e]; t.IsType() && r.is(t.Type, kind) {
					found(types.Unalias(t.Type).(*types.Named).Obj().Name(), c)
				}
			}
		}
		return true
	})
}

// called lists the functions of the package itself that a piece of code names, in the
// order of the code.
func called(u *unit, in ast.Node) (functions []types.Object) {
	ast.Inspect(in, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			o := u.info.Uses[id]
			if f, ok := o.(*types.Func); ok {
				o = f.Origin()
			}
			if o != nil && u.funcs[o] != nil && !slices.Contains(functions, o) {
				functions = append(functions, o)
			}
		}
		return true
	})
	return functions
}

// method finds a method of a package, or nil.
func (u *unit) method(name string) *ast.FuncDecl {
	for o, f := range u.funcs {
		if o.Name() == name && f.Recv != nil {
			return f
		}
	}
	return nil
}

// function finds a function of a package, or nil.
func (u *unit) function(name string) *ast.FuncDecl {
	for o, f := range u.funcs {
		if o.Name() == name && f.Recv == nil {
			return f
		}
	}
	return nil
}

// missing is the error that names of a kind have no place.
func missing(names []string, what string) error {
	if len(names) == 0 {
		return nil
	}
	return errors.New(strings.Join(names, ", ") + " " + what)
}

// without lists the names that are not in the set.
func without[V any](names []string, set map[string]V) (rest []string) {
	for _, n := range names {
		if _, ok := set[n]; !ok {
			rest = append(rest, n)
		}
	}
	return rest
}

// A set of names; sorted lists it.
type set map[string]bool

func (s set) add(names ...string) {
	for _, n := range names {
		s[n] = true
	}
}

func (s set) sorted() []string { return slices.Sorted(maps.Keys(s)) }
