package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	golog "github.com/ipfs/go-log/v2"
	"github.com/libp2p/go-libp2p/gologshim"
)

// Everything that logs does so in one place and at its level.
func TestLog(t *testing.T) {
	var out bytes.Buffer
	log, done, err := openLog(logSettings{own: slog.LevelInfo, theirs: slog.LevelError,
		named: map[string]slog.Level{"test-swarm": slog.LevelDebug, "test-dht": slog.LevelWarn}}, &out)
	if err != nil {
		t.Fatal(err)
	}
	defer done.Close()
	log.Debug("own debug")
	log.Info("own info", "text", "a\x1b[2J\u202e")
	log.With("logger", "test-swarm").Debug("own part debug")
	log.With("logger", pubsubLogger).Warn("gossip warning")
	gologshim.Logger("test-relay").Warn("their warning")
	gologshim.Logger("test-relay").Error("their error")
	gologshim.Logger("test-swarm").Debug("their part debug")
	golog.Logger("test-kbucket").Warn("zap warning")
	golog.Logger("test-kbucket").Errorw("zap error", "peer", "Q")
	golog.Logger("test-dht").Info("zap part info")
	golog.Logger("test-dht").With("a", 1).Warn("zap part warning")
	got := out.String()
	for _, want := range []string{
		`level=INFO msg="own info" text="a\x1b[2J\u202e"`,
		`level=DEBUG msg="own part debug" logger=test-swarm`,
		`level=ERROR msg="their error" logger=test-relay`,
		`level=DEBUG msg="their part debug" logger=test-swarm`,
		`level=ERROR msg="zap error" logger=test-kbucket peer=Q`,
		`level=WARN msg="zap part warning" a=1 logger=test-dht`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "\n"); n != 6 {
		t.Errorf("%d lines, want 6:\n%s", n, got)
	}
}

func TestLogFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for range 2 {
		log, done, err := openLog(logSettings{json: true, file: path}, nil)
		if err != nil {
			t.Fatal(err)
		}
		log.Error("x")
		done.Close()
	}
	text, err := os.ReadFile(path)
	if err != nil || bytes.Count(text, []byte("\n")) != 2 || text[0] != '{' {
		t.Errorf("%q, %v", text, err)
	}
	_, _, err = openLog(logSettings{file: filepath.Join(path, "below")}, nil)
	if err == nil || !strings.Contains(err.Error(), "choose another --log-file") {
		t.Errorf("a log in a file: %v", err)
	}
}
