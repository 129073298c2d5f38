//go:build darwin || freebsd

package control

import (
	"fmt"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// reach is the path itself: there is no way around its bound.
func reach(_ *os.File, path string) (string, error) {
	if len(path) > maxPath {
		return "", fmt.Errorf("the path has %d bytes – a socket's has %d at most", len(path), maxPath)
	}
	return path, nil
}

// uidOf asks the system whose process is at the other end (unix(4), LOCAL_PEERCRED).
func uidOf(conn net.Conn) (uid int, err error) {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return 0, err
	}
	var (
		cred *unix.Xucred
		bad  error
	)
	err = raw.Control(func(fd uintptr) { cred, bad = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED) })
	if err == nil {
		err = bad
	}
	if err != nil {
		return 0, err
	}
	return int(cred.Uid), nil
}
