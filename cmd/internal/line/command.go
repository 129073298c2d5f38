package line

import (
	"strings"

	"tincan/behaviour/chat"
)

// none makes the reader of a command without arguments.
func none(in chat.Instruction) func(string) Typed {
	return func(args string) Typed {
		if !empty(args) {
			return Typed{Wrong: "this command takes nothing after it – nothing was sent – /help lists the commands"}
		}
		return Typed{Do: in}
	}
}

// peer makes the reader of a command that takes one peer: all that follows, for
// names may have blanks inside. done is what did not happen without one.
func peer(done string, in func(string) chat.Instruction) func(string) Typed {
	return func(args string) Typed {
		who, ok := one(args)
		switch {
		case !ok:
			return Typed{Wrong: "a peer stands on one line – nothing was " + done + " – /ls lists the peers"}
		case who == "":
			return Typed{Wrong: "this command needs a peer – nothing was " + done + " – /ls lists the peers"}
		}
		return Typed{Do: in(who)}
	}
}

// one reads an argument that takes the rest of the line. ok is false if it goes
// on on a further line.
func one(args string) (arg string, ok bool) {
	arg = strings.Trim(args, blanks)
	return arg, !strings.Contains(arg, "\n")
}

func empty(args string) bool { return strings.Trim(args, blanks+"\n") == "" }

func readDM(args string) Typed {
	to, text := word(args)
	switch {
	case to == "":
		return Typed{Wrong: "/dm needs a peer – nothing was sent – /dm <peer> [text]; /ls lists the peers"}
	case empty(text):
		return Typed{Do: chat.OpenDirect{To: to}}
	}
	return Typed{Do: chat.SendDirect{To: to, Text: text}}
}

func readMe(args string) Typed {
	if empty(args) {
		return Typed{Wrong: "/me needs what you do – nothing was sent – /me waves"}
	}
	return Typed{Do: chat.Act{Text: args}}
}

func readJoin(args string) Typed {
	switch words := fields(args); len(words) {
	case 0:
		return Typed{Wrong: "/join needs a channel – nothing was joined – /join <#channel>"}
	case 1:
		return Typed{Do: chat.Join{Channel: words[0]}}
	}
	return Typed{Wrong: "a second word is the secret of a private channel, which this version has not – nothing was joined – /join <#channel> joins an open one, join <#channel> <name> under a name"}
}

func readPart(args string) Typed {
	switch words := fields(args); len(words) {
	case 0:
		return Typed{Do: chat.Part{}}
	case 1:
		return Typed{Do: chat.Part{Channel: words[0]}}
	}
	return Typed{Wrong: "/part takes one channel – nothing was left – /part [#channel]"}
}

func readSwitch(args string) Typed {
	to, ok := one(args)
	switch {
	case !ok:
		return Typed{Wrong: `\switch takes a number or a name on one line – nothing changed – \sessions lists your conversations`}
	case to == "":
		return Typed{Do: chat.ListSessions{}}
	}
	return Typed{Do: chat.SwitchTo{To: to}}
}

func readUsers(args string) Typed {
	switch words := fields(args); len(words) {
	case 0:
		return Typed{Do: chat.ListUsers{}}
	case 1:
		return Typed{Do: chat.ListUsers{In: words[0]}}
	}
	return Typed{Wrong: `\users takes one channel – nothing was asked – \users [#channel]`}
}

func readWhois(args string) Typed {
	who, ok := one(args)
	if !ok {
		return Typed{Wrong: "a peer stands on one line – nothing was asked – /ls lists the peers"}
	}
	return Typed{Do: chat.Whois{Who: who}}
}

func readNick(args string) Typed {
	name, ok := one(args)
	switch {
	case !ok:
		return Typed{Wrong: "a name stands on one line – nothing changed – /nick <name>"}
	case name == "":
		return Typed{Wrong: "/nick needs a name – nothing changed – /nick <name>; /whoami tells the present one"}
	}
	return Typed{Do: chat.Rename{Name: name}}
}

func readAway(args string) Typed { return Typed{Do: chat.Away{Text: strings.Trim(args, blanks)}} }

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
