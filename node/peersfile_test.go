package node

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	ma "github.com/multiformats/go-multiaddr"
)

// fullMemory is as large as it gets.
func fullMemory() *memory {
	m := newMemory()
	for i := range maxRemembered {
		id, _ := newNumbers().id(i + 1)
		var addrs []ma.Multiaddr
		for j := range maxPlaces {
			addrs = append(addrs, ma.StringCast(fmt.Sprintf("/ip6/2606:ffff:ffff:ffff:ffff:ffff:%04x:%04x/udp/65535/quic-v1", 0xf000+i, 0xf000+j)))
		}
		m.met(id, addrs, longAgo.Add(time.Duration(i)*time.Hour), nil)
	}
	return m
}

func TestPeersFileIsReadAsItWasWritten(t *testing.T) {
	for _, m := range []*memory{newMemory(), fullMemory()} {
		data := m.format(MainNetwork)
		if len(data) > maxPeersFile {
			t.Errorf("a file of %d bytes is not read again", len(data))
		}
		got, err := parseMemory(data, MainNetwork, longAgo.AddDate(1, 0, 0))
		if err != nil || !reflect.DeepEqual(got.newest(), m.newest()) {
			t.Errorf("%d peers: %v, got %d", len(m.peers), err, len(got.peers))
		}
	}
}

func TestTimesToComeAreNow(t *testing.T) {
	m, err := parseMemory(fullMemory().format(MainNetwork), MainNetwork, longAgo)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range m.peers {
		if !a.seen.Equal(longAgo) {
			t.Errorf("seen at %v", a.seen)
		}
	}
}

// Whatever stands in the place of the file, the node begins anew, at once.
func TestPeersFilesThatAreNotRead(t *testing.T) {
	const head = peersHead + MainNetwork + "\n"
	id := demoAt(1, "")[len("/p2p/"):]
	good := id + " 1700000000 /ip4/1.2.3.4/tcp/4004\n"
	dir := t.TempDir()
	path := filepath.Join(dir, MainNetwork+peersFile)
	for _, c := range []struct{ story, file, why string }{
		{"empty", "", "not a list of the peers of this network"},
		{"binary junk", "\x00\xff\x1b[2J\x7f\n", "not a list"},
		{"of another program", "SQLite format 3\x00", "not a list"},
		{"of another network", peersHead + "elsewhere\n" + good, "not a list"},
		{"of a network with the same beginning", peersHead + MainNetwork + "2\n" + good, "not a list"},
		{"of a later version", "tincan peers 2 main\n", "not a list"},
		{"cut off", head + good[:len(good)-5], "not a list"},
		{"an empty line", head + "\n" + good, "damaged in line 2: it does not have the form"},
		{"no address", head + good + id + " 1700000000\n", "damaged in line 3: it does not have the form"},
		{"too many addresses", head + strings.TrimSpace(good) + strings.Repeat(" /ip4/1.2.3.4/tcp/1", maxPlaces) + "\n", "the form"},
		{"two spaces", head + strings.Replace(good, " ", "  ", 1), "there is no time"},
		{"no id", head + "x" + good, "no peer id"},
		{"an id of the wrong length", head + good[1:], "no peer id"},
		{"a time before time", head + strings.Replace(good, "1700000000", "-1", 1), "no time"},
		{"a time after time", head + strings.Replace(good, "1700000000", "99999999999999", 1), "no time"},
		{"an address without a port", head + strings.Replace(good, "/tcp/4004", "", 1), "no address to dial"},
		{"a name to look up", head + strings.Replace(good, "/ip4/1.2.3.4", "/dns4/"+strings.Repeat("x", 5000), 1), "no address to dial"},
		{"circuits in circuits", head + strings.Replace(good, "/tcp/4004", "/tcp/4004"+strings.Repeat("/p2p/"+id+"/p2p-circuit", 20), 1), "no address to dial"},
		{"everybody", head + strings.Replace(good, "1.2.3.4", "255.255.255.255", 1), "no address to dial"},
		{"a peer twice", head + good + good, "damaged in line 3: the peer is there already"},
		{"too many peers", head + strings.Repeat(good, maxRemembered+1), "more than 256 peers"},
		{"too much", head + strings.Repeat("x", maxPeersFile), "more than 98304 bytes"},
	} {
		write(t, path, c.file, 0o600)
		m, err := readMemory(path, MainNetwork, longAgo)
		if err == nil || len(m.peers) != 0 || !strings.Contains(err.Error(), c.why) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%s: %v; want %q", c.story, err, c.why)
		}
	}
	write(t, path, head+good, 0o600)
	if m, err := readMemory(path, MainNetwork, longAgo); err != nil || len(m.peers) != 1 {
		t.Errorf("what is right: %v", err)
	}
	if err := os.Truncate(path, 100<<30); err == nil {
		if _, err := readMemory(path, MainNetwork, longAgo); err == nil {
			t.Error("100 GB are a list of peers")
		}
	}
	if m, err := readMemory(filepath.Join(dir, "none"), MainNetwork, longAgo); err != nil || len(m.peers) != 0 {
		t.Errorf("no file: %v", err)
	}
}

// What is read as a list of peers is one that can be written and read again, and
// keeps to the bounds.
func FuzzPeersFile(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte(peersHead + MainNetwork + "\n"))
	f.Add(fullMemory().format(MainNetwork)[:600])
	few := newMemory()
	meets(few, 1, "1.2.3.4", 0, nil)
	meets(few, 2, "127.0.0.1", 1, nil)
	f.Add(few.format(MainNetwork))
	f.Add(bytes.TrimSpace(few.format(MainNetwork)))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMemory(data, MainNetwork, longAgo)
		if err != nil {
			if m != nil || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%v, %q", m, err)
			}
			return
		}
		if len(m.peers) > maxRemembered {
			t.Fatalf("%d peers", len(m.peers))
		}
		for id, a := range m.peers {
			if a.id != id || id.Validate() != nil || len(a.addrs) < 1 || len(a.addrs) > maxPlaces || a.seen.After(longAgo) {
				t.Errorf("%+v", a)
			}
		}
		again, err := parseMemory(m.format(MainNetwork), MainNetwork, longAgo)
		if err != nil || !reflect.DeepEqual(again.newest(), m.newest()) {
			t.Errorf("written again: %v", err)
		}
	})
}
