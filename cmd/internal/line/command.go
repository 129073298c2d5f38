package line

import (
	"strings"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// A verb is a command: its names, and what help says. read gets what follows
// the name, without blanks around it except at the end.
type verb struct {
	names []string // the first is shown
	args  string
	help  string
	read  func(args string) Typed
}

// verbs are the commands, in the order in which help lists them.
func verbs() []verb {
	return []verb{
		{[]string{"/dm", "/msg", "/query"}, "<peer> [text]", "a direct message; without text, what you type goes to that peer from now on", readDM},
		{[]string{`\lobby`, `\lob`}, "", "back to the lobby, where everybody reads what you type", none(chat.OpenLobby{})},
		{[]string{`\switch`, `\sw`}, "0", "conversation 0 is the lobby", readSwitch},
		{[]string{"/ls", "/peers"}, "", "who is here: number, id, state, path, round trip", none(chat.ListPeers{})},
		{[]string{"/connect"}, "<ip> <port>, or a multiaddr", "connects to a peer", readConnect},
		{[]string{"/status"}, "", "how this node does", none(chat.GetStatus{})},
		{[]string{"/help"}, "[command]", "this list, or one command", nil},
		{[]string{`\quit`}, "", "sends what is on its way, then ends the node", none(chat.Quit{})},
	}
}

// command reads a line that starts with '/' or '\'.
func command(line string) Typed {
	name, args := word(line[1:])
	name = strings.ToLower(name)
	if name == "help" || name == "?" {
		return help(strings.Trim(args, blanks))
	}
	if v, ok := find(name); ok {
		return v.read(args)
	}
	return Typed{Wrong: unknown(line[:1], name)}
}

func find(name string) (verb, bool) {
	for _, v := range verbs() {
		for _, n := range v.names {
			if n[1:] == name {
				return v, true
			}
		}
	}
	return verb{}, false
}

// none makes the reader of a command without arguments.
func none(in chat.Instruction) func(string) Typed {
	return func(args string) Typed {
		if strings.Trim(args, blanks) != "" {
			return Typed{Wrong: "this command takes nothing after it – nothing was sent – /help lists the commands"}
		}
		return Typed{Do: in}
	}
}

func readDM(args string) Typed {
	to, text := word(args)
	switch {
	case to == "":
		return Typed{Wrong: "/dm needs a peer – nothing was sent – /dm <peer> [text]; /ls lists the peers"}
	case strings.Trim(text, blanks+"\n") == "":
		return Typed{Do: chat.OpenDirect{To: to}}
	}
	return Typed{Do: chat.SendDirect{To: to, Text: text}}
}

func readSwitch(args string) Typed {
	if strings.Trim(args, blanks) == "0" {
		return Typed{Do: chat.OpenLobby{}}
	}
	return Typed{Wrong: `there is no conversation with that number – nothing changed – \switch 0 is the lobby`}
}

func readConnect(args string) Typed {
	addr, wrong, ok := address(args)
	if ok {
		return Typed{Do: chat.Connect{Addr: addr}}
	}
	if wrong == "" {
		wrong = "/connect needs an address"
	}
	return Typed{Wrong: wrong + " – nothing was dialled – /connect <ip> <port>, or /connect /ip4/…"}
}

// unknown says that there is no such command, and which one may have been meant.
func unknown(slash, name string) string {
	shown := slash + safe.Short(name, 20)
	hint := "/help lists the commands"
	if near := nearest(name); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return shown + " is not a command – nothing was sent – " + hint + ", " + slash + shown + " sends it as text"
}

// nearest returns the command that may have been meant by name, or "".
func nearest(name string) string {
	var names []string
	shown := make(map[string]string)
	for _, v := range verbs() {
		for _, n := range v.names {
			names = append(names, n[1:])
			shown[n[1:]] = n
		}
	}
	return shown[Nearest(name, names)]
}

func help(name string) Typed {
	var b strings.Builder
	if name == "" {
		b.WriteString("A line is read by everybody in the conversation. Enter on an empty line says hello to the lobby.\n" +
			"dm <peer> <text> sends a direct message, ls lists the peers. A line that ends in \\ goes on with the next.\n" +
			"Commands begin with / or \\, which mean the same; //x sends /x.\n")
		for _, v := range verbs() {
			b.WriteString(v.synopsis() + "\n")
		}
		return Typed{Help: b.String()}
	}
	key := strings.ToLower(strings.TrimLeft(name, `/\`))
	if v, ok := find(key); ok {
		return Typed{Help: v.synopsis() + "\n"}
	}
	return Typed{Wrong: unknown("/", key)}
}

func (v verb) synopsis() string {
	s := strings.Join(v.names, ", ")
	if v.args != "" {
		s += " " + v.args
	}
	return s + ": " + v.help
}
