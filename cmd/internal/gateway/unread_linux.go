package gateway

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// unread is how many bytes have come on a connection that nobody has read yet.
func unread(conn net.Conn) int {
	raw, ok := conn.(syscall.Conn)
	if !ok {
		return 0
	}
	n := 0
	if c, err := raw.SyscallConn(); err == nil {
		c.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.SIOCINQ) })
	}
	return n
}
