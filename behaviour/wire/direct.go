package wire

import (
	"google.golang.org/protobuf/proto"

	"tincan/behaviour/chat"
	"tincan/behaviour/wire/pb"
)

// EncodeDirect makes the request that brings env, sealed or opened, to a peer.
// Messages of the log before floor are not coming; 0 says nothing of them.
func EncodeDirect(env *chat.Envelope, floor uint64) []byte {
	return marshal(&pb.DirectFrame{Envelope: env.Raw, Floor: floor})
}

// DecodeDirect reads and verifies a request. Floor is at most env.First.
// The frame may be used again afterwards. Errors: as Open.
func (o *Opener) DecodeDirect(frame []byte) (env *chat.Envelope, floor uint64, err error) {
	if len(frame) > MaxDirectFrame {
		return nil, 0, malformed("request of %d bytes, more than %d", len(frame), MaxDirectFrame)
	}
	var d pb.DirectFrame
	if err := proto.Unmarshal(frame, &d); err != nil {
		return nil, 0, malformed("request is not protobuf")
	}
	if env, err = o.Open(d.Envelope); err != nil {
		return nil, 0, err
	}
	if d.Floor > env.First {
		return nil, 0, malformed("floor %d above message %d", d.Floor, env.First)
	}
	return env, d.Floor, nil
}

// EncodeAnswer makes the answer to a request. Receipt goes with Stored, and
// with nothing else.
func EncodeAnswer(v chat.Verdict, receipt []byte) []byte {
	return marshal(&pb.DirectAnswer{Verdict: uint32(v), Receipt: receipt})
}

// DecodeAnswer reads an answer. A verdict from the future is Busy: the sender
// keeps what it cannot be sure of. The receipt, there if and only if the
// verdict is Stored, is still to be verified with OpenReceipt. Error: ErrMalformed.
func DecodeAnswer(frame []byte) (v chat.Verdict, receipt []byte, err error) {
	if len(frame) > MaxAnswerFrame {
		return 0, nil, malformed("answer of %d bytes, more than %d", len(frame), MaxAnswerFrame)
	}
	var a pb.DirectAnswer
	if err := proto.Unmarshal(frame, &a); err != nil {
		return 0, nil, malformed("answer is not protobuf")
	}
	switch {
	case a.Verdict == 0:
		return 0, nil, malformed("answer without verdict")
	case a.Verdict > uint32(chat.Forked):
		return chat.Busy, nil, nil
	case a.Verdict != uint32(chat.Stored):
		return chat.Verdict(a.Verdict), nil, nil
	case len(a.Receipt) == 0:
		return 0, nil, malformed("stored without receipt")
	}
	return chat.Stored, a.Receipt, nil
}
