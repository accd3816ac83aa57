package gguf

import (
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
)

// Metadata is the ordered key-value part of a file. Values are the Go types
// that match GGUF's: uint8 … int64, float32, float64, bool, string, and slices
// of those. The zero value is empty and ready to use. A copy by assignment shares
// its values with the original; only Clone makes one that can be changed.
type Metadata struct {
	keys   []string
	values map[string]any
}

// Set adds a key at the end, or replaces its value in place. It fails for a Go
// type that GGUF does not have.
func (m *Metadata) Set(key string, value any) error {
	if _, _, err := valueType(value); err != nil {
		return fmt.Errorf("%w (key %q)", err, key)
	}
	if m.values == nil {
		m.values = map[string]any{}
	}
	if _, ok := m.values[key]; !ok {
		m.keys = append(m.keys, key)
	}
	m.values[key] = value
	return nil
}

// Clone returns a copy that can be changed on its own; slices are shared.
func (m Metadata) Clone() Metadata {
	return Metadata{keys: slices.Clone(m.keys), values: maps.Clone(m.values)}
}

// Delete removes a key if it is there.
func (m *Metadata) Delete(key string) {
	if _, ok := m.values[key]; !ok {
		return
	}
	delete(m.values, key)
	i := slices.Index(m.keys, key)
	m.keys = slices.Delete(m.keys, i, i+1)
}

// Size is the number of keys.
func (m Metadata) Size() int { return len(m.keys) }

// All goes over keys and values in the order of the file. Slices are the
// metadata's own and are not to be changed.
func (m Metadata) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, k := range m.keys {
			if !yield(k, m.values[k]) {
				return
			}
		}
	}
}

// Get returns the value of key as it stands in the file.
func (m Metadata) Get(key string) (any, bool) {
	v, ok := m.values[key]
	return v, ok
}

// Has reports whether the key is there.
func (m Metadata) Has(key string) bool { _, ok := m.values[key]; return ok }

// String returns a string value.
func (m Metadata) String(key string) (string, bool) {
	v, ok := m.values[key].(string)
	return v, ok
}

// Bool returns a bool value.
func (m Metadata) Bool(key string) (bool, bool) {
	v, ok := m.values[key].(bool)
	return v, ok
}

// Uint returns a whole number of any width that is not negative.
func (m Metadata) Uint(key string) (uint64, bool) {
	v := reflect.ValueOf(m.values[key])
	switch {
	case !v.IsValid():
		return 0, false
	case v.CanUint():
		return v.Uint(), true
	case v.CanInt() && v.Int() >= 0:
		return uint64(v.Int()), true
	}
	return 0, false
}

// Float returns a floating-point value of either width.
func (m Metadata) Float(key string) (float64, bool) {
	v := reflect.ValueOf(m.values[key])
	if !v.IsValid() || !v.CanFloat() {
		return 0, false
	}
	return v.Float(), true
}

// Strings returns an array of strings, which is not to be changed.
func (m Metadata) Strings(key string) ([]string, bool) {
	v, ok := m.values[key].([]string)
	return v, ok
}

// Len returns the length of an array of any type; false if the key is absent
// or is not an array.
func (m Metadata) Len(key string) (int, bool) {
	v := reflect.ValueOf(m.values[key])
	if !v.IsValid() || v.Kind() != reflect.Slice {
		return 0, false
	}
	return v.Len(), true
}

// typeName describes the type of a value for an error message.
func typeName(v any) string {
	t, elem, err := valueType(v)
	if err != nil || t != TypeArray {
		return t.String()
	}
	return "array of " + elem.String()
}
