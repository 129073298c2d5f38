package store

import (
	"context"
	"database/sql/driver"
)

// conversationOf returns what a conversation holds, and begins it if it is new.
func (w *writer) conversationOf(name string) (*kept, error) {
	k, err := w.existing(name)
	if err != nil || k != nil {
		return k, err
	}
	w.nextCnv++
	k = &kept{id: w.nextCnv, name: name}
	err = w.exec("INSERT INTO conversation VALUES (?, ?, 0, 0, ?)", k.id, []byte(name), w.seal.count(k))
	if err != nil {
		return nil, err
	}
	w.conversations[name] = k
	return k, nil
}

// existing returns what a conversation holds, nil if there is none. Figures that
// are damaged are made anew, as rows are removed because of them.
func (w *writer) existing(name string) (*kept, error) {
	if k := w.conversations[name]; k != nil {
		return k, nil
	}
	var k *kept
	var seal []byte
	err := w.each(context.Background(), "SELECT id, messages, bytes, seal FROM conversation WHERE name = ?", []driver.Value{[]byte(name)},
		func(v []driver.Value) error {
			k = &kept{id: asInt(v[0]), name: name, messages: asInt(v[1]), bytes: asInt(v[2])}
			seal = asBytes(v[3])
			return nil
		})
	if err != nil || k == nil {
		return nil, err
	}
	if string(w.seal.count(k)) != string(seal) {
		err := w.each(context.Background(), "SELECT sum(last - first + 1), sum(length(raw)) FROM row WHERE conversation = ?", []driver.Value{k.id},
			func(v []driver.Value) error {
				k.messages, k.bytes = asInt(v[0]), asInt(v[1])
				return nil
			})
		if err != nil {
			return nil, err
		}
	}
	w.conversations[name] = k
	return k, nil
}

// present are the names of all conversations.
func (w *writer) present() (names []string, err error) {
	err = w.each(context.Background(), "SELECT name FROM conversation WHERE name IS NOT NULL ORDER BY id", nil, func(v []driver.Value) error {
		names = append(names, asString(v[0]))
		return nil
	})
	return names, err
}

// count writes what the touched conversations hold now.
func (w *writer) count() error {
	for _, k := range w.touched {
		err := w.exec("UPDATE conversation SET messages = ?, bytes = ?, seal = ? WHERE id = ?", k.messages, k.bytes, w.seal.count(k), k.id)
		if err != nil {
			return err
		}
		k.changed = false
	}
	w.touched = w.touched[:0]
	return nil
}

// add counts what a conversation gains or loses.
func (w *writer) add(k *kept, messages, bytes int64) {
	k.messages += messages
	k.bytes += bytes
	if k.changed {
		return
	}
	k.changed = true
	w.touched = append(w.touched, k)
	if keep := w.cfg.Keep; messages > 0 && keep.over(k.messages, k.bytes) {
		w.trimming.over(k.name)
		w.trimming.urgent = w.trimming.urgent || keep.over(k.messages-k.messages/8, k.bytes-k.bytes/8)
	}
}

// log returns what is known of a log, and begins it if it is new.
func (w *writer) log(key Key) (*tracked, error) {
	if l := w.logs[key]; l != nil {
		return l, nil
	}
	of, err := w.conversationOf(key.Conversation)
	if err != nil {
		return nil, err
	}
	l := &tracked{of: of}
	l.id, err = w.number("SELECT id FROM log WHERE conversation = ? AND author = ? AND log = ?", of.id, []byte(key.Author), key.Log[:])
	if err != nil {
		return nil, err
	}
	if l.id == 0 {
		w.nextLog++
		l.id = w.nextLog
		err = w.exec("INSERT INTO log VALUES (?, ?, ?, ?)", l.id, of.id, []byte(key.Author), key.Log[:])
	} else if l.maxFirst, err = w.number("SELECT max(first) FROM row WHERE log = ?", l.id); err == nil {
		l.drafts = true // until a look
	}
	if err != nil {
		return nil, err
	}
	w.logs[key] = l
	return l, nil
}

// forgetConversation takes away its name, so that it is gone at once, whatever it
// holds; what it holds goes bit by bit, as a chore.
func (w *writer) forgetConversation(name string) error {
	for key := range w.logs {
		if key.Conversation == name {
			delete(w.logs, key)
		}
	}
	clear(w.names)
	if k := w.conversations[name]; k != nil {
		delete(w.conversations, name)
		if k.changed { // count must not find it changed by a row put before
			if err := w.count(); err != nil {
				return err
			}
		}
	}
	w.goneSome, w.forgot = true, true
	return w.exec("UPDATE conversation SET name = NULL WHERE name = ?", []byte(name))
}

// remove deletes one row, and what the index knows of it.
func (w *writer) remove(id int64, of *kept) error {
	var messages, bytes int64
	err := w.each(context.Background(), "SELECT last - first + 1, length(raw) FROM row WHERE id = ?", []driver.Value{id},
		func(v []driver.Value) error {
			messages, bytes = asInt(v[0]), asInt(v[1])
			return nil
		})
	if err != nil {
		return err
	}
	if id <= w.indexed {
		for i := range min(messages, maxMessages) {
			if err := w.exec("DELETE FROM find WHERE rowid = ?", id<<8|i); err != nil {
				return err
			}
		}
	}
	if of != nil {
		w.add(of, -messages, -bytes)
	}
	return w.exec("DELETE FROM row WHERE id = ?", id)
}
