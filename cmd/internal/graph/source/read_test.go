package source

import (
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"tincan/cmd/internal/graph"
)

// root is the top of the repository, seen from here.
const root = "../../../.."

// std is one library for all tests: it takes longer to read than the program.
var std = sync.OnceValue(newLibrary)

// overlay is a file system with some files changed.
type overlay struct {
	fs.FS
	changed fstest.MapFS
}

func (o overlay) Open(name string) (fs.File, error) {
	if f, err := o.changed.Open(name); err == nil && o.changed[name] != nil {
		return f, nil
	}
	return o.FS.Open(name)
}

func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.FS, name)
	if more, err2 := fs.ReadDir(o.changed, name); err2 == nil {
		for _, e := range more {
			if !slices.ContainsFunc(entries, func(o fs.DirEntry) bool { return o.Name() == e.Name() }) {
				entries = append(entries, e)
			}
		}
	}
	return entries, err
}

// changed is the sources with something replaced in files; a file that is not there is made.
func changed(t *testing.T, edits ...[3]string) fs.FS {
	t.Helper()
	o := overlay{os.DirFS(root), fstest.MapFS{}}
	for _, e := range edits {
		text, err := fs.ReadFile(o, e[0])
		if err != nil {
			text = []byte(e[1])
		}
		if !strings.Contains(string(text), e[1]) {
			t.Fatalf("%s has no %q", e[0], e[1])
		}
		o.changed[e[0]] = &fstest.MapFile{Data: []byte(strings.Replace(string(text), e[1], e[2], 1))}
	}
	return o
}

func find[E any](list []E, ok func(E) bool) (e E) {
	if i := slices.IndexFunc(list, ok); i >= 0 {
		return list[i]
	}
	return e
}

// The drawing is of these sources, and not of older ones.
func TestTableIsThatOfTheSources(t *testing.T) {
	p, err := read(os.DirFS(root), std())
	if err != nil {
		t.Fatal(err)
	}
	want, err := Write(p)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../table.go")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("table.go, line %d:\n%s\nthe sources say\n%s\nrun scripts/generate", i+1, a[i], b[i])
			}
		}
		t.Fatalf("table.go has %d lines, the sources say %d: run scripts/generate", len(a), len(b))
	}
}

// What is known to be so is found.
func TestWhatIsRead(t *testing.T) {
	p, err := read(os.DirFS(root), std())
	if err != nil {
		t.Fatal(err)
	}
	in := func(name string) graph.Handled {
		return find(p.Instructions, func(h graph.Handled) bool { return h.Name == name })
	}
	on := func(name string) graph.Event {
		return find(p.Events, func(e graph.Event) bool { return e.Name == name })
	}
	do := func(name string) graph.Effect {
		return find(p.Effects, func(e graph.Effect) bool { return e.Name == name })
	}
	topic := func(name string) graph.Topic {
		return find(p.Topics, func(t graph.Topic) bool { return t.Name == name })
	}
	front := func(name string) graph.Front {
		return find(p.Fronts, func(f graph.Front) bool { return f.Name == name })
	}
	role := func(name string) graph.Role {
		return find(p.Roles, func(r graph.Role) bool { return r.Name == name })
	}
	for _, c := range []struct {
		what string
		ok   bool
	}{
		{"Connect is decided in connect.go, for the owner only", in("Connect") == graph.Handled{Name: "Connect", File: "connect", Topic: "people", Owner: true}},
		{"Say is everybody's", in("Say").File == "accept" && !in("Say").Owner},
		{"Enter is decided before the switch", in("Enter").File == "users"},
		{"Publish is gossip's, with an outcome", slices.Equal(do("Publish").By, []string{"gossip"}) && slices.Equal(do("Publish").Outcome, []string{"Published"})},
		{"Answer gives a ticket of direct's", slices.Equal(do("Answer").By, []string{"direct"})},
		{"AnswerSync gives one of sync's", slices.Equal(do("AnswerSync").By, []string{"sync"})},
		{"Subscribe is worked off from a queue", slices.Equal(do("Subscribe").By, []string{"gossip", "rendezvous"})},
		{"Notify and Stop are the node's", slices.Equal(do("Notify").By, []string{"node"}) && slices.Equal(do("Stop").By, []string{"node"})},
		{"PeerUp comes from ident", slices.Equal(on("PeerUp").From, []string{"ident"}) && on("PeerUp").File == "peers"},
		{"Saved comes from the store", slices.Equal(on("Saved").From, []string{"store"})},
		{"Tick comes from the node", slices.Equal(on("Tick").From, []string{"node"})},
		{"SendDone comes from nowhere but Send", on("SendDone").From == nil && slices.Equal(do("Send").Outcome, []string{"SendDone"})},
		{"messages lead to Publish and to Shown", slices.Contains(topic("messages").Effects, "Publish") && slices.Contains(topic("messages").Tells, "Shown")},
		{"sessions hold fork.go", slices.Contains(topic("sessions").Files, "fork")},
		{"the grammar of lines knows no refs of its own", slices.Contains(front("line").Says, "SendDirect") && front("line").Uses == nil},
		{"the gateway speaks lines", slices.Contains(front("gateway").Uses, "line") && slices.Contains(front("gateway").Says, "Enter")},
		{"a server has a gateway and knows nobody", slices.Contains(role("server").Fronts, "gateway") && !role("server").Members},
		{"a gossiping one knows the others", slices.Contains(role("gossiping-server").Fronts, "gateway") && role("gossiping-server").Members},
		{"a client is no node", role("client").Remote && slices.Equal(role("client").Fronts, []string{"client"})},
	} {
		if !c.ok {
			t.Errorf("not so: %s", c.what)
		}
	}
}

