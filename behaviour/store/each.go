package store

import (
	"context"
	"database/sql/driver"
	"strconv"
)

// Each implements Store. It holds no connection while do runs.
func (r *reads) Each(ctx context.Context, conversation string, do func(Row) error) error {
	ids, err := r.ids(ctx, conversation)
	if err != nil {
		return err
	}
	for len(ids) > 0 {
		var rows []Row
		err := r.with(ctx, func(c *reader) error {
			for size := 0; len(ids) > 0 && size < exportBytes; ids = ids[1:] {
				row, ok, err := c.row(ctx, ids[0])
				if err != nil {
					return err
				}
				if ok {
					rows = append(rows, row)
					size += len(row.Raw)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := do(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// exportBytes is what Each reads at once: it bounds what is in memory, and how
// long the write-ahead log is kept from starting over.
const exportBytes = 1 << 20

// ids are those of all rows, in order of low: 8 bytes for each, from the index
// alone.
func (r *reads) ids(ctx context.Context, conversation string) (ids []int64, err error) {
	query, args := "SELECT id FROM row WHERE "+present+" ORDER BY low, id", []driver.Value(nil)
	err = r.with(ctx, func(c *reader) error {
		if conversation != "" {
			conv, err := c.conversation(conversation)
			if err != nil || conv == 0 {
				return err
			}
			query, args = "SELECT id FROM row WHERE conversation = ? ORDER BY low, id", []driver.Value{conv}
		}
		return c.each(ctx, query, args, func(v []driver.Value) error {
			ids = append(ids, asInt(v[0]))
			return nil
		})
	})
	return ids, err
}

func formatID(id int64) string { return strconv.FormatInt(id, 10) }
