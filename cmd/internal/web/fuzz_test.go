package web

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"tincan/behaviour/chat"
)

// FuzzFrames: whatever the first frame is and the second, a visitor comes in or is sent
// away with a reason that fits a frame, and is then answered or understood.
func FuzzFrames(f *testing.F) {
	for _, first := range []string{
		`{"do":"enter","name":"anna"}`, `{"do":"enter","token":"x","ref":"r"}`, `{"do":"enter","name":1e999}`, `[[[[`, ``, "\xff",
		`{"do":"enter","do":"quit"}`, `{"__proto__":{}}`, `{"do":"enter","ref":"` + strings.Repeat("x", 65) + `"}`,
	} {
		f.Add([]byte(first), []byte(`{"do":"say","text":"hi"}`))
	}
	for _, then := range []string{`{"do":"dm","to":3,"text":"x"}`, `{"do":"switch","n":1e999}`, `{"do":"history","before":"/"}`, `{"do":"quit"}`, `{`, `null`} {
		f.Add([]byte(`{"do":"enter"}`), []byte(then))
	}
	f.Fuzz(func(t *testing.T, first, then []byte) {
		h, err := readHello(first)
		if err != nil {
			var e *end
			if !errors.As(err, &e) || e.why == "" || len(e.why) > 123 || !utf8.ValidString(e.why) || h != (hello{}) {
				t.Fatalf("%q: %v, %v", first, h, err)
			}
		} else if h.Do != "enter" || len(h.Ref) > chat.MaxRef {
			t.Fatalf("%q: %v", first, h)
		}
		ref, in, wrong := understand(then)
		if len(ref) > chat.MaxRef || (in == nil) == (wrong == nil) || wrong != nil && (wrong.Text == "" || wrong.Code == "") {
			t.Fatalf("%q: %q, %v, %v", then, ref, in, wrong)
		}
		switch in.(type) {
		case chat.Enter, chat.Exit, chat.Attach, chat.Detach:
			t.Fatalf("%q: a page asks for %T", then, in)
		}
	})
}
