//go:build linux || darwin || freebsd

package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxPath is the longest path that the system takes for a socket, in bytes:
// sun_path without its NUL (unix(7)).
const maxPath = len(unix.RawSockaddrUnix{}.Path) - 1

// aliveTime is how long a node may take to take a connection that is to show
// whether it lives: the system does it.
const aliveTime = time.Second

// masking is held while the umask is not what others expect: it is of the process.
var masking sync.Mutex

// Listen makes the socket, and its directory if that is missing. What a node that
// has died left there is replaced. An *[InUseError] says that one that lives has
// it. Closing the listener removes the socket.
func Listen(path string) (net.Listener, error) {
	dir, err := openDir(path, true)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	if err := unix.Flock(int(dir.Fd()), unix.LOCK_EX); err != nil { // two that start at once take turns
		return nil, fmt.Errorf("lock %s: %w", filepath.Dir(path), err)
	}
	at, err := reach(dir, path)
	if err != nil {
		return nil, err
	}
	if err := replace(path, at); err != nil {
		return nil, err
	}
	masking.Lock()
	mask := unix.Umask(0o177) // read and write, for the user alone
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: at, Net: "unix"})
	unix.Umask(mask)
	masking.Unlock()
	if err != nil {
		return nil, fmt.Errorf("make a socket: %w", innermost(err))
	}
	l.SetUnlinkOnClose(false) // it may be another's by then
	made, err := os.Lstat(path)
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("make a socket: %w", err)
	}
	return &listener{UnixListener: l, path: path, made: made}, nil
}

// listener removes its socket when it is closed, if it is still its own.
type listener struct {
	*net.UnixListener
	path string
	made fs.FileInfo
	once sync.Once
}

func (l *listener) Close() error {
	l.once.Do(func() {
		if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.made) {
			_ = os.Remove(l.path)
		}
	})
	return l.UnixListener.Close()
}

// openDir opens the directory of a path after looking at whose it is.
func openDir(path string, create bool) (*os.File, error) {
	name := filepath.Dir(path)
	if create {
		if err := os.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("make a directory: %w", err)
		}
	}
	link, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	dir, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := dir.Stat()
	switch {
	case err != nil:
	case !owned(link), !owned(info):
		err = fmt.Errorf("the directory %s is not yours", name)
	case !info.IsDir():
		err = fmt.Errorf("%s is no directory", name)
	case info.Mode().Perm()&0o022 != 0:
		err = fmt.Errorf("others may write to the directory %s (mode %04o)", name, info.Mode().Perm())
	}
	if err != nil {
		dir.Close()
		return nil, err
	}
	return dir, nil
}

// replace removes what a node that has died left at a path.
func replace(path, at string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	if err := ours(path, info); err != nil {
		return err
	}
	conn, err := net.DialTimeout("unix", at, aliveTime)
	switch {
	case err == nil:
		conn.Close()
		return &InUseError{path}
	case errors.Is(err, unix.ECONNREFUSED):
		return os.Remove(path)
	}
	return &InUseError{path} // it does not answer, but it is there
}

// ours says why what stands at a path is not a socket of the user's.
func ours(path string, info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link", path)
	case mode&fs.ModeSocket == 0:
		return fmt.Errorf("%s is there already, and is no socket", path)
	case !owned(info):
		return fmt.Errorf("%s is not yours", path)
	}
	return nil
}

func owned(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// innermost is the reason of an error without what was attempted: the path is
// not always the one that the user knows.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// stranger says why who connects is not this process's user; nil if it is he.
func stranger(conn net.Conn) error {
	uid, err := uidOf(conn)
	switch {
	case err != nil:
		return fmt.Errorf("who it is cannot be told: %w", err)
	case uid != os.Geteuid():
		return fmt.Errorf("it is user %d, and this is %d", uid, os.Geteuid())
	}
	return nil
}

// gone tells whether the other end is closed, both halves of it.
func gone(conn net.Conn) bool {
	over := true
	if c, ok := conn.(syscall.Conn); ok {
		if raw, err := c.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) {
				poll := []unix.PollFd{{Fd: int32(fd)}}
				n, err := unix.Poll(poll, 0)
				over = err == nil && n > 0 && poll[0].Revents&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0
			})
		}
	}
	return over
}

// connect reaches the node that listens at a path.
func connect(path string) (net.Conn, error) {
	dir, err := openDir(path, false)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if err := ours(path, info); err != nil {
		return nil, err
	}
	at, err := reach(dir, path)
	if err != nil {
		return nil, err
	}
	conn, err := net.DialTimeout("unix", at, aliveTime)
	if err != nil {
		return nil, innermost(err)
	}
	if err := stranger(conn); err != nil {
		conn.Close()
		return nil, fmt.Errorf("somebody else's node listens at %s: %w", path, err)
	}
	return conn, nil
}
