// Package token is the secret by which the owner of a node is known at its doors.
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File is the name of the file that a token is kept in, within a data directory.
const File = "token"

// size is the length of a token in bytes: 256 bits cannot be guessed.
const size = 32

// Token is a random secret. The zero token is nobody's: it admits nobody.
type Token struct{ secret [size]byte }

// New makes a token.
func New() Token {
	var t Token
	_, _ = rand.Read(t.secret[:]) // never fails
	return t
}

// Load returns the token that a data directory keeps, and makes it the first time.
// A file that others may read, or that holds something else, is refused. One
// process at a time uses the directory.
func Load(dir string) (Token, error) {
	path := filepath.Join(dir, File)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return create(path)
	}
	if err != nil {
		return Token{}, fmt.Errorf("read the token: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return Token{}, fmt.Errorf("read the token: %w", err)
	case !info.Mode().IsRegular():
		return Token{}, fmt.Errorf("%s is no regular file", path)
	case info.Mode().Perm()&0o077 != 0:
		return Token{}, fmt.Errorf("%s may be read by others (mode %04o)", path, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(f, 2*size))
	if err != nil {
		return Token{}, fmt.Errorf("read the token: %w", err)
	}
	t, ok := Parse(string(text))
	if !ok {
		return Token{}, fmt.Errorf("%s holds no token", path)
	}
	return t, nil
}

func create(path string) (Token, error) {
	t := New()
	f, err := os.CreateTemp(filepath.Dir(path), File+"-*") // mode 0600
	if err != nil {
		return Token{}, fmt.Errorf("keep the token: %w", err)
	}
	defer os.Remove(f.Name()) // it has another name then
	_, err = f.WriteString(t.String())
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return Token{}, fmt.Errorf("keep the token: %w", err)
	}
	return t, nil
}

// Parse reads a token as String writes it.
func Parse(text string) (t Token, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != size {
		return Token{}, false
	}
	copy(t.secret[:], b)
	return t, t != Token{}
}

// String is the token in 43 letters, digits, '-' and '_'. It is for the owner's
// eyes: neither logs nor queries of URLs may have it.
func (t Token) String() string { return base64.RawURLEncoding.EncodeToString(t.secret[:]) }

// Admits says whether text is the token. How long it takes tells nothing about it.
func (t Token) Admits(text string) bool {
	want, got := sha256.Sum256([]byte(t.String())), sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1 && t != Token{}
}
