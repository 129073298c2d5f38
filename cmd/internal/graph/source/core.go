package source

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"

	"tincan/cmd/internal/graph"
)

// core reads who decides about what, and what the decisions lead to.
func (r *reader) core(p *graph.Pipeline) error {
	u := r.chat
	doInstruction, doEvent := u.method("HandleInstruction"), u.method("HandleEvent")
	if doInstruction == nil || doEvent == nil {
		return fmt.Errorf("package chat has no HandleInstruction or no HandleEvent")
	}
	r.stop("begin", "end", "answer", "reply", "fail", "acknowledge", "tell", "warn", "do")
	var roots []types.Object
	instructions, events := make(map[string]graph.Handled), make(map[string]graph.Handled)
	for _, s := range []struct {
		in   *ast.FuncDecl
		kind string
		to   map[string]graph.Handled
	}{{doInstruction, instruction, instructions}, {doEvent, event, events}} {
		r.cases(u, s.in, s.kind, func(name string, c *ast.CaseClause) {
			h := graph.Handled{Name: name, File: r.file(s.in)}
			for _, f := range called(u, &ast.BlockStmt{List: c.Body}) {
				if r.stops[f.Name()] {
					continue
				}
				h.File = r.file(u.funcs[f])
				h.Owner = h.Owner || slices.ContainsFunc(called(u, u.funcs[f].Body), func(o types.Object) bool { return o.Name() == "owners" })
				roots = append(roots, f)
			}
			s.to[name] = h
		})
		for _, f := range called(u, s.in.Body) { // what stands before the switch
			if name := r.asserted(u, s.in, f, s.kind); name != "" {
				s.to[name] = graph.Handled{Name: name, File: r.file(u.funcs[f])}
				roots = append(roots, f)
			}
		}
		if err := missing(without(r.all(s.kind), s.to), "has no case in "+s.in.Name.Name); err != nil {
			return err
		}
	}
	for _, name := range r.all(instruction) {
		p.Instructions = append(p.Instructions, instructions[name])
	}
	for _, name := range r.all(event) {
		p.Events = append(p.Events, graph.Event{Handled: events[name]})
	}
	r.topics(roots, p)
	return nil
}

// stop names functions through which everything passes: what they lead to says
// nothing about what led to them.
func (r *reader) stop(names ...string) {
	for _, n := range names {
		r.stops[n] = true
	}
}

// asserted is the type of a kind that an if statement of a function asks for before
// it calls f, or "".
func (r *reader) asserted(u *unit, in *ast.FuncDecl, f types.Object, kind string) (name string) {
	ast.Inspect(in.Body, func(n ast.Node) bool {
		i, ok := n.(*ast.IfStmt)
		if !ok || i.Init == nil || !slices.Contains(called(u, i.Body), f) || r.stops[f.Name()] {
			return true
		}
		ast.Inspect(i.Init, func(n ast.Node) bool {
			if a, ok := n.(*ast.TypeAssertExpr); ok && a.Type != nil {
				if t := u.info.TypeOf(a.Type); t != nil && r.is(t, kind) {
					name = types.Unalias(t).(*types.Named).Obj().Name()
				}
			}
			return true
		})
		return true
	})
	return name
}

// topics is what the files of each topic do, and where the shortest ways from
// decisions to effects go from one topic to another.
func (r *reader) topics(roots []types.Object, p *graph.Pipeline) {
	u, groups := r.chat, r.groups()
	type topic struct{ files, effects, tells, hands set }
	topics := make(map[string]topic)
	of := func(file string) topic {
		name := cmp.Or(groups[file], file)
		t, ok := topics[name]
		if !ok {
			t = topic{set{}, set{}, set{}, set{}}
			topics[name] = t
		}
		t.files.add(file)
		return t
	}
	for o, f := range u.funcs {
		if r.stops[o.Name()] {
			continue
		}
		if asks, says := r.asks(f), r.made(u, f.Body, notification); len(asks)+len(says) > 0 {
			t := of(r.file(f))
			t.effects.add(asks...)
			t.tells.add(says...)
		}
	}
	place := func(h *graph.Handled) {
		of(h.File)
		h.Topic = cmp.Or(groups[h.File], h.File)
	}
	for i := range p.Instructions {
		place(&p.Instructions[i])
	}
	for i := range p.Events {
		place(&p.Events[i].Handled)
	}
	for _, root := range roots {
		r.shortest(root, func(from, to *ast.FuncDecl) {
			a, b := of(r.file(from)), cmp.Or(groups[r.file(to)], r.file(to))
			of(r.file(to))
			if b != cmp.Or(groups[r.file(from)], r.file(from)) {
				a.hands.add(b)
			}
		})
	}
	for _, name := range slices.Sorted(maps.Keys(topics)) {
		t := topics[name]
		p.Topics = append(p.Topics, graph.Topic{Name: name, Files: t.files.sorted(), Effects: t.effects.sorted(), Tells: t.tells.sorted(), Hands: t.hands.sorted()})
	}
}

// asks lists the effects that a function asks for, other than telling users.
func (r *reader) asks(f *ast.FuncDecl) []string {
	return slices.DeleteFunc(r.made(r.chat, f.Body, effect), func(name string) bool { return name == "Notify" })
}

// shortest walks the shortest ways from a decision to each effect that it leads to,
// and reports their steps from function to function.
func (r *reader) shortest(root types.Object, step func(from, to *ast.FuncDecl)) {
	u := r.chat
	before := map[types.Object]types.Object{root: nil}
	got := set{}
	for queue := []types.Object{root}; len(queue) > 0; queue = queue[1:] {
		o := queue[0]
		for _, name := range r.asks(u.funcs[o]) {
			if got[name] {
				continue
			}
			got.add(name)
			for at := o; before[at] != nil; at = before[at] {
				step(u.funcs[before[at]], u.funcs[at])
			}
		}
		for _, next := range called(u, u.funcs[o].Body) {
			if _, seen := before[next]; !seen && !r.stops[next.Name()] {
				before[next] = o
				queue = append(queue, next)
			}
		}
	}
}

var aside = regexp.MustCompile(`\([^()]*\)`)

// groups is the topic of each file, as the list in doc.go has them; a file that is
// not in it has none.
func (r *reader) groups() map[string]string {
	all := set{}
	for _, f := range r.chat.files {
		all.add(r.file(f))
	}
	groups := make(map[string]string)
	for _, f := range r.chat.files {
		if r.file(f) != "doc" || f.Doc == nil {
			continue
		}
		_, list, _ := strings.Cut(f.Doc.Text(), "One rule file a topic:")
		list, _, _ = strings.Cut(list, "\n\nBounds")
		for _, item := range strings.Split("\n"+aside.ReplaceAllString(list, ""), "\n  - ")[1:] {
			group, files, _ := strings.Cut(item, ":")
			for _, word := range strings.FieldsFunc(files, func(r rune) bool { return r < 'a' || r > 'z' }) {
				if all[word] {
					groups[word] = strings.TrimSpace(group)
				}
			}
		}
	}
	return groups
}
