package entrance

import "time"

// Every bound of an entrance that is not the door's to choose, with its reason and
// what happens there.
const (
	// maxDismissed bounds the connections that were sent away and are kept until
	// they have read why. Beyond it they are closed at once; who has sent something
	// already may then miss the reason.
	maxDismissed = 256

	// lingerTime is how long a connection is kept for its other end to read what
	// was said last.
	lingerTime = time.Second

	// DismissTime is how long a door may wait for one that is sent away.
	DismissTime = 50 * time.Millisecond

	// acceptPause doubles up to acceptPauseMax while there are no more files to be had.
	acceptPause    = 5 * time.Millisecond
	acceptPauseMax = time.Second
)
