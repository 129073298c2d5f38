package token

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestToken(t *testing.T) {
	a, b := New(), New()
	for _, tt := range []struct {
		story string
		token Token
		text  string
		want  bool
	}{
		{"itself", a, a.String(), true},
		{"another", a, b.String(), false},
		{"nothing", a, "", false},
		{"the beginning", a, a.String()[:42], false},
		{"more", a, a.String() + "A", false},
		{"the zero token", Token{}, Token{}.String(), false},
		{"a megabyte", a, strings.Repeat("A", 1<<20), false},
	} {
		if got := tt.token.Admits(tt.text); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.story, got, tt.want)
		}
	}
	if c, ok := Parse(a.String()); !ok || c != a {
		t.Error("a token is not read as it was written")
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, File)
	first, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Load(dir); err != nil || again != first {
		t.Errorf("the second time: %v, another token: %v", err, again != first)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for _, tt := range []struct {
		story, holds, want string
		mode               os.FileMode
	}{
		{"others may read", first.String(), "may be read by others (mode 0644)", 0o644},
		{"junk", strings.Repeat("x", 1<<20), "holds no token", 0o600},
		{"nothing", "", "holds no token", 0o600},
	} {
		t.Run(tt.story, func(t *testing.T) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(tt.holds), tt.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a directory: %v", err)
	}
}
