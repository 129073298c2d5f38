package line

import (
	"net/netip"
	"strconv"
	"strings"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// Typed is what a line asks for. Exactly one of Do, Help and Wrong is set.
type Typed struct {
	Do    chat.Instruction // for the node
	Help  string           // for the user at once: the answer to /help, of several lines
	Wrong string           // nothing was sent: what is wrong, and what to do; one line, safe to show

	// Astray, with Wrong, says that the command would have led to another
	// conversation: what follows may be meant for that one alone.
	Astray bool
}

// blanks separate the words of a command.
const blanks = " \t"

// Parse tells what the line asks for. The line is without its newline; newlines
// inside belong to a text of several lines. Text is passed on byte for byte: whether it
// is too long or not UTF-8 is the core's to say.
func Parse(line string) Typed {
	if strings.Trim(line, blanks) == "" {
		return Typed{Do: chat.Blank{}}
	}
	if isCommand(line) {
		if len(line) > 1 && line[1] == line[0] {
			return Typed{Do: chat.Say{Text: line[1:]}}
		}
		return command(line)
	}
	if trimmed := strings.TrimLeft(line, blanks); trimmed != line && isCommand(trimmed) {
		return hold(line, "it starts with a space before a command")
	}
	return bare(line)
}

func isCommand(line string) bool { return line[0] == '/' || line[0] == '\\' }

func hold(line, reason string) Typed {
	return Typed{Do: chat.Hold{Line: line, Reason: reason}}
}

// bare reads a line that starts with neither '/' nor '\'.
func bare(line string) Typed {
	first, rest := word(strings.TrimLeft(line, blanks))
	exact := strings.HasPrefix(line, first) // nothing before the first word
	switch {
	case first == "ls" || first == "peers":
		if line == first {
			return Typed{Do: chat.ListPeers{}}
		}
		if rest == "" {
			return hold(line, "it is "+first+" with spaces around it")
		}
	case first == "dm":
		return bareDM(line, rest, exact)
	case first == "connect" && exact:
		return bareConnect(line, rest)
	case strings.EqualFold(first, "join"):
		return bareJoin(line, exact)
	case nearDM(first):
		if to, text := word(rest); to != "" && text != "" {
			return Typed{Do: chat.Doubt{Line: line, To: to}}
		}
	}
	return Typed{Do: chat.Say{Text: line}}
}

func bareDM(line, rest string, exact bool) Typed {
	to, text := word(rest)
	switch {
	case !exact:
		return hold(line, "it starts with a space before dm")
	case to == "":
		return hold(line, "dm needs a peer and a text")
	case strings.Trim(text, blanks+"\n") == "":
		return hold(line, "dm needs a text after the peer")
	}
	return Typed{Do: chat.SendDirect{To: to, Text: text, Line: line}}
}

// bareConnect takes "connect <ip> <port>" and "connect /multiaddr" (D-03); anything
// else that begins with the word is text.
func bareConnect(line, rest string) Typed {
	addr, wrong, ok := address(rest)
	switch {
	case ok:
		return Typed{Do: chat.Connect{Addr: addr}}
	case wrong != "":
		return hold(line, wrong)
	}
	return Typed{Do: chat.Say{Text: line}}
}

// bareJoin takes "join <channel> <username>". Whether a channel without '#' is
// one depends on where the user is: the core decides.
func bareJoin(line string, exact bool) Typed {
	words := fields(line)
	if len(words) != 3 || strings.Contains(line, "\n") {
		return Typed{Do: chat.Say{Text: line}}
	}
	channel, name := words[1], words[2]
	switch {
	case channel[0] != '#' && exact:
		return Typed{Do: chat.MayJoin{Channel: channel, Name: name, Line: line}}
	case channel[0] != '#':
		return Typed{Do: chat.Say{Text: line}}
	case !exact:
		return hold(line, "it starts with a space before join")
	}
	return Typed{Do: chat.Join{Channel: channel, Name: name}}
}

// address reads "<ip> <port>", where the ip may be localhost, or "/multiaddr". wrong is set when the shape is
// right and a value is impossible.
func address(s string) (addr, wrong string, ok bool) {
	switch words := fields(s); {
	case len(words) == 1 && words[0][0] == '/':
		return words[0], "", true
	case len(words) == 2 && digits(words[1]):
		if _, err := netip.ParseAddr(words[0]); err != nil && words[0] != "localhost" {
			return "", "", false
		}
		if p, err := strconv.Atoi(words[1]); err != nil || p < 1 || p > 65535 {
			return "", safe.Short(words[1], 12) + " is not a port, ports are 1 to 65535", false
		}
		return words[0] + " " + words[1], "", true
	}
	return "", "", false
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// fields are the words of s.
func fields(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(blanks+"\n", r) })
}

// word cuts the first word off s. The rest keeps its inner and trailing blanks
// and may begin on a new line.
func word(s string) (first, rest string) {
	i := strings.IndexAny(s, blanks+"\n")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimPrefix(strings.TrimLeft(s[i:], blanks), "\n")
}

// nearDM tells whether w is a likely mistyping of "dm": two or three letters, one
// slip away from it, or dm in capitals.
func nearDM(w string) bool {
	if len(w) < 2 || len(w) > 3 {
		return false
	}
	for _, c := range w {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return distance(strings.ToLower(w), "dm") <= 1
}

// Continues tells whether the line goes on with the next one: it ends in a
// backslash that is not itself preceded by one. head is the line without it.
func Continues(line string) (head string, more bool) {
	n := len(line) - len(strings.TrimRight(line, `\`))
	if n%2 == 0 {
		return line, false
	}
	return line[:len(line)-1], true
}
