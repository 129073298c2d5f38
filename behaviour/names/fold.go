package names

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// foldings is how often fold goes over a text until nothing changes: folding can
// take it out of NFC, and NFC can make a letter of two that has another fold.
const foldings = 4

// fold is s in lower case, as far as "ß" and "SS" are one, and in NFC.
func fold(s string) string {
	for range foldings {
		next := norm.NFC.String(cases.Fold().String(strings.Map(cherokee, norm.NFC.String(s))))
		if next == s {
			break
		}
		s = next
	}
	return s
}

// cherokee works around cases.Fold, which swaps the two cases of Cherokee
// instead of folding the small one to the capital.
func cherokee(r rune) rune {
	if unicode.Is(unicode.Cherokee, r) {
		return unicode.ToLower(r)
	}
	return r
}
