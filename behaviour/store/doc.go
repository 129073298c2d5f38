// Package store keeps what a node must not forget: the envelopes that it has
// taken in, what it has still to send, how far it is, and a few notes of its own.
package store

import _ "modernc.org/sqlite" // the driver "sqlite"
