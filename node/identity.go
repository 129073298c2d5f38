package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/libp2p/go-libp2p/core/crypto"

	"tincan/behaviour"
)

// The files of a profile. Whoever has it open may write all of them.
const (
	keyFile   = "key"   // PKCS #8 in PEM, for nobody else's eyes
	nameFile  = "name"  // of the owner, one line
	lockFile  = "lock"  // held by the node that runs; the process id is in it
	ownerFile = "owner" // of a profile without a key: whose it is, one line

	// HistoryFile is the database of messages of the identity's usual network; that
	// of another has the name of the network and a dot before it. Others may stand
	// beside it whose names begin with that.
	HistoryFile = "history.db"
)

// maxNameFile is how much of a name file is read, in bytes: more than any name has.
const maxNameFile = 1 << 10

// Profile is an identity in a directory of its own: a key, the name that goes
// with it, and whatever else its node keeps there. One process at a time has it
// open.
type Profile struct {
	Dir   string
	Key   crypto.PrivKey // Ed25519; nil of a derived identity
	First bool           // the key was made just now

	lock *os.File

	mu   sync.Mutex // guards name and its file
	name string
}

// IdentityError says that there is an identity and it cannot be used.
type IdentityError struct {
	Path string
	Why  string // and what to do
}

func (e *IdentityError) Error() string {
	return fmt.Sprintf("cannot use the key %s – %s", printable(e.Path), e.Why)
}

// StoreError says that a profile cannot be kept there.
type StoreError struct {
	Path string
	Err  error
}

func (e *StoreError) Error() string {
	return fmt.Sprintf("cannot write %s – %v – choose another data directory, or make this one yours to write", printable(e.Path), e.Err)
}
func (e *StoreError) Unwrap() error { return e.Err }

// DirError says that a directory is not for this identity.
type DirError struct {
	Dir string
	Why string // and what to do
}

func (e *DirError) Error() string {
	return fmt.Sprintf("cannot use the data directory %s – %s", printable(e.Dir), e.Why)
}

// InUseError says that another node has the profile open.
type InUseError struct {
	Dir string
	PID int // 0: it has not said yet
}

func (e *InUseError) Error() string {
	who := "another node"
	if e.PID != 0 {
		who = fmt.Sprintf("the node with process id %d", e.PID)
	}
	return fmt.Sprintf("cannot use the profile %s – %s has it open – stop that one, or choose another data directory", printable(e.Dir), who)
}

// OpenProfile opens the profile in a directory and makes what is missing: the
// directory, the parents of it and, on the first start, the key. It fails with
// an *IdentityError when the key is there and must not be used, a *DirError when
// the directory is that of a derived identity, a *StoreError when something
// cannot be written, an *InUseError when another process has the profile open.
// The caller must call Close.
func OpenProfile(dir string) (*Profile, error) {
	why, err := makeDir(dir)
	if err != nil {
		return nil, err
	}
	if why != "" { // who may write there can put another key in
		return nil, &IdentityError{filepath.Join(dir, keyFile), "its directory " + why}
	}
	return lockProfile(dir, (*Profile).load)
}

// makeDir makes a directory and its parents, and says who else may write there
// and what to do about it.
func makeDir(dir string) (why string, err error) {
	err = os.MkdirAll(dir, 0o700)
	info, found := os.Stat(dir)
	if err == nil || errors.Is(err, fs.ErrExist) { // a link that leads nowhere exists
		err = found
	}
	if err != nil {
		return "", &StoreError{dir, reason(err)}
	}
	if why = exposed(info, 0o022); why != "" {
		why = fmt.Sprintf("%s – chmod go-w %s", why, printable(dir))
	}
	return why, nil
}

// lockProfile opens a profile that nobody else has open.
func lockProfile(dir string, load func(*Profile) error) (*Profile, error) {
	p := &Profile{Dir: dir}
	var err error
	if p.lock, err = takeLock(dir); err != nil {
		return nil, err
	}
	if err := load(p); err != nil {
		p.Close()
		return nil, err
	}
	p.loadName()
	return p, nil
}

// load reads the key, or makes it.
func (p *Profile) load() error {
	if owner, err := p.owner(); owner != "" || err != nil {
		return p.taken(owner, err, realOwner)
	}
	path := filepath.Join(p.Dir, keyFile)
	data, err := readKeyFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.First = true
		if p.Key, data, err = newKey(); err != nil {
			return err
		}
		if err := writeFile(path, data); err != nil {
			return &StoreError{path, reason(err)}
		}
	case err != nil:
		return &IdentityError{path, err.Error()}
	default:
		if p.Key, err = parseKey(data); err != nil {
			return &IdentityError{path, err.Error() + " – restore it from a copy, or move it away to begin with a new identity"}
		}
	}
	return nil
}

// loadName reads the name. Without one it works too: whatever is wrong with the
// file, it does not keep anybody from chatting.
func (p *Profile) loadName() {
	name, _, _ := readFile(filepath.Join(p.Dir, nameFile), maxNameFile)
	p.name = behaviour.CleanName(strings.TrimSpace(string(name)))
}

// Name is what the owner calls himself, or "". Safe from any goroutine.
func (p *Profile) Name() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.name
}

// SetName changes the name for this and later starts. It fails with a
// *ConfigError when the name cannot be one, and with a *StoreError. Safe from any
// goroutine.
func (p *Profile) SetName(name string) error {
	clean, err := checkName(name)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	path := filepath.Join(p.Dir, nameFile)
	if err := writeFile(path, []byte(clean+"\n")); err != nil {
		return &StoreError{path, reason(err)}
	}
	p.name = clean
	return nil
}

// Close lets other processes open the profile. It may be called more than once,
// by one goroutine.
func (p *Profile) Close() {
	if p.lock != nil {
		_ = p.lock.Truncate(0)
		_ = p.lock.Close() // which ends the lock
		p.lock = nil
	}
}

// takeLock locks a profile for this process, and for as long as it lives: the
// file may stay behind.
func takeLock(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockFile)
	f, err := openOurs(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, &StoreError{path, reason(err)}
	}
	free, err := tryLock(f)
	if err == nil && !free {
		err = &InUseError{dir, readPID(f)}
	} else if err == nil {
		err = writePID(f)
	}
	if err == nil {
		return f, nil
	}
	_ = f.Close()
	if _, ok := err.(*InUseError); !ok {
		err = &StoreError{path, reason(err)}
	}
	return nil, err
}

const maxPID = 20 // digits

func readPID(f *os.File) int {
	b := make([]byte, maxPID)
	n, _ := f.ReadAt(b, 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// reason is an error without the path, which its reader names already.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// printable is a path on one line, in quotes when it has anything strange in it.
func printable(path string) string {
	if quoted := strconv.Quote(path); quoted != `"`+path+`"` || strings.TrimSpace(path) != path || path == "" {
		return quoted
	}
	return path
}