const (
	vocabulary = "behaviour/chat/instruction.go"
	dispatch   = "behaviour/chat/core.go"
	carriers   = "behaviour/effects.go"
)

// Whoever adds an instruction, with what it leads to, changes the drawing.
func TestOneMoreInstruction(t *testing.T) {
	before, err := read(os.DirFS(root), std())
	if err != nil {
		t.Fatal(err)
	}
	after, err := read(changed(t,
		[3]string{vocabulary, "func (Say) instruction() ", "func (Sing) instruction() {}\n\n// Sing is said.\ntype Sing struct{}\n\nfunc (Say) instruction() "},
		[3]string{dispatch, "	case SayHello:\n", "	case Sing:\n		c.sing(who)\n	case SayHello:\n"},
		[3]string{"behaviour/chat/sing.go", "", "package chat\n\nfunc (c *Core) sing(who Asker) {\n\tif c.owners(who) {\n\t\tc.do(Echo{})\n\t\tc.answer(who, Sung{})\n\t}\n}\n"},
		[3]string{"behaviour/chat/effect.go", "func (Stop) effect() ", "func (Echo) effect() {}\n\n// Echo echoes.\ntype Echo struct{}\n\nfunc (Stop) effect() "},
		[3]string{"behaviour/chat/notification.go", "func (Ready) notification() ", "func (Sung) notification() {}\n\n// Sung is told.\ntype Sung struct{}\n\nfunc (Ready) notification() "},
		[3]string{carriers, "	case chat.Find:\n", "	case chat.Echo:\n		b.echo()\n	case chat.Find:\n"},
		[3]string{"behaviour/echo.go", "", "package behaviour\n\nfunc (b *Behaviour) echo() { b.kad.Size() }\n"},
		[3]string{"cmd/internal/line/sing.go", "", "package line\n\nimport \"tincan/behaviour/chat\"\n\nvar sing = chat.Sing{}\n"},
	), std())
	if err != nil {
		t.Fatal(err)
	}
	if len(after.Instructions) != len(before.Instructions)+1 {
		t.Errorf("%d instructions, then %d", len(before.Instructions), len(after.Instructions))
	}
	topic := find(after.Topics, func(t graph.Topic) bool { return t.Name == "sing" })
	if want := (graph.Topic{Name: "sing", Files: []string{"sing"}, Effects: []string{"Echo"}, Tells: []string{"Sung"}}); !reflect.DeepEqual(topic, want) {
		t.Errorf("the topic is %+v, want %+v", topic, want)
	}
	if line := find(after.Fronts, func(f graph.Front) bool { return f.Name == "line" }); !slices.Contains(line.Says, "Sing") {
		t.Errorf("the front end says %q", line.Says)
	}
	g, _ := before.Flow("")
	h, _ := after.Flow("")
	old, new := strings.Split(g.Mermaid(), "\n"), strings.Split(h.Mermaid(), "\n")
	var more []string
	for _, line := range new {
		if !slices.Contains(old, line) && !strings.Contains(line, "said_by_") { // who says it depends on the others
			more = append(more, strings.TrimSpace(line))
		}
	}
	want := []string{`say_Sing["Sing (owner)"]`, `core_sing[["sing"]]`, `do_Echo["Echo"]`, `tell_Sung["Sung"]`,
		"say_Sing --> core_sing", "core_sing --> do_Echo", "do_Echo --> by_kad", "core_sing --> tell_Sung"}
	if !slices.Equal(more, want) {
		t.Errorf("the drawing has more\n%s\nwant\n%s", strings.Join(more, "\n"), strings.Join(want, "\n"))
	}
}

// What has no place is said, not drawn without it.
func TestWhatIsForgottenIsReported(t *testing.T) {
	for _, c := range []struct {
		name string
		edit [3]string
		want string
	}{
		{"an instruction without a case", [3]string{dispatch, "	case Hold:\n		c.hold(who, in.Line, in.Reason)\n", ""}, "Hold has no case in HandleInstruction"},
		{"an event without a case", [3]string{dispatch, "	case Lost:\n		c.lost(ev.Peer)\n", ""}, "Lost has no case in HandleEvent"},
		{"an effect without a case", [3]string{carriers, "	case chat.Find:\n		b.start(func() { b.find(e) })\n", ""}, "Find is carried out by nobody"},
		{"an event that nobody reports", [3]string{"behaviour/events.go", "b.report(chat.PeerDown{Peer: text(id)})", "_ = id"}, "PeerDown is reported by nobody"},
		{"a core without a switch", [3]string{dispatch, "func (c *Core) HandleEvent(", "func (c *Core) HandelEvent("}, "package chat has no HandleInstruction or no HandleEvent"},
		{"a file that is no Go", [3]string{dispatch, "package chat", "pack age"}, "expected 'package'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(changed(t, c.edit), std())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
