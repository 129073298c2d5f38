package behaviour

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"

	"tincan/behaviour/chat"
	"tincan/behaviour/store"
	"tincan/behaviour/wire"
)

// Errors of OpenHistory and ReadHistory that callers decide on.
var (
	ErrNewer      = store.ErrNewer      // a later version of the program wrote the file; it was not touched
	ErrNotRegular = store.ErrNotRegular // what stands there is no regular file; likewise
	ErrDamaged    = store.ErrDamaged    // of ReadHistory: it is damaged, and was not touched
)

// History is what a node does not forget: the changes of its chat as rows of a
// store, and the way back. All methods are safe from any goroutine unless they say
// otherwise.
type History struct {
	me      chat.PeerID
	store   store.Store // nil when it is only read
	reads   reads       // the same store
	close   func() error
	opener  *wire.Opener
	durable bool
	events  chan chat.Event // capacity 1, see saved
	notices []string
}

// reads is what is asked of a store, whether or not others write to it.
type reads interface {
	Tail(ctx context.Context, conversation string, w store.Window, limit int) ([]store.Row, error)
	Front(ctx context.Context, conversation string, w store.Window, limit int) ([]store.Row, error)
	Range(ctx context.Context, spans []store.Span, budget int) (rows []store.Row, more bool, err error)
	Find(ctx context.Context, conversation, words string, before store.Cursor, limit int) ([]store.Hit, error)
	Each(ctx context.Context, conversation string, do func(store.Row) error) error
}

// keeps makes a store the one of the history.
func (h *History) keeps(s store.Store) { h.store, h.reads, h.close = s, s, s.Close }

// HistoryConfig is what a History is made of. Key and Network are required.
type HistoryConfig struct {
	Network string
	Key     crypto.PrivKey // of the node, Ed25519; seals what is kept
	Keep    Retention
	Log     *slog.Logger // nil: nothing is logged
}

// Retention bounds what is kept of each conversation; zero is the default of the
// store, which has no bound in time; less than zero is no bound. The oldest go.
type Retention struct {
	Age   time.Duration
	Bytes int64 // of envelopes
}

// limits are those of the store. Who says what is to be kept does not mean a number
// of messages.
func (r Retention) limits() store.Limits {
	l := store.Limits{Age: r.Age, Bytes: r.Bytes}
	if r != (Retention{}) {
		l.Messages = -1
	}
	return l
}

// Unbounded keeps everything.
var Unbounded = Retention{Age: -1, Bytes: -1}

// historyLabel keeps the key that seals the history from any other use of the
// identity.
const historyLabel = "tincan/1/history\n"

// storeConfig is what both kinds of store need.
func (c HistoryConfig) storeConfig() (h *History, s store.Config, err error) {
	sealer, err := wire.NewSealer(c.Key, c.Network)
	if err != nil {
		return nil, s, fmt.Errorf("use the node's key: %w", err)
	}
	raw, err := c.Key.Raw()
	if err != nil {
		return nil, s, fmt.Errorf("use the node's key: %w", err)
	}
	seal, err := hkdf.Key(sha256.New, raw[:32], nil, historyLabel, sha256.Size)
	if err != nil {
		return nil, s, fmt.Errorf("derive the key of the history: %w", err)
	}
	h = &History{me: sealer.ID(), opener: wire.NewOpener(c.Network)}
	return h, store.Config{
		Key:    seal,
		Verify: h.verify,
		Keep:   c.Keep.limits(),
		Log:    c.Log,
	}, nil
}

// NewHistory keeps the history in memory, for as long as the node runs. Nobody
// waits for it: it is not durable.
func NewHistory(c HistoryConfig) (*History, error) {
	c.Keep = Retention{} // those of a disk are larger than memory has room for
	h, s, err := c.storeConfig()
	if err != nil {
		return nil, err
	}
	h.keeps(store.NewMemory(s))
	return h, nil
}

// OpenHistory opens the history in the file at path, or begins one. What is
// damaged is set aside, and Notices says so. Other errors than those above say that
// the file cannot be read or written. The caller sees to it that nobody else has it
// open, and calls Close.
func OpenHistory(path string, c HistoryConfig) (*History, error) {
	h, s, err := c.storeConfig()
	if err != nil {
		return nil, err
	}
	h.durable = true
	h.events = make(chan chat.Event, 1)
	s.Saved = h.saved
	db, err := store.Open(path, s)
	if err != nil {
		return nil, err
	}
	h.keeps(db)
	if r := db.Replaced(); r.Path != "" {
		h.notices = append(h.notices, fmt.Sprintf("the history in %s was damaged – %s – a new one is begun, and what others have comes back from them; the old file is kept as %s", path, r.Why, r.Path))
	}
	return h, nil
}

// Durable says that what is saved outlives the node.
func (h *History) Durable() bool { return h.durable }

// Notices is what the owner should know about the file: each what happened, why,
// and what to do.
func (h *History) Notices() []string { return h.notices }

// Saved reports how far saving is: chat.Saved, the last of them if there were
// several. It is nil, and says nothing, unless the history is durable.
func (h *History) Saved() <-chan chat.Event { return h.events }

// saved tells the loop, in place of what it has not read yet: later news hold for
// the earlier ones too. The store calls it, once at a time; it does not block, since
// nobody else fills the channel.
func (h *History) saved(through uint64, err error) {
	select {
	case <-h.events:
	default:
	}
	h.events <- chat.Saved{Through: through, Err: words(err)}
}

// Unindexed is how many envelopes, about, a search has to read one by one: those that
// are not yet in the index. The history must have been opened by OpenHistory.
func (h *History) Unindexed() int64 { return h.store.Stats().Unindexed }

// Past is what earlier runs have left. Call it once, before anything is saved.
func (h *History) Past(ctx context.Context) (*chat.Past, error) {
	image, err := h.store.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	past := h.past(image)
	if n := h.store.Stats().Damaged; n > 0 {
		what := "1 entry"
		if n > 1 {
			what = fmt.Sprintf("%d entries", n)
		}
		h.notices = append(h.notices, what+" of the history cannot be trusted – damaged, or not made by this node – left out; what others have of it comes back from them")
	}
	return past, nil
}

// Close saves everything that was asked for, or says why that cannot be. Nothing
// may be asked for afterwards.
func (h *History) Close() error { return h.close() }

// mine says whether what is kept of a conversation is this node's business.
func (h *History) mine(c chat.Conversation) bool {
	a, b, direct := c.Parties()
	return !direct || a == h.me || b == h.me
}

// isSession says whether the messages of a conversation are signed by nobody.
func isSession(c chat.Conversation) bool { return strings.HasPrefix(string(c), "session/") }

var errNotRow = errors.New("the row does not say what is in it")
