package node

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// peersFile ends the name of the file in which the peers of a network are
// remembered. The name of the network stands before it: a profile may be in one
// network today and in another tomorrow.
const peersFile = ".peers"

// The file has a line that says what it is, and a line for each peer: its id,
// when it was last seen in seconds since 1970, and its addresses, with a space
// between any two.
const (
	peersHead = "tincan peers 1 " // and the name of the network

	// maxPeersFile bounds the file in bytes: maxRemembered lines with maxPlaces
	// addresses of 62 bytes each, which is the longest of QUIC over IPv6, have
	// less than 90,000.
	maxPeersFile = 96 << 10
)

func (p *plan) peersFile() string {
	if p.Dir == "" {
		return ""
	}
	return filepath.Join(p.Dir, p.Network+peersFile)
}

// readMemory reads what was remembered; nothing if there is no file. An error is
// why nothing of the file can be used; the memory is empty then.
func readMemory(path, network string, now time.Time) (*memory, error) {
	data, info, err := readFile(path, maxPeersFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return newMemory(), nil
	case info != nil && exposed(info, 0o022) != "":
		return newMemory(), errors.New("it " + exposed(info, 0o022))
	case err != nil:
		return newMemory(), reason(err)
	}
	m, err := parseMemory(data, network, now)
	if err != nil {
		return newMemory(), err
	}
	return m, nil
}

// parseMemory reads a file as format writes it. What is not right is damage: a
// file is written at once or not at all. Times to come are taken for now.
func parseMemory(data []byte, network string, now time.Time) (*memory, error) {
	text, whole := strings.CutSuffix(string(data), "\n")
	lines := strings.Split(text, "\n")
	if lines[0] != peersHead+network || !whole {
		return nil, errors.New("it is not a list of the peers of this network")
	}
	if len(lines)-1 > maxRemembered {
		return nil, fmt.Errorf("it has more than %d peers", maxRemembered)
	}
	m := newMemory()
	for i, l := range lines[1:] {
		a, err := parseAcquaintance(l)
		if err == nil && m.peers[a.id] != nil {
			err = errors.New("the peer is there already")
		}
		if err != nil {
			return nil, fmt.Errorf("it is damaged in line %d: %w", i+2, err)
		}
		if a.seen.After(now) {
			a.seen = now.Truncate(time.Second)
		}
		m.peers[a.id] = a
	}
	return m, nil
}

func parseAcquaintance(line string) (*acquaintance, error) {
	fields := strings.Split(line, " ")
	if len(fields) < 3 || len(fields) > 2+maxPlaces {
		return nil, errors.New("it does not have the form ID TIME ADDRESS")
	}
	id, err := peer.Decode(fields[0])
	if err != nil || id.String() != fields[0] {
		return nil, errors.New("there is no peer id")
	}
	seconds, err := strconv.ParseUint(fields[1], 10, 32)
	if err != nil {
		return nil, errors.New("there is no time")
	}
	a := &acquaintance{id: id, seen: time.Unix(int64(seconds), 0)}
	for _, f := range fields[2:] {
		at, err := ma.NewMultiaddr(f)
		if err != nil || scopeOf(at) == nowhere {
			return nil, errors.New("there is no address to dial")
		}
		a.addrs = append(a.addrs, at)
	}
	return a, nil
}

// format is the file.
func (m *memory) format(network string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%s\n", peersHead, network)
	for _, a := range m.newest() {
		fmt.Fprintf(&b, "%s %d", a.id, max(0, a.seen.Unix()))
		for _, at := range a.addrs {
			fmt.Fprintf(&b, " %s", at)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}
