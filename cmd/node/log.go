package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"

	golog "github.com/ipfs/go-log/v2"
	"github.com/libp2p/go-libp2p/gologshim"
	"go.uber.org/zap/zapcore"

	"tincan/cmd/internal/line"
)

// levelOff is above every level that is ever logged.
const levelOff = slog.Level(100)

// logSettings say what is logged, how and where.
type logSettings struct {
	own    slog.Level            // of the node
	theirs slog.Level            // of libp2p
	named  map[string]slog.Level // of single parts, by the name that they log under
	json   bool
	file   string // "": stderr
}

func (f *flags) logging() (logSettings, error) {
	s := logSettings{own: slog.LevelWarn, theirs: slog.LevelError, named: make(map[string]slog.Level)}
	spec, err := f.logLevel.one()
	if err != nil {
		return s, err
	}
	for item := range strings.SplitSeq(spec, ",") {
		if spec == "" {
			break
		}
		name, level, ok := strings.Cut(item, "=")
		if !ok {
			name, level = "", item
		}
		l, known := levels[strings.ToLower(strings.TrimSpace(level))]
		if !known {
			return s, usage("%s has the level %s – %sit can be debug, info, warn, error or off – choose one, for example %s dht=debug,info",
				f.logLevel.source, quoted(level), didYouMean(line.Nearest(level, slices.Sorted(maps.Keys(levels)))), f.logLevel.source)
		}
		switch name = strings.TrimSpace(name); name {
		case "":
			s.own = l
		case "libp2p":
			s.theirs = l
		default:
			s.named[name] = l
		}
	}
	format, err := f.logFormat.one()
	if err != nil {
		return s, err
	}
	switch format {
	case "", "text":
	case "json":
		s.json = true
	default:
		return s, usage("%s is %s – it can be text or json – choose one", f.logFormat.source, quoted(format))
	}
	s.file, err = f.logFile.one()
	return s, err
}

var levels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError, "off": levelOff,
}

// openLog makes the one log of the process, libp2p's own included, and returns the
// node's way into it. The caller closes done when nothing logs any more.
func openLog(s logSettings, stderr io.Writer) (log *slog.Logger, done io.Closer, err error) {
	done = io.NopCloser(nil)
	w := stderr
	if s.file != "" {
		f, err := os.OpenFile(s.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, fail(exitListen, "cannot write the log – %v – choose another --log-file", err)
		}
		w, done = f, f
	}
	all := &slog.HandlerOptions{Level: slog.LevelDebug} // levelled sorts out
	var out slog.Handler = slog.NewTextHandler(w, all)
	if s.json {
		out = slog.NewJSONHandler(w, all)
	}
	theirs := levelled{out, &s, s.theirs}
	gologshim.SetDefaultHandler(theirs)
	golog.SetPrimaryCore(zapCore{handler: theirs})
	if err := setZapLevels(s); err != nil {
		return nil, nil, err
	}
	return slog.New(levelled{out, &s, s.own}), done, nil
}

// setZapLevels lets the loggers of the DHT sort out before they build an entry.
func setZapLevels(s logSettings) error {
	err := golog.SetLogLevel("*", zapLevel(s.theirs))
	for name, l := range s.named {
		err = errors.Join(err, golog.SetLogLevel(name, zapLevel(l)))
	}
	return err
}

func zapLevel(l slog.Level) string {
	if l == levelOff {
		return "fatal"
	}
	return strings.ToLower(l.String())
}

// pubsubLogger is what gossipsub logs under, which has no logger of libp2p's but is
// given the node's. What it warns of is what peers do, or that the machine is busy.
const pubsubLogger = "pubsub"

// levelled passes on what its level allows. The attribute "logger", which
// libp2p's parts log under, may name a level of its own.
type levelled struct {
	slog.Handler
	settings *logSettings
	level    slog.Level
}

func (h levelled) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

func (h levelled) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		if a.Key != "logger" {
			continue
		}
		if l, ok := h.settings.named[a.Value.String()]; ok {
			h.level = l
		} else if a.Value.String() == pubsubLogger {
			h.level = h.settings.theirs
		}
	}
	h.Handler = h.Handler.WithAttrs(attrs)
	return h
}

func (h levelled) WithGroup(name string) slog.Handler {
	h.Handler = h.Handler.WithGroup(name)
	return h
}

// zapCore is a zap core that logs to a slog handler: the DHT still logs by zap.
type zapCore struct{ handler slog.Handler }

func (c zapCore) Enabled(zapcore.Level) bool { return true }

func (c zapCore) With(fields []zapcore.Field) zapcore.Core {
	return zapCore{c.handler.WithAttrs(attrs(fields))}
}

func (c zapCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.named(e).Enabled(context.Background(), slogLevel(e.Level)) {
		return ce.AddCore(e, c)
	}
	return ce
}

func (c zapCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	r := slog.NewRecord(e.Time, slogLevel(e.Level), e.Message, 0)
	r.AddAttrs(attrs(fields)...)
	return c.named(e).Handle(context.Background(), r)
}

func (c zapCore) Sync() error { return nil }

func (c zapCore) named(e zapcore.Entry) slog.Handler {
	return c.handler.WithAttrs([]slog.Attr{slog.String("logger", e.LoggerName)})
}

func slogLevel(l zapcore.Level) slog.Level {
	switch {
	case l <= zapcore.DebugLevel:
		return slog.LevelDebug
	case l == zapcore.InfoLevel:
		return slog.LevelInfo
	case l == zapcore.WarnLevel:
		return slog.LevelWarn
	}
	return slog.LevelError
}

func attrs(fields []zapcore.Field) []slog.Attr {
	m := zapcore.NewMapObjectEncoder()
	for _, f := range fields {
		f.AddTo(m)
	}
	as := make([]slog.Attr, 0, len(m.Fields))
	for _, k := range slices.Sorted(maps.Keys(m.Fields)) {
		as = append(as, slog.Any(k, m.Fields[k]))
	}
	return as
}
