package jsonl

import (
	"encoding/json"
	"errors"
	"unicode/utf8"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// MaxLine bounds an instruction in bytes: a text of chat.MaxText with every byte written
// as a \u escape, and room for the rest. Readers refuse longer lines.
const MaxLine = 512 << 10

// The codes of what Parse refuses.
const (
	BadJSON     chat.FailCode = "bad-json"    // not an object of the known shape
	BadRequest  chat.FailCode = "bad-request" // a field is missing or impossible
	Unknown     chat.FailCode = "unknown"     // no such instruction
	Unsupported chat.FailCode = "unsupported" // this node does not do it
	TooLong     chat.FailCode = "too-long"    // the line is longer than MaxLine
)

// Error says why an instruction was refused.
type Error struct {
	Code chat.FailCode
	Text string // what, why and what to do next; safe to show
}

func (e *Error) Error() string { return e.Text }

// Notification is the error as it is told to the asker.
func (e *Error) Notification() chat.Failed { return chat.Failed{Code: e.Code, Text: e.Text} }

// request has every field that an instruction may have. Unknown ones are ignored.
type request struct {
	Do           string          `json:"do"`
	Ref          string          `json:"ref"`
	Text         *string         `json:"text"`
	To           json.RawMessage `json:"to"`
	Conversation string          `json:"conversation"`
	Addr         string          `json:"addr"`
	Channel      string          `json:"channel"`
	Name         string          `json:"name"`
	N            json.RawMessage `json:"n"`
	Secret       json.RawMessage `json:"secret"`
	Words        string          `json:"words"`
	After        string          `json:"after"`
	Before       string          `json:"before"`
	Since        json.RawMessage `json:"since"`
	Until        json.RawMessage `json:"until"`
	First        json.RawMessage `json:"first"`
	ID           string          `json:"id"`
	Line         string          `json:"line"`
	Reason       string          `json:"reason"`
	Returning    bool            `json:"returning"`
	Apart        bool            `json:"apart"`
}

// Is tells whether a line is JSON: it begins with '{'.
func Is(line []byte) bool { return len(line) > 0 && line[0] == '{' }

// Parse reads one instruction. ref is the asker's, also with an error if it
// could be read. The error is an *Error.
func Parse(line []byte) (ref string, in chat.Instruction, err error) {
	if len(line) > MaxLine {
		return "", nil, &Error{TooLong, "the line is longer than 512 KiB – a text may have 64 KiB – send less"}
	}
	if !utf8.Valid(line) {
		return "", nil, &Error{BadJSON, "the line is not UTF-8 – nothing was done – write JSON in UTF-8"}
	}
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" { // the rest has been read, the ref perhaps
			return fit(r.Ref), nil, &Error{BadRequest, `"` + safe.Short(wrong.Field, 20) + `" has the wrong type – nothing was done – it takes a string`}
		}
		why := err.Error()
		if wrong != nil {
			why = "it is of type " + wrong.Value
		}
		return "", nil, &Error{BadJSON, "the line is not a JSON object – nothing was done – " + safe.Short(why, 80)}
	}
	if len(r.Ref) > chat.MaxRef {
		return "", nil, &Error{BadRequest, "ref is longer than 64 bytes – nothing was done – choose a shorter one"}
	}
	in, bad := r.instruction()
	if bad != nil {
		return r.Ref, nil, bad
	}
	return r.Ref, in, nil
}

func fit(ref string) string {
	if len(ref) > chat.MaxRef {
		return ""
	}
	return ref
}
