// Package packed reads and writes files of weights in the layout of our kernels,
// so that a model which has been loaded once is mapped the next time: nothing is
// packed again, and processes share the pages.
//
// A file holds, each at a multiple of the page size and nothing compressed:
//
//	0        header: magic, version, what it was made from, where the rest is
//	2 MiB    image: the weights, as they lie in memory
//	then     blobs: what else loads faster from here
//	the end  table: name, type, shape, place and CRC-32C of each weight and blob
//
// Opening checks the checksums of header, table and blobs, and that all of it
// lies inside the file. The image, a gigabyte, is checked by Verify; Registry
// says when that must be done. Nothing of a file can lead to a read outside of
// it: the engine compares the table with what llama.cpp asks for.
package packed

import (
	"errors"
	"fmt"
)

const (
	magic      = "viscpack"
	version    = 1
	headerSize = 4096
	hugePage   = 2 << 20
	imageAt    = hugePage
	pageSize   = 4096
	lineSize   = 64 // weights begin at multiples of it

	maxSections = 1 << 16
	maxName     = 255
	maxTable    = 64 << 20
)

// Extension is added to the name of a model's file.
const Extension = ".packed"

// Key says what a file was made from.
type Key struct {
	Model  [32]byte // Identify's
	Layout string   // llama.LayoutKey's
}

// Section is one weight of the image.
type Section struct {
	Name          string
	Type          int32 // ggml's number of the type in the model file
	Rows, Columns int64
	Offset, Bytes int64 // within the image
}

// Summed is a Section with the CRC-32C of its bytes.
type Summed struct {
	Section
	Sum uint32
}

// Blob is a named piece of a file beside the image.
type Blob struct {
	Name string
	Data []byte
}

// The reasons why a file is not used; all lead to its being made again.
var (
	ErrForeign = errors.New("it is no file of packed weights, or of another version")
	ErrStale   = errors.New("it was made from another model file or by another build")
	ErrDamaged = errors.New("it is damaged")
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

func padded(n, to int64) int64 { return (n + to - 1) / to * to }
