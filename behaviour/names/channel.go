package names

import (
	"fmt"
	"strings"
	"unicode"
)

// MaxChannel is the length of a channel's name in bytes of UTF-8, without its "#".
const MaxChannel = 64

// lobby is the one conversation that is no channel and may be called like one.
const lobby = "lobby"

// Channel turns what a user calls a channel, with or without "#", into "#" and
// its name: in NFC and lower case, so that all who mean it get the same. "#lobby"
// is the lobby, "lobby". Otherwise why says why there can be no channel of that
// name. Channel(Channel(s)) is the same again.
func Channel(typed string) (name, why string) {
	typed = strings.TrimSpace(typed)
	bare := strings.TrimPrefix(typed, "#")
	if why := readable(bare, "channel name", MaxChannel); why != "" {
		return "", why
	}
	bare = fold(unglue(bare))
	first, marks := true, 0
	for _, r := range bare {
		switch {
		case unicode.IsSpace(r):
			return "", "a channel name has no space in it"
		case hidden(r):
			return "", fmt.Sprintf("the channel name has a character in it that cannot be seen (%U)", r)
		case sign(r):
			return "", fmt.Sprintf("a channel name has no %c in it", r)
		case unicode.Is(unicode.M, r):
			if marks++; first || marks > maxMarks {
				return "", tooManyMarks(first)
			}
		default:
			marks = 0
		}
		first = false
	}
	switch {
	case bare == "":
		return "", "the channel name is empty"
	case len(bare) > MaxChannel:
		return "", fmt.Sprintf("the channel name has %d bytes and may have %d", len(bare), MaxChannel)
	case bare == lobby:
		return lobby, ""
	case Skeleton(bare) == lobby:
		return "", "it looks like the lobby"
	}
	return "#" + bare, ""
}
