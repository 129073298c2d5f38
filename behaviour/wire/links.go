package wire

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"tincan/behaviour/chat"
)

// EncodeLinksRequest asks a peer whom it is connected to.
func EncodeLinksRequest() []byte { return appendUint(nil, 1, Version) }

// DecodeLinksRequest says what is wrong with a request, if anything is. Errors:
// ErrMalformed, ErrFuture.
func DecodeLinksRequest(frame []byte) error {
	if len(frame) > MaxLinksRequest {
		return malformed("request for links of %d bytes, more than %d", len(frame), MaxLinksRequest)
	}
	version, _, err := readLinks(frame, false)
	if err != nil {
		return err
	}
	return checkVersion(version)
}

// EncodeLinks answers with links. What exceeds the bounds of a frame is left out:
// the links beyond MaxLinks or the size, and of a link the conversations beyond
// MaxMesh. Addresses do not travel.
func EncodeLinks(links []chat.Link) []byte {
	frame := appendUint(nil, 1, Version)
	var part []byte
	for _, l := range links[:min(len(links), chat.MaxLinks)] {
		id, ok := binaryOf(l.Peer)
		if !ok {
			continue // nobody could ask for such a peer's
		}
		part = appendBytes(part[:0], 1, id[:])
		if l.Path == "relayed" {
			part = appendUint(part, 2, 1)
		}
		part = appendUint(part, 3, uint64(min(max(l.RTTms, 0)*1000+0.5, MaxRTT)))
		for _, c := range l.Mesh[:min(len(l.Mesh), chat.MaxMesh)] {
			part = appendText(part, 4, string(c))
		}
		if len(frame)+1+protowire.SizeBytes(len(part)) > MaxLinksAnswer {
			break
		}
		frame = protowire.AppendTag(frame, 2, protowire.BytesType)
		frame = protowire.AppendBytes(frame, part)
	}
	return frame
}

// DecodeLinks reads an answer. It checks size and count before it allocates.
// Errors: ErrMalformed, ErrFuture.
func DecodeLinks(frame []byte) ([]chat.Link, error) {
	if len(frame) > MaxLinksAnswer {
		return nil, malformed("answer with links of %d bytes, more than %d", len(frame), MaxLinksAnswer)
	}
	version, links, err := readLinks(frame, true)
	if err != nil {
		return nil, err
	}
	return links, checkVersion(version)
}

func checkVersion(version uint32) error {
	switch {
	case version == 0:
		return malformed("no version")
	case version > Version:
		return future(version)
	}
	return nil
}

// readLinks reads a frame of the protocol, with its links or without.
func readLinks(frame []byte, with bool) (version uint32, links []chat.Link, err error) {
	var n int
	f := walk(frame)
	for f.next() {
		switch f.tag {
		case 1<<3 | varint:
			version = uint32(f.n)
		case 2<<3 | block:
			n++
		}
	}
	switch {
	case f.bad:
		return 0, nil, malformed("frame about links is not protobuf")
	case !with || version > Version:
		return version, nil, nil
	case n > chat.MaxLinks:
		return 0, nil, malformed("%d links, more than %d", n, chat.MaxLinks)
	}
	links = make([]chat.Link, 0, n)
	seen := make(map[chat.PeerID]bool, n)
	for f := walk(frame); f.next(); {
		if f.tag != 2<<3|block {
			continue
		}
		l, err := readLink(f.inside())
		if err != nil {
			return 0, nil, err
		}
		if seen[l.Peer] {
			return 0, nil, malformed("two links with one peer")
		}
		seen[l.Peer] = true
		links = append(links, l)
	}
	return version, links, nil
}

func readLink(f fields) (l chat.Link, err error) {
	var peer []byte
	var rtt uint64
	l.Path = "direct"
	for f.next() {
		switch f.tag {
		case 1<<3 | block:
			peer = f.bytes()
		case 2<<3 | varint:
			l.Path = "direct"
			if f.n != 0 {
				l.Path = "relayed"
			}
		case 3<<3 | varint:
			rtt = uint64(uint32(f.n))
		case 4<<3 | block:
			c := chat.Conversation(f.bytes())
			switch {
			case len(l.Mesh) == chat.MaxMesh:
				return l, malformed("link with more than %d conversations", chat.MaxMesh)
			case len(c) > chat.MaxConversation || !utf8.ValidString(string(c)) || c != chat.Lobby && !c.IsChannel():
				return l, malformed("link in a conversation that is none, or not shared")
			}
			l.Mesh = append(l.Mesh, c)
		}
	}
	id, ok := parseID(peer)
	switch {
	case f.bad:
		return l, malformed("link is not protobuf")
	case !ok:
		return l, malformed("link with a peer who is none")
	case rtt > MaxRTT:
		return l, malformed("round trip of %d µs, more than %d", rtt, MaxRTT)
	}
	l.Peer, l.RTTms = id.text(), float64(rtt)/1000
	return l, nil
}
