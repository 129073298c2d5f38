package behaviour

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tincan/behaviour/chat"
	"tincan/behaviour/store"
)

// ReadHistory opens the history in the file at path for Each and Recall alone. It
// changes nothing, and a node may write to it meanwhile. Errors are those of
// OpenHistory, fs.ErrNotExist if there is none, and ErrDamaged.
func ReadHistory(path string, c HistoryConfig) (*History, error) {
	h, s, err := c.storeConfig()
	if err != nil {
		return nil, err
	}
	r, err := store.OpenReader(path, s)
	if err != nil {
		return nil, err
	}
	h.reads, h.close = r, r.Close
	return h, nil
}

// maxUnsorted bounds the messages that Each holds back to put them in order. Only
// envelopes whose stamps lie far apart make it hold back so many; beyond it, half
// of them come as they are.
const maxUnsorted = 64 << 10

// Each calls do with each message of a conversation ("" is all of them), in the
// order of chat.Less, until do returns an error, which it returns.
func (h *History) Each(ctx context.Context, c chat.Conversation, do func(chat.Memory) error) error {
	var held []chat.Memory
	// flush gives away what is older than a stamp.
	flush := func(before uint64) error {
		order(held)
		held = once(held)
		n, _ := slices.BinarySearchFunc(held, before, func(m chat.Memory, stamp uint64) int { return cmp.Compare(uint64(m.Stamp), stamp) })
		if len(held)-n > maxUnsorted {
			n = len(held) / 2
		}
		for _, m := range held[:n] {
			if err := do(m); err != nil {
				return err
			}
		}
		held = slices.Delete(held, 0, n)
		return nil
	}
	oldest := uint64(0)
	err := h.reads.Each(ctx, string(c), func(row store.Row) error {
		if isProof(row.Key) || !h.mine(chat.Conversation(row.Conversation)) {
			return nil
		}
		items, err := h.messages(&row)
		if err != nil {
			return nil // it is damaged: what can be read is
		}
		if row.Low > oldest {
			oldest = row.Low
			if err := flush(oldest); err != nil {
				return err
			}
		}
		held = append(held, items...)
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	return flush(1<<64 - 1)
}

// Purge removes what is older than before from a conversation ("" is all of them),
// and says how many messages that was. The last envelope of each log stays, so that
// no number is used twice, and so does what is still to be sent. The history must
// have been opened by OpenHistory.
func (h *History) Purge(ctx context.Context, c chat.Conversation, before time.Time) (messages int, err error) {
	return h.store.Purge(ctx, string(c), before)
}
