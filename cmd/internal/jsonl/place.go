package jsonl

import (
	"strconv"

	"tincan/behaviour/chat"
)

// conversation appends the name of a conversation as say takes it; n is the
// number of a session.
func conversation(dst []byte, c chat.Conversation, n int) []byte {
	kind := c.Kind()
	if kind != "session" {
		return str(dst, "conversation", kind)
	}
	dst = append(field(dst, "conversation"), `"session:`...)
	return append(strconv.AppendInt(dst, int64(n), 10), '"')
}

// side appends who opened a session, for what is in one.
func side(dst []byte, s chat.Side) []byte {
	switch s {
	case chat.SideA:
		return str(dst, "side", "A")
	case chat.SideB:
		return str(dst, "side", "B")
	}
	return dst
}

// place appends one of the user's conversations.
func place(dst []byte, p *chat.Place) []byte {
	dst = append(dst, `{"n":`...)
	dst = strconv.AppendInt(dst, int64(p.N), 10)
	dst = conversation(dst, p.Conversation, p.N)
	if p.With != nil {
		dst = peer(field(dst, "with"), *p.With)
	}
	dst = side(dst, p.Side)
	dst = flag(dst, "interrupted", p.Interrupted)
	dst = num(dst, "unread", p.Unread)
	return append(flag(dst, "current", p.Current), '}')
}

func places(dst []byte, n chat.PlaceList) []byte {
	return list(dst, "sessions", n.Places, func(dst []byte, p chat.Place) []byte { return place(dst, &p) })
}

func session(dst []byte, n chat.SessionChanged) []byte {
	dst = str(dst, "event", n.Event.String())
	dst = num(dst, "n", n.N)
	dst = peer(field(dst, "peer"), n.With)
	dst = side(dst, n.Side)
	dst = opt(dst, "reason", n.Reason)
	dst = flag(dst, "mine", n.Mine)
	dst = flag(dst, "elsewhere", n.Elsewhere)
	if n.Back != nil {
		dst = place(field(dst, "back"), n.Back)
	}
	return dst
}

// joined tells that the user is in a channel, or a guest in the lobby.
func joined(dst []byte, n chat.Joined) []byte {
	dst = str(str(dst, "event", "joined"), "channel", n.Conversation.Kind())
	return flag(users(num(dst, "n", n.N), n.Who), "elsewhere", n.Elsewhere)
}

// member tells that somebody else came or went.
func member(dst []byte, event string, c chat.Conversation, who chat.Peer) []byte {
	return peer(field(str(str(dst, "event", event), "channel", c.Kind()), "peer"), who)
}
