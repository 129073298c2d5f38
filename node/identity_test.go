package node

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p/core/crypto"
)

// open opens a profile that the test closes.
func open(t *testing.T, dir string) *Profile {
	t.Helper()
	p, err := OpenProfile(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func TestTheSecondStartFindsTheFirst(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "missing", "parents", "tincan")
	first := open(t, dir)
	if !first.First || first.Name() != "" || first.Key.Type() != crypto.Ed25519 {
		t.Errorf("first start: first %v, name %q, key %v", first.First, first.Name(), first.Key.Type())
	}
	if err := first.SetName(" Ame\u0301lie "); err != nil {
		t.Fatal(err)
	}
	first.Close()
	second := open(t, dir)
	if second.First || second.Name() != "Am\u00e9lie" || !second.Key.Equals(first.Key) {
		t.Errorf("second start: first %v, name %q, same key %v", second.First, second.Name(), second.Key.Equals(first.Key))
	}
	for name, want := range map[string]os.FileMode{".": 0o700, keyFile: 0o600, nameFile: 0o600, lockFile: 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v; want %04o", name, info.Mode(), err, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.new")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestEachProfileIsAnother(t *testing.T) {
	if a, b := open(t, t.TempDir()), open(t, t.TempDir()); a.Key.Equals(b.Key) {
		t.Error("two profiles have one key")
	}
}

// A start that was cut off in the middle of making the key.
func TestAHalfWrittenKeyIsNone(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, keyFile+".new"), "-----BEGIN PRIV", 0o600)
	if p := open(t, dir); !p.First {
		t.Error("half a key was taken for one")
	}
}

func TestNamesOfAProfile(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	for _, bad := range []string{"", "a b", "42", "\u202e"} {
		var wrong *ConfigError
		if err := p.SetName(bad); !errors.As(err, &wrong) || p.Name() != "" {
			t.Errorf("SetName(%q): %v, name %q", bad, err, p.Name())
		}
	}
	for _, c := range []struct{ story, file, want string }{
		{"clean", "anna\n", "anna"},
		{"written by an editor elsewhere", "anna\r\n", "anna"},
		{"hostile", "\x1b[2Jan\u202ena", "[2Janna"},
		{"too long", strings.Repeat("x", 1<<20), ""},
		{"a number", "7", ""},
		{"empty", "", ""},
	} {
		p.Close()
		write(t, filepath.Join(dir, nameFile), c.file, 0o600)
		if p = open(t, dir); p.Name() != c.want {
			t.Errorf("%s: name %q, want %q", c.story, p.Name(), c.want)
		}
	}
	if err := p.SetName("bob"); err != nil || p.Name() != "bob" {
		t.Errorf("%v, name %q", err, p.Name())
	}
}

// Whatever stands in the place of the key is refused as an identity, with the
// path, why, and what to do, and is left as it is.
func TestKeysThatAreRefused(t *testing.T) {
	_, std, _ := ed25519.GenerateKey(rand.Reader)
	good, _ := x509.MarshalPKCS8PrivateKey(std)
	sized := func(n int) string { // PKCS #8 of a key of n bytes
		b := bytes.Clone(good[:16])
		b[1], b[13], b[15] = byte(14+n), byte(2+n), byte(n)
		return inPEM(pemType, append(b, make([]byte, n)...))
	}
	otherKey, _ := rsa.GenerateKey(rand.Reader, 2048)
	rsaKey, _ := x509.MarshalPKCS8PrivateKey(otherKey)
	curve, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ecKey, _ := x509.MarshalPKCS8PrivateKey(curve)
	secp, _, _ := crypto.GenerateSecp256k1Key(rand.Reader)
	secpKey, _ := crypto.MarshalPrivateKey(secp)
	libp2pKey, _ := crypto.MarshalPrivateKey(DemoKey(1))
	whole := inPEM(pemType, good)
	// version 1, and a public half that is not its own
	public := append(bytes.Clone(good), append([]byte{0x81, 33, 0}, make([]byte, 32)...)...)
	public[1], public[4] = byte(len(public)-2), 1

	for _, c := range []struct{ story, file, why string }{
		{"empty", "", "it is empty"},
		{"spaces", "\n\n", "it is empty"},
		{"binary junk", "\x00\xff\x1b[2J\x7f", "does not look like a key"},
		{"31 raw bytes", strings.Repeat("k", 31), "does not look like a key"},
		{"33 raw bytes", strings.Repeat("k", 33), "does not look like a key"},
		{"truncated", whole[:60], "does not look like a key"},
		{"truncated inside", inPEM(pemType, good[:40]), "it is damaged"},
		{"31 bytes", sized(31), "it is damaged"},
		{"33 bytes", sized(33), "it is damaged"},
		{"BOM", "\ufeff" + whole, "does not look like a key"},
		{"something before", "my key\n" + whole, "does not look like a key"},
		{"two keys", whole + whole, "something after the key"},
		{"RSA", inPEM(pemType, rsaKey), "an RSA key and has to be an Ed25519 key"},
		{"RSA as openssl wrote it once", inPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(otherKey)), `of the kind "RSA PRIVATE KEY"`},
		{"ECDSA", inPEM(pemType, ecKey), "an ECDSA key"},
		{"secp256k1", string(secpKey), "does not look like a key"},
		{"libp2p's own form", string(libp2pKey), "does not look like a key"},
		{"a key with a passphrase", inPEM("ENCRYPTED PRIVATE KEY", good), `of the kind "ENCRYPTED PRIVATE KEY"`},
		{"a public half that is not its own", inPEM(pemType, public), "more in it than an Ed25519 key"},
		{"too much", strings.Repeat("x", maxKeyFile+1), "more than 16384 bytes"},
	} {
		t.Run(c.story, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, keyFile)
			write(t, path, c.file, 0o600)
			refused(t, dir, path, c.why)
			if b, err := os.ReadFile(path); err != nil || string(b) != c.file {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
	t.Run("the same with what is right", func(t *testing.T) {
		for _, file := range []string{whole, strings.ReplaceAll(whole, "\n", "\r\n"), whole + "\n\n"} {
			dir := t.TempDir()
			write(t, filepath.Join(dir, keyFile), file, 0o400)
			if p := open(t, dir); p.First {
				t.Error("the key was passed over")
			}
		}
	})
	t.Run("100 MB", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, keyFile)
		write(t, path, "", 0o600)
		if err := os.Truncate(path, 100<<20); err != nil {
			t.Fatal(err)
		}
		refused(t, dir, path, "more than 16384 bytes")
	})
}

