package names

import (
	"testing"
	"unicode"
)

func TestFoldOfEveryCharacter(t *testing.T) {
	for r := rune(1); r <= unicode.MaxRune; r++ {
		if 0xd800 <= r && r < 0xe000 {
			continue
		}
		once := fold(string(r))
		if again := fold(once); again != once {
			t.Errorf("%U is folded to %q, and that to %q", r, once, again)
		}
		if upper := fold(string(unicode.ToUpper(r))); upper != once && unicode.ToLower(unicode.ToUpper(r)) == r {
			t.Errorf("%U is folded to %q, its capital to %q", r, once, upper)
		}
	}
}
