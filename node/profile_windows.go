package node

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// openHere opens what stands at a path itself, not what it links to.
func openHere(path string, how int) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return nil, errors.New("it is a symbolic link")
	}
	return os.OpenFile(path, how, 0o600)
}

// exposed knows nothing: access lists guard a user's files here, not modes.
func exposed(fs.FileInfo, fs.FileMode) string { return "" }

// tryLock locks a file until it is closed or the process ends, and reports
// whether it was free. The byte that is locked is far behind the process id,
// which others want to read.
func tryLock(f *os.File) (free bool, err error) {
	far := &windows.Overlapped{OffsetHigh: 1}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, far)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// syncDir does nothing: names are journalled here.
func syncDir(string) error { return nil }
