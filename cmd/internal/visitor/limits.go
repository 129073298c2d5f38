package visitor

import "time"

// Every bound, with its reason and what happens there.
const (
	// maxFrame bounds a frame of the door's in bytes. It sends some 64 KiB at once unless
	// one thing is longer; 10,000 ordinary messages of history are 5 MiB. Beyond it the
	// connection ends.
	maxFrame = 16 << 20

	// maxSent bounds a frame to the door, as the door does. What is longer is refused
	// here, since the door would end the connection.
	maxSent = 32 << 10

	// maxHeader bounds the head of the door's answer to the handshake in bytes.
	maxHeader = 16 << 10

	// writeTime is how long the door may take to read one frame. A flood waits there:
	// of 20 frames a second, the longest has its turn by then.
	writeTime = 30 * time.Second

	// silence is how long the door may say nothing at all. It asks every 20 s whether
	// somebody is there.
	silence = 60 * time.Second
)
