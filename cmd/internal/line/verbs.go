package line

import (
	"slices"
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
		{[]string{"/me"}, "<text>", "says what you do, in the conversation where you are", readMe},
		{[]string{"/join"}, "<#channel>", "joins a channel and goes there; join <#channel> <name> does it under a name", readJoin},
		{[]string{"/part"}, "[#channel]", "leaves a channel, without a name the one where you are", readPart},
		{[]string{`\fork`}, "<peer>", "opens a private session with that peer and goes there", peer("opened", func(to string) chat.Instruction { return chat.Fork{To: to} })},
		{[]string{`\sessions`, `\ss`}, "", "your conversations with their numbers; * marks the one where you are", none(chat.ListSessions{})},
		{[]string{`\switch`, `\sw`}, "[number or name]", "goes to another of your conversations; without an argument, lists them", readSwitch},
		{[]string{`\lobby`, `\lob`}, "", "back to the lobby, where everybody reads what you type", none(chat.OpenLobby{})},
		{[]string{`\leave`}, "", "leaves the conversation where you are for good; a session ends for both", none(chat.Leave{})},
		{[]string{`\users`, "/names"}, "[#channel]", "who is in the conversation where you are, or in that channel", readUsers},
		{[]string{"/ls", "/peers"}, "", "who is here: number, id, state, path, round trip", none(chat.ListPeers{})},
		{[]string{"/whois"}, "[peer]", "what is known of a peer, without one of you", readWhois},
		{[]string{"/whoami"}, "", "who you are to others", none(chat.Whois{})},
		{[]string{"/nick"}, "<name>", "changes what you are called", readNick},
		{[]string{"/away"}, "[why]", "tells others that you do not read, and why", readAway},
		{[]string{"/back"}, "", "tells others that you read again", none(chat.Back{})},
		{[]string{"/ignore"}, "<peer>", "shows you nothing more of that peer, and refuses its sessions", peer("changed", func(who string) chat.Instruction { return chat.Ignore{Who: who} })},
		{[]string{"/unignore"}, "<peer>", "ends that", peer("changed", func(who string) chat.Instruction { return chat.Unignore{Who: who} })},
		{[]string{"/connect"}, "<ip> <port>, or a multiaddr", "connects to a peer", readConnect},
		{[]string{"/disconnect"}, "<peer>", "closes the connection to that peer", peer("closed", func(to string) chat.Instruction { return chat.Disconnect{To: to} })},
		{[]string{"/history"}, "[#channel or dm <peer>] [number]", "the last messages of the conversation where you are, or of another: /history 100, /history #ops, /history dm anna 50", readHistory},
		{[]string{"/search"}, "<words>", "messages that hold all of these words, in all of your conversations", readSearch},
		{[]string{"/who-got"}, "[number or message id]", "who is known to have your last message here; 2 is the one before", readWhoGot},
		{[]string{"/retry"}, "[peer]", "tries at once what waits to be delivered, to that peer or to all", readRetry},
		{[]string{"/status"}, "", "how this node does", none(chat.GetStatus{})},
		{[]string{"/graph"}, "", "the network as this node knows it: who is connected to whom, how, and in whose gossip", none(chat.ShowNetwork{})},
		{[]string{"/help"}, "[command]", "this list, or one command", nil},
		{[]string{`\quit`, "/exit"}, "", "sends what is on its way, then ends the node; a guest leaves", none(chat.Quit{})},
	}
}

// leading are the commands that lead to another conversation.
var leading = []string{"dm", "join", "fork", "switch"}

// later are the commands that later versions bring.
var later = []string{"doctor", "invite", "verify", "name"}

// command reads a line that starts with '/' or '\'.
func command(line string) Typed {
	name, args := word(line[1:])
	name = strings.ToLower(name)
	if name == "help" || name == "?" {
		return help(strings.Trim(args, blanks))
	}
	if v, ok := find(name); ok {
		t := v.read(args)
		t.Astray = t.Wrong != "" && slices.Contains(leading, v.names[0][1:])
		return t
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

// unknown says that there is no such command, and which one may have been meant.
func unknown(slash, name string) string {
	shown := slash + safe.Short(name, 20)
	hint := "/help lists the commands"
	if slices.Contains(later, name) {
		return shown + " is not in this version – nothing was done – " + hint
	}
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
		b.WriteString("A line is read by everybody in the conversation where you are. Enter on an empty line says hello to the lobby.\n" +
			"dm <peer> <text> sends a direct message, ls lists the peers, join <#channel> <name> joins a channel.\n" +
			"A line that ends in \\ goes on with the next. Commands begin with / or \\, which mean the same; //x sends /x.\n")
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
