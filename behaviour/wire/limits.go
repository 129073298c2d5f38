package wire

import "tincan/behaviour/chat"

// Every bound of the encoding, with its reason. What is beyond a bound is
// refused as ErrMalformed. The bounds on messages and envelopes are those of
// package chat: MaxText, MaxName, MaxDeps, MaxBatch, MaxEnvelope, MaxConversation.
const (
	// MaxSeq is the highest number of a message: 2^63-1, so that numbers fit the
	// signed integers of databases and of other languages.
	MaxSeq = 1<<63 - 1

	// MaxNetwork bounds the name of a network in bytes: it is part of protocol
	// ids, which libp2p negotiates in full on each new stream.
	MaxNetwork = 64

	// MaxGossip bounds a message on gossipsub, with gossipsub's own framing.
	MaxGossip = 96 << 10

	// MaxDirectFrame bounds a request of the direct protocol: an envelope, its
	// tag and length, the floor.
	MaxDirectFrame = chat.MaxEnvelope + 32

	// MaxReceipt and MaxAnswerFrame bound the answer. A receipt of version 1
	// has at most 530 bytes; the rest is room for fields to come.
	MaxReceipt     = 1000
	MaxAnswerFrame = MaxReceipt + 24

	// MaxSyncFrame bounds a turn of a sync: the state of 8192 logs (70 bytes
	// each) and 256 KiB of envelopes, with room to spare.
	MaxSyncFrame = 1 << 20

	// MaxDeltas bounds the conversations of a turn, MaxLogStates the logs of one
	// conversation, MaxSyncEnvelopes the envelopes of a turn: checking so many
	// signatures takes about 0.2 s. MaxWants bounds the ranges that are asked for in
	// one conversation: a turn could not carry much more than an envelope of each.
	MaxDeltas        = 64
	MaxLogStates     = 8192
	MaxWants         = 256
	MaxSyncEnvelopes = 4096

	// MaxFrame bounds a frame of a private session: one message of MaxText always
	// fits, with all that a frame and a message say besides. MaxFrameMessages
	// bounds the messages in it: what a fast typist or a pasted text fills while one
	// frame is on its way.
	MaxFrame         = 96 << 10
	MaxFrameMessages = 64

	// MaxLinksRequest and MaxLinksAnswer bound the frames of the links protocol: 256
	// links of 50 bytes with a channel or two each, or fewer with many channels. What
	// does not fit is left out. MaxRTT bounds a round trip, in microseconds: a minute.
	MaxLinksRequest = 64
	MaxLinksAnswer  = 64 << 10
	MaxRTT          = 60_000_000

	// MaxDraft bounds a draft: a message of MaxText with the longest names and all
	// its deps, and room for fields to come.
	MaxDraft = chat.MaxText + 4<<10

	// maxVectors is the part of a turn that EncodeSync lets the states of logs and
	// what is wanted fill, so that envelopes always find room.
	maxVectors = MaxSyncFrame * 5 / 8

	// maxKnownIDs bounds each generation of the translations of peer ids that
	// are remembered; two generations are kept. It is the number of logs that a
	// conversation may have.
	maxKnownIDs = 8192

	// maxSeen bounds each of two generations of the envelopes of syncs that are
	// remembered as checked, for each of seenShards: 16,384 in all at the least, in
	// a megabyte. Those who bring the same are at most a turn apart, which holds
	// some 5,000 short messages.
	maxSeen    = 256
	seenShards = 64
)
