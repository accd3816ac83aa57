package renderers

import (
	"encoding/json"
	"strconv"
	"strings"
)

// jsonLine is the line, from 1, on which the part of a JSON document stands that
// path leads to by keys and indices; of a part that is not there, the last one
// on the way that is. 0: the document cannot be read.
func jsonLine(document string, path []string) int {
	d := json.NewDecoder(strings.NewReader(document))
	offset, ok := int64(0), true
	for _, step := range path {
		if ok = enter(d, step); !ok {
			break
		}
		offset = d.InputOffset()
	}
	if offset == 0 && !ok {
		return 0
	}
	line, _ := position(document, offset)
	return line
}

// enter moves a decoder that stands before a value to the child that step names.
func enter(d *json.Decoder, step string) bool {
	token, err := d.Token()
	if err != nil {
		return false
	}
	opened, isDelim := token.(json.Delim)
	for i := 0; isDelim && d.More(); i++ {
		found := opened == '[' && step == strconv.Itoa(i)
		if opened == '{' {
			key, err := d.Token()
			if err != nil {
				return false
			}
			found = key == step
		}
		if found {
			return true
		}
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			return false
		}
	}
	return false
}
