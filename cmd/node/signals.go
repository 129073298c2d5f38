package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// untilSignal is a context that ends with the first signal, of which sig tells the
// number: for commands that have nothing to save. A closed stdout is an error of
// writing from then on, not the end of the process.
func untilSignal() (ctx context.Context, cancel context.CancelFunc, sig *atomic.Int32) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel = context.WithCancel(context.Background())
	sig = new(atomic.Int32)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() { // ends with ctx
		defer signal.Stop(signals)
		select {
		case s := <-signals:
			if s, ok := s.(syscall.Signal); ok {
				sig.Store(int32(s))
			}
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel, sig
}
