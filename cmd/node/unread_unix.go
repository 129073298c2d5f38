//go:build unix

package main

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// unread waits until nobody reads any more what is written to an output, and says
// so; false at once if that cannot be known. Who only waits for something to write
// would not learn it otherwise.
func unread(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	poll := []unix.PollFd{{Fd: int32(f.Fd())}}
	for {
		_, err := unix.Poll(poll, -1)
		if err != nil && err != unix.EINTR {
			return false
		}
		if poll[0].Revents != 0 {
			return poll[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
		}
	}
}
