package source

import (
	"go/ast"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"tincan/cmd/internal/graph"
)

// program is the package of the program itself.
const program = "cmd/node"

// fronts reads which packages speak for users, and what they say and show.
func (r *reader) fronts(p *graph.Pipeline) error {
	dirs := []string{program}
	entries, err := fs.ReadDir(r.loader.files, "cmd/internal")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() && e.Name() != "graph" {
			dirs = append(dirs, path.Join("cmd/internal", e.Name()))
		}
	}
	uses := make(map[string]set)
	for _, dir := range dirs {
		u, err := r.load(dir)
		if err != nil {
			return err
		}
		says, shows, notes := set{}, set{}, set{}
		for _, f := range u.files {
			says.add(r.made(u, f, instruction)...)
			r.cases(u, f, notification, func(name string, _ *ast.CaseClause) { shows.add(name) })
			r.cases(u, f, instruction, func(name string, _ *ast.CaseClause) { notes.add(name) })
		}
		name := path.Base(dir)
		uses[name] = imported(u)
		if len(says)+len(shows)+len(notes) > 0 {
			p.Fronts = append(p.Fronts, graph.Front{Name: name, Says: says.sorted(), Shows: shows.sorted(), Notes: notes.sorted()})
		}
	}
	slices.SortFunc(p.Fronts, func(a, b graph.Front) int { return strings.Compare(a.Name, b.Name) })
	for i := range p.Fronts {
		for _, o := range p.Fronts {
			if uses[p.Fronts[i].Name][o.Name] {
				p.Fronts[i].Uses = append(p.Fronts[i].Uses, o.Name)
			}
		}
	}
	for i := range p.Fronts { // what is not drawn is not in the table either
		if len(p.Fronts[i].Uses) > 0 {
			p.Fronts[i].Shows = nil
		}
		if len(p.Fronts[i].Says) > 0 {
			p.Fronts[i].Notes = nil
		}
	}
	return nil
}

// imported is the names of the front ends' packages that a package imports.
func imported(u *unit) set {
	s := set{}
	for _, f := range u.files {
		for _, spec := range f.Imports {
			if name, err := strconv.Unquote(spec.Path.Value); err == nil && strings.HasPrefix(name, module+"/cmd/internal/") {
				s.add(path.Base(name))
			}
		}
	}
	return s
}
