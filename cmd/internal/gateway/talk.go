package gateway

import (
	"context"
	"net"
	"sync"

	"tincan/cmd/internal/front"
)

// Talk serves one guest whose connection came some other way, until he or ctx has
// enough, and closes conn. newUser is called once at most, when he asks for the first
// thing.
func Talk(ctx context.Context, conn net.Conn, newUser func() front.Client) {
	g := &Gateway{newUser: newUser, rooms: sync.Pool{New: func() any { return new([]byte) }}}
	g.serve(ctx, conn)
}
