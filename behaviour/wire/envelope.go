package wire

import (
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"tincan/behaviour/chat"
)

// header is what an envelope says before its messages. Slices alias the body.
type header struct {
	version               uint32
	network, conversation []byte
	author                binaryID
	log                   chat.LogID
	first                 uint64
	count                 int // of messages, of which spans has the places
	prev                  chat.Hash
}

// spans are the places of the messages in the body.
type spans [chat.MaxBatch]struct{ from, to int }

// readHeader reads the body of an envelope up to, and without, the insides of
// its messages. Of a version above 1 it reads what all versions have.
func readHeader(body []byte, at *spans) (h header, err error) {
	var author, log, prev []byte
	utf8Only := true // protobuf refuses a string also if it is overwritten later
	f := walk(body)
	for f.next() {
		switch f.tag {
		case 1<<3 | varint:
			h.version = uint32(f.n)
		case 2<<3 | block:
			h.network = f.bytes()
			utf8Only = utf8Only && utf8.Valid(h.network)
		case 3<<3 | block:
			h.conversation = f.bytes()
			utf8Only = utf8Only && utf8.Valid(h.conversation)
		case 4<<3 | block:
			author = f.bytes()
		case 5<<3 | block:
			log = f.bytes()
		case 6<<3 | varint:
			h.first = f.n
		case 7<<3 | block:
			if h.count < len(at) {
				at[h.count] = struct{ from, to int }{f.from, f.to}
			}
			h.count++
		case 8<<3 | block:
			prev = f.bytes()
		}
	}
	var ok bool
	if h.author, ok = parseID(author); !ok && !f.bad {
		return h, malformed("author is not an Ed25519 peer id")
	}
	switch {
	case f.bad:
		return h, malformed("envelope is not protobuf")
	case h.version == 0:
		return h, malformed("envelope without version")
	case h.version > Version:
		return h, nil
	case !utf8Only:
		return h, malformed("network or conversation is not UTF-8")
	case len(h.conversation) == 0 || len(h.conversation) > chat.MaxConversation:
		return h, malformed("conversation of %d bytes; want 1 to %d", len(h.conversation), chat.MaxConversation)
	case len(log) != len(h.log):
		return h, malformed("log of %d bytes", len(log))
	case h.count == 0 || h.count > chat.MaxBatch:
		return h, malformed("envelope of %d messages; want 1 to %d", h.count, chat.MaxBatch)
	case h.first == 0 || h.first > MaxSeq || MaxSeq-h.first < uint64(h.count)-1:
		return h, malformed("%d messages from number %d on", h.count, h.first)
	}
	h.log = chat.LogID(log)
	return h, h.readPrev(prev)
}

// readPrev takes the hash of the message before the first.
func (h *header) readPrev(prev []byte) error {
	switch {
	case len(prev) == 0:
		return nil
	case len(prev) != len(h.prev):
		return malformed("hash of the message before of %d bytes", len(prev))
	case h.first == 1:
		return malformed("hash of a message before the first")
	}
	h.prev = chat.Hash(prev)
	return nil
}

// read makes the envelope that a verified body says. The messages' text lies in
// one copy of the body.
func (h *header) read(network string, body []byte, at *spans) (*chat.Envelope, error) {
	env := &chat.Envelope{
		Author:   h.author.text(),
		Log:      h.log,
		First:    h.first,
		Prev:     h.prev,
		Messages: make([]chat.Message, h.count),
	}
	env.Conversation = chat.Conversation(h.conversation)
	if err := checkConversation(env.Conversation, env.Author); err != nil {
		return nil, err
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	sums := s.start(network, env.Conversation, h.author, h.log)
	text := string(body)
	var arena []chat.Ref
	var err error
	for i := range env.Messages {
		from, to := at[i].from, at[i].to
		m := &env.Messages[i]
		f := fields{b: body, i: from, end: to}
		if arena, err = readMessage(f, text, m, arena); err != nil {
			return nil, inMessage(h.first+uint64(i), err)
		}
		m.Hash = sums.sum(h.first+uint64(i), body[from:to])
	}
	return env, nil
}

// checkConversation refuses what is no conversation's name, and a direct
// conversation that by, unless empty, is no party of.
func checkConversation(c chat.Conversation, by chat.PeerID) error {
	if c == "" || len(c) > chat.MaxConversation || !utf8.ValidString(string(c)) {
		return malformed("conversation is not a name of 1 to %d bytes of UTF-8", chat.MaxConversation)
	}
	if !strings.HasPrefix(string(c), "dm/") {
		return nil
	}
	a, b, ok := c.Parties()
	if !ok {
		return malformed("conversation %q is not between two peers in order", c)
	}
	if by != "" && a != by && b != by {
		return malformed("conversation %q is not the author's", c)
	}
	for _, p := range []chat.PeerID{a, b} {
		if _, ok := binaryOf(p); !ok {
			return malformed("conversation %q is with %q, who is no peer", c, p)
		}
	}
	return nil
}

// appendEnvelope appends the body of env as proto.Marshal would encode it.
func appendEnvelope(b []byte, network string, author binaryID, env *chat.Envelope) ([]byte, error) {
	b = appendUint(b, 1, Version)
	b = appendText(b, 2, network)
	b = appendText(b, 3, string(env.Conversation))
	b = appendBytes(b, 4, author[:])
	b = appendBytes(b, 5, env.Log[:])
	b = appendUint(b, 6, env.First)
	var message []byte
	var err error
	for i := range env.Messages {
		if message, err = appendMessage(message[:0], &env.Messages[i]); err != nil {
			return b, inMessage(env.First+uint64(i), err)
		}
		b = protowire.AppendTag(b, 7, protowire.BytesType)
		b = protowire.AppendBytes(b, message)
		if len(b) > chat.MaxEnvelope {
			return b, malformed("envelope of more than %d bytes", chat.MaxEnvelope)
		}
	}
	if env.Prev != (chat.Hash{}) {
		b = appendBytes(b, 8, env.Prev[:])
	}
	return b, nil
}
