package line

import "tincan/behaviour/chat"

// Opens tells whether an instruction takes the user to another conversation, if
// all goes well: what is typed next waits until that is decided, lest it go to
// the one before.
func Opens(in chat.Instruction) bool {
	switch in.(type) {
	case chat.OpenDirect, chat.OpenLobby, chat.Fork, chat.Join, chat.SwitchTo:
		return true
	}
	return false
}

// NeedsPlace tells whether an instruction means the conversation where the user
// is: in another than he thinks it would tell the wrong people, or leave them.
func NeedsPlace(in chat.Instruction) bool {
	switch in := in.(type) {
	case chat.Say, chat.Act, chat.Leave, chat.MayJoin, chat.Doubt:
		return true
	case chat.Part:
		return in.Channel == ""
	}
	return false
}
