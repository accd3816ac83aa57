package gguf

import (
	"errors"
	"fmt"
)

// value reads one metadata value of any type.
func (c *cursor) value(key string) (any, error) {
	n, err := c.uint32(key)
	t := ValueType(n)
	switch {
	case err != nil:
		return nil, err
	case t >= valueTypes:
		return nil, damaged(key, "value type %d; GGUF has 0 to %d", n, valueTypes-1)
	case t == TypeArray:
		return c.array(key)
	case t == TypeString:
		return c.string(key)
	}
	return c.scalar(key, t)
}

func (c *cursor) scalar(key string, t ValueType) (any, error) {
	list, err := c.list(key, t, 1)
	if err != nil {
		return nil, err
	}
	return first(list), nil
}

func (c *cursor) array(key string) (any, error) {
	n, err := c.uint32(key)
	if err != nil {
		return nil, err
	}
	elem := ValueType(n)
	switch {
	case elem == TypeArray:
		return nil, damaged(key, "an array of arrays, which llama.cpp does not read")
	case elem >= valueTypes:
		return nil, damaged(key, "array element type %d; GGUF has 0 to %d", n, valueTypes-1)
	}
	count, err := c.uint64(key)
	if err != nil {
		return nil, err
	}
	if count > c.left()/uint64(leastBytes[elem]) {
		return nil, damaged(key, "%d elements of %v do not fit into the %d bytes that follow", count, elem, c.left())
	}
	if count > maxElements {
		return nil, damaged(key, "%d elements; viscoder takes up to %d", count, maxElements)
	}
	if elem == TypeString {
		return c.strings(key, count)
	}
	return c.list(key, elem, count)
}

// list reads n numbers or bools.
func (c *cursor) list(key string, t ValueType, n uint64) (any, error) {
	switch t {
	case TypeUint8:
		return fixed[uint8](c, key, n)
	case TypeInt8:
		return fixed[int8](c, key, n)
	case TypeUint16:
		return fixed[uint16](c, key, n)
	case TypeInt16:
		return fixed[int16](c, key, n)
	case TypeUint32:
		return fixed[uint32](c, key, n)
	case TypeInt32:
		return fixed[int32](c, key, n)
	case TypeUint64:
		return fixed[uint64](c, key, n)
	case TypeInt64:
		return fixed[int64](c, key, n)
	case TypeFloat32:
		return fixed[float32](c, key, n)
	case TypeFloat64:
		return fixed[float64](c, key, n)
	case TypeBool:
		return c.bools(key, n)
	}
	return nil, damaged(key, "%v is not a type of numbers", t)
}

func (c *cursor) bools(key string, n uint64) ([]bool, error) {
	raw, err := fixed[uint8](c, key, n)
	if err != nil {
		return nil, err
	}
	list := make([]bool, n)
	for i, b := range raw {
		if b > 1 {
			return nil, damaged(key, "a bool of %d", b)
		}
		list[i] = b == 1
	}
	return list, nil
}

// first takes the only element out of a list of one.
func first(list any) any {
	switch l := list.(type) {
	case []uint8:
		return l[0]
	case []int8:
		return l[0]
	case []uint16:
		return l[0]
	case []int16:
		return l[0]
	case []uint32:
		return l[0]
	case []int32:
		return l[0]
	case []uint64:
		return l[0]
	case []int64:
		return l[0]
	case []float32:
		return l[0]
	case []float64:
		return l[0]
	case []bool:
		return l[0]
	}
	return nil
}

// at adds the index of an array's element to the field that a problem names.
func at(err error, i uint64) error {
	var p *problem
	if errors.As(err, &p) {
		return &problem{field: fmt.Sprintf("%s[%d]", p.field, i), message: p.message, foreign: p.foreign}
	}
	return err
}
