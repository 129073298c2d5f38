package jsonl

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"tincan/behaviour/chat"
)

// ParseNotification is the inverse of [Append]: what a front end elsewhere is told
// as what one in the node would be. Of what no front end shows, JSON says less: a
// conversation that is no message's is known by what users call it, and times are
// exact to a microsecond. The error says that the line is not an object of this
// version.
func ParseNotification(line []byte) (chat.Notify, error) {
	var o object
	if err := json.Unmarshal(line, &o); err != nil {
		return chat.Notify{}, fmt.Errorf("read a notification: %w", err)
	}
	n, err := o.notification()
	if err != nil {
		return chat.Notify{}, fmt.Errorf("read a notification: %w", err)
	}
	return chat.Notify{Ref: o.Ref, Notification: n}, nil
}

// object has every field that something told may have. Raw ones are of more than
// one type.
type object struct {
	somebody
	Type, Ref, Code, Event string
	TS                     time.Time
	Network                string
	Addrs                  []string
	Peer, Was, Now         somebody
	Conversation, Channel  string
	Kind, Text, Side       string
	From, To, Me           json.RawMessage
	AfterMS                float64 `json:"after_ms"`
	Late, Mine, Elsewhere  bool
	Reason                 string
	Peers, Lost            json.RawMessage
	N                      int
	Back                   *room
	Users                  []somebody
	Sessions               []room
	Asked, Why             string
	Others                 []somebody
	Ignored                bool
	UpS                    int `json:"up_s"`
	Messages, Outbox       int
	Counters               map[string]uint64
	Nodes                  []somebody
	Links                  []tie
	Words                  string
	Items, Mentions        []object
	More, First            bool
	Count, Of              int
	Since, Until           time.Time
	Logs                   []span
	Seq, Missing           uint64
	Texts                  []string
	Undelivered            int
	Kept                   bool
}

var errType = errors.New("its type, or what it tells of it, is of no version that this program knows")

func (o *object) notification() (chat.Notification, error) {
	var r raw
	n := o.of(&r)
	switch {
	case r.err != nil:
		return nil, r.err
	case n == nil:
		return nil, errType
	}
	return n, nil
}

// of makes what the object tells; nil if its type is unknown, or the event that it
// tells of.
func (o *object) of(r *raw) chat.Notification {
	switch o.Type {
	case "ready":
		return chat.Ready{Me: o.peer(), Network: o.Network, Addrs: o.Addrs}
	case "peer":
		if o.Event == "up" {
			return chat.PeerCame{Peer: o.Peer.peer()}
		}
		return chat.PeerLeft{Peer: o.Peer.peer()}
	case "message":
		return o.shown(r)
	case "delivery":
		return chat.Delivery{ID: o.id(), To: optional(r, o.To), Text: o.Text, State: stateCalled(o.State), Reason: o.Reason, Peers: into[int](r, o.Peers)}
	case "entered":
		return chat.Entered{Me: into[somebody](r, o.Me).peer(), Asked: o.Asked}
	case "channel":
		return o.channel()
	case "switched":
		return chat.Switched{To: into[room](r, o.To).place()}
	case "session":
		if eventCalled(o.Event) == 0 {
			return nil
		}
		return chat.SessionChanged{Event: eventCalled(o.Event), N: o.N, With: o.Peer.peer(), Side: sideCalled(o.Side), Reason: o.Reason, Mine: o.Mine, Elsewhere: o.Elsewhere, Back: placeOf(o.Back)}
	case "sessions":
		return chat.PlaceList{Places: each(o.Sessions, room.place)}
	case "directs":
		return chat.DirectList{With: each(into[[]somebody](r, o.Peers), somebody.peer)}
	case "users":
		return chat.UserList{Conversation: chat.Conversation(o.Conversation), Users: each(o.Users, somebody.user)}
	case "renamed":
		return chat.Renamed{Was: o.Was.peer(), Now: o.Now.peer(), Mine: o.Mine}
	case "away":
		return chat.AwayChanged{Who: o.Peer.peer(), Why: o.Why}
	case "whois":
		return chat.Portrait{UserInfo: o.Peer.user(), State: o.State, Path: o.Path, Addr: o.Addr, Others: each(o.Others, somebody.peer), In: o.In, Ignored: o.Ignored}
	case "peers":
		return chat.PeerList{Peers: each(into[[]somebody](r, o.Peers), somebody.link)}
	case "status":
		return chat.StatusReport{Me: o.peer(), Network: o.Network, Addrs: o.Addrs, Up: time.Duration(o.UpS) * time.Second,
			Peers: into[int](r, o.Peers), Messages: o.Messages, Outbox: o.Outbox, Counters: o.Counters}
	case "topology":
		return chat.Topology{Nodes: each(o.Nodes, somebody.node), Links: each(o.Links, tie.link)}
	case "history":
		return o.history(r)
	case "digest":
		return chat.Digest{Conversation: chat.Conversation(o.Conversation), Count: o.Count, Since: o.Since, Until: o.Until,
			Logs: each(o.Logs, span.of), From: each(into[[]somebody](r, o.From), somebody.peer), Mentions: each(o.Mentions, func(m object) chat.Shown { return m.shown(r) })}
	case "holders":
		return chat.Holders{ID: o.id(), Text: o.Text, State: stateCalled(o.State), Who: each(into[[]somebody](r, o.Peers), somebody.peer), Of: o.Of}
	case "equivocation":
		return chat.Equivocated{Conversation: chat.Conversation(o.Conversation), Who: into[somebody](r, o.From).peer(), Seq: o.Seq, Texts: pair(o.Texts)}
	case "gap":
		return chat.GapSeen{Conversation: chat.Conversation(o.Conversation), From: into[somebody](r, o.From).peer(), Missing: o.Missing, Lost: into[bool](r, o.Lost)}
	case "lagged":
		return chat.Lagged{Lost: into[int](r, o.Lost)}
	case "notice":
		return o.notice()
	case "error":
		if o.Code == Undelivered {
			return chat.Ended{Undelivered: o.Undelivered, Kept: o.Kept}
		}
		return chat.Failed{Code: chat.FailCode(o.Code), Text: o.Text}
	}
	return nil
}

