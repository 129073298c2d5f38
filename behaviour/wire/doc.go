// Package wire is the form that the chat has on the network: it encodes, signs,
// decodes and verifies. This page specifies the protocol of tincan, version 1;
// a peer in another language can be written from it. Exact bytes to test against
// are in testdata/vectors.json.
//
// "Must" is what other peers enforce or rely on. The protobuf schema (proto3,
// package tincan.v1) is pb/tincan.proto. uvarint is the unsigned varint of
// protobuf and multiformats, ‖ is concatenation, "\n" one byte 0x0a. Hashes are
// SHA-256.
//
// # Networks
//
// A network has a name of 1 to 64 bytes out of a-z, 0-9, "-", "_", "."; it
// stands in everything that is signed and negotiated, so networks never mix.
//
//	protocol of direct delivery   /tincan/<network>/direct/1
//	protocol of sync              /tincan/<network>/sync/1
//	protocol of private sessions  /tincan/<network>/session/1
//	protocol of links             /tincan/<network>/links/1
//	protocol of Kademlia          /tincan/<network>/kad/1.0.0
//	gossip topic of the lobby     "tincan/" ‖ the first 16 bytes, in lower-case hex, of
//	                              SHA-256("tincan/1/topic\n" ‖ network ‖ "\n" ‖ "lobby")
//	gossip topic of a shard       "tincan/" ‖ the first 16 bytes, in lower-case hex, of
//	                              SHA-256("tincan/1/shard\n" ‖ network ‖ "\n" ‖ shard),
//	                              shard as 2 bytes, big-endian
//	shard of a channel            the first 2 bytes, big-endian, of
//	                              SHA-256("tincan/1/channel\n" ‖ network ‖ "\n" ‖ conversation),
//	                              modulo 128
//	rendezvous of a shard         12 20 ‖ SHA-256("tincan/1/rendezvous\n" ‖ gossip topic)
//
// The 128 shards carry all channels (see Gossip). Topics and records name shards
// and no channels.
//
// # Identities
//
// A peer is a libp2p peer with an Ed25519 key. Its id is the identity multihash
// of its public key, so the key is in the id:
//
//	binary   38 bytes: 00 24 08 01 12 20 ‖ the 32 bytes of the public key
//	text     the binary form in base58btc: "12D3KooW…"
//
// On the wire ids are binary, except within names of conversations. No other
// kind of id, and no other spelling of one, may be an author or a recipient.
//
// In the network "demo" peers have numbers, from 1 to 2535, and keys that
// anybody can derive; such a network is for trying out. The Ed25519 seed of
// peer N is 32 bytes all equal to N for N ≤ 255, and above that
// SHA-256("tincan demo peer" ‖ N as 4 bytes, big-endian). Peer N listens on port
// 63000+N of 127.0.0.1.
//
// # Transports
//
// TCP (with TLS 1.3 or Noise, and yamux) and QUIC-v1 as libp2p defines them, on
// the same port number. Identify must be spoken: a peer is one of ours if it
// speaks the network's sync protocol. Kademlia, in server mode, serves to find
// peers by id, and those who are in a shard (see Rendezvous); values are not used.
//
// # Conversations
//
// A conversation's name is 1 to 256 bytes of UTF-8. A message belongs to the
// conversation that its envelope names.
//
//	lobby        the conversation that everybody is in; travels by gossip and sync
//	#<name>      a channel, which those are in who want to be; travels by gossip and sync
//	here/<c>     who is in <c>, the lobby or a channel; travels with the gossip of <c>
//	dm/<A>/<B>   the direct conversation of two peers, ids as text, A before B
//	             in byte order and not equal; travels by direct delivery and sync
//	             between these two. Authors other than A and B are refused.
//
// Other names are for conversations to come, and have no topic in version 1:
// gossip that names one is dropped. Names that begin with "dm/" and are not as
// above are malformed.
//
// # Messages
//
// An author numbers its messages 1, 2, 3 … up to 2^63-1, separately for each
// conversation and log. A log is 8 random bytes, made anew whenever an author
// starts without remembering its numbers. (author, log, conversation, number)
// names a message for ever; an author never uses it for another one.
//
// A Message has, all optional for the encoding:
//
//	kind    1 text: body is what the author typed
//	        2 hello: sent to the lobby, answered by whoever hears it within a
//	          minute of its stamp, after up to a second at random, to one author
//	          once in 10 s at most; in a lobby of n > 32 peers with probability 32/n
//	        3 hello-ack: the answer, in the direct conversation; re names the
//	          hello. It is never answered itself.
//	        4 action: body is what the author does ("waves", shown after his name)
//	        5 here, 6 gone: see Presence
//	stamp   hybrid logical clock: Unix milliseconds << 16 | counter. At least the
//	        wall clock, and greater than all stamps of this conversation that its
//	        author had seen. Peers drop what is over 10 minutes in the future.
//	deps    up to 4 heads of other logs of the conversation that the author
//	        had seen, new since its last message. Receivers show them first.
//	re      the message that this one answers
//	name    what the author wants to be called, UTF-8, at most 128 bytes
//	guest   the author's guest who wrote it, UTF-8, at most 128 bytes
//	to      in a direct conversation, the recipient's guest whom it is for, UTF-8,
//	        at most 128 bytes; without it, it is for the owner
//	body    UTF-8, at most 65536 bytes
//
// A Ref (deps, re) points into the same conversation: author, log, and a number
// from 1 to 2^63-1. Nothing in a message is fit to be shown on a terminal as it
// is: names and text hold whatever control characters their author liked.
//
// Messages that nobody knows the kind of are numbered, kept, synced and hashed
// like any other, and not shown.
//
// # Envelopes
//
// An Envelope carries 1 to 256 messages with the consecutive numbers first,
// first+1, …, under one signature. It is what is gossiped, delivered, stored
// and synced: always as a Signed, byte for byte as its author made it, never
// encoded anew. Its field messages holds each Message serialised. Its field prev is
// the hash of the message first-1 (see below), so that a log is a chain; it is 32
// bytes, or left out by an author that does not know it, and for first = 1.
//
//	Signed      body: the serialised Envelope
//	            signature: Ed25519 by the author over "tincan/1/envelope\n" ‖ body
//
// A Signed has one encoding: 0a ‖ uvarint(length of body), as short as can be ‖
// body ‖ 12 40 ‖ 64 bytes of signature. Anything else, unknown fields included,
// is malformed; so nobody but the author can make two of one. A Signed envelope
// has at most 81920 bytes.
//
// Ed25519 is that of RFC 8032 as Go's crypto/ed25519 checks it: S must be
// reduced, R is compared as encoded, the equation is the cofactorless one.
//
// Body, Message and Ref are ordinary protobuf: fields in any order, unknown ones
// and ones of unexpected wire type passed over, the last of several counts, a
// submessage that comes several times is merged, numbers need not be as short as
// can be. An author should write them in the canonical way (fields in order,
// zero values left out). Nothing is ever compared by encoding them again.
//
// A receiver checks in this order, and answers, drops or penalises by the first
// that fails: size; encoding of Signed and Envelope; version; the envelope's own
// fields; network; signature; messages. One malformed message makes the envelope
// malformed.
//
// # The hash of a message
//
//	SHA-256("tincan/1/message\n" ‖ L(network) ‖ L(conversation) ‖ L(author) ‖
//	        L(log) ‖ L(number) ‖ L(message))
//
// where L(x) = uvarint(length of x) ‖ x, author is the binary id, number has 8
// bytes, big-endian, and message is the element of messages, exactly as it came.
//
// # Equivocation
//
// Two envelopes of one log contradict each other if both hold a message of one
// number with two hashes, or one begins right after the last message of the
// other and has another prev than the hash of that. They prove that their author
// equivocates, to anybody: each is signed by it. Whoever holds such a proof must
// show nothing more of the log, keeps the two envelopes, and gives them to those
// who do not have them (see Sync). What its author says in other logs and
// conversations is as good as before.
//
// # Gossip
//
// GossipSub (meshsub 1.1 or later) with the policy StrictNoSign: data and topic
// only; from, seqno, signature and key must be absent. Data is one Signed
// envelope of a conversation that travels in that topic; the message id is
// SHA-256(data). A gossipsub RPC has at most 98304 bytes. Peers pass on what is
// well signed, of their network, and of such a conversation, before knowing
// whether they have it already and whether they are in the conversation, and
// drop anything else. Direct conversations have no topic.
//
// A peer is in the lobby's topic always, and in that of a shard while it is in
// a channel of it. There it gets, checks and passes on what is said in the
// shard's other channels too, and keeps none of it. Channels are not secret:
// names and words can be read by whoever is in the shard. Peers ignore what one
// is subscribed to beyond 256 topics.
//
// Gossip may lose: whoever joins, or sees a number left out, syncs.
//
// # Rendezvous
//
// Those who are in a shard find each other by provider records of libp2p's
// Kademlia (ADD_PROVIDER, GET_PROVIDERS), under the shard's rendezvous as the
// key. A peer adds itself soon after entering the shard and every hour while it
// is there, and looks for others while fewer than 3 of its connected peers are
// in the topic. Peers keep records of the network's 128 keys only: 64 for a key, the
// newest, for 3 hours. Addresses in a record are not believed; those that are
// given with it are the ones that the answering peer has from its own connections,
// and may be missing: then the provider is found by its id.
//
// # Frames
//
// On streams, a frame is uvarint(length) ‖ that many bytes. Other than in private
// sessions, a request frame from whoever opened the stream is answered by one
// frame; the stream may be kept and used again, for one request after the other. A frame, and the answer to
// it, must be complete within 10 s. Whoever sees a frame that is empty, too long
// (bounds below) or not decodable resets the stream, or says so if the
// protocol has words for it.
//
// # Direct delivery
//
// Request DirectFrame: a Signed envelope, and floor. It is opened to the
// recipient by the author itself: an envelope of another author than the peer at
// the other end of the connection is refused. The conversation must be the
// direct one of the two. Floor tells that messages of the log before that number
// will not come (they expired, or went elsewhere), so that nobody waits for
// them; it is at most first, and 0 says nothing.
//
// Answer DirectAnswer, with the verdict:
//
//	1 stored      the recipient holds it, now or since earlier; receipt is there
//	2 busy        try again later, after 1 s, then twice as long each time up to 5 min
//	3 refused     do not try again
//	4 malformed   the recipient could not make sense of it; do not try again
//	5 forked      the recipient holds something else under a number of the log, and
//	              takes nothing more of it: what is to be said goes into another log
//
// A verdict above 5 counts as 2. Without an answer the sender tries again with
// the same bytes; that is harmless, as messages are known by their names.
//
// The receipt is a Signed with the encoding above, at most 1000 bytes long, by the
// recipient, over "tincan/1/receipt\n" ‖ body, where body is a Receipt: version
// 1, network; conversation, author and log of the envelope; last, the highest
// number such that the recipient holds all of the log from its floor up to it
// (it may be below the envelope's numbers if some before them are missing, and above
// them, which tells an author that its database has lost its end);
// recipient, its binary id; envelope, the SHA-256 of the Signed envelope. The
// sender checks them all. A receipt says what a node holds, not that somebody read it.
//
// # Sync
//
// Sync brings two peers to hold the same. It is done on connecting, when a
// gossip link forms, when a dep or a number is missing, and every 30 s with some
// neighbour. One turn is a SyncFrame, request and answer alike: a Delta for each
// conversation that its sender wants to compare, each conversation once.
//
// In a Delta, vector is what the sender has: for each log of the conversation,
// the numbers up to head without a gap, or those that it does not want because
// they lie before its time. To a newcomer it would give those from from on, and
// none when from is head+1. What it holds beyond a gap is not in the vector. A
// log stands in a vector once; of several entries the last counts. sum is the
// first 8 bytes, big-endian, of the hash of the message head, 0 if it is not known.
// forked says that the sender holds a proof that the author equivocates in the
// log. newcomer says
// that the sender has no history yet: of logs that its vector does not name it
// wants what is recent (the last 1,000 messages or two minutes, whichever is
// more), and their from tells it where they begin. Others get all there is of
// logs that they do not name. A node is a newcomer until 5 s after its first
// sync. envelopes are what the receiver lacks as far as the sender knows:
// those of a log whose last number is above the head that the receiver's
// vector gave, or of a log that it did not have. They come in order of their
// numbers within a log, beginning with the first that the sender still holds. more
// says that not all fitted.
//
// Of a log with the same head and another sum, envelopes have the one that holds
// head, too: the receiver then has two that contradict each other. Of a log that
// the sender knows to be forked and the receiver does not, they have the two of
// the proof, and nothing else. Of a log that the receiver's vector calls forked
// they have none.
//
// want asks for messages from before the sender's vector begins: ranges of logs,
// from first to last, both included. The next turn has those envelopes that hold
// any of them, as far as the other side keeps them.
//
// The exchange is push-pull and goes by turns on one stream:
//
//	initiator ──▶ its vector, no envelopes (it knows nothing of the responder yet)
//	responder ──▶ its vector, and what the initiator lacks
//	initiator ──▶ its vector as it is now, and what the responder lacks
//	responder ──▶ its vector as it is now, and what the initiator still lacks
//	…             while either turn had envelopes, or said more
//
// Then the initiator closes the stream, or keeps it for the next sync. A
// responder answers about the conversations that it is asked about and is in; it
// leaves out the others, and any direct conversation that the peer at the
// other end is no party of. Neither side needs memory of earlier turns: each
// turn answers the vector of the one before.
//
// A frame in which anything but an envelope from the future is malformed, badly
// signed, of another network, or in the Delta of another conversation is
// refused as a whole, and the stream reset.
//
// # Presence
//
// Who is in a shared conversation <c> is announced under the name here/<c>: in
// the gossip topic of <c>, by envelopes as above, with logs and numbers of their
// own. A message there is of kind
//
//	5 here   the owner of the author, or the guest that it names, is in <c>; name
//	         is what he is called, body why he does not read just now, or empty
//	6 gone   he is in <c> no longer
//
// Of the announcements about one person only the one that counts is kept: of
// each log the last number, of two logs of one author the later stamp.
// Announcements are not history: nobody keeps or syncs them, nobody waits for
// missing ones, deps and re are left out.
//
// # Private sessions
//
// A session is a conversation of two people, each the owner or a guest of one of
// two peers, that these two peers alone carry. Whoever opens it names it with 8
// random bytes. What is said in it travels over a stream of the session protocol
// between the two, which is kept open: a line. It is authenticated and encrypted
// by the connection and signed by nobody; it is not gossiped, stored or synced.
//
// On a line both ends send frames, each a SessionFrame, when they like:
//
//	1 hello   the first frame each way: session; from, the guest who asks, and to,
//	          the guest who is asked for, each empty for the owner, from the sender's
//	          point of view; name, what the owner of the sender is called. fresh says
//	          that the session begins, else it goes on, on a new line.
//	2 data    1 to 64 messages with the consecutive numbers first, first+1, …;
//	          each a serialised Message of which stamp, kind and body count
//	3 ack     nothing but what every frame has
//	4 close   the session is over, or is not to begin; reason says why. It is the
//	          last frame each way, and who sent it closes its side of the stream.
//
// The opener of a line begins with its hello. The other end answers with its own
// for the same session, or with close. Nothing else is said before one's own hello
// or after one's own close, and no second hello. The first frame each way must
// come within 10 s. After that a line may be silent for as long as it lives.
//
// Each end numbers its messages of a session 1, 2, 3 …, over all lines of the
// session. ack is in every frame: the sender has taken in the other end's messages
// up to there, all of them. Data with numbers that were taken in before is passed
// over; data that leaves out a number is answered with close, broken, and so is
// an ack of a message that was never sent. A message is kept until it is
// acknowledged. Acks need not come one by one: with the next frame, or by an ack
// frame soon.
//
// A line that ends without close interrupts the session and does not end it. Either
// end opens another one, with a hello that is not fresh and says in ack how far
// it got; the answer does the same; then both send again, in order, what the other
// has not taken in. Whoever does not know the session answers close, unknown.
// Only the peers of a session may go on with it: to others it is unknown.
//
// Two lines of one session: the one that the peer with the lesser id opened (ids
// as text, in byte order) lives, unless the older one was answered already: then
// the newer one lives, for the other end would not have opened it without need.
// The line that does not live is closed without a close frame.
//
// Two sessions at once: if both peers ask for a fresh session of the same two
// people before either has answered, the one lives whose opener has the lesser id.
// That peer passes over the other's hello and closes that line; the other answers
// the hello that it got and takes its own for answered by that one.
//
//	reason of close   1 left: its user has left; 2 refused: its user takes no session
//	                  from this one; 3 unknown: no such session to go on with;
//	                  4 nobody: no such guest here; 5 busy: too many sessions, try
//	                  again later; 6 broken: a frame did not make sense
//
// Another reason, or none, counts as 1. Frames of other kinds are passed over, as
// are the fields that a kind does not have. A frame that is malformed ends the
// line: the stream is reset. So does a stream that one end closes.
//
// A peer may have 256 lines open to another; a further one is reset with the code
// 0x1002. Of frames other than data, a line may say 4000 at once, 2000 a second, and
// one for every frame that it was sent; what says more is reset with 0x1003.
//
// # Links
//
// A peer may ask another whom that is connected to, to draw a picture of the
// network for its user. It is asked for nothing else, and only when somebody looks.
// Request LinksRequest: version. Answer LinksAnswer: version, and for each tincan
// peer that the answering one is connected to, each once, a LinkState: its binary
// id; whether the connection goes through a relay; the round trip, in microseconds,
// if it is known; and the lobby or those channels in whose gossip the two are
// neighbours, but only those that the asking peer is in itself. Addresses are not
// told. Answers may be up to 2 s old. None of it is proven: an answer counts for
// the links of its author, where the other end does not contradict.
//
// # Versions
//
// version is 1. An envelope or receipt of a later version keeps Signed, its
// labels, and the meaning of version, network and author (recipient, in a
// receipt). Peers of version 1 check its size, network and signature, pass such an
// envelope on in gossip, skip it in sync, answer malformed to it in direct
// delivery, and take such a receipt for none. Version 0 is malformed.
//
// What version 1 may grow without a new number: fields in Envelope, Message, Ref
// and all frames, kinds, verdicts, names of conversations. So a peer must pass
// over fields and kinds that it does not know, and must pass on what it was
// given byte for byte. What it must not do is guess.
//
// # Limits
//
//	body of a message            65536 bytes
//	name, guest, to                128 bytes each
//	deps                             4
//	messages in an envelope          1 to 256
//	Signed envelope              81920 bytes
//	conversation                     1 to 256 bytes
//	network                          1 to 64 bytes
//	number                           1 to 2^63-1; floor, head and last may be 0
//	gossipsub RPC                98304 bytes
//	request of direct delivery   81952 bytes
//	receipt                       1000 bytes
//	answer of direct delivery     1024 bytes
//	turn of a sync             1048576 bytes
//	  deltas                        64
//	  log states                  8192 in a delta
//	  ranges wanted                256 in a delta, 1 ≤ first ≤ last
//	  envelopes                   4096 in the turn
//	frame of a private session   98304 bytes
//	  messages                      64
//	  names                        128 bytes each
//	request for links               64 bytes
//	answer with links            65536 bytes
//	  links                        256
//	  conversations                 64 with a link
//	  round trip                60000000 microseconds
//
// What exceeds a limit is malformed.
package wire
