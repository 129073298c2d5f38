package source

import (
	"fmt"
	"go/ast"
	"go/types"
	"path"
	"slices"
	"strings"

	"tincan/cmd/internal/graph"
)

// theNode is how package node is called among those who carry out and report.
const theNode = "node"

// protocols reads who carries out the effects and who reports the events.
func (r *reader) protocols(p *graph.Pipeline) error {
	u, err := r.load("behaviour")
	if err != nil {
		return err
	}
	n, err := r.load("node")
	if err != nil {
		return err
	}
	do := u.method("Do")
	if do == nil {
		return fmt.Errorf("package behaviour has no method Do")
	}
	by, outcome, from := make(map[string]set), make(map[string]set), make(map[string]set)
	awaits := make(map[string]set)
	for _, name := range r.all(effect) {
		by[name], outcome[name] = set{}, set{}
	}
	for _, name := range r.all(event) {
		from[name] = set{}
	}
	r.callbacks(u, from, awaits)
	handled := set{}
	r.cases(u, do, effect, func(name string, _ *ast.CaseClause) { handled.add(name) })
	for _, name := range handled.sorted() { // there, or where a queue is worked off
		for _, f := range u.funcs {
			r.cases(u, f, effect, func(found string, c *ast.CaseClause) {
				if found == name {
					for _, code := range r.reach(u, &ast.BlockStmt{List: c.Body}) {
						by[name].add(r.carriers(u, code)...)
						for _, field := range ticketed(u, code, "give") {
							by[name].add(awaits[field].sorted()...)
						}
						outcome[name].add(r.made(u, code, event)...)
					}
				}
			})
		}
	}
	for _, f := range n.funcs {
		r.cases(n, f, effect, func(name string, _ *ast.CaseClause) { by[name].add(theNode) })
		for _, name := range r.made(n, f, event) {
			from[name].add(theNode)
		}
	}
	for _, name := range r.all(effect) {
		p.Effects = append(p.Effects, graph.Effect{Name: name, By: by[name].sorted(), Outcome: outcome[name].sorted()})
	}
	told := set{}
	for _, s := range outcome {
		told.add(s.sorted()...)
	}
	var unsaid []string
	for i := range p.Events {
		e := &p.Events[i]
		if e.From = from[e.Name].sorted(); len(e.From) == 0 && !told[e.Name] {
			unsaid = append(unsaid, e.Name)
		}
	}
	if err := missing(slices.DeleteFunc(r.all(effect), func(name string) bool { return len(by[name]) > 0 }), "is carried out by nobody"); err != nil {
		return err
	}
	return missing(unsaid, "is reported by nobody")
}

// reach is a piece of code of a package and the functions that it leads to there.
func (r *reader) reach(u *unit, code ast.Node) []ast.Node {
	all, seen := []ast.Node{code}, make(map[types.Object]bool)
	for i := 0; i < len(all); i++ {
		for _, f := range called(u, all[i]) {
			if !seen[f] {
				seen[f] = true
				all = append(all, u.funcs[f].Body)
			}
		}
	}
	return all
}

// carriers lists the protocols that a piece of code calls.
func (r *reader) carriers(u *unit, code ast.Node) []string {
	found := set{}
	ast.Inspect(code, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name != "Counters" {
			found.add(r.carrier(u, sel))
		}
		return true
	})
	delete(found, "")
	return found.sorted()
}

// carrier is the protocol whose method or function is called, or "".
func (r *reader) carrier(u *unit, sel *ast.SelectorExpr) string {
	if id, ok := sel.X.(*ast.Ident); ok {
		if pkg, ok := u.info.Uses[id].(*types.PkgName); ok {
			if dir, name := path.Split(pkg.Imported().Path()); strings.HasSuffix(dir, "p2p/protocol/") {
				return name // of libp2p itself
			}
			return ""
		}
	}
	switch t := u.info.TypeOf(sel.X); {
	case t == nil:
	case protocolOf(t) != "":
		return protocolOf(t)
	case inConfig(u, t) && isFunc(u.info.TypeOf(sel)):
		return theNode
	}
	if host, ok := sel.X.(*ast.SelectorExpr); ok && host.Sel.Name == "Host" {
		return "libp2p"
	}
	return ""
}

// named is the name of a type, of what it points to, or of its alias.
func named(t types.Type) *types.TypeName {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	switch t := t.(type) {
	case *types.Alias:
		return t.Obj()
	case *types.Named:
		return t.Obj()
	}
	return nil
}

// protocolOf is the package of a protocol's type, or "".
func protocolOf(t types.Type) string {
	n := named(t)
	if n == nil || n.Pkg() == nil {
		return ""
	}
	name, ok := strings.CutPrefix(n.Pkg().Path(), module+"/behaviour/")
	if !ok || slices.Contains([]string{"chat", "wire", "names", "frame", "exchange"}, name) || strings.Contains(name, "/") {
		return ""
	}
	return name
}

// inConfig says whether a type is what the node hands to the behaviour.
func inConfig(u *unit, t types.Type) bool {
	n := named(t)
	return n != nil && n.Pkg() == u.types && n.Name() == "Config"
}

func isFunc(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

// callbacks finds what protocols are given to call, the events that come of it, and
// the fields whose tickets are awaited there.
func (r *reader) callbacks(u *unit, from, awaits map[string]set) {
	given := func(protocol string, what ast.Node) {
		for _, code := range r.reach(u, what) {
			for _, name := range r.made(u, code, event) {
				from[name].add(protocol)
			}
			for _, field := range ticketed(u, code, "await") {
				if awaits[field] == nil {
					awaits[field] = set{}
				}
				awaits[field].add(protocol)
			}
		}
	}
	for _, f := range u.funcs {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if protocol := made(u, n); protocol != "" {
					for _, arg := range n.Args {
						given(protocol, arg)
					}
				}
			case *ast.AssignStmt: // of a function to a field of a protocol's Config
				if sel, ok := n.Lhs[0].(*ast.SelectorExpr); ok && len(n.Lhs) == 1 {
					if t := u.info.TypeOf(sel.X); t != nil && protocolOf(t) != "" && isFunc(u.info.TypeOf(n.Rhs[0])) {
						given(protocolOf(t), n.Rhs[0])
					}
				}
			}
			return true
		})
	}
}

// ticketed lists the fields on whose tickets a method is called.
func ticketed(u *unit, code ast.Node, method string) (fields []string) {
	ast.Inspect(code, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == method {
			if t := u.info.TypeOf(sel.X); t != nil {
				if field, ok := sel.X.(*ast.SelectorExpr); ok && named(t) != nil && named(t).Name() == "tickets" {
					fields = append(fields, field.Sel.Name)
				}
			}
		}
		return true
	})
	return fields
}

// made is the protocol that a call makes, or "".
func made(u *unit, call *ast.CallExpr) string {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	pkg, ok := u.info.Uses[id].(*types.PkgName)
	if !ok || !strings.HasPrefix(pkg.Imported().Path(), module+"/behaviour/") || sel.Sel.Name != "New" && sel.Sel.Name != "Open" {
		return ""
	}
	return path.Base(pkg.Imported().Path())
}
