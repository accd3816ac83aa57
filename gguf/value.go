package gguf

import "fmt"

// ValueType is the number of a metadata value's type (enum gguf_type).
type ValueType uint32

// The metadata types of the GGUF specification.
const (
	TypeUint8 ValueType = iota
	TypeInt8
	TypeUint16
	TypeInt16
	TypeUint32
	TypeInt32
	TypeFloat32
	TypeBool
	TypeString
	TypeArray
	TypeUint64
	TypeInt64
	TypeFloat64
	valueTypes
)

var valueNames = [valueTypes]string{
	"uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "bool",
	"string", "array", "uint64", "int64", "float64",
}

// leastBytes is the smallest number of bytes that one value of a type takes in
// a file: a string is at least its length.
var leastBytes = [valueTypes]int64{1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8}

func (t ValueType) String() string {
	if t < valueTypes {
		return valueNames[t]
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// valueType names the type of a Go value as it is written to a file. For a
// slice, elem is the type of its elements and t is TypeArray.
func valueType(v any) (t, elem ValueType, err error) {
	if t, ok := scalarType(v); ok {
		return t, 0, nil
	}
	if elem, ok := sliceType(v); ok {
		return TypeArray, elem, nil
	}
	return 0, 0, fmt.Errorf("gguf: a value of Go type %T has no GGUF type", v)
}

func scalarType(v any) (ValueType, bool) {
	switch v.(type) {
	case uint8:
		return TypeUint8, true
	case int8:
		return TypeInt8, true
	case uint16:
		return TypeUint16, true
	case int16:
		return TypeInt16, true
	case uint32:
		return TypeUint32, true
	case int32:
		return TypeInt32, true
	case float32:
		return TypeFloat32, true
	case bool:
		return TypeBool, true
	case string:
		return TypeString, true
	case uint64:
		return TypeUint64, true
	case int64:
		return TypeInt64, true
	case float64:
		return TypeFloat64, true
	}
	return 0, false
}

func sliceType(v any) (ValueType, bool) {
	switch v.(type) {
	case []uint8:
		return TypeUint8, true
	case []int8:
		return TypeInt8, true
	case []uint16:
		return TypeUint16, true
	case []int16:
		return TypeInt16, true
	case []uint32:
		return TypeUint32, true
	case []int32:
		return TypeInt32, true
	case []float32:
		return TypeFloat32, true
	case []bool:
		return TypeBool, true
	case []string:
		return TypeString, true
	case []uint64:
		return TypeUint64, true
	case []int64:
		return TypeInt64, true
	case []float64:
		return TypeFloat64, true
	}
	return 0, false
}
