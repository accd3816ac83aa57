package eval

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"viscoder/internal/fault"
)

// readJSONL reads one task from each line; blank lines are passed over.
func readJSONL(ctx context.Context, path string, in io.Reader) ([]record, error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxTaskBytes)
	var all []record
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\xef\xbb\xbf")))
		if len(line) == 0 {
			continue
		}
		r := newRecord(fmt.Sprintf("%s:%d", path, n))
		if err := r.parse(line); err != nil {
			return nil, err
		}
		if all = append(all, r); len(all) > maxTasks {
			return nil, fault.New(fault.Usage, "%s holds more than %d tasks", path, maxTasks)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fault.New(fault.Usage, "%s:%d: the line is longer than %d MiB", path, n+1, maxTaskBytes>>20)
	case err != nil:
		return nil, fault.Wrap(err, fault.Usage, "reading %s", path)
	}
	return all, nil
}

// parse takes the fields of one line.
func (r *record) parse(line []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return fault.Wrap(err, fault.Usage, "%s: not a JSON object", r.at).WithHint("task files hold one JSON object on each line")
	}
	for name, raw := range fields {
		if name == "facts" {
			r.facts = bytes.Clone(raw)
			continue
		}
		if err := r.field(name, raw); err != nil {
			return err
		}
	}
	return nil
}

// field files a value under its column's name: a string, a number, a list of
// strings, or a picture as an object with bytes.
func (r *record) field(name string, raw json.RawMessage) error {
	var value any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return fault.Wrap(err, fault.Usage, "%s: field %s", r.at, name)
	}
	switch v := value.(type) {
	case nil:
	case string:
		r.add(name, v)
	case json.Number:
		r.add(name, v.String())
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				r.add(name, s)
			}
		}
	case map[string]any:
		if s, ok := v["bytes"].(string); ok {
			r.add(name, s)
		}
	}
	return nil
}
