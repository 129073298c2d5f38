package wire

import (
	"strings"
	"testing"
)

func TestCheckNetwork(t *testing.T) {
	for _, name := range []string{"demo", "main", "a", "my-net_2.0", strings.Repeat("n", MaxNetwork)} {
		if err := CheckNetwork(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", "Demo", "a b", "a/b", "a\nlobby", "a\x00", "netz-für-alle", strings.Repeat("n", MaxNetwork+1)} {
		if CheckNetwork(name) == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}
