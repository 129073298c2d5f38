package web

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front"
	"tincan/cmd/internal/jsonl"
)

// visitor is one WebSocket.
type visitor struct {
	server *Server
	conn   *conn
	socket *websocket.Conn
	ctx    context.Context // ends with the visit
	cancel context.CancelFunc
	pace   *rate.Limiter // of his frames; nil: as fast as they come

	client  front.Client // nil until he has entered
	owner   bool
	limit   int64 // of a frame, in bytes
	entered bool  // he has been told so; only of the goroutine that tells

	mu  sync.Mutex // guards what follows
	end *end       // nil while the visit lasts
}

// end is why a visit ends: an error of reading or writing is one.
type end struct {
	code websocket.StatusCode
	why  string // at most 123 bytes (RFC 6455, 5.5)
}

func (e *end) Error() string { return e.why }

var (
	quitted = &end{websocket.StatusNormalClosure, "you have left"}
	noNode  = &end{websocket.StatusGoingAway, "the node has ended"}
	fault   = &end{websocket.StatusInternalError, "a fault of the node's – its log says more"}
)

// visit turns a request into a visit, and returns when it is over.
func (s *Server) visit(w http.ResponseWriter, r *http.Request) {
	conn := connOf(r.Context())
	if !s.enter(conn.local) {
		refuse(w, http.StatusServiceUnavailable, "as many are here as there is room for – try again later")
		return
	}
	defer s.leave()
	v := &visitor{server: s, conn: conn, limit: maxFirst, pace: rate.NewLimiter(framesPerSecond, frameBurst)}
	v.ctx, v.cancel = context.WithCancel(r.Context())
	defer v.cancel()
	socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		OnPingReceived: func(context.Context, []byte) bool { return v.wait() == nil },
	})
	if err != nil {
		return // it has answered
	}
	v.socket = socket
	socket.SetReadLimit(-1) // read has its own, with a reason
	v.serve()
}

// serve talks with a visitor until one of them has enough.
func (v *visitor) serve() {
	woken := make(chan struct{})
	context.AfterFunc(v.ctx, func() {
		defer close(woken)
		v.conn.SetReadDeadline(time.Unix(1, 0)) // ends a read that is under way
		time.AfterFunc(goodbyeTime, func() { v.conn.Close() })
	})
	var work, pings sync.WaitGroup
	defer pings.Wait() // they end with the WebSocket
	v.safely(func() error {
		sub, err := v.enter()
		if err != nil {
			return err
		}
		work.Go(func() { v.safely(func() error { return v.tell(sub) }) }) // ends with v.ctx
		pings.Go(v.ping)
		return v.listen()
	})
	work.Wait()
	v.part()
	<-woken // v.ctx has ended
	v.close()
}

// safely does one part of a visit, which ends with it. The first reason counts.
func (v *visitor) safely(part func() error) {
	err := error(fault)
	defer func() {
		if p := recover(); p != nil {
			v.server.Log.Error("a visit to the web door has failed", "panic", p, "stack", string(debug.Stack()))
		}
		v.over(err)
	}()
	err = part()
}

// over ends the visit.
func (v *visitor) over(err error) {
	why := noNode // or the connection is broken, and nobody reads it
	errors.As(err, &why)
	v.mu.Lock()
	if v.end == nil {
		v.end = why
	}
	v.mu.Unlock()
	v.cancel()
}

// listen carries out what the visitor asks for. The error says why there can be no more.
func (v *visitor) listen() error {
	for {
		text, err := v.read(time.Time{})
		if err != nil {
			return err
		}
		ref, in, wrong := understand(text)
		if wrong != nil {
			if err := v.write([]chat.Notify{{Ref: ref, Notification: wrong.Notification()}}); err != nil {
				return err
			}
			continue
		}
		if _, quit := in.(chat.Quit); quit {
			return quitted
		}
		if err := v.client.Do(v.ctx, ref, in); err != nil {
			return noNode
		}
	}
}

// understand reads an instruction. Who comes and who goes is the door's to say.
func understand(text []byte) (ref string, in chat.Instruction, wrong *jsonl.Error) {
	ref, in, err := jsonl.Parse(text)
	if errors.As(err, &wrong) {
		return ref, nil, wrong
	}
	if in == (chat.Attach{Apart: true}) {
		return ref, in, nil // he is in, and has nothing before him now
	}
	switch in.(type) {
	case chat.Enter, chat.Exit, chat.Attach, chat.Detach:
		return ref, nil, &jsonl.Error{Code: jsonl.Unknown, Text: "you are in already – nothing was done – quit leaves"}
	}
	return ref, in, nil
}

// ping asks now and then whether the visitor is there.
func (v *visitor) ping() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-v.ctx.Done():
			return
		}
		began := time.Now()
		ctx, stop := context.WithTimeout(context.WithoutCancel(v.ctx), pongTime) // whose end would break the WebSocket
		err := v.socket.Ping(ctx)
		stop()
		// He may still be reading what was told before, and we what he has sent before.
		if err != nil && time.Since(began) >= pongTime && v.conn.silence() >= pongTime {
			v.over(&end{websocket.StatusPolicyViolation, "you have not answered for 20 s"})
			return
		}
	}
}

// part lets a visitor go who has entered. The node may be busy: he is not
// forgotten for that.
func (v *visitor) part() {
	if v.client == nil {
		return
	}
	var last chat.Instruction = chat.Exit{}
	if v.owner {
		last = chat.Detach{}
	}
	_ = v.client.Do(context.WithoutCancel(v.ctx), "", last) // or the node has ended
}

// close says why the visit has ended, and gives the visitor the time to read it.
func (v *visitor) close() {
	defer v.conn.Close()
	v.conn.SetReadDeadline(time.Time{})
	defer time.AfterFunc(lingerTime, func() { v.conn.Close() }).Stop()
	_ = v.socket.Close(v.end.code, v.end.why) // to one who may be gone
}
