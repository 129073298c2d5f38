package source

import (
	"fmt"
	"go/ast"
	"go/types"
	"path"
	"strings"

	"tincan/cmd/internal/graph"
)

// roles reads which doors are opened by the ways to start the program.
func (r *reader) roles(p *graph.Pipeline) error {
	u, err := r.load(program)
	if err != nil {
		return err
	}
	serve, connect, serving := u.function("serve"), u.function("connect"), u.method("serving")
	if serve == nil || connect == nil || serving == nil {
		return fmt.Errorf("package %s has no serve, connect or serving", program)
	}
	known := set{}
	for _, f := range p.Fronts {
		known.add(f.Name)
	}
	console, remote := r.opens(u, serve, known), r.opens(u, connect, known)
	doors := make(map[string]set) // by the field of the settings that opens them
	all := set{}
	all.add(console...)
	for o, f := range u.funcs {
		if !strings.HasPrefix(o.Name(), "open") || f.Recv == nil {
			continue
		}
		if field := setting(f); field != "" {
			doors[field] = set{}
			doors[field].add(r.opens(u, f, known)...)
			all.add(doors[field].sorted()...)
		}
	}
	through := func(fields set) []string {
		open := set{}
		open.add(console...)
		for field, fronts := range doors {
			if fields[field] {
				open.add(fronts.sorted()...)
			}
		}
		return open.sorted()
	}
	server, gossip := assigned(u, serving)
	p.Roles = []graph.Role{
		{Name: "", Fronts: all.sorted()},
		{Name: "client", Fronts: remote, Remote: true},
		{Name: "server", Fronts: through(server), Members: server["members"]},
		{Name: "gossiping-server", Fronts: through(gossip), Members: gossip["members"]},
	}
	return nil
}

// opens lists the front ends whose packages a function names.
func (r *reader) opens(u *unit, f *ast.FuncDecl, known set) []string {
	found := set{}
	ast.Inspect(f, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if pkg, ok := u.info.Uses[id].(*types.PkgName); ok && known[path.Base(pkg.Imported().Path())] && strings.Contains(pkg.Imported().Path(), "/cmd/internal/") {
				found.add(path.Base(pkg.Imported().Path()))
			}
		}
		return true
	})
	return found.sorted()
}

// setting is the first field of the settings s that a function looks at, or "".
func setting(f *ast.FuncDecl) (field string) {
	ast.Inspect(f, func(n ast.Node) bool {
		if name := ofSettings(n); name != "" && field == "" {
			field = name
		}
		return field == ""
	})
	return field
}

// ofSettings is the field of the settings s that an expression is, or "".
func ofSettings(n ast.Node) string {
	if sel, ok := n.(*ast.SelectorExpr); ok {
		if id, ok := sel.X.(*ast.Ident); ok && id.Name == "s" {
			return sel.Sel.Name
		}
	}
	return ""
}

// assigned is the fields of the settings that serving sets for a server, up to where it
// returns for one, and for a gossiping one.
func assigned(u *unit, serving *ast.FuncDecl) (server, gossip set) {
	server, gossip = set{}, set{}
	alone := true
	for _, s := range serving.Body.List {
		ast.Inspect(s, func(n ast.Node) bool {
			a, ok := n.(*ast.AssignStmt)
			if !ok {
				return true
			}
			for i, left := range a.Lhs {
				name := ofSettings(left)
				if name == "" || len(a.Rhs) == len(a.Lhs) && u.info.Types[a.Rhs[i]].IsNil() {
					continue
				}
				if gossip.add(name); alone {
					server.add(name)
				}
			}
			return true
		})
		if i, ok := s.(*ast.IfStmt); ok && comparesRole(i.Cond) {
			alone = false
		}
	}
	return server, gossip
}

func comparesRole(cond ast.Expr) bool {
	b, ok := cond.(*ast.BinaryExpr)
	if !ok {
		return false
	}
	id, ok := b.X.(*ast.Ident)
	return ok && id.Name == "role"
}
