package eval

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"

	"viscoder/internal/fault"
)

const (
	parquetBatch   = 64
	maxColumnChunk = 2 << 30 // bytes of one unpacked column chunk, by the footer
)

// readParquet reads one task from each row. Lists keep their values in order;
// of a picture, which is stored as a group, only the bytes are taken.
func readParquet(ctx context.Context, path string, f *os.File, size int64) (all []record, err error) {
	defer func() {
		if r := recover(); r != nil { // a foreign parser over a hostile file
			all, err = nil, fault.New(fault.Usage, "%s is damaged (%v)", path, r)
		}
	}()
	file, err := parquet.OpenFile(f, size, parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true))
	if err != nil {
		return nil, fault.Wrap(err, fault.Usage, "%s is not a readable Parquet file", path)
	}
	for _, g := range file.Metadata().RowGroups {
		for _, c := range g.Columns {
			if c.MetaData.TotalUncompressedSize > maxColumnChunk {
				return nil, fault.New(fault.Usage, "%s: a column has a chunk of %d bytes", path, c.MetaData.TotalUncompressedSize)
			}
		}
	}
	if n := file.NumRows(); n > maxTasks {
		return nil, fault.New(fault.Usage, "%s holds more than %d tasks", path, maxTasks)
	}
	names := columnNames(file.Schema().Columns())
	for _, group := range file.RowGroups() {
		more, err := readGroup(ctx, path, len(all), group, names)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// columnNames gives each leaf the name of its column, "" to leave it out.
func columnNames(leaves [][]string) []string {
	names := make([]string, len(leaves))
	for i, path := range leaves {
		if len(path) == 2 && path[1] != "bytes" {
			continue // the name of a picture's file
		}
		names[i] = path[0]
	}
	return names
}

func readGroup(ctx context.Context, path string, before int, group parquet.RowGroup, names []string) ([]record, error) {
	rows := group.Rows()
	defer rows.Close()
	buf := make([]parquet.Row, parquetBatch)
	var all []record
	for {
		n, err := rows.ReadRows(buf)
		for _, row := range buf[:n] {
			r := newRecord(fmt.Sprintf("%s:%d", path, before+len(all)+1))
			if err := r.row(row, names); err != nil {
				return nil, err
			}
			all = append(all, r)
		}
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fault.Wrap(err, fault.Usage, "%s:%d: the row cannot be read", path, before+len(all)+1)
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case n == 0:
			return nil, fault.New(fault.Usage, "%s:%d: the file ends too early", path, before+len(all)+1)
		}
	}
}

func (r *record) row(row parquet.Row, names []string) error {
	total := 0
	for _, v := range row {
		if i := v.Column(); i < 0 || i >= len(names) || names[i] == "" || v.IsNull() {
			continue
		}
		name, text := names[v.Column()], v.String()
		if total += len(text); total > maxTaskBytes {
			return fault.New(fault.Usage, "%s: the task is larger than %d MiB", r.at, maxTaskBytes>>20)
		}
		switch {
		case name == "facts":
			r.facts = []byte(text)
		case slices.Contains([]parquet.Kind{parquet.ByteArray, parquet.FixedLenByteArray, parquet.Int32, parquet.Int64}, v.Kind()):
			r.add(name, text)
		}
	}
	return nil
}
