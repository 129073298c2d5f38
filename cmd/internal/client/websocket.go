package client

import (
	"context"
	"errors"
	"net"
	"time"

	"tincan/cmd/internal/front"
	"tincan/cmd/internal/gateway"
	"tincan/cmd/internal/visitor"
)

// The web door speaks JSON and the user types lines, so what a gateway does for its
// guests is done here:
//
//	client ◀─lines─▶ gateway.Talk ◀─Do, Next─▶ visitor.Visitor ◀─JSON─▶ web door

// throughWeb makes a connection to a web door for somebody called name.
func throughWeb(ctx context.Context, addr, name string) (connection, error) {
	v, err := visitor.Dial(ctx, addr, name)
	if err != nil {
		return nil, err
	}
	near, far := newPipe()
	go func() { // ends with near, or with the visitor
		defer v.Close()
		gateway.Talk(context.Background(), far, func() front.Client { return v })
	}()
	return visit{near, v}, nil
}

// visit is a connection, and who is at the other end of it.
type visit struct {
	*end
	visitor *visitor.Visitor
}

func (v visit) Close() error {
	v.visitor.Close()
	return v.end.Close()
}

// An end of a pipe can be closed in one direction, as one of TCP can.
type end struct {
	net.Conn // to read from, and for deadlines of reading
	out      net.Conn
}

func newPipe() (near, far *end) {
	nearIn, farOut := net.Pipe()
	farIn, nearOut := net.Pipe()
	return &end{nearIn, nearOut}, &end{farIn, farOut}
}

func (e *end) Write(p []byte) (int, error)        { return e.out.Write(p) }
func (e *end) SetWriteDeadline(t time.Time) error { return e.out.SetWriteDeadline(t) }
func (e *end) CloseWrite() error                  { return e.out.Close() }
func (e *end) Close() error                       { return errors.Join(e.out.Close(), e.Conn.Close()) }
