package node

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"tincan/behaviour"
	"tincan/behaviour/chat"
)

// Retention is how much of the past a node keeps on disk, of each conversation. The
// oldest goes first; zero is the default.
type Retention struct {
	Days int // after which messages go; default: never
	MB   int // of messages as they were signed, in MiB; default: 1024
}

// NewerError says that a later version of the program has written the history. The
// file was not touched.
type NewerError struct{ Path string }

func (e *NewerError) Error() string {
	return fmt.Sprintf("cannot use the history %s – a newer version of node has written it – run that version, or choose another data directory", printable(e.Path))
}

// usualNetwork is the one of nodes that are told no other.
func (p *plan) usualNetwork() string {
	if p.PeerNo != 0 {
		return DemoNetwork
	}
	return MainNetwork
}

// historyPath is the file of the history. A profile is of one network as a rule, and
// that has the plain name.
func (p *plan) historyPath() string {
	if p.Network == p.usualNetwork() {
		return filepath.Join(p.Dir, HistoryFile)
	}
	return filepath.Join(p.Dir, p.Network+"."+HistoryFile)
}

// openHistory opens what the node keeps: on disk where there is a directory for
// it, else in memory.
func (p *plan) openHistory() (*behaviour.History, *chat.Past, error) {
	c := behaviour.HistoryConfig{
		Network: p.Network,
		Key:     p.Key,
		Log:     p.Log,
		Keep:    behaviour.Retention{Age: time.Duration(p.Keep.Days) * 24 * time.Hour, Bytes: int64(p.Keep.MB) << 20},
	}
	if p.Dir == "" {
		h, err := behaviour.NewHistory(c)
		return h, nil, err
	}
	path := p.historyPath()
	h, err := behaviour.OpenHistory(path, c)
	if err != nil {
		return nil, nil, historyError(path, err)
	}
	past, err := h.Past(context.Background())
	if err != nil {
		_ = h.Close()
		return nil, nil, historyError(path, err)
	}
	return h, past, nil
}

// historyError is why a history cannot be used, as those who choose an exit code
// know it.
func historyError(path string, err error) error {
	if errors.Is(err, behaviour.ErrNewer) {
		return &NewerError{path}
	}
	if errors.Is(err, behaviour.ErrNotRegular) {
		err = errNoFile
	}
	return &StoreError{path, reason(err)}
}
