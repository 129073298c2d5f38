package jsonl

import (
	"encoding/json"
	"strconv"
	"time"

	"tincan/behaviour/chat"
)

func history(dst []byte, n chat.History) []byte {
	dst = opt(dst, "conversation", n.Conversation.Kind())
	dst = opt(dst, "words", n.Words)
	dst = list(dst, "items", n.Items, func(dst []byte, m chat.Remembered) []byte {
		dst = body(append(dst, '{'), m.Shown)
		if m.State != 0 {
			dst = str(dst, "state", m.State.String())
		}
		return append(dst, '}')
	})
	return flag(flag(dst, "more", n.More), "first", n.First)
}

// AppendRemembered appends a message of history as one object with its newline.
func AppendRemembered(dst []byte, m chat.Remembered) []byte {
	dst = message(head(dst, "message", m.At), m.Shown)
	if m.State != 0 {
		dst = str(dst, "state", m.State.String())
	}
	return append(dst, '}', '\n')
}

// old appends a message within another object, with the time when it was sent.
func old(dst []byte, m chat.Shown) []byte {
	return append(body(append(dst, '{'), m), '}')
}

func body(dst []byte, m chat.Shown) []byte {
	return message(when(dst, "ts", m.At), m)
}

func digest(dst []byte, n chat.Digest) []byte {
	dst = str(dst, "conversation", n.Conversation.Kind())
	dst = num(dst, "count", n.Count)
	dst = when(append(dst, ','), "since", n.Since)
	dst = when(append(dst, ','), "until", n.Until)
	dst = list(dst, "from", n.From, peer)
	if len(n.Logs) > 0 {
		dst = list(dst, "logs", n.Logs, func(dst []byte, r chat.Range) []byte {
			dst = quote(append(dst, `{"author":`...), string(r.Author))
			dst = str(dst, "log", r.Log.String())
			dst = strconv.AppendUint(field(dst, "first"), r.First, 10)
			return append(strconv.AppendUint(field(dst, "last"), r.Last, 10), '}')
		})
	}
	return list(dst, "mentions", n.Mentions, old)
}

func holders(dst []byte, n chat.Holders) []byte {
	dst = id(dst, n.ID)
	dst = opt(dst, "text", n.Text)
	dst = str(dst, "state", n.State.String())
	dst = list(dst, "peers", n.Who, peer)
	return num(dst, "of", n.Of)
}

func equivocation(dst []byte, n chat.Equivocated) []byte {
	dst = str(dst, "conversation", n.Conversation.Kind())
	dst = peer(field(dst, "from"), n.Who)
	dst = strconv.AppendUint(field(dst, "seq"), n.Seq, 10)
	return strs(dst, "texts", n.Texts[:])
}

// when appends a time under a key, without a comma before it.
func when(dst []byte, key string, at time.Time) []byte {
	dst = append(append(append(dst, '"'), key...), `":"`...)
	return append(at.UTC().AppendFormat(dst, stamps), '"')
}

// count reads how many messages are asked for, 0 if that is not said.
func count(raw json.RawMessage) (int, *Error) {
	if absent(raw) {
		return 0, nil
	}
	n, err := strconv.Atoi(string(raw))
	if err != nil || n < 1 {
		return 0, &Error{BadRequest, `"n" is not a number of messages – nothing was done – it takes a number from 1`}
	}
	return n, nil
}

// instant reads a time that is asked for, the zero time if that is not said.
func instant(raw json.RawMessage, field string) (time.Time, *Error) {
	if absent(raw) {
		return time.Time{}, nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err == nil {
		if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, &Error{BadRequest, `"` + field + `" is not a time – nothing was done – it takes one of RFC 3339, such as "2026-11-21T06:00:00.000Z"`}
}

// whether reads what is true or false, and false if that is not said.
func whether(raw json.RawMessage, field string) (bool, *Error) {
	switch {
	case absent(raw), string(raw) == "false":
		return false, nil
	case string(raw) == "true":
		return true, nil
	}
	return false, &Error{BadRequest, `"` + field + `" has the wrong type – nothing was done – it takes true or false`}
}

// history asks for a window of a conversation; of a direct one, "to" says whose.
func (r *request) history() (chat.Instruction, *Error) {
	in := chat.ReadHistory{In: r.Conversation, After: r.After, Before: r.Before}
	var bad [4]*Error
	in.N, bad[0] = count(r.N)
	in.Since, bad[1] = instant(r.Since, "since")
	in.Until, bad[2] = instant(r.Until, "until")
	in.First, bad[3] = whether(r.First, "first")
	for _, err := range bad {
		if err != nil {
			return nil, err
		}
	}
	if r.Conversation != "dm" {
		return in, nil
	}
	return r.peer(func(to string) chat.Instruction { in.In = "dm " + to; return in })
}

func (r *request) search() (chat.Instruction, *Error) {
	n, bad := count(r.N)
	switch {
	case bad != nil:
		return nil, bad
	case r.Words == "":
		return nil, missing("words")
	}
	return chat.Search{In: r.Conversation, Words: r.Words, N: n}, nil
}

// retry tries what waits for everybody without "to".
func (r *request) retry() (chat.Instruction, *Error) {
	if absent(r.To) {
		return chat.Retry{}, nil
	}
	return r.peer(func(to string) chat.Instruction { return chat.Retry{To: to} })
}
