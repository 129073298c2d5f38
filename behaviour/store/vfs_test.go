package store

import (
	"path/filepath"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A tape is a file layer for SQLite that does what the ordinary one does,
// remembers it, and fails when told to. It is registered once, for the files of one
// directory at a time.
type tape struct {
	mu     sync.Mutex
	ops    []op
	keep   bool                    // remember ops
	syncs  int                     // counted always
	refuse func(o op) (code int32) // what goes wrong; nil is nothing
	files  map[uintptr]string      // open files, by handle
	tables map[uintptr]uintptr     // our methods, by the ordinary ones
	theirs map[uintptr]uintptr     // the other way round
}

// An op is what was done to a file; saved is none, it says what was reported.
type op struct {
	kind byte // 'w'rite, 't'runcate, 's'ync, 'd'elete, 'r'eported
	file string
	at   int64
	data []byte
	n    uint64
}

// theTape is behind the functions that SQLite calls, which are no closures.
var theTape = &tape{files: make(map[uintptr]string), tables: make(map[uintptr]uintptr), theirs: make(map[uintptr]uintptr)}

const tapeName = "tape"

var registerTape = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	ordinary := sqlite3.Xsqlite3_vfs_find(tls, 0)
	p := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	v := at[sqlite3.Tsqlite3_vfs](p)
	*v = *at[sqlite3.Tsqlite3_vfs](ordinary)
	theTape.tables[0] = v.FxOpen
	theTape.tables[1] = v.FxDelete
	v.FzName, _ = libc.CString(tapeName)
	v.FxOpen = pointer(tapeOpen)
	v.FxDelete = pointer(tapeDelete)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, p, 0); rc != sqlite3.SQLITE_OK {
		panic("the tape cannot be registered")
	}
})

// useTape begins a tape; the test must be the only one that runs.
func useTape(t testing.TB) *tape {
	registerTape()
	theTape.mu.Lock()
	defer theTape.mu.Unlock()
	theTape.ops, theTape.keep, theTape.refuse, theTape.syncs = nil, false, nil, 0
	t.Cleanup(func() { theTape.fail(nil) })
	return theTape
}

// fail has from now on every op fail for which refuse returns a code of SQLite.
func (t *tape) fail(refuse func(op) int32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refuse = refuse
}

// record begins or ends remembering, and returns what was remembered.
func (t *tape) record(on bool) []op {
	t.mu.Lock()
	defer t.mu.Unlock()
	ops := t.ops
	t.keep, t.ops = on, nil
	return ops
}

// fsyncs is how many there were.
func (t *tape) fsyncs() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.syncs
}

// add remembers o, or refuses it.
func (t *tape) add(o op) int32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refuse != nil && o.kind != 'r' {
		if code := t.refuse(o); code != 0 {
			return code
		}
	}
	if o.kind == 's' {
		t.syncs++
	}
	if t.keep {
		o.data = append([]byte(nil), o.data...)
		t.ops = append(t.ops, o)
	}
	return sqlite3.SQLITE_OK
}

func (t *tape) method(file uintptr) (name string, m *sqlite3.Tsqlite3_io_methods) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.files[file], at[sqlite3.Tsqlite3_io_methods](t.theirs[at[sqlite3.Tsqlite3_file](file).FpMethods])
}

func tapeOpen(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	open := *function[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](theTape.tables[0])
	if rc := open(tls, vfs, name, file, flags, out); rc != sqlite3.SQLITE_OK {
		return rc
	}
	if name == 0 {
		return sqlite3.SQLITE_OK // a temporary file
	}
	t := theTape
	t.mu.Lock()
	defer t.mu.Unlock()
	f := at[sqlite3.Tsqlite3_file](file)
	ours, ok := t.tables[f.FpMethods]
	if !ok {
		ours = libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
		m := at[sqlite3.Tsqlite3_io_methods](ours)
		*m = *at[sqlite3.Tsqlite3_io_methods](f.FpMethods)
		m.FxClose, m.FxWrite, m.FxTruncate, m.FxSync = pointer(tapeClose), pointer(tapeWrite), pointer(tapeTruncate), pointer(tapeSync)
		t.tables[f.FpMethods], t.theirs[ours] = ours, f.FpMethods
	}
	f.FpMethods = ours
	t.files[file] = filepath.Base(libc.GoString(name))
	return sqlite3.SQLITE_OK
}

func tapeDelete(tls *libc.TLS, vfs, name uintptr, dirSync int32) int32 {
	if rc := theTape.add(op{kind: 'd', file: filepath.Base(libc.GoString(name))}); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return (*function[func(*libc.TLS, uintptr, uintptr, int32) int32](theTape.tables[1]))(tls, vfs, name, dirSync)
}

func tapeClose(tls *libc.TLS, file uintptr) int32 {
	_, m := theTape.method(file)
	theTape.mu.Lock()
	delete(theTape.files, file)
	theTape.mu.Unlock()
	return (*function[func(*libc.TLS, uintptr) int32](m.FxClose))(tls, file)
}

func tapeWrite(tls *libc.TLS, file, data uintptr, n int32, off sqlite3.Tsqlite3_int64) int32 {
	name, m := theTape.method(file)
	if rc := theTape.add(op{kind: 'w', file: name, at: off, data: unsafe.Slice(at[byte](data), int(n))}); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return (*function[func(*libc.TLS, uintptr, uintptr, int32, sqlite3.Tsqlite3_int64) int32](m.FxWrite))(tls, file, data, n, off)
}

func tapeTruncate(tls *libc.TLS, file uintptr, size sqlite3.Tsqlite3_int64) int32 {
	name, m := theTape.method(file)
	if rc := theTape.add(op{kind: 't', file: name, at: size}); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return (*function[func(*libc.TLS, uintptr, sqlite3.Tsqlite3_int64) int32](m.FxTruncate))(tls, file, size)
}

func tapeSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	name, m := theTape.method(file)
	if rc := theTape.add(op{kind: 's', file: name}); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return (*function[func(*libc.TLS, uintptr, int32) int32](m.FxSync))(tls, file, flags)
}

// at is what stands at an address that SQLite gave us: memory that Go does not
// move.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// function is the function that a pointer of SQLite stands for, and pointer the
// other way round.
func function[F any](p uintptr) *F {
	s := &struct{ p uintptr }{p}
	return (*F)(unsafe.Pointer(s))
}

func pointer[F any](f F) uintptr {
	s := struct{ f F }{f}
	return *(*uintptr)(unsafe.Pointer(&s))
}

func TestOneWriteIsOneSync(t *testing.T) {
	tape := useTape(t)
	const writes = 1000
	saver := newSaver()
	d := mustOpen(t, filepath.Join(t.TempDir(), "history.db"), Config{Key: key, Saved: saver.saved, vfs: tapeName})
	s := &subject{Store: d, t: t, saver: saver}
	before := tape.fsyncs()
	for i := range uint64(writes) {
		s.write(Put{row(anna, i+1, 1, i+1, "some words to be found")})
	}
	if n := tape.fsyncs() - before; n < writes || n > writes*11/10 {
		t.Errorf("%d fsyncs for %d single writes, want 1.1 of each at most", n, writes)
	}
}
