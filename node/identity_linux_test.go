package node

import (
	"errors"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// Root may write everywhere: this thread is somebody else for a moment.
func TestNoPermission(t *testing.T) {
	dir := t.TempDir()
	open(t, dir).Close()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := syscall.Setfsuid(65534); err != nil || syscall.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	_, err := OpenProfile(dir)
	_, missing := OpenProfile(filepath.Join(dir, "new"))
	_ = syscall.Setfsuid(0)
	for _, err := range []error{err, missing} {
		var store *StoreError
		if !errors.As(err, &store) || !errors.Is(err, syscall.EACCES) {
			t.Errorf("%T %v; want that the directory cannot be written", err, err)
		}
	}
}
