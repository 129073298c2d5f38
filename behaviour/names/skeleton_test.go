package names

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLookalikesHaveOneSkeleton(t *testing.T) {
	for _, alike := range [][]string{
		{"paul", "pаul", "PAUL", "Раul", "раuӏ", "ｐａｕｌ", "𝐩𝐚𝐮𝐥", "påul", "pau1"},
		{"anna", "Anna", "аnnа", "ANNA", "αnna", "an\u200bna"},
		{"bob", "b0b", "BОB", "ь0ь"},
		{"ian", "Ian", "lan", "1an", "|an", "ıan", "ían"},
		{"marnie", "mamie"},
		{"vvalter", "walter"},
		{"nick", "Νick", "ΝΙСΚ"},
		{"strasse", "straße"},
		{"lobby", "LOBBY", "l0bby"},
		{"peer", "рееr"},
		{"a-b", "a–b"},
	} {
		want := Skeleton(alike[0])
		for _, name := range alike[1:] {
			if got := Skeleton(name); got != want {
				t.Errorf("%q has %q, %q has %q", name, got, alike[0], want)
			}
		}
	}
}

func TestOthersHaveTheirOwn(t *testing.T) {
	seen := make(map[string]string)
	for _, name := range []string{"anna", "anne", "anna_2", "anna.2", "anna2", "hanna", "ana", "bob", "rob", "иван", "борис", "ольга", "νίκος", "山田", "🦊", "🐺"} {
		s := Skeleton(name)
		if other, ok := seen[s]; ok || s == "" {
			t.Errorf("%q and %q have %q", name, other, s)
		}
		seen[s] = name
	}
}

// A character in two lines of the table would make its skeleton a matter of order.
func TestTableOfLookalikes(t *testing.T) {
	n := 0
	for _, line := range lookalikes {
		stands, size := utf8.DecodeRuneInString(line)
		if got := Skeleton(string(stands)); got != string(stands) {
			t.Errorf("%c stands for its line and has %q", stands, got)
		}
		for _, r := range line[size:] {
			n++
			if got := Skeleton(string(r)); got != string(stands) {
				t.Errorf("%c (%U) has %q, its line %c", r, r, got, stands)
			}
		}
	}
	if len(alike()) != n {
		t.Errorf("%d look-alikes, %d in the table: one stands twice", n, len(alike()))
	}
}

func FuzzSkeleton(f *testing.F) {
	for _, s := range []string{"anna", "rrnn", "Straße", "\u0345", "Η", "ﬁ", "a\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Skeleton(s)
		visible(t, strings.Join(strings.Fields(once), ""))
		if again := Skeleton(once); again != once && len(once) < maxTyped {
			t.Errorf("Skeleton(%q) = %q, and of that %q", s, once, again)
		}
		if clean := Clean(s); len(s) < maxTyped && clean != "" && Skeleton(clean) == "" && Skeleton(s) != "" {
			t.Errorf("Clean(%q) = %q has no skeleton", s, clean)
		}
	})
}
