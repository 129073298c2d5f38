package jsonl

import "tincan/behaviour/chat"

// identity appends the fields of a peer, without braces or a comma before them.
func identity(dst []byte, p chat.Peer) []byte {
	dst = append(dst, `"id":`...)
	dst = quote(dst, string(p.ID))
	if p.No > 0 {
		dst = num(dst, "peer_no", p.No)
	}
	return str(dst, "name", p.Name)
}

// person is identity with what tells people of one peer or of one name apart.
func person(dst []byte, p chat.Peer) []byte {
	dst = opt(identity(dst, p), "guest", p.Guest)
	if p.Tagged {
		dst = str(dst, "tag", p.Tag())
	}
	return dst
}

func peer(dst []byte, p chat.Peer) []byte {
	return append(person(append(dst, '{'), p), '}')
}

// list appends an array of as many objects as each appends, which begins
// without a comma.
func list[T any](dst []byte, key string, values []T, each func([]byte, T) []byte) []byte {
	dst = append(field(dst, key), '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = each(dst, v)
	}
	return append(dst, ']')
}

func users(dst []byte, us []chat.UserInfo) []byte { return list(dst, "users", us, user) }

func user(dst []byte, u chat.UserInfo) []byte {
	dst = person(append(dst, '{'), u.Peer)
	dst = opt(dst, "away", u.Away)
	return append(flag(dst, "me", u.Me), '}')
}

func entered(dst []byte, n chat.Entered) []byte {
	return str(peer(field(dst, "me"), n.Me), "asked", n.Asked)
}

func renamed(dst []byte, n chat.Renamed) []byte {
	dst = peer(field(dst, "was"), n.Was)
	dst = peer(field(dst, "now"), n.Now)
	return flag(dst, "mine", n.Mine)
}

func away(dst []byte, n chat.AwayChanged) []byte {
	event := "away"
	if n.Why == "" {
		event = "back"
	}
	return opt(peer(field(str(dst, "event", event), "peer"), n.Who), "why", n.Why)
}

func portrait(dst []byte, n chat.Portrait) []byte {
	dst = user(field(dst, "peer"), n.UserInfo)
	dst = str(dst, "state", n.State)
	dst = str(dst, "path", n.Path)
	dst = str(dst, "addr", n.Addr)
	dst = list(dst, "others", n.Others, peer)
	dst = strs(dst, "in", n.In)
	return flag(dst, "ignored", n.Ignored)
}
