package main

import (
	"fmt"
	"strings"
	"testing"

	"tincan/behaviour/chat"
)

// A text is one message, whatever is in it and wherever it goes (L-08, D-21).
func TestTextArrivesWhole(t *testing.T) {
	t.Parallel()
	n := peerNos(t, 2)
	one := launch(t, "--json", "-p", fmt.Sprint(n[0]))
	one.ready()
	one.types(`{"do":"join","channel":"#c","ref":"j"}`)
	two := start(t, n[1], "-b", fmt.Sprint(n[0]))
	two.sees(fmt.Sprintf(`^\* peer %d is here$`, n[0]))

	long := strings.Repeat("64 KiB in one message – äöü 🙂 ", chat.MaxText)[:chat.MaxText-4] + " end"
	texts := []string{"ok", "ok", "**@#@", "a**@#@b", "two\nlines", "  inner   and outer blanks ", long, "last"}
	for _, c := range []struct{ where, enter, conversation string }{
		{"channel", "join #c two", "#c"},
		{"session", fmt.Sprintf(`\fork %d`, n[0]), "session:1"},
		{"lobby", `\lobby`, "lobby"},
	} {
		two.types(c.enter)
		for _, text := range texts {
			two.types(strings.ReplaceAll(text, "\n", "\\\n"))
		}
		in := func(e event) bool {
			return e.Type == "message" && e.Kind == "text" && strings.HasPrefix(e.Conversation, strings.TrimSuffix(c.conversation, "1"))
		}
		one.tells("the last text in the "+c.where, func(e event) bool { return in(e) && e.Text == "last" })
		got := one.told(in)
		if len(got) != len(texts) {
			t.Errorf("%s: %d messages, want %d", c.where, len(got), len(texts))
			continue
		}
		for i, e := range got {
			if e.Text != texts[i] {
				t.Errorf("%s: message %d has %d bytes, %.40q; want %d, %.40q", c.where, i, len(e.Text), e.Text, len(texts[i]), texts[i])
			}
		}
	}
	two.types(strings.Repeat("x", chat.MaxText+1))
	two.complains(fmt.Sprintf(`^error: the text has %d bytes and a message takes %d at most; nothing was sent$`, chat.MaxText+1, chat.MaxText))
}
