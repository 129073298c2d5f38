package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/console"
	"tincan/cmd/internal/front"
	"tincan/node"
)

// stopTime is how long a signalled node may take to end: it sends what is on
// its way, then closes its links.
const stopTime = chat.DrainTime + 2*time.Second

// serve runs a node, with a console unless it is a daemon, until it ends, and
// returns the exit code.
// An error says that it could not begin, or that it broke.
func serve(s *settings, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	signal.Ignore(syscall.SIGPIPE) // a closed stdout is an error of writing, not the end of the process
	log, done, err := openLog(s.log, stderr)
	if err != nil {
		return 0, err
	}
	defer done.Close()
	ask := func(check func(string) string) (string, error) { return console.AskName(stdin, stderr, check) }
	if s.command == "daemon" {
		ask = nil // nothing is read
	}
	n, who, err := open(s, log, ask)
	if e := (*exitError)(nil); s.command == "web" && errors.As(err, &e) && e.code == exitInUse {
		return 0, fail(exitInUse, "%v – its page is at the link that it has shown, if it was started with --web", err)
	}
	if err != nil {
		return 0, err
	}
	defer who.close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	doors, err := openDoors(ctx, s, n, who.dir, log)
	if err != nil {
		n.Close()
		return 0, err
	}
	me := owner{user{n.Seat(chat.Owner)}, who.rename, append(who.notes, doors.notes...)}
	stopped := stopOnSignal(ctx, cancel, me)
	ran := make(chan error, 1)
	seen := func() {}
	defer func() { seen() }()
	begin := func() {
		go func() { ran <- n.Run(ctx) }() // ends with the chat, or with ctx
		doors.run(ctx)
		if s.browse {
			seen = browse(doors.link, stderr)
		}
	}
	var code int
	if s.command == "daemon" {
		_ = n.Do(ctx, chat.Owner, "", chat.Detach{}) // nobody is where a console would be
		code = daemon(ctx, me, begin, doors.where, s.json, stdout, stderr)
	} else {
		code = console.Run(ctx, me, console.Options{
			In: stdin, Out: stdout, Err: stderr,
			JSON: s.json, Once: s.once, Time: showTime(s.time, stdout),
			Interactive: !s.json && console.Terminal(stdin),
			Begin:       begin,
		})
	}
	cancel()
	err = <-ran
	doors.wait()
	switch sig := stopped.Load(); {
	case sig == int32(syscall.SIGINT):
		return exitInterrupt, nil
	case sig != 0:
		return exitOK, nil
	case err != nil && !errors.Is(err, context.Canceled):
		return 0, fail(exitOther, "the node has stopped – %v – start it again", err)
	}
	return code, nil
}

// open makes the node, and says who it is.
func open(s *settings, log *slog.Logger, ask func(check func(string) (why string)) (string, error)) (*node.Node, *identity, error) {
	who, err := identify(s, ask)
	if err != nil {
		return nil, nil, err
	}
	n, err := node.New(config(s, who, log))
	if err == nil {
		return n, who, nil
	}
	who.close()
	var (
		busy *node.ListenError
		bad  *node.ConfigError

		newer *node.NewerError
		store *node.StoreError
	)
	switch {
	case errors.As(err, &newer), errors.As(err, &store):
		return nil, nil, unkept(err)
	case errors.As(err, &busy):
		return nil, nil, fail(exitListen, "%v", err)
	case errors.As(err, &bad):
		return nil, nil, fail(exitConfig, "%v", err)
	}
	return nil, nil, fail(exitOther, "the node cannot start – %v – node -h shows how", err)
}

// stopOnSignal asks the node to end at the first signal and cancels at the
// second, or when stopTime is up. stopped tells the first signal.
func stopOnSignal(ctx context.Context, cancel context.CancelFunc, client front.Client) (stopped *atomic.Int32) {
	stopped = new(atomic.Int32)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() { // ends with ctx
		defer signal.Stop(signals)
		defer cancel()
		select {
		case sig := <-signals:
			if s, ok := sig.(syscall.Signal); ok {
				stopped.Store(int32(s))
			}
		case <-ctx.Done():
			return
		}
		go client.Do(ctx, "", chat.Quit{Returning: true}) // ends with ctx
		limit := time.NewTimer(stopTime)
		defer limit.Stop()
		select {
		case <-signals:
		case <-limit.C:
		case <-ctx.Done():
		}
	}()
	return stopped
}

func showTime(asked *bool, stdout io.Writer) bool {
	if asked != nil {
		return *asked
	}
	return console.Terminal(stdout)
}
