package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/libp2p/go-libp2p/core/crypto"
)

// maxOwnerFile bounds an owner file in bytes: an owner is named in a few words.
const maxOwnerFile = 64

// realOwner is who has a directory with a key in it.
const realOwner = "a real identity"

// OpenDerivedProfile opens a directory for an identity whose key is derived from
// something that anybody knows, such as a demo peer's number: no key is kept
// there. owner names the identity in a few words, the same at each start:
// "demo peer 3". The directory is made if it is missing, and is this owner's from
// then on.
//
// It fails with a *DirError when the directory is that of another identity or is
// open to others, a *StoreError when something cannot be written, an *InUseError
// when another process has it open. The caller must call Close.
func OpenDerivedProfile(dir, owner string) (*Profile, error) {
	why, err := makeDir(dir)
	if err != nil {
		return nil, err
	}
	if why != "" {
		return nil, &DirError{dir, "it " + why}
	}
	return lockProfile(dir, func(p *Profile) error { return p.claim(owner) })
}

// ReadProfile tells whose a directory is, without opening it: it makes nothing, and
// a node may have it open. key is nil of a derived identity, which owner names as
// in OpenDerivedProfile. It fails with a *DirError where there is no profile, or
// nobody's, and with an *IdentityError.
func ReadProfile(dir string) (key crypto.PrivKey, owner string, err error) {
	p := &Profile{Dir: dir}
	if owner, err = p.owner(); owner != "" || err != nil {
		if err != nil {
			err = &DirError{dir, fmt.Sprintf("nobody knows whose it is: cannot read %s in it, %v – choose another one", ownerFile, reason(err))}
		}
		return nil, owner, err
	}
	path := filepath.Join(dir, keyFile)
	data, err := readKeyFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", &DirError{dir, "there is no profile in it – check the name"}
	}
	if err == nil {
		key, err = parseKey(data)
	}
	if err != nil {
		return nil, "", &IdentityError{path, err.Error()}
	}
	return key, "", nil
}

// claim makes the directory that of an owner, if it is nobody's.
func (p *Profile) claim(owner string) error {
	was, err := p.owner()
	if err == nil && was == "" && p.real() {
		was = realOwner
	}
	switch {
	case err != nil || was != "" && was != owner:
		return p.taken(was, err, owner)
	case was == owner:
		return nil
	}
	path := filepath.Join(p.Dir, ownerFile)
	if err := writeFile(path, []byte(owner+"\n")); err != nil {
		return &StoreError{path, reason(err)}
	}
	return nil
}

// owner is whose the directory is according to its owner file; "" if there is
// none.
func (p *Profile) owner() (string, error) {
	data, _, err := readFile(filepath.Join(p.Dir, ownerFile), maxOwnerFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	owner := strings.TrimSpace(string(data))
	if err == nil && owner == "" {
		err = errors.New("it is empty")
	}
	return owner, err
}

// real says whether the directory is that of an identity with a key, or was
// before the key was moved away: what others wrote to it is not for everybody.
func (p *Profile) real() bool {
	for _, name := range []string{keyFile, HistoryFile} {
		if _, err := os.Lstat(filepath.Join(p.Dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}

// taken says that a directory is not for me: it belongs to an owner, or err says
// why nobody knows to whom.
func (p *Profile) taken(owner string, err error, me string) error {
	if err != nil {
		return &DirError{p.Dir, fmt.Sprintf("nobody knows whose it is: cannot read %s in it, %v – choose another one", ownerFile, reason(err))}
	}
	return &DirError{p.Dir, fmt.Sprintf("it belongs to %s, and this is %s – choose another one", printable(owner), me)}
}