func TestOpensslWritesKeysForUs(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl")
	}
	out, err := exec.Command("openssl", "genpkey", "-algorithm", "ed25519").Output()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseKey(out); err != nil {
		t.Error(err)
	}
}

// refused opens a profile in vain.
func refused(t *testing.T, dir, path, why string) {
	t.Helper()
	p, err := OpenProfile(dir)
	if err == nil {
		p.Close()
		t.Fatal("opened")
	}
	var identity *IdentityError
	if !errors.As(err, &identity) || identity.Path != path {
		t.Fatalf("%T: %v", err, err)
	}
	if text := err.Error(); !strings.Contains(text, why) || strings.Count(text, " – ") < 2 || strings.ContainsAny(text, "\n\x00\x1b") {
		t.Errorf("%q; want %q", text, why)
	}
}

func TestDirectoriesThatCannotBe(t *testing.T) {
	top := t.TempDir()
	write(t, filepath.Join(top, "file"), "", 0o600)
	link(t, filepath.Join(top, "loop"), filepath.Join(top, "loop"))
	for _, c := range []struct{ story, dir, why string }{
		{"a file", filepath.Join(top, "file"), "not a directory"},
		{"below a file", filepath.Join(top, "file", "x"), "not a directory"},
		{"a link to itself", filepath.Join(top, "loop"), "too many levels of symbolic links"},
		{"no name", "", "no such file"},
		{"a name with a zero byte", "a\x00b", "invalid argument"},
		{"a name too long", filepath.Join(top, strings.Repeat("x", 300)), "name too long"},
	} {
		p, err := OpenProfile(c.dir)
		var store *StoreError
		if !errors.As(err, &store) || store.Path != c.dir {
			t.Errorf("%s: %v, %T %v", c.story, p, err, err)
			continue
		}
		if !strings.Contains(err.Error(), c.why) || strings.ContainsAny(err.Error(), "\n\x00") {
			t.Errorf("%s: %q; want %q", c.story, err, c.why)
		}
	}
}

func TestDirectoriesOfStrangeNames(t *testing.T) {
	for _, name := range []string{"new\nline", "sp ace", "-p", "\x1b[2J", "Ünicode"} {
		dir := filepath.Join(t.TempDir(), name)
		p := open(t, dir)
		if !p.First {
			t.Errorf("%q: no new key", name)
		}
		if _, err := OpenProfile(dir); err == nil || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%q: %q", name, err)
		}
	}
}

func inPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

func FuzzParseKey(f *testing.F) {
	_, data, err := newKey()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := parseKey(data)
		if err != nil {
			if key != nil || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%v, %q", key, err)
			}
			return
		}
		raw, err := key.Raw()
		if err != nil || len(raw) != ed25519.PrivateKeySize {
			t.Fatalf("a key of %d bytes: %v", len(raw), err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(ed25519.PrivateKey(raw))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := parseKey([]byte(inPEM(pemType, der))); err != nil || !again.Equals(key) {
			t.Errorf("written again it is another key: %v", err)
		}
	})
}

// busy is set in the environment of a test binary that is to hold a profile.
const busy = "TINCAN_TEST_PROFILE"

// TestProfileHolder is the other process of the tests below.
func TestProfileHolder(t *testing.T) {
	dir := os.Getenv(busy)
	if dir == "" {
		t.Skip("only run by other tests")
	}
	p, err := OpenProfile(dir)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("open")
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the other test lets go
	p.Close()
}
