package jsonl

import (
	"encoding/hex"
	"encoding/json"
	"strings"

	"tincan/behaviour/chat"
)

// raw reads fields whose type the object's decides. It keeps the first error.
type raw struct{ err error }

func into[T any](r *raw, field json.RawMessage) (v T) {
	if absent(field) {
		return v
	}
	if err := json.Unmarshal(field, &v); err != nil && r.err == nil {
		r.err = err
	}
	return v
}

func optional(r *raw, field json.RawMessage) *chat.Peer {
	if absent(field) {
		return nil
	}
	p := into[somebody](r, field).peer()
	return &p
}

// each converts a list; of none it makes nil.
func each[T, U any](all []T, one func(T) U) (list []U) {
	for _, v := range all {
		list = append(list, one(v))
	}
	return list
}

// somebody is a person with all that is said of people anywhere.
type somebody struct {
	ID                string
	PeerNo            int `json:"peer_no"`
	Name, Guest, Tag  string
	Away              string
	Me                bool
	State, Path, Addr string
	RTT               float64 `json:"rtt_ms"`
	In                []string
}

func (p somebody) peer() chat.Peer {
	return chat.Peer{ID: chat.PeerID(p.ID), No: p.PeerNo, Name: p.Name, Guest: p.Guest, Tagged: p.Tag != ""}
}

func (p somebody) user() chat.UserInfo { return chat.UserInfo{Peer: p.peer(), Away: p.Away, Me: p.Me} }

func (p somebody) link() chat.PeerInfo {
	return chat.PeerInfo{Peer: p.peer(), State: p.State, Path: p.Path, RTT: inMS(p.RTT), Addr: p.Addr}
}

func (p somebody) node() chat.NodeInfo {
	return chat.NodeInfo{PeerInfo: p.link(), Me: p.Me, Channels: p.In}
}

// tie is a connection of two nodes.
type tie struct {
	A, B int
	Path string
	RTT  float64 `json:"rtt_ms"`
	Mesh []string
}

func (l tie) link() chat.LinkInfo {
	return chat.LinkInfo{A: l.A, B: l.B, Path: l.Path, RTT: inMS(l.RTT), Mesh: l.Mesh}
}

// room is one of the user's conversations.
type room struct {
	N                    int
	Conversation, Side   string
	With                 *somebody
	Interrupted, Current bool
	Unread               int
}

func (p room) place() chat.Place {
	place := chat.Place{N: p.N, Conversation: chat.Conversation(strings.Replace(p.Conversation, "session:", "session/", 1)),
		Side: sideCalled(p.Side), Interrupted: p.Interrupted, Unread: p.Unread, Current: p.Current}
	if p.With != nil {
		with := p.With.peer()
		place.With = &with
	}
	return place
}

func placeOf(p *room) *chat.Place {
	if p == nil {
		return nil
	}
	place := p.place()
	return &place
}

// span is messages of a log.
type span struct {
	Author, Log string
	First, Last uint64
}

func (s span) of() chat.Range {
	r := chat.Range{LogKey: chat.LogKey{Author: chat.PeerID(s.Author)}, First: s.First, Last: s.Last}
	if id, err := hex.DecodeString(s.Log); err == nil {
		copy(r.Log[:], id)
	}
	return r
}

// called is the value of a kind that has the name; 0 if none has.
func called[T ~uint8 | ~uint32](name string, last T, nameOf func(T) string) T {
	for v := T(1); v <= last; v++ {
		if nameOf(v) == name {
			return v
		}
	}
	return 0
}

func stateCalled(name string) chat.State { return called(name, chat.Held, chat.State.String) }
func kindCalled(name string) chat.Kind   { return called(name, chat.Gone, chat.Kind.String) }

func eventCalled(name string) chat.SessionEvent {
	return called(name, chat.Closed, chat.SessionEvent.String)
}

func sideCalled(name string) chat.Side {
	switch name {
	case "A":
		return chat.SideA
	case "B":
		return chat.SideB
	}
	return chat.NoSide
}
