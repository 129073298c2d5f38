package control

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// reach is a path by which the system takes a socket in an open directory, however
// long its own is.
func reach(dir *os.File, path string) (string, error) {
	if len(path) <= maxPath {
		return path, nil
	}
	at, name := fmt.Sprintf("/proc/self/fd/%d/", dir.Fd()), filepath.Base(path)
	if len(at)+len(name) > maxPath {
		return "", fmt.Errorf("the path has %d bytes, and the name in it %d – a path of more than %d takes a name of %d at most", len(path), len(name), maxPath, maxPath-len(at))
	}
	return at + name, nil
}

// uidOf asks the system whose process is at the other end (unix(7), SO_PEERCRED).
func uidOf(conn net.Conn) (uid int, err error) {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return 0, err
	}
	var (
		cred *unix.Ucred
		bad  error
	)
	err = raw.Control(func(fd uintptr) { cred, bad = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err == nil {
		err = bad
	}
	if err != nil {
		return 0, err
	}
	return int(cred.Uid), nil
}
