package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

// taken are the numbers of tests that run now.
var taken struct {
	mu  sync.Mutex // guards nos
	nos map[int]bool
}

// peerNos returns n numbers in a row whose ports are free, from 1000 up: nobody
// plays there by hand. They are the test's own until it ends.
func peerNos(t *testing.T, n int) []int {
	t.Helper()
	taken.mu.Lock()
	defer taken.mu.Unlock()
	if taken.nos == nil {
		taken.nos = make(map[int]bool)
	}
search:
	for range 1000 {
		first := 1000 + rand.IntN(maxPeerNo-1000-n)
		nos := make([]int, n)
		for i := range nos {
			nos[i] = first + i
			if taken.nos[nos[i]] || !free(63000+nos[i]) {
				continue search
			}
		}
		for _, no := range nos {
			taken.nos[no] = true
		}
		t.Cleanup(func() {
			taken.mu.Lock()
			defer taken.mu.Unlock()
			for _, no := range nos {
				delete(taken.nos, no)
			}
		})
		return nos
	}
	t.Fatal("no free ports")
	return nil
}

// free tells whether a port is free for TCP and for UDP.
func free(port int) bool {
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	defer l.Close()
	p, err := net.ListenPacket("udp", addr)
	if err != nil {
		return false
	}
	defer p.Close()
	return true
}
