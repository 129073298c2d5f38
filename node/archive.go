package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour"
	"tincan/behaviour/chat"
)

// Archive is the history of a profile, for those who want to see it without
// running the node.
type Archive struct {
	history *behaviour.History
	numbers *numbers // nil: there are no numbers
	me      chat.PeerID
}

// ArchiveConfig says which history is meant. Dir, and PeerNo or Key are required.
type ArchiveConfig struct {
	Dir     string
	PeerNo  int            // as in Config
	Key     crypto.PrivKey // as in Config
	Network string         // none: the usual one of the identity
	Write   bool           // the profile is open, and things are to be removed
}

// NoHistoryError says that there is nothing to read.
type NoHistoryError struct{ Path string }

func (e *NoHistoryError) Error() string {
	return fmt.Sprintf("there is no history %s – no node has kept one there – check --data-dir and --network", printable(e.Path))
}

// OpenArchive opens a history. Unless something is to be removed it changes nothing,
// and a node may run meanwhile. It fails with a *NoHistoryError, *NewerError or
// *StoreError. The caller must call Close.
func OpenArchive(c ArchiveConfig) (*Archive, error) {
	p := plan{Config: Config{PeerNo: c.PeerNo, Key: c.Key, Network: c.Network, Dir: c.Dir}, numbers: newNumbers()}
	a := &Archive{}
	if c.Key == nil {
		p.Key, a.numbers = DemoKey(c.PeerNo), p.numbers
	}
	if p.Network == "" {
		p.Network = p.usualNetwork()
	}
	if err := behaviour.CheckNetwork(p.Network); err != nil {
		return nil, wrong("Network", "the network name %q cannot be used – %v", c.Network, err)
	}
	id, err := peer.IDFromPrivateKey(p.Key)
	if err != nil {
		return nil, wrong("Key", "the key has no peer id – %v", err)
	}
	a.me = chat.PeerID(id.String())
	path, config := p.historyPath(), behaviour.HistoryConfig{Network: p.Network, Key: p.Key}
	a.history, err = behaviour.ReadHistory(path, config)
	if err == nil && c.Write {
		_ = a.history.Close()
		config.Keep = behaviour.Unbounded // nobody has said what is to go besides
		a.history, err = behaviour.OpenHistory(path, config)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &NoHistoryError{path}
	case errors.Is(err, behaviour.ErrDamaged):
		return nil, &StoreError{path, errors.New("it is damaged; the next start of the node sets it aside")}
	case err != nil:
		return nil, historyError(path, err)
	}
	return a, nil
}

// Close ends the use of the archive.
func (a *Archive) Close() error { return a.history.Close() }

// Each calls do with each message of a conversation ("" is all of them), the oldest
// first, until do returns an error, which it returns.
func (a *Archive) Each(ctx context.Context, c chat.Conversation, do func(chat.Remembered) error) error {
	return a.history.Each(ctx, c, func(m chat.Memory) error {
		if item, ok := a.shown(&m); ok {
			return do(item)
		}
		return nil
	})
}

// Search returns the n newest messages of a conversation ("" is all of them) that
// have all of some words, the oldest first, and whether there are older ones.
func (a *Archive) Search(ctx context.Context, c chat.Conversation, words string, n int) (found []chat.Remembered, more bool, err error) {
	got, err := a.history.Recall(ctx, chat.Recall{Conversation: c, Words: words, Limit: n})
	for i := range got.Items {
		if item, ok := a.shown(&got.Items[i]); ok {
			found = append(found, item)
		}
	}
	return found, got.More, err
}

// Purge removes messages that are older than before from a conversation ("" is all
// of them), and returns their number. The last envelope of each author stays, and
// what is still to be sent.
func (a *Archive) Purge(ctx context.Context, c chat.Conversation, before time.Time) (int, error) {
	return a.history.Purge(ctx, c, before)
}

// CleanChannel turns what a user calls a channel into the conversation, or says why
// there can be no channel of that name.
func CleanChannel(typed string) (c chat.Conversation, why string) {
	return behaviour.CleanChannel(typed)
}

// Me is whose history it is.
func (a *Archive) Me() chat.PeerID { return a.me }

// shown is a message as it is shown, if it is one that is. Names are those that
// their authors claimed then; as nobody knows here who else has them, they have
// the tag of the key.
func (a *Archive) shown(m *chat.Memory) (chat.Remembered, bool) {
	if m.Kind != chat.Text && m.Kind != chat.Action && m.Kind != chat.Hello {
		return chat.Remembered{}, false
	}
	from := a.face(m.ID.Author)
	from.Name = behaviour.CleanName(m.Name)
	from.Tagged = from.Name != ""
	from.Guest = behaviour.CleanName(m.Guest)
	s := chat.Shown{ID: m.ID, From: from, Kind: m.Kind, Text: m.Body, At: m.Stamp.Time(), Mine: m.ID.Author == a.me && m.Guest == ""}
	if x, y, ok := m.ID.Conversation.Parties(); ok {
		if m.ID.Author == x {
			x = y
		}
		to := a.face(x)
		to.Guest = behaviour.CleanName(m.To)
		s.To = &to
	}
	return chat.Remembered{Shown: s, State: m.State}, true
}

func (a *Archive) face(id chat.PeerID) chat.Peer {
	p := chat.Peer{ID: id}
	if a.numbers != nil {
		p.No = a.numbers.of(id)
	}
	return p
}