func (o *object) notice() chat.Notification {
	switch o.Code {
	case Ended:
		return chat.Ended{}
	case warning:
		return chat.Warning{Text: o.Text}
	}
	return chat.Notice{Text: o.Text}
}

// channel tells of somebody else if it names him.
func (o *object) channel() chat.Notification {
	c := chat.Conversation(o.Channel)
	came, other := o.Event == "joined", o.Peer.ID != ""
	switch {
	case came && other:
		return chat.MemberCame{Conversation: c, Who: o.Peer.peer()}
	case came:
		return chat.Joined{Conversation: c, N: o.N, Who: each(o.Users, somebody.user), Elsewhere: o.Elsewhere}
	case other:
		return chat.MemberLeft{Conversation: c, Who: o.Peer.peer()}
	}
	return chat.Parted{Conversation: c}
}

func (o *object) shown(r *raw) chat.Shown {
	return chat.Shown{ID: o.id(), From: into[somebody](r, o.From).peer(), To: optional(r, o.To), Kind: kindCalled(o.Kind), Text: o.Text, At: o.TS,
		After: inMS(o.AfterMS), Late: o.Late, Mine: o.Mine, Elsewhere: o.Elsewhere, Session: sessionNumber(o.Conversation), Side: sideCalled(o.Side)}
}

func (o *object) history(r *raw) chat.History {
	return chat.History{Conversation: chat.Conversation(o.Conversation), Words: o.Words, More: o.More, First: o.First,
		Items: each(o.Items, func(m object) chat.Remembered {
			return chat.Remembered{Shown: m.shown(r), State: stateCalled(m.State)}
		})}
}

// id is a message's, the zero id if there is none.
func (o *object) id() chat.MessageID {
	id, _ := chat.ParseMessageID(o.ID)
	return id
}

// inMS is a time in milliseconds, to the microsecond.
func inMS(ms float64) time.Duration {
	us := math.Round(ms * 1000)
	if !(us > 0 && us < 1<<52) {
		return 0
	}
	return time.Duration(us) * time.Microsecond
}

// sessionNumber is that of "session:N", else 0.
func sessionNumber(conversation string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(conversation, "session:"))
	return n
}

func pair(texts []string) (p [2]string) {
	copy(p[:], texts)
	return p
}
