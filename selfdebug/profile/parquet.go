package profile

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"math/big"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

const (
	parquetBatch   = 256
	maxColumnChunk = 2 << 30 // bytes of one unpacked column chunk, by the footer
)

// readParquet reads all rows; columns inside lists and groups are only named.
func readParquet(ctx context.Context, f *os.File, b *builder) (err error) {
	defer recovered(b, &err)
	file, err := parquet.OpenFile(f, b.t.Bytes, parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true))
	if err != nil {
		return b.bad(0, "is not a readable Parquet file: %s", err)
	}
	leaves, err := b.parquetColumns(file)
	if err != nil {
		return err
	}
	for _, group := range file.RowGroups() {
		if err := readGroup(ctx, group, leaves, b); err != nil {
			if ctx.Err() != nil || isFault(err) {
				return err
			}
			return b.bad(0, "row %d cannot be read: %s", b.t.Rows+1, err)
		}
	}
	return nil
}

// leaf is a column of values with the way to read them.
type leaf struct {
	to   *collector
	read func(*collector, parquet.Value)
}

func (b *builder) parquetColumns(file *parquet.File) ([]leaf, error) {
	for _, g := range file.Metadata().RowGroups {
		for _, c := range g.Columns {
			if c.MetaData.TotalUncompressedSize > maxColumnChunk {
				return nil, b.bad(0, "column %s has a chunk of %d bytes", Quote(strings.Join(c.MetaData.PathInSchema, ".")), c.MetaData.TotalUncompressedSize)
			}
		}
	}
	var leaves []leaf
	for _, path := range file.Schema().Columns() {
		at, _ := file.Schema().Lookup(path...)
		c, err := b.column(path[0])
		if err != nil {
			return nil, err
		}
		l := leaf{to: c, read: parquetReader(at.Node)}
		if len(path) > 1 || at.Node.Repeated() {
			l.read = func(c *collector, _ parquet.Value) { c.nest("[…]") }
		}
		leaves = append(leaves, l)
	}
	return leaves, nil
}

func readGroup(ctx context.Context, group parquet.RowGroup, leaves []leaf, b *builder) error {
	rows := group.Rows()
	defer rows.Close()
	buf := make([]parquet.Row, parquetBatch)
	for {
		n, err := rows.ReadRows(buf)
		for _, row := range buf[:n] {
			b.parquetRow(row, leaves)
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case n == 0:
			return io.ErrNoProgress
		}
	}
}

func (b *builder) parquetRow(row parquet.Row, leaves []leaf) {
	for _, v := range row {
		i := v.Column()
		if i < 0 || i >= len(leaves) || leaves[i].to.rows > b.t.Rows {
			continue // a further element of a list
		}
		if v.IsNull() {
			continue // endRow counts it
		}
		leaves[i].read(leaves[i].to, v)
	}
	b.endRow()
}

// parquetReader picks the reading by logical type, else by physical type.
func parquetReader(node parquet.Node) func(*collector, parquet.Value) {
	if lt := node.Type().LogicalType(); lt != nil {
		if read := logicalReader(lt); read != nil {
			return read
		}
	}
	switch node.Type().Kind() {
	case parquet.Boolean:
		return func(c *collector, v parquet.Value) { c.flag(v.Boolean()) }
	case parquet.Int32:
		return func(c *collector, v parquet.Value) { c.integer(int64(v.Int32())) }
	case parquet.Int64:
		return func(c *collector, v parquet.Value) { c.integer(v.Int64()) }
	case parquet.Int96:
		return func(c *collector, v parquet.Value) { c.when(int96Time(v)) }
	case parquet.Float:
		return func(c *collector, v parquet.Value) { c.float(float64(v.Float())) }
	case parquet.Double:
		return func(c *collector, v parquet.Value) { c.float(v.Double()) }
	}
	return func(c *collector, v parquet.Value) { c.bytes(v.ByteArray()) }
}

func logicalReader(lt *format.LogicalType) func(*collector, parquet.Value) {
	switch t := lt.Value.(type) {
	case *format.DateType:
		return func(c *collector, v parquet.Value) { c.when(time.Unix(int64(v.Int32())*86400, 0).UTC()) }
	case *format.TimestampType:
		return func(c *collector, v parquet.Value) { c.when(timestamp(t.Unit, v.Int64())) }
	case *format.DecimalType:
		return func(c *collector, v parquet.Value) { c.float(decimal(v, t.Scale)) }
	}
	return nil
}

func timestamp(unit format.TimeUnit, n int64) time.Time {
	switch unit.Value.(type) {
	case *format.MilliSeconds:
		return time.UnixMilli(n).UTC()
	case *format.MicroSeconds:
		return time.UnixMicro(n).UTC()
	}
	return time.Unix(0, n).UTC()
}

// int96Time reads nanoseconds of the day and the Julian day, as Impala wrote them.
func int96Time(v parquet.Value) time.Time {
	raw := v.Int96()
	const julianUnixEpoch = 2440588
	nanos := int64(raw[1])<<32 | int64(raw[0])
	return time.Unix((int64(raw[2])-julianUnixEpoch)*86400, nanos).UTC()
}

// decimal reads an unscaled integer, big-endian two's complement where it is
// stored as bytes.
func decimal(v parquet.Value, scale int32) float64 {
	var unscaled float64
	switch v.Kind() {
	case parquet.Int32:
		unscaled = float64(v.Int32())
	case parquet.Int64:
		unscaled = float64(v.Int64())
	default:
		raw := v.ByteArray()
		n := new(big.Int).SetBytes(raw)
		if len(raw) > 0 && raw[0]&0x80 != 0 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
		}
		unscaled, _ = new(big.Float).SetInt(n).Float64()
	}
	return unscaled / math.Pow10(int(scale))
}

func (c *collector) integer(v int64) { c.num(float64(v), true, strconv.FormatInt(v, 10)) }

func (c *collector) float(v float64) {
	c.num(v, false, strconv.FormatFloat(v, 'g', -1, 64))
}

func (c *collector) bytes(raw []byte) {
	if utf8.Valid(raw) {
		c.text(string(raw))
		return
	}
	c.text("0x" + hex.EncodeToString(raw[:min(len(raw), 16)]))
}
