package names

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Skeleton is the same for names that look alike, after Unicode Technical
// Standard 39: compatibility forms taken apart, accents dropped, in one case, and
// look-alikes put together, "0" with "o" and "1" with "l" and "i". It is for
// comparing only. Case makes no difference but to Greek letters whose forms look
// like different Latin ones.
func Skeleton(name string) string {
	if len(name) > maxTyped {
		name = name[:maxTyped]
	}
	name = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) || hidden(r) && !unicode.IsSpace(r) {
			return -1
		}
		if to, ok := forms[r]; ok {
			return to
		}
		return r
	}, norm.NFKD.String(strings.ToValidUTF8(name, "")))
	table := alike()
	name = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		if to, ok := table[r]; ok {
			return to
		}
		if unicode.Is(unicode.Pd, r) {
			return '-'
		}
		return r
	}, norm.NFKD.String(fold(name)))
	return pairs.Replace(name)
}

// forms look like another letter than what they are folded to.
var forms = map[rune]rune{'ς': 'c', 'Η': 'h', 'Μ': 'm', 'Ν': 'n', 'Υ': 'y', 'Γ': 'r', 'Π': 'n'}

// pairs that look like one letter.
var pairs = strings.NewReplacer("rn", "m", "vv", "w")

// lookalikes are curated from the confusables of Unicode: what people can type,
// folded. Each line begins with what stands for all of it.
var lookalikes = []string{
	"aаαɑᴀᎪ⍺",
	"bвьβʙƀᏴ",
	"cсᴄᏟⅽ¢",
	"dԁđɖɗᴅᎠ",
	"eеεҽєᴇᎬℯ",
	"fƒғϝꜰք",
	"gɡԍցɢᏀ",
	"hһнհħʜᎻ",
	"jјյϳᴊᎫ",
	"kкκқӄᴋᏦ",
	"liіιıɩɪӏլłɫɨʟ1|ǀ∣ⵏᎢᏞ!",
	"mмᴍᎷ",
	"nпηոռղŋɴ",
	"oоοօσᴏøɵ0〇○◯ѳө",
	"pрρᴘᏢþ",
	"qԛզ",
	"rгʀᏒ",
	"sѕꜱᏚ$ʂ",
	"tтτŧᴛ",
	"uυսμʋᴜц",
	"vνѵᴠᏙ",
	"wԝшωաᴡᎳ",
	"xхχ×",
	"yуγүʏ",
	"zᴢᏃζʐ",
	"3зɜʒȝ",
	"-−ー一",
	".·‧",
}

// alike maps each look-alike to what stands for it. It is made when first needed.
var alike = sync.OnceValue(func() map[rune]rune {
	table := make(map[rune]rune)
	for _, line := range lookalikes {
		var stands rune
		for i, r := range line {
			if i == 0 {
				stands = r
				continue
			}
			table[r] = stands
		}
	}
	return table
})
