package node

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/libp2p/go-libp2p/core/crypto"
)

// maxKeyFile bounds a key file in bytes. Ours have 119; the largest of another
// kind that somebody may put there by mistake shall be told by its kind.
const maxKeyFile = 16 << 10

const pemType = "PRIVATE KEY" // PKCS #8

// newKey makes an identity, and the file of it.
func newKey() (crypto.PrivKey, []byte, error) {
	_, std, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(std)
	if err != nil {
		return nil, nil, fmt.Errorf("encode a key: %w", err)
	}
	key, _, err := crypto.KeyPairFromStdKey(&std)
	if err != nil {
		return nil, nil, fmt.Errorf("use a new key: %w", err)
	}
	return key, pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}), nil
}

// parseKey reads the file of an identity: one Ed25519 key in PKCS #8 and PEM, as
// newKey and `openssl genpkey` write it, and nothing else.
func parseKey(data []byte) (crypto.PrivKey, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("it is empty")
	}
	block, rest := pem.Decode(data)
	if block == nil || !bytes.HasPrefix(data, []byte("-----BEGIN ")) {
		return nil, errors.New("it does not look like a key in PEM")
	}
	if block.Type != pemType || len(block.Headers) > 0 {
		return nil, fmt.Errorf("it is of the kind %.40q and has to be an Ed25519 key in PKCS #8", block.Type)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("there is something after the key in it")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("it is damaged, or no Ed25519 key (%w)", err)
	}
	std, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("it is %s and has to be an Ed25519 key", kindOf(parsed))
	}
	// Whatever else is in it, such as a public half, would have to be held against
	// the key: there is no need for it.
	if plain, err := x509.MarshalPKCS8PrivateKey(std); err != nil || !bytes.Equal(plain, block.Bytes) {
		return nil, errors.New("there is more in it than an Ed25519 key")
	}
	key, _, err := crypto.KeyPairFromStdKey(&std)
	if err != nil {
		return nil, fmt.Errorf("it is no key (%w)", err)
	}
	return key, nil
}

func kindOf(key any) string {
	switch key.(type) {
	case *rsa.PrivateKey:
		return "an RSA key"
	case *ecdsa.PrivateKey:
		return "an ECDSA key"
	}
	return "a key of another kind"
}

// readKeyFile reads a file that nobody else may read. Its errors are why and
// what to do, or fs.ErrNotExist.
func readKeyFile(path string) ([]byte, error) {
	data, info, err := readFile(path, maxKeyFile)
	if info != nil { // before all else: a key that others have read is none, whole or not
		if why := exposed(info, 0o077); why != "" {
			return nil, fmt.Errorf("it %s – if nobody else has used this machine, chmod 600 %s; else move it away to begin with a new identity", why, printable(path))
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w – put your key there, readable for you alone, or choose another data directory", reason(err))
	}
	return data, nil
}

// readFile reads a small file of ours. It never waits: what is there may be a
// pipe. info is nil if it could not be opened.
func readFile(path string, most int64) (data []byte, info fs.FileInfo, err error) {
	f, err := openOurs(path, os.O_RDONLY)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, nil, err
	}
	data, err = io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		return nil, info, fmt.Errorf("it has more than %d bytes", most)
	}
	return data, info, err
}

// errNoFile says that there is something else than a file.
var errNoFile = errors.New("it is no regular file")

// openOurs opens a regular file that is no symbolic link.
func openOurs(path string, how int) (*os.File, error) {
	f, err := openHere(path, how)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, errors.Join(err, errNoFile)
	}
	return f, nil
}

// writeFile puts data in the place of a file, all or nothing, and returns when
// it would survive a loss of power. Only the holder of the lock may call it.
func writeFile(path string, data []byte) error {
	next := path + ".new"
	_ = os.Remove(next) // of a write that was cut off
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		_ = os.Remove(next)
		return err
	}
	return syncDir(filepath.Dir(path))
}
