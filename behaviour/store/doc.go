// Package store keeps what a node must not forget: the envelopes that it has
// taken in, what it has still to send, how far it is, and a few notes of its own.
//
// It knows neither the chat nor the wire format: it keeps rows, which the
// composition makes and reads.
package store
